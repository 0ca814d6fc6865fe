"""Raw files → an archive: the first step of every run, apart because it needs none of the stages loaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from waystation.engine.open import LOCAL
from waystation.store.ingesting import IngestProgress, IngestSummary, ingest
from waystation.store.inputs import SIMULATED
from waystation.store.layout import is_archive
from waystation.store.places import Place, is_bucket, place_of
from waystation.terms.errors import UsageError, WaystationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Gathered", "Progress", "gather", "silent", "source_ids"]

Progress = Callable[[str, int, "int | None"], None]

_ALONE_BYTES: Final = 20 << 20  # below this a second process takes longer to start than it saves
_FAST: Final = re.compile(r"\.tar(\.|\Z)|\Atrace_(full|recent)_")  # read three to ten times as fast as others


@dataclass(frozen=True)
class Gathered:
    """An archive, which of its sources the inputs hold now (it may hold older ones), and if it stays."""

    archive: Place
    source_ids: frozenset[str]
    summary: IngestSummary | None = None
    stays: bool = True


def silent(_stage: str, _done: int, _total: int | None) -> None:
    """Show nothing."""


def gather(
    inputs: Sequence[str],
    archive: Place | str,
    *,
    fmt: str | None = None,
    mapping: Mapping[str, str] | None = None,
    workers: int = 2,
    engine: str = LOCAL,
    icao24: frozenset[str] | None = None,
    box: tuple[float, float, float, float] | None = None,
    progress: Progress = silent,
) -> Gathered:
    """Bring raw files into ``archive``, or use the archive that the inputs name.

    ``icao24``, ``box``: read only that much of them (``store.ingesting.ingest``).
    """
    inputs = [found for i in inputs for found in _made_first(i, workers, progress)]
    archive = place_of(archive)
    ready = [place_of(i) for i in inputs if is_archive(i)]
    if ready and len(inputs) > 1:
        raise UsageError(
            f"{ready[0]} is an archive and cannot stand beside other inputs; bring them into it first: "
            f"waystation ingest INPUT --archive {ready[0]}"
        )
    if ready:
        return Gathered(ready[0], source_ids(ready[0]))

    def show(p: IngestProgress) -> None:
        progress("ingest", p.n_sources, None)

    alone = workers if _work(inputs) > _ALONE_BYTES else 1
    summary = ingest(
        inputs,
        archive,
        fmt=fmt,
        mapping=mapping,
        workers=alone,
        engine=engine,
        icao24=icao24,
        box=box,
        progress=show,
    )
    progress("ingest", summary.n_sources, summary.n_sources)
    if summary.failed:
        raise WaystationError("some sources could not be read:\n  " + "\n  ".join(summary.failed))
    return Gathered(archive, frozenset(summary.source_ids), summary)


def _made_first(text: str, workers: int, progress: Progress) -> tuple[str, ...]:
    """Return an input as it is; for a scenario, the folders of its traces, made where they are missing."""
    if not text.startswith(SIMULATED):
        return (text,)
    from waystation.store.simulated import simulated_folder, trace_folders  # loads kernels: a second

    scenario = Path(text.partition(":")[2])
    return trace_folders(simulated_folder(scenario, progress, workers=workers))


def source_ids(archive: Place) -> frozenset[str]:
    """Return the ids of all sources of an archive."""
    from waystation.store.index import source_batches

    return frozenset[str]().union(*source_batches(archive).values())


def _work(inputs: Sequence[str]) -> float:
    """Return how much there is to read, in bytes of the formats that are read slowly."""
    paths = [Path(i) for i in inputs if not is_bucket(i)]
    files = [f for p in paths for f in (p.rglob("*") if p.is_dir() else [p]) if f.is_file()]
    return sum(f.stat().st_size / (3 if _FAST.search(f.name) else 1) for f in files)
