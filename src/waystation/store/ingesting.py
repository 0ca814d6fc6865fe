"""Raw files → archive: idempotent, and whole after a kill at any moment.

    sources in order ─► cut in batches ─► parse and pack (processes) ─► write files ─► marker
                        by the inputs      pure                          temp + rename   the commit

The cut depends on the inputs alone, the bytes of a batch on its sources alone, and a batch exists once its
marker does. So a killed run, run again, takes the same steps from where it stopped.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from waystation.engine.open import LOCAL, is_cluster, run_tasks
from waystation.ingest.selection import selection_of
from waystation.store.batches import Batch, Packed, Source
from waystation.store.collector import spared_collector
from waystation.store.committing import Task, commit, tasks_of, unstage, work
from waystation.store.inputs import iter_sources
from waystation.store.layout import clean, lock
from waystation.store.places import Place, is_bucket, listed, place_of, read_parquet
from waystation.terms.errors import UsageError
from waystation.terms.schema import conform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from waystation.engine.local import Done
    from waystation.ingest.selection import Box, Selection

__all__ = ["BatchRules", "IngestProgress", "IngestSummary", "ingest"]


@dataclass(frozen=True)
class BatchRules:
    """How sources are cut in batches. A change of these makes other, equally good files.

    A long list of traces is cut ever more coarsely, up to ``growth`` times: whoever reads all aircraft opens
    a third of the files, and whoever adds a small day still has work for every process.
    """

    max_files: int = 1_000  # a killed run repeats at most a few seconds
    max_bytes: int = 16 << 20  # as found: about 0.6 M positions of gzip'd traces, 150 MB while it is packed
    growth: int = 3  # 1.7 M positions, 400 MB
    grown_share: float = 0.125  # of all bytes so far a batch may have, …
    grown_mean: int = 1 << 18  # … where a source has no more bytes than these: traces have 40 kB

    def full(self, n: int, size: int, total: int) -> bool:
        """Whether ``n`` sources of ``size`` bytes are a batch, the last of ``total`` bytes so far."""
        times = min(max(1.0, self.grown_share * total / self.max_bytes), float(self.growth))
        times = times if size <= n * self.grown_mean else 1.0
        return n >= self.max_files * times or size >= self.max_bytes * times


@dataclass(frozen=True)
class IngestProgress:
    """What is done so far: sources seen, of these written or known before, positions, refused records."""

    n_sources: int
    n_positions: int
    n_rejected: int
    last_uri: str


@dataclass(frozen=True)
class IngestSummary:
    """What an ingest did.

    ``n_sources``: sources seen; ``n_known``: of these already in the archive (or twice in the inputs);
    ``rejected``: reason → rows; ``failed``: each batch that killed its workers, and why. ``source_ids``:
    what the inputs hold now; an archive may also hold what they held before.
    """

    n_sources: int
    n_new: int
    n_known: int
    n_positions: int
    rejected: dict[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    bytes: int = 0
    seconds: float = 0.0
    source_ids: tuple[str, ...] = ()


@dataclass
class _Count:
    """Tallies of the reading side. ``seen``: ids of the sources in order, each once."""

    seen: dict[str, None] = field(default_factory=dict)
    n_sources: int = 0
    n_known: int = 0
    bytes: int = 0


def ingest(
    inputs: Sequence[str],
    archive: Place | str,
    *,
    fmt: str | None = None,
    mapping: Mapping[str, str] | None = None,
    workers: int = 2,
    engine: str = LOCAL,
    progress: Callable[[IngestProgress], None] | None = None,
    rules: BatchRules = BatchRules(),
    icao24: frozenset[str] | None = None,
    box: Box | None = None,
) -> IngestSummary:
    """Bring every source of ``inputs`` into ``archive``; what is there already (by SHA-256) is left alone.

    ``icao24``: only these addresses, ``box``: only positions inside (south, west, north, east). An archive
    holds one selection; files whose name tells another address are not read, and leave no row behind.

    ``fmt``: one of ``ingest.FORMATS``, where recognition errs; ``mapping``: names of columns
    (``ingest.names``). ``engine``: who packs (``engine.open``). ``progress`` is called after
    every batch. Raises ``InputError``, ``NetworkError``, ``ArchiveError`` (another run is writing) or
    ``UsageError``.
    """
    began = time.monotonic()
    archive = place_of(archive)
    selection = selection_of(icao24, box)
    count = _Count()
    rejected: Counter[str] = Counter()
    n_new, n_positions = 0, 0
    failed: list[str] = []
    with lock(archive) as held, spared_collector():
        clean(archive)
        template = Batch((), fmt, mapping, int(time.time() * 1000), selection)
        far = is_cluster(engine)
        here = not far and workers > 1
        batches = _batches(inputs, archive, template, _known(archive, selection), count, rules, light=here)
        tasks = tasks_of(archive, batches, staged=far and is_bucket(archive), here=here)
        for done in run_tasks(work, tasks, engine=engine, workers=workers):
            if done.result is None:
                failed.append(_failure(done))
                unstage(done.item)
                continue
            commit(archive, done.result, held)
            unstage(done.item)
            n_new += done.result.n_sources
            n_positions += done.result.n_positions
            rejected.update(done.result.rejected)
            if progress is not None:
                last = done.item.last_uri
                progress(IngestProgress(n_new + count.n_known, n_positions, rejected.total(), last))
    seconds = time.monotonic() - began
    return IngestSummary(
        count.n_sources, n_new, count.n_known, n_positions, dict(sorted(rejected.items())), tuple(failed),
        count.bytes, seconds, tuple(count.seen),
    )  # fmt: skip


def _batches(
    inputs: Sequence[str],
    archive: Place,
    template: Batch,
    known: set[str],
    count: _Count,
    rules: BatchRules,
    *,
    light: bool = False,
) -> Iterator[Batch]:
    """Cut first, leave out what is known after: the cut must not depend on what the archive holds."""
    cut: list[Source] = []
    n, size = 0, 0
    for source in iter_sources(inputs, exclude=archive, wanted=template.selection.wants_file, light=light):
        n, size = n + 1, size + source.size
        count.n_sources += 1
        count.bytes += source.size
        id_ = source.source_id
        count.seen[id_] = None
        if id_ in known:
            count.n_known += 1
        else:
            known.add(id_)
            cut.append(source)
        if rules.full(n, size, count.bytes):
            if cut:
                yield replace(template, sources=tuple(cut))
            cut, n, size = [], 0, 0
    if cut:
        yield replace(template, sources=tuple(cut))


def _known(archive: Place, selection: Selection) -> set[str]:
    """Ids of the sources of committed batches. Raises ``UsageError`` where they hold another selection."""
    known: set[str] = set()
    for path in listed(archive / "sources", "*.parquet"):
        table = conform("sources", read_parquet(path))
        known.update(table["source_id"].to_pylist())
        for held in set(table["selection"].to_pylist()) - {selection.text}:
            raise UsageError(
                f"{archive} holds {held or 'everything'}, this run would add "
                f"{selection.text or 'everything'}; choose another --archive, or the same selection"
            )
    return known


def _failure(done: Done[Task, Packed]) -> str:
    if isinstance(done.error, UsageError):
        raise done.error
    of = f"{done.item.n_sources} sources from {done.item.first_uri} to {done.item.last_uri}"
    return f"{of}: {type(done.error).__name__}: {done.error}"
