"""The order of the stages, on one page.

    raw files ─ ingest ─► archive ─ tracks ─► coverage ─► flights ─► network ─► patterns ─► briefing
                                    └─ batches of aircraft ─┘         └─ over all flights ─┘

Stages are pure; reading and writing happens here and in ``store``. Nothing is done twice: where sources,
case, code and reference tables are what they were, the tables on disk stand.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation import briefing, network, patterns
from waystation.case_files import published_rows, with_lists
from waystation.drawn import drawn_positions
from waystation.engine.open import LOCAL
from waystation.evidence.overrides import apply_overrides
from waystation.finding import (
    Made,
    about_run,
    as_before,
    find_flights,
    heard_by_network,
    helpers,
    known_of,
    written,
)
from waystation.gathering import Gathered, Progress, gather, silent
from waystation.overall import count_over_all
from waystation.replaced import replaced_in
from waystation.store.atomic import write_atomic
from waystation.store.callsigns import aircraft_callsigns
from waystation.store.hashing import file_sha256
from waystation.store.manifest import build_manifest, fingerprint, is_current, json_bytes, read_manifest
from waystation.store.ours import clear_abandoned, refuse_foreign
from waystation.store.places import Place, place_of
from waystation.store.reference import airfields_of, reference_of
from waystation.store.tables import read_tables, write_tables
from waystation.sweeps import How
from waystation.terms.errors import ArchiveError, CaseError
from waystation.terms.schema import TABLES
from waystation.terms.simulated import is_simulated
from waystation.world.fleet import flown_by, select_fleet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from waystation.case import Case
    from waystation.terms.case_view import CaseView

__all__ = ["Gathered", "Made", "Progress", "brief", "gather", "run"]


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
    refuse_foreign(out)
    clear_abandoned(out)
    view, reference = case.view, reference_of(case.view.sites)
    got = gather(case.inputs, archive or out / "archive", workers=workers, engine=engine, progress=progress)
    beside = {str(p.resolve()): file_sha256(p) for p in case.beside}
    mark = fingerprint(case.digest, beside, sorted(got.source_ids), reference.hashes)
    if is_current(out, mark):
        return as_before(out)
    with helpers(got.archive, reference, workers, engine) as pool:
        tables = known_of(got, reference)
        fleet = _fleet(case, got, tables["aircraft"])
        how = How(workers=workers, engine=engine, progress=progress, pool=pool)
        tables |= find_flights(got, fleet, reference, how)
    view = replace(view, simulated=is_simulated(tables["sources"]))
    tables["flights"] = flown_by(tables["flights"], tables["aircraft"], view.fleet)
    tables["aircraft"] = fleet
    airfields = airfields_of(reference.overlays)
    if case.flight_lists:
        tables = with_lists(tables, case, airfields)
    decided = apply_overrides(_in_period(tables, view), view.overrides)
    tables = dict(decided.tables) | heard_by_network(got, decided.tables)
    n = tables["flights"].num_rows
    progress("patterns", 0, n)
    tables |= count_over_all(tables, view, airfields, published_rows(case))
    progress("patterns", n, n)
    about = about_run(got, reference, mark)
    about["rules"] |= _rules()
    about |= {
        "replaced_flights": replaced_in(out, lambda: tables["flights"]),
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


def _fleet(case: Case, got: Gathered, aircraft: pa.Table) -> pa.Table:
    wanted = case.view.fleet
    callsigns = aircraft_callsigns(got.archive) if wanted.callsigns else {}
    fleet = select_fleet(aircraft, wanted, callsigns)
    if not fleet.num_rows and not case.flight_lists:
        raise CaseError(_nobody(case, aircraft))
    return fleet


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


def _briefed(out: Path, tables: dict[str, pa.Table], view: CaseView, about: dict[str, Any]) -> Made:
    airfields = airfields_of(reference_of(view.sites).overlays)
    drawn = drawn_positions(place_of(about["archive"]), tables) if about["archive"] else None
    rows = {name: table.num_rows for name, table in tables.items()}
    sources = tables["sources"]
    page = briefing.build(tables, view, drawn, airfields, build_manifest(out, rows, sources, about))
    rows |= write_tables(out, {"claims": page.claims}, simulated=view.simulated)
    write_atomic(out / "briefing.html", page.html.encode())
    write_atomic(out / "briefing.json", json_bytes(page.document))
    return written(out, rows, sources, about, ("briefing.html", "briefing.json"))


def _rules() -> dict[str, Any]:
    """Return the rules of what comes after the flights, for the manifest."""
    return {
        room.__name__.rpartition(".")[2]: {
            n: asdict(getattr(room, n)()) for n in room.__all__ if n.endswith("Rules")
        }
        for room in (network, patterns)
    }


def _nobody(case: Case, aircraft: pa.Table) -> str:
    types = [r["values"] for r in pc.value_counts(aircraft.column("type").drop_null()).to_pylist()]
    seen = ", ".join(sorted(types)[:12]) or "none that the sources name"
    return (
        f"{case.path}: fleet: none of the {aircraft.num_rows} aircraft in the sources fits.\n"
        f"  Types there: {seen}. Registrations, types and operators come from the sources\n"
        "  or from a register that you import: waystation world update aircraft FILE"
    )
