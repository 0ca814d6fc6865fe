"""Run tasks on the workers of a Dask scheduler, in order, and survive what happens to them.

    here ──a window of tasks──► scheduler ──► workers      a lost worker's tasks run again elsewhere
      ◄───────results, in order──────────────────┘         a deadly task is tried alone, named, set aside

Nothing large passes the scheduler: tasks say what to read, workers read and write the archive themselves.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from waystation.engine.code import code_mark
from waystation.engine.local import Done
from waystation.terms.errors import NetworkError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["ClusterRules", "map_on_cluster"]

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class ClusterRules:
    """How far ahead, how long to wait, how often to try."""

    ahead: float = 2.0  # tasks taken, per thread of the cluster: one runs, one is ready to start
    most_ahead: int = 2_000  # a scheduler handles hundreds of tasks a second; more in it gain nothing
    connect_s: float = 15.0  # a scheduler of a busy machine takes seconds to answer
    join_s: float = 60.0  # for the first worker to join; cloud machines take as long to start
    deserted_s: float = 300.0  # without any worker: a whole group being replaced takes minutes
    tries: int = 3  # of a task whose storage was away for longer than it waited


_LOOK_S: Final = 2.0  # between looks at a cluster that is at work
_CLIENTS: Final[dict[str, Any]] = {}  # address → client: connecting takes longer than a small task


@dataclass
class _Flying(Generic[Item]):
    item: Item
    future: Any
    tries: int = 1


def map_on_cluster(
    address: str,
    work: Callable[[Item], Result],
    tasks: Iterable[Item],
    rules: ClusterRules = ClusterRules(),
) -> Iterator[Done[Item, Result]]:
    """Yield one ``Done`` per task, in their order. See ``engine.open.run_tasks``."""
    source = iter(tasks)
    head = next(source, _END)
    if head is _END:
        return
    client = _client(address, rules)
    threads = _joined(client, address, rules)
    submit = partial(client.submit, _on_worker, work, code_mark(), pure=False)
    flying: deque[_Flying[Item]] = deque()
    try:
        while True:
            window = min(max(4, int(rules.ahead * threads)), rules.most_ahead)
            while len(flying) < window and head is not _END:
                flying.append(_Flying(head, submit(head)))  # type: ignore[arg-type]
                head = next(source, _END)
            if not flying:
                return
            first = flying[0]
            error = _error(client, address, first.future, rules)
            if error is not None and first.tries < _tries(error, rules):
                if _deadly(error):  # nothing beside it, so that the next death is its own doing
                    _settled(client, address, [f.future for f in flying], rules)
                first.future, first.tries = submit(first.item), first.tries + 1
                if _deadly(error):
                    _settled(client, address, [first.future], rules)
                continue
            flying.popleft()
            if isinstance(error, _OtherCodeError):
                raise UsageError(str(error))
            yield Done(first.item, first.future.result()) if error is None else Done(first.item, error=error)
            threads = _threads(client) or threads
    finally:
        client.cancel([f.future for f in flying])


_END: Final = object()


class _OtherCodeError(Exception):
    """A worker runs other code than the driver."""


def _on_worker(work: Callable[[Item], Result], mark: str, item: Item) -> Result:
    """Run a task where it was sent to, unless other code runs there: that would give other tables."""
    if code_mark() != mark:
        import socket

        raise _OtherCodeError(
            f"the worker on {socket.gethostname()} runs other code than this command. There: {code_mark()}. "
            f"Here: {mark}. Install the same version and packages on all machines and restart the workers"
        )
    return work(item)


def _client(address: str, rules: ClusterRules) -> Any:  # noqa: ANN401 - distributed has no types
    known = _CLIENTS.get(address)
    if known is not None and known.status == "running":
        return known
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            f"--engine {address}: a cluster needs a package more: pip install 'waystation[cluster]'"
        ) from error
    try:
        client = Client(address, set_as_default=False, timeout=rules.connect_s)
    except (OSError, TimeoutError) as error:
        raise NetworkError(
            f"no scheduler answers at {address}; start one with: dask scheduler --port "
            f"{address.rpartition(':')[2]} (docs/scale.md)"
        ) from error
    _CLIENTS[address] = client
    return client


def _joined(client: Any, address: str, rules: ClusterRules) -> int:  # noqa: ANN401
    """Return the threads of the cluster once a worker has joined."""
    try:
        client.wait_for_workers(1, timeout=rules.join_s)
    except TimeoutError as error:
        raise NetworkError(
            f"{address} has no workers; start some with: dask worker {address} --nthreads 1 (docs/scale.md)"
        ) from error
    return _threads(client) or 1


def _threads(client: Any) -> int:  # noqa: ANN401
    return sum(w["nthreads"] for w in client.scheduler_info(n_workers=-1)["workers"].values())


def _error(client: Any, address: str, future: Any, rules: ClusterRules) -> BaseException | None:  # noqa: ANN401
    """Wait for a task; return its error, None where it went well. A dead cluster raises ``NetworkError``."""
    deserted: float | None = None
    while True:
        try:
            error: BaseException | None = future.exception(timeout=_LOOK_S)
        except TimeoutError:
            if client.status in {"closed", "closing"}:
                raise NetworkError(_gone(address)) from None
            if client.status == "running" and _threads(client):
                deserted = None
            else:
                deserted = deserted or time.monotonic()
                if time.monotonic() - deserted > rules.deserted_s:
                    raise NetworkError(_gone(address)) from None
            continue
        except Exception as other:
            if type(other).__name__ in {"CancelledError", "FutureCancelledError", "CommClosedError"}:
                raise NetworkError(_gone(address)) from other
            raise
        if type(error).__name__ in {"CancelledError", "FutureCancelledError"}:
            raise NetworkError(_gone(address)) from error
        return error


def _gone(address: str) -> str:
    return (
        f"the cluster at {address} went away in mid-run; start its scheduler and workers, then run the same "
        "command again: what was committed stays"
    )


def _tries(error: BaseException, rules: ClusterRules) -> int:
    """Return how often a task may run that ends so: storage comes back, a death may be a neighbour's."""
    if isinstance(error, NetworkError):
        return rules.tries
    return 2 if _deadly(error) else 1  # the scheduler has tried it on several workers before it says so


def _deadly(error: BaseException) -> bool:
    return type(error).__name__ == "KilledWorker"


def _settled(client: Any, address: str, futures: list[Any], rules: ClusterRules) -> None:  # noqa: ANN401
    for future in futures:
        _error(client, address, future, rules)
