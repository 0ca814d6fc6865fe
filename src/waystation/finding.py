"""Positions → flights, without a case: what ``waystation flights`` does, and the first half of a case's run.

    raw files ─ ingest ─► archive ─ tracks ─► coverage ─► flights ─► tables

Apart from ``pipeline``, because it needs neither network, patterns nor briefing, which take a second to load.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation import coverage, tracks
from waystation import flights as flights_stage
from waystation.engine.open import LOCAL, crew, is_cluster
from waystation.gathering import Gathered, Progress, gather, silent, source_ids
from waystation.replaced import SPAN, replaced_in
from waystation.store.archive import aircraft_span, iter_aircraft, read_archive_table
from waystation.store.layout import position_files
from waystation.store.manifest import (
    build_manifest,
    fingerprint,
    is_current,
    read_manifest,
    write_manifest,
)
from waystation.store.ours import clear_abandoned, refuse_foreign
from waystation.store.places import Place, is_bucket
from waystation.store.published_times import with_published
from waystation.store.reference import Reference, reference_of
from waystation.store.tables import write_tables
from waystation.sweep_work import ready
from waystation.sweeps import How, kept_in, sweep
from waystation.terms.simulated import is_simulated
from waystation.world.aircraft import identify

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from pathlib import Path

    from waystation.sweeps import Swept

__all__ = [
    "Made",
    "about_run",
    "as_before",
    "find_flights",
    "heard_by_network",
    "helpers",
    "known_of",
    "run_flights",
    "written",
]

_ALONE_BYTES = 20 << 20  # of positions: below this other processes take longer to start than they save


@dataclass(frozen=True)
class Made:
    """What a run left in ``out``. ``unchanged``: it was there before. ``warnings``: what needs a look."""

    out: Path
    rows: Mapping[str, int]
    unchanged: bool = False
    warnings: tuple[str, ...] = ()


def run_flights(
    inputs: Sequence[str],
    archive: Place | str,
    out: Path,
    *,
    stays: bool = True,
    fmt: str | None = None,
    mapping: Mapping[str, str] | None = None,
    silence: bool = True,
    workers: int = 2,
    engine: str = LOCAL,
    progress: Progress = silent,
) -> Made:
    """Find the flights of raw files or of an archive; no case, no briefing. No inputs: all of the archive.

    ``stays``: whether the archive will be there later, to look positions up. ``silence``: whether reception
    on the way may speak for or against a candidate.
    """
    refuse_foreign(out)
    clear_abandoned(out)
    reference = reference_of()
    got = gather(
        inputs or [str(archive)],
        archive,
        fmt=fmt,
        mapping=mapping,
        workers=workers,
        engine=engine,
        progress=progress,
    )
    got = replace(got, stays=stays)
    mark = fingerprint(
        "flights" if silence else "flights without silence", sorted(got.source_ids), reference.hashes
    )
    if is_current(out, mark):
        return as_before(out)
    with kept_in(got.archive) as folder:
        with helpers(got.archive, reference, workers, engine) as pool:
            how = How(silence, workers, engine, progress, pool)
            tables = known_of(got, reference)
            found = sweep(got.archive, folder, _only(got), tables["aircraft"], reference, how)
        tables |= found.told
        if coverage.has_several(tables["sources"]):
            tables |= heard_by_network(got, tables | found.whole(("flights", "gaps")))
        replaced = replaced_in(out, lambda: found.flights(SPAN))
        about = about_run(got, reference, mark) | {"replaced_flights": replaced}
        pieces = _as_written(found, tables.keys(), progress)
        rows = write_tables(out, tables, pieces, simulated=is_simulated(tables["sources"]))
    return written(out, rows, tables["sources"], about)


def _as_written(found: Swept, known: Collection[str], progress: Progress) -> Iterator[dict[str, pa.Table]]:
    """Yield the pieces of tables that are not known whole, and say how far the writing is."""
    done = 0
    for some in found.pieces():
        progress("tables", done, found.n_flights)
        yield {name: table for name, table in some.items() if name not in known}
        done += some["flights"].num_rows
    progress("tables", done, found.n_flights)


def find_flights(got: Gathered, aircraft: pa.Table, reference: Reference, how: How) -> dict[str, pa.Table]:
    """Positions → masks, flights, ends, candidates, gaps of ``aircraft``; coverage of all traffic."""
    with kept_in(got.archive) as folder:
        found = sweep(got.archive, folder, _only(got), aircraft, reference, how)
        return found.told | found.whole()


def _only(got: Gathered) -> frozenset[str] | None:
    """Return the sources that the archive's positions are wanted of; None: all that it has."""
    return got.source_ids if source_ids(got.archive) - got.source_ids else None


def helpers(
    archive: Place, reference: Reference, workers: int, engine: str
) -> AbstractContextManager[Executor | None]:
    """Give processes that start while this one finds out who the aircraft are; None where none are needed."""
    if is_cluster(engine) or is_bucket(archive) or workers <= 1:
        return nullcontext()
    if sum(p.stat().st_size for p in position_files(archive)) < _ALONE_BYTES:
        return nullcontext()
    return crew(workers, ready=partial(ready, reference.overlays))


def known_of(got: Gathered, reference: Reference) -> dict[str, pa.Table]:
    """Return what the archive itself tells: sources, what was refused, and who the addresses stood for."""
    now = pa.array(sorted(got.source_ids), pa.string())
    tables = {}
    for name in ("sources", "rejected", "identities"):
        table = read_archive_table(got.archive, name)
        tables[name] = table.filter(pc.is_in(table.column("source_id"), value_set=now))
    tables["sources"] = with_published(tables["sources"], got.archive)
    span = aircraft_span(got.archive)
    tables["aircraft"] = identify(tables.pop("identities"), tables["sources"], span, reference.imported())
    return tables


def heard_by_network(got: Gathered, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Which of several networks heard what; nothing where the archive is of one."""
    sources = tables["sources"]
    if not coverage.has_several(sources):
        return {}
    addresses = tables["flights"].column("icao24").unique().to_pylist()
    found = coverage.join_networks(
        [
            coverage.by_network(positions, tables["flights"], sources)
            for positions in iter_aircraft(got.archive, icao24=addresses)
        ]
    )
    silences = found["network_silences"]
    return found | coverage.label_by_networks(tables["gaps"], silences, tables["masks"], sources)


def about_run(got: Gathered, reference: Reference, mark: str) -> dict[str, Any]:
    """Return what the manifest says beside its inputs and tables."""
    rules = {"tracks": asdict(tracks.TrackRules()), "flights": asdict(flights_stage.FlightRules())}
    archive = str(got.archive.resolve()) if got.stays else None
    return {
        "fingerprint": mark,
        "archive": archive,
        "reference": reference.hashes,
        "rules": rules,
        "overrides": [],
    }


def written(
    out: Path, rows: Mapping[str, int], sources: pa.Table, about: dict[str, Any], more: Sequence[str] = ()
) -> Made:
    """Write the manifest of tables (``rows`` of each) and ``more`` files in ``out``; tell what is there."""
    write_manifest(out, build_manifest(out, rows, sources, about, more))
    return as_before(out, unchanged=False)


def as_before(out: Path, *, unchanged: bool = True) -> Made:
    """Tell what ``out`` holds."""
    manifest = read_manifest(out)
    rows = {name: table["rows"] for name, table in manifest["tables"].items()}
    idle = tuple(
        f"override of {o['flight']} did not act: no one flight of this run has that id, or it is left out; "
        "look with: waystation show flights"
        for o in manifest["overrides"]
        if not o["acted"]
    )
    return Made(out, rows, unchanged, idle)
