"""The second half of a sweep: what reception says of flights, and airfields for the ends that nobody saw.

    flights of all buckets ─► visits, busy times ─┐
    reception of all traffic ─────────────────────┴─► *the world*, written once
    then some buckets a task:    the world, their flights ─► weighed, ranked, named (``sweep_ends_work``)

An end is ranked by what all aircraft did before it, so a group's result is kept under the names of its
buckets *and* of the world: a visit more anywhere, and every group is worked out again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from waystation import flights
from waystation.engine.open import LOCAL, is_cluster, run_tasks
from waystation.store.hashing import sha256
from waystation.store.kept import has_kept, packed, read_kept, write_kept
from waystation.store.memory import give_back
from waystation.store.reference import airfields_of
from waystation.sweep_ends_work import EndsTask, name_ends
from waystation.terms.errors import WaystationError
from waystation.terms.schema import empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from waystation.store.reference import Reference
    from waystation.sweep_plan import Bucket

    Progress = Callable[[str, int, int | None], None]
    Found = Callable[[Bucket], tuple[pa.Table, pa.Table]]

__all__ = ["Ends", "Named", "named"]

GROUP_POSITIONS: Final = 3_000_000  # of a task, at least
A_FLIGHT: Final = 12  # … and so many for every flight there is: each task looks through all visits once
ALONE_POSITIONS: Final = 3_000_000  # below this a second process takes longer to start than it saves
TABLES: Final = ("flights", "ends", "gaps", "candidates")


class Ends(NamedTuple):
    """What the second half works with. ``engine``: a cluster only where its workers see ``folder``.

    ``reception``: the name of the kept coverage of all traffic, "" for none. ``silence``: whether it is asked
    about ways that nobody was heard on. ``pool``: processes that are there already.
    """

    folder: Path
    reception: str
    silence: bool
    reference: Reference
    workers: int
    engine: str
    progress: Progress
    pool: Executor | None = None


class _Group(NamedTuple):
    name: str
    buckets: tuple[Bucket, ...]
    n_flights: int


class Named(NamedTuple):
    """What came of it. ``masks``: of all buckets; the rest is in the folder of kept results, a group a piece.

    ``used``: names of what is kept.
    """

    masks: pa.Table
    n_flights: int
    pieces: Callable[[], Iterator[dict[str, pa.Table]]]
    used: frozenset[str]


def named(job: Ends, buckets: Sequence[Bucket], found: Found) -> Named:
    """Weigh and name the flights of the buckets, in their order; ``found`` gives masks and facts of one.

    Flights, ends, gaps and candidates come in pieces, each read when it is asked for: those of all aircraft
    of many days are longer than memory.
    """
    masks, facts, counts = [], [], []
    for b in buckets:
        mask, fact = found(b)
        masks.append(mask)
        facts.append(fact)
        counts.append(fact.num_rows)
    if not buckets:
        return Named(empty("masks"), 0, lambda: iter([{name: empty(name) for name in TABLES}]), frozenset())
    world = _world(job, pa.concat_tables(facts))
    facts.clear()
    name = sha256(b"world" + world)
    write_kept(job.folder, name, world)  # also where nothing is missing: a damaged group is made from it
    del world
    give_back()
    groups = list(_groups(buckets, counts, f"{name}\n{job.reception}\n{job.silence}"))
    missing = [g for g in groups if not has_kept(job.folder, g.name)]
    total = sum(counts)
    job.progress("endings", total - sum(g.n_flights for g in missing), total)
    if missing:
        _work(job, missing, name, total)
    job.progress("endings", total, total)
    used = frozenset({name, *(g.name for g in groups)})
    joined = pa.concat_tables(masks).combine_chunks()
    return Named(joined, total, lambda: _pieces(job, groups, name), used)


def _pieces(job: Ends, groups: Iterable[_Group], world: str) -> Iterator[dict[str, pa.Table]]:
    for g in groups:
        tables = read_kept(job.folder, g.name) or _again(job, g, world)
        yield {n: tables[n] for n in TABLES}


def _world(job: Ends, facts: pa.Table) -> bytes:
    """Return the visits of all aircraft and the times at which the archive was recording, packed."""
    visits = flights.history_from(facts, airfields_of(job.reference.overlays))
    busy = pa.table({"bin": flights.busy_bins(facts)})
    return packed({"visits": flights.visits_table(visits), "busy": busy})


def _groups(buckets: Sequence[Bucket], counts: Sequence[int], mark: str) -> Iterator[_Group]:
    """Yield neighbouring buckets together; the cut hangs on the buckets and their flights alone."""
    most = max(GROUP_POSITIONS, A_FLIGHT * sum(counts))
    group: list[Bucket] = []
    size = n = 0
    for b, count in zip(buckets, counts, strict=True):
        if group and size + b.n_positions > most:
            yield _group(group, n, mark)
            group, size, n = [], 0, 0
        group.append(b)
        size, n = size + b.n_positions, n + count
    yield _group(group, n, mark)


def _group(buckets: Sequence[Bucket], n_flights: int, mark: str) -> _Group:
    name = sha256("\n".join(["ends", mark, *(b.flights for b in buckets)]).encode())
    return _Group(name, tuple(buckets), n_flights)


def _work(job: Ends, groups: Sequence[_Group], world: str, total: int) -> None:
    """Work out groups, and keep them."""
    n = sum(b.n_positions for g in groups for b in g.buckets)
    workers = 1 if n <= ALONE_POSITIONS else job.workers
    tasks = (_task(job, g, world) for g in groups)
    done = total - sum(g.n_flights for g in groups)
    sizes: Mapping[str, int] = {g.name: g.n_flights for g in groups}
    for made in run_tasks(name_ends, tasks, engine=job.engine, workers=workers, pool=job.pool):
        if made.result is None:
            if isinstance(made.error, OSError):  # it names the file that the disk refused
                raise made.error
            raise WaystationError(
                f"airfields of unseen ends, group {made.item.name[:12]}: {made.error!r}"
            ) from made.error
        if not made.item.keeps:
            write_kept(job.folder, made.item.name, made.result)
        done += sizes[made.item.name]
        job.progress("endings", done, total)


def _task(job: Ends, group: _Group, world: str) -> EndsTask:
    parts = tuple(b.flights for b in group.buckets)
    keeps = not is_cluster(job.engine)
    return EndsTask(
        group.name, parts, str(job.folder), world, job.reception, job.silence, job.reference.overlays, keeps
    )


def _again(job: Ends, group: _Group, world: str) -> dict[str, pa.Table]:
    """Work out a group whose kept result is damaged. Raises where it cannot be read then either."""
    path = job.folder / group.name[:2] / group.name
    path.unlink(missing_ok=True)
    _work(job._replace(engine=LOCAL, workers=1, progress=lambda *_: None), [group], world, group.n_flights)
    tables = read_kept(job.folder, group.name)
    if tables is None:
        raise WaystationError(f"{path} cannot be read again after it was written; check the disk")
    return tables
