"""One way to run tasks: on processes of this machine, or on a cluster. Same tasks, same order, same results.

run_tasks(work, tasks, engine="local")            processes here
run_tasks(work, tasks, engine="tcp://host:8786")  workers of a Dask scheduler
with crew(workers) as pool: run_tasks(…, pool=pool)   several rounds by the same processes
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from waystation.engine.local import Standing, local_executor, map_tasks
from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor

    from waystation.engine.local import Done

__all__ = ["LOCAL", "check_engine", "crew", "is_cluster", "run_tasks"]

Item = TypeVar("Item")
Result = TypeVar("Result")

LOCAL: Final = "local"
_ADDRESS: Final = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}\Z")


def check_engine(engine: str) -> str:
    """Return ``engine`` as it is. Raises ``UsageError`` unless it is ``local`` or a scheduler's address."""
    if engine != LOCAL and not _ADDRESS.match(engine):
        raise UsageError(
            f"--engine {engine!r}: write local, or the address of a scheduler as in tcp://10.0.0.5:8786 "
            "(docs/scale.md says how to start one)"
        )
    return engine


def is_cluster(engine: str) -> bool:
    """Whether tasks leave this machine's own processes."""
    return check_engine(engine) != LOCAL


@contextmanager
def crew(workers: int, *, ready: Callable[[], object] | None = None) -> Iterator[Executor]:
    """Give a pool whose processes stay for several ``run_tasks``; none is started for one worker.

    ``ready``: what each process does before its first task, while the caller does something else.
    """
    pool = Standing(workers)
    try:
        if ready is not None and workers > 1:
            for _ in range(workers):
                pool.submit(ready)  # type: ignore[no-untyped-call]
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def run_tasks(
    work: Callable[[Item], Result],
    tasks: Iterable[Item],
    *,
    engine: str = LOCAL,
    workers: int = 2,
    pool: Executor | None = None,
) -> Iterator[Done[Item, Result]]:
    """Yield one ``Done`` per task, in order; tasks are taken only a little ahead of the results.

    ``work`` is a function of a module (a cluster finds it by name) and pure, or does the same however often
    it runs. A worker that dies loses nothing; a task that kills its worker again and again comes back with
    an error. ``workers``: processes here, those of ``pool`` where there is one (a ``crew``); a cluster has
    as many as it has. Raises ``NetworkError`` where the cluster is away, ``UsageError`` where it runs other
    code.
    """
    if is_cluster(engine):
        from waystation.engine.cluster import map_on_cluster

        return map_on_cluster(engine, work, tasks)
    if pool is not None and workers > 1:
        return map_tasks(lambda: pool, work, tasks, window=workers + 1, stays=True)
    return map_tasks(lambda: local_executor(workers), work, tasks, window=workers + 1)
