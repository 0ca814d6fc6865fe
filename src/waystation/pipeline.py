"""The order of the stages, on one page.

    raw files ─ ingest ─► archive ─ tracks ─► coverage ─► flights ─► network ─► patterns ─► briefing
                                    └─ batches of aircraft ─┘         └─ over all flights ─┘

Stages are pure; reading and writing happens here and in ``store``. Nothing is done twice: where sources,
case, code and reference tables are what they were, the tables on disk stand.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation import briefing, coverage, network, patterns, tracks
from waystation import flights as flights_stage
from waystation.case_files import published_rows, with_lists
from waystation.drawn import drawn_positions
from waystation.engine.open import LOCAL
from waystation.evidence.overrides import apply_overrides
from waystation.gathering import Gathered, Progress, gather, silent, source_ids
from waystation.overall import count_over_all
from waystation.replaced import replaced_in
from waystation.store.archive import aircraft_span, iter_aircraft, read_archive_table
from waystation.store.atomic import write_atomic
from waystation.store.callsigns import aircraft_callsigns
from waystation.store.hashing import file_sha256
from waystation.store.manifest import (
    build_manifest,
    fingerprint,
    is_current,
    json_bytes,
    read_manifest,
    write_manifest,
)
from waystation.store.places import Place, place_of
from waystation.store.published_times import with_published
from waystation.store.reference import Reference, airfields_of, reference_of
from waystation.store.tables import read_tables, write_tables
from waystation.sweeps import sweep
from waystation.terms.errors import ArchiveError, CaseError
from waystation.terms.schema import TABLES
from waystation.terms.simulated import is_simulated
from waystation.world.aircraft import identify
from waystation.world.fleet import flown_by, select_fleet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from waystation.case import Case
    from waystation.terms.case_view import CaseView

__all__ = ["Gathered", "Made", "Progress", "brief", "find_flights", "gather", "run", "run_flights"]


@dataclass(frozen=True)
class Made:
    """What a run left in ``out``. ``unchanged``: it was there before. ``warnings``: what needs a look."""

    out: Path
    rows: Mapping[str, int]
    unchanged: bool = False
    warnings: tuple[str, ...] = ()


def run(
    case: Case,
    out: Path,
    *,
    archive: Place | str | None = None,
    workers: int = 2,
    engine: str = LOCAL,
    progress: Progress = silent,
) -> Made:
    """Do everything that a case asks for. Raises ``WaystationError``; a killed run can be run again.

    ``archive``: where positions rest, ``out/archive`` if not said; ``engine``: ``local`` or a scheduler.
    """
    view, reference = case.view, reference_of(case.view.sites)
    got = gather(case.inputs, archive or out / "archive", workers=workers, engine=engine, progress=progress)
    beside = {str(p.resolve()): file_sha256(p) for p in case.beside}
    mark = fingerprint(case.digest, beside, sorted(got.source_ids), reference.hashes)
    if is_current(out, mark):
        return _as_before(out)
    tables = _known(got, reference)
    view = replace(view, simulated=is_simulated(tables["sources"]))
    callsigns = aircraft_callsigns(got.archive) if view.fleet.callsigns else {}
    fleet = select_fleet(tables["aircraft"], view.fleet, callsigns)
    if not fleet.num_rows and not case.flight_lists:
        raise CaseError(_nobody(case, tables["aircraft"]))
    tables |= find_flights(got, fleet, reference, workers=workers, engine=engine, progress=progress)
    tables["flights"] = flown_by(tables["flights"], tables["aircraft"], view.fleet)
    tables["aircraft"] = fleet
    airfields = airfields_of(reference.overlays)
    if case.flight_lists:
        tables = with_lists(tables, case, airfields)
    decided = apply_overrides(_in_period(tables, view), view.overrides)
    tables = dict(decided.tables) | _by_network(got, decided.tables)
    n = tables["flights"].num_rows
    progress("patterns", 0, n)
    tables |= count_over_all(tables, view, airfields, published_rows(case))
    progress("patterns", n, n)
    about = _about(got, reference, mark) | {
        "replaced_flights": replaced_in(out, tables["flights"]),
        "case": {
            "title": view.title,
            "file": str(case.path.resolve()),
            "sha256": case.digest,
            "beside": beside,
        },
        "overrides": list(decided.acts),
    }
    write_tables(out, tables, simulated=view.simulated)
    return _briefed(out, tables, view, about)


def _by_network(got: Gathered, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
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


def brief(case: Case, out: Path) -> Made:
    """Write the briefing again, from the tables and the manifest in ``out``."""
    about = read_manifest(out)
    tables = read_tables(out)
    tables.pop("claims", None)
    for name, table in tables.items():
        missing = set(TABLES[name].names if name in TABLES else ()) - set(table.column_names)
        if missing:
            raise ArchiveError(
                f"{out}/{name}.parquet has no column {', '.join(sorted(missing))}: "
                "an older version wrote it.\n"
                f"  Run the case again: waystation run {case.path}"
            )
    view = replace(case.view, simulated=is_simulated(tables["sources"]))
    return _briefed(out, tables, view, about)


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
        return _as_before(out)
    tables = _known(got, reference)
    tables |= find_flights(
        got,
        tables["aircraft"],
        reference,
        silence=silence,
        workers=workers,
        engine=engine,
        progress=progress,
    )
    tables |= _by_network(got, tables)
    about = _about(got, reference, mark) | {"replaced_flights": replaced_in(out, tables["flights"])}
    write_tables(out, tables, simulated=is_simulated(tables["sources"]))
    return _written(out, tables, about)


def find_flights(
    got: Gathered,
    aircraft: pa.Table,
    reference: Reference,
    *,
    silence: bool = True,
    workers: int = 2,
    engine: str = LOCAL,
    progress: Progress = silent,
) -> dict[str, pa.Table]:
    """Positions → masks, flights, ends, candidates, gaps of ``aircraft``; coverage of all traffic."""
    others = bool(source_ids(got.archive) - got.source_ids)
    sources = got.source_ids if others else None
    return sweep(
        got.archive,
        sources,
        aircraft,
        reference,
        silence=silence,
        workers=workers,
        engine=engine,
        progress=progress,
    )


def _known(got: Gathered, reference: Reference) -> dict[str, pa.Table]:
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


def _in_period(tables: Mapping[str, pa.Table], view: CaseView) -> dict[str, pa.Table]:
    """Leave out flights whose first position is outside the period, as the rates count them."""
    first = tables["flights"].column("first_seen_utc").cast(pa.date32())
    inside = pa.chunked_array([pa.array([True] * len(first), pa.bool_())])
    if view.period_from:
        inside = pc.and_(inside, pc.greater_equal(first, pa.scalar(view.period_from)))
    if view.period_to:
        inside = pc.and_(inside, pc.less_equal(first, pa.scalar(view.period_to)))
    flights = tables["flights"].filter(inside)
    kept = flights.column("flight_id").combine_chunks()
    out = dict(tables) | {"flights": flights}
    for name in ("ends", "candidates"):
        out[name] = tables[name].filter(pc.is_in(tables[name].column("flight_id"), value_set=kept))
    gaps = tables["gaps"]
    of_none = pc.is_null(gaps.column("flight_id"))
    out["gaps"] = gaps.filter(pc.or_(of_none, pc.is_in(gaps.column("flight_id"), value_set=kept)))
    return out


def _about(got: Gathered, reference: Reference, mark: str) -> dict[str, Any]:
    """Return what the manifest says beside its inputs and tables."""
    rules = {
        "tracks": asdict(tracks.TrackRules()),
        "flights": asdict(flights_stage.FlightRules()),
        "network": {n: asdict(getattr(network, n)()) for n in network.__all__ if n.endswith("Rules")},
        "patterns": {n: asdict(getattr(patterns, n)()) for n in patterns.__all__ if n.endswith("Rules")},
    }
    archive = str(got.archive.resolve()) if got.stays else None
    return {
        "fingerprint": mark,
        "archive": archive,
        "reference": reference.hashes,
        "rules": rules,
        "overrides": [],
    }


def _briefed(out: Path, tables: dict[str, pa.Table], view: CaseView, about: dict[str, Any]) -> Made:
    airfields = airfields_of(reference_of(view.sites).overlays)
    drawn = drawn_positions(place_of(about["archive"]), tables) if about["archive"] else None
    page = briefing.build(tables, view, drawn, airfields, build_manifest(out, tables, about))
    write_tables(out, {"claims": page.claims}, simulated=view.simulated)
    write_atomic(out / "briefing.html", page.html.encode())
    write_atomic(out / "briefing.json", json_bytes(page.document))
    return _written(out, tables | {"claims": page.claims}, about, ("briefing.html", "briefing.json"))


def _written(
    out: Path, tables: Mapping[str, pa.Table], about: dict[str, Any], more: Sequence[str] = ()
) -> Made:
    write_manifest(out, build_manifest(out, tables, about, more))
    return _as_before(out, unchanged=False)


def _as_before(out: Path, *, unchanged: bool = True) -> Made:
    manifest = read_manifest(out)
    rows = {name: table["rows"] for name, table in manifest["tables"].items()}
    idle = tuple(
        f"override of {o['flight']} did not act: no one flight of this run has that id, or it is left out; "
        "look with: waystation show flights"
        for o in manifest["overrides"]
        if not o["acted"]
    )
    return Made(out, rows, unchanged, idle)


def _nobody(case: Case, aircraft: pa.Table) -> str:
    types = [r["values"] for r in pc.value_counts(aircraft.column("type").drop_null()).to_pylist()]
    seen = ", ".join(sorted(types)[:12]) or "none that the sources name"
    return (
        f"{case.path}: fleet: none of the {aircraft.num_rows} aircraft in the sources fits.\n"
        f"  Types there: {seen}. Registrations, types and operators come from the sources\n"
        "  or from a register that you import: waystation world update aircraft FILE"
    )
