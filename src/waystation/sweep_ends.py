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
from waystation.store.kept import has_kept, packed, read_kept, unpacked, write_kept
from waystation.store.reference import airfields_of
from waystation.sweep_ends_work import EndsTask, name_ends
from waystation.terms.errors import WaystationError
from waystation.terms.schema import empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from waystation.store.reference import Reference
    from waystation.sweep_plan import Bucket

    Progress = Callable[[str, int, int | None], None]
    Found = Callable[[Bucket], tuple[pa.Table, pa.Table]]

__all__ = ["Ends", "named"]

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


def named(job: Ends, buckets: Sequence[Bucket], found: Found) -> tuple[dict[str, pa.Table], set[str]]:
    """Return masks, flights, ends, gaps and candidates of the buckets, and the names of what is kept.

    ``found`` gives masks and facts of a bucket. The order of rows is that of the buckets.
    """
    masks, facts, counts = [], [], []
    for b in buckets:
        mask, fact = found(b)
        masks.append(mask)
        facts.append(fact)
        counts.append(fact.num_rows)
    if not buckets:
        return {name: empty(name) for name in ("masks", *TABLES)}, set()
    world = _world(job, pa.concat_tables(facts))
    name = sha256(b"world" + world)
    groups = list(_groups(buckets, counts, f"{name}\n{job.reception}\n{job.silence}"))
    missing = [g for g in groups if not has_kept(job.folder, g.name)]
    total = sum(counts)
    job.progress("endings", total - sum(g.n_flights for g in missing), total)
    out: dict[str, list[pa.Table]] = {n: [] for n in TABLES}
    fresh = {}
    if missing:
        write_kept(job.folder, name, world)
        fresh = _work(job, missing, name, total)
    for g in groups:
        tables = fresh.pop(g.name, None) or read_kept(job.folder, g.name) or _again(job, g, name, world)
        for n in TABLES:
            out[n].append(tables[n])
    joined = {n: pa.concat_tables(out.pop(n)).combine_chunks() for n in TABLES}
    job.progress("endings", total, total)
    return {"masks": pa.concat_tables(masks).combine_chunks()} | joined, {name, *(g.name for g in groups)}


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


def _work(job: Ends, groups: Sequence[_Group], world: str, total: int) -> dict[str, dict[str, pa.Table]]:
    """Work out groups, keep them, and return their tables by name."""
    out: dict[str, dict[str, pa.Table]] = {}
    n = sum(b.n_positions for g in groups for b in g.buckets)
    workers = 1 if n <= ALONE_POSITIONS else job.workers
    tasks = (_task(job, g, world) for g in groups)
    done = total - sum(g.n_flights for g in groups)
    sizes: Mapping[str, int] = {g.name: g.n_flights for g in groups}
    for made in run_tasks(name_ends, tasks, engine=job.engine, workers=workers, pool=job.pool):
        if made.result is None:
            raise WaystationError(
                f"airfields of unseen ends, group {made.item.name[:12]}: {made.error!r}"
            ) from made.error
        if is_cluster(job.engine):
            write_kept(job.folder, made.item.name, made.result)
        out[made.item.name] = unpacked(made.result) or {}
        done += sizes[made.item.name]
        job.progress("endings", done, total)
    return out


def _task(job: Ends, group: _Group, world: str) -> EndsTask:
    parts = tuple(b.flights for b in group.buckets)
    keeps = not is_cluster(job.engine)
    return EndsTask(
        group.name, parts, str(job.folder), world, job.reception, job.silence, job.reference.overlays, keeps
    )


def _again(job: Ends, group: _Group, name: str, world: bytes) -> dict[str, pa.Table]:
    """Work out a group whose kept result is damaged."""
    path = job.folder / group.name[:2] / group.name
    path.unlink(missing_ok=True)
    write_kept(job.folder, name, world)
    alone = job._replace(engine=LOCAL, workers=1, progress=lambda *_: None)
    return _work(alone, [group], name, group.n_flights)[group.name]
