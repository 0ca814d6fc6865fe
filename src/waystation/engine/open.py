"""One way to run tasks: on processes of this machine, or on a cluster. Same tasks, same order, same results.

run_tasks(work, tasks, engine="local")            processes here
run_tasks(work, tasks, engine="tcp://host:8786")  workers of a Dask scheduler
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from waystation.engine.local import local_executor, map_tasks
from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from waystation.engine.local import Done

__all__ = ["LOCAL", "check_engine", "is_cluster", "run_tasks"]

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


def run_tasks(
    work: Callable[[Item], Result], tasks: Iterable[Item], *, engine: str = LOCAL, workers: int = 2
) -> Iterator[Done[Item, Result]]:
    """Yield one ``Done`` per task, in order; tasks are taken only a little ahead of the results.

    ``work`` is a function of a module (a cluster finds it by name) and pure, or does the same however often
    it runs. A worker that dies loses nothing; a task that kills its worker again and again comes back with
    an error. ``workers``: processes here; a cluster has as many as it has. Raises ``NetworkError`` where the
    cluster is away, ``UsageError`` where it runs other code.
    """
    if is_cluster(engine):
        from waystation.engine.cluster import map_on_cluster

        return map_on_cluster(engine, work, tasks)
    return map_tasks(lambda: local_executor(workers), work, tasks, window=workers + 1)
