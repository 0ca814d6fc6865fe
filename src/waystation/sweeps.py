"""Over all aircraft of an archive, once, a few whole aircraft at a time.

    positions ─ tracks ─┬─► what was heard where (all traffic) ──────── merged: coverage(_weeks) ─┐
                        └─► flights, ends, gaps, unseen (the fleet) ◄─ what reception says of them ┘
    then (``sweep_ends``):  all observed ends ─► history; unseen ends ─► candidates and names

Reception is measured on everything that the archive holds, not on the fleet alone, or a watch-list would be
its own witness. Any cut into buckets gives the same tables. Results of a bucket are kept beside the archive
(``store.kept``) under a name made of its rows, the code and the reference tables (``sweep_plan``): where
nothing changed, nothing is read.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from waystation import coverage
from waystation.engine.open import LOCAL, crew, is_cluster, run_tasks
from waystation.store.hashing import sha256
from waystation.store.index import cache_folder, index_of, source_batches
from waystation.store.kept import has_kept, packed, prune, read_kept, write_kept
from waystation.store.memory import give_back
from waystation.store.places import is_bucket
from waystation.sweep_ends import TABLES, Ends, named
from waystation.sweep_ends_work import forget
from waystation.sweep_plan import buckets_of, content_of, largest_task, tasks_of
from waystation.sweep_work import Tallied, facts_of, fresh_of, work
from waystation.terms.errors import WaystationError
from waystation.terms.schema import empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from waystation.store.places import Place
    from waystation.store.reference import Reference
    from waystation.sweep_plan import Bucket, Content

    Progress = Callable[[str, int, int | None], None]

__all__ = ["ALONE_POSITIONS", "How", "Swept", "kept_in", "sweep"]


BATCH_POSITIONS: Final = 300_000  # whole aircraft a bucket: what is worked out, and kept, in one piece
TASK_POSITIONS: Final = 14_000_000  # buckets of one task: row groups at its edges are decoded in two tasks
ALONE_POSITIONS: Final = 1_500_000  # below this a second process takes longer to start than it saves
KEPT_SHARE: Final = 0.5  # of the archive's bytes: what may be kept of results, beside those just used
KEPT_LEAST: Final = 1 << 28
FAR_POSITIONS: Final = 4_000_000  # of one task on a cluster, which has more workers than are known here
_TURNS: Final = 4  # tasks a worker, at least
_ROUNDS: Final = 3  # a kept result that is damaged is worked out again; so often, and the disk is at fault


class _Job(NamedTuple):
    """What does not change during a sweep."""

    content: Content
    fleet: pa.Table
    everybody: bool
    reference: Reference
    folder: Path
    workers: int
    engine: str
    progress: Progress
    pool: Executor | None


class _Known(NamedTuple):
    """What this run worked out, and need not be read again.

    ``tallied``: what was heard by the buckets ``heard`` (names); ``found``: masks and facts by name.
    """

    tallied: Tallied
    heard: set[str]
    found: dict[str, tuple[pa.Table, pa.Table]]


@dataclass(frozen=True)
class How:
    """``silence``: weigh what reception says about not being heard on the way. ``engine``: who works.

    ``pool``: processes that are there already (a ``crew``).
    """

    silence: bool = True
    workers: int = 2
    engine: str = LOCAL
    progress: Progress = lambda *_: None
    pool: Executor | None = None


@dataclass(frozen=True)
class Swept:
    """What a sweep tells, while the folder of kept results is there. Rows are in the order of addresses.

    ``told``: tables masks, coverage and coverage_weeks. ``pieces``: flights, ends, gaps and candidates, some
    aircraft after the others, read as they are asked for.
    """

    told: dict[str, pa.Table]
    n_flights: int
    pieces: Callable[[], Iterator[dict[str, pa.Table]]]

    def whole(self, only: Sequence[str] = TABLES) -> dict[str, pa.Table]:
        """Return the tables that come in pieces, each in one; ``only`` these."""
        parts = [[some[n] for n in only] for some in self.pieces()]
        return {n: pa.concat_tables([p[k] for p in parts]).combine_chunks() for k, n in enumerate(only)}

    def flights(self, columns: Sequence[str]) -> pa.Table:
        """Return some columns of all flights."""
        return pa.concat_tables([some["flights"].select(columns) for some in self.pieces()])


def sweep(
    archive: Place,
    folder: Path,
    sources: frozenset[str] | None,
    aircraft: pa.Table,
    reference: Reference,
    how: How = How(),
) -> Swept:
    """Find masks, flights, ends, candidates and gaps of ``aircraft``, and the coverage of all traffic.

    ``folder``: of kept results (``kept_in``). ``sources``: use only positions of these sources; None: all.
    """
    workers, engine, progress, pool = how.workers, how.engine, how.progress, how.pool
    index = index_of(archive, workers=workers)
    content = content_of(index, source_batches(archive) if sources is not None else {}, sources)
    fleet = set(aircraft.column("icao24").to_pylist())
    everybody = fleet.issuperset(index.place)
    with nullcontext(pool) if pool else crew(workers) as own:
        job = _Job(content, aircraft, everybody, reference, folder, workers, engine, progress, own)
        buckets = buckets_of(content, aircraft, reference, BATCH_POSITIONS)
        known = _fill(job, buckets)
        heard, weekly = _merged(job, buckets, known)
        give_back()
        wanted = [b for b in buckets if b.flights]
        name = _sum_name(buckets) if heard.num_rows else ""
        ends = Ends(
            folder,
            name,
            how.silence,
            reference,
            workers,
            engine if _shared(folder, archive) else LOCAL,
            progress,
            own,
        )
        done = named(ends, wanted, lambda b: known.found.pop(b.flights, None) or _found(job, b))
        forget()
        _prune(job, buckets, done.used)
    told = {"masks": done.masks, "coverage": heard, "coverage_weeks": weekly}
    return Swept(told, done.n_flights, done.pieces)


@contextmanager
def kept_in(archive: Place) -> Iterator[Path]:
    """Give the folder of kept results; where it cannot be written to, one that goes when the run ends."""
    folder = cache_folder(archive) / "kept"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        with tempfile.TemporaryDirectory(prefix="waystation-", ignore_cleanup_errors=True) as other:
            yield Path(other)
    else:
        yield folder


def _fill(job: _Job, buckets: Sequence[Bucket]) -> _Known:
    """Work out every result that is not kept; a task that failed three times stops the run and is named."""
    known = _Known(Tallied(), set(), {})
    missing = []
    for b in buckets:
        reception, found = (bool(n) and not has_kept(job.folder, n) for n in (b.reception, b.flights))
        if reception or found:
            missing.append((b, reception, found))
    total = sum(b.stop - b.first for b in buckets)
    done = total - sum(b.stop - b.first for b, _, _ in missing)
    job.progress("flights", done, total)
    n = sum(b.n_positions for b, _, _ in missing)
    alone = 1 if n <= ALONE_POSITIONS else job.workers
    few = n // (_TURNS * alone)  # enough tasks for all who work to end at about one time
    far = is_cluster(job.engine)
    largest = FAR_POSITIONS if far else largest_task(job.content.index, TASK_POSITIONS)
    most = max(BATCH_POSITIONS, min(largest, few))
    folder = None if is_cluster(job.engine) else job.folder
    tasks = tasks_of(job.content, missing, job.fleet, job.everybody, job.reference, most, folder)
    sizes = {b.reception: b.stop - b.first for b in buckets} | {b.flights: b.stop - b.first for b in buckets}
    for made in run_tasks(work, tasks, engine=job.engine, workers=alone, pool=job.pool):
        if made.result is None:
            if isinstance(made.error, OSError):  # it names the file that the disk refused
                raise made.error
            who = " to ".join(made.item.picked.addresses[k] for k in (0, -1))
            raise WaystationError(f"flights of {who}: {made.error!r}") from made.error
        for name, data in made.result.kept:
            write_kept(job.folder, name, data)
        fresh = fresh_of(made.result, made.item.names)
        if fresh.tally is not None:
            known.tallied.add(fresh.tally)
            known.heard.update(r for r, _ in made.item.names if r)
        known.found.update(fresh.found)
        done += sum(sizes[r or f] for r, f in made.item.names)
        job.progress("flights", done, total)
    return known


def _part(job: _Job, bucket: Bucket, which: str, only: tuple[str, ...] | None = None) -> dict[str, pa.Table]:
    """Return a kept result, ``only`` these tables of it; one that is damaged is worked out again."""
    name = getattr(bucket, which)
    for _ in range(_ROUNDS):
        tables = read_kept(job.folder, name, only)
        if tables is not None:
            return tables
        (job.folder / name[:2] / name).unlink(missing_ok=True)
        _fill(job._replace(progress=lambda *_: None), [bucket])
    raise WaystationError(
        f"{job.folder / name[:2] / name} cannot be read again after it was written; check the disk"
    )


def _found(job: _Job, bucket: Bucket) -> tuple[pa.Table, pa.Table]:
    """Return masks and facts of a bucket, as kept."""
    tables = _part(job, bucket, "flights", ("masks", "flights"))
    return tables["masks"], facts_of(tables["flights"])


def _merged(job: _Job, buckets: Sequence[Bucket], known: _Known) -> tuple[pa.Table, pa.Table]:
    """Return coverage and coverage_weeks of all traffic; their sum is kept too."""
    if not buckets:
        return empty("coverage"), empty("coverage_weeks")
    name = _sum_name(buckets)
    kept = read_kept(job.folder, name)
    if kept is not None:
        return kept["coverage"], kept["coverage_weeks"]
    for b in buckets:
        if b.reception not in known.heard:
            known.tallied.add(_part(job, b, "reception"))
    merged = coverage.tables_of([known.tallied.total()])
    write_kept(job.folder, name, packed(merged))
    return merged["coverage"], merged["coverage_weeks"]


def _sum_name(buckets: Sequence[Bucket]) -> str:
    return sha256("\n".join(["sum", *(b.reception for b in buckets)]).encode())


def _shared(folder: Path, archive: Place) -> bool:
    """Whether workers of a cluster see the kept results: they lie in an archive that is a folder itself."""
    return not is_bucket(archive) and folder.is_relative_to(cache_folder(archive))


def _prune(job: _Job, buckets: Sequence[Bucket], used: frozenset[str]) -> None:
    used |= {n for b in buckets for n in (b.reception, b.flights) if n} | {_sum_name(buckets)}
    archive = sum(f.size for f in job.content.index.files)
    prune(job.folder, used, max(KEPT_LEAST, int(KEPT_SHARE * archive)))
