"""Who else came to an airfield: addresses of the archive outside the fleet, heard low beside it.

The tables of a case hold its fleet; the archive holds everyone that was heard. The search is asked for, is
bounded in days and seconds, and says when it stopped short. Heard low is not landed.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from waystation.store.buckets import S3Path
from waystation.terms.errors import UsageError
from waystation.web.alike import Box, fleet_fields, fleet_types, likeness, measure, typical

if TYPE_CHECKING:
    from pathlib import Path

    from waystation.web.result import Result
    from waystation.web.window import Window

__all__ = ["OtherRules", "others"]


@dataclass(frozen=True)
class OtherRules:
    """How far from the airfield, how low, and how much of the archive is read."""

    radius_km: float = 8.0  # a final of four nautical miles
    above_field_ft: float = 2_500.0  # on that final an aircraft is below 1,300 ft; pressure may err by 1,000
    max_days: int = 62  # of the archive, from the window's first; more is asked for by moving the window
    max_seconds: float = 20.0
    max_rows: int = 200


def others(result: Result, ident: str, window: Window, rules: OtherRules = OtherRules()) -> dict[str, Any]:
    """Return ``rows``, the likest first (who, days, visits, stay_h, also, parts of likeness), and notes.

    Raises ``UsageError`` for a place without coordinates and where the positions are gone.
    """
    here, archive = _box(result, ident, rules), result.archive
    if here is None:
        raise UsageError(f"{ident} has no coordinates, so nothing can be near it")
    if archive is None:
        raise UsageError(
            "the positions of this result are gone; keep them with: waystation run --archive DIR"
        )
    if isinstance(archive, S3Path):
        raise UsageError(
            f"the search reads every position of its days, and {archive} is in a bucket; copy the days of "
            "the window to a folder here, and run the case over that"
        )
    asked = [window.first + timedelta(days=i) for i in range(min(window.days, rules.max_days))]
    days = [d for d in asked if (archive / "positions" / f"day={d}").is_dir()]
    note = [f"only the first {rules.max_days} days of the window"] if window.days > rules.max_days else []
    found = _found(result, [str(archive / "positions" / f"day={d}" / "*.parquet") for d in days], here, rules)
    note += [f"stopped after {rules.max_seconds:.0f} s; narrow the window"] if found.stopped else []
    known = _identities(archive, [r["icao24"] for r in found.rows])
    rows = [r | known.get(r["icao24"], _NOBODY) for r in found.rows]
    types, fields = fleet_types(result), fleet_fields(result, ident)
    like = typical(found.fleet)
    rows = [r | likeness(r, r["type"], like, types, fields) for r in rows]
    return {
        "rows": sorted(rows, key=lambda r: (-(r["alike"] or 0.0), -r["days"], r["icao24"])),
        "n": found.n,
        "n_fleet": len(found.fleet),
        "fleet": like | {"types": types, "airfields": fields},
        "days": len(days),
        "note": "; ".join(note),
        "radius_km": rules.radius_km,
        "above_field_ft": rules.above_field_ft,
    }


@dataclass(frozen=True)
class Found:
    """Who was heard low: ``rows`` of others with their measures, ``n`` in all, the fleet's measures."""

    rows: list[dict[str, Any]]
    n: int
    fleet: dict[str, dict[str, Any]]
    stopped: bool


_NOBODY = {"registration": None, "type": None, "operator": None}


def _box(result: Result, ident: str, rules: OtherRules) -> Box | None:
    """The air beside a field; None for a place without coordinates."""
    place, a = result.place(ident), result.airfields
    if place.lat is None or place.lon is None:
        return None
    at = a.index.get(ident)
    field = float(a.elevation_ft[at]) if at is not None and math.isfinite(a.elevation_ft[at]) else 0.0
    dlat = rules.radius_km / 111.2
    dlon = min(180.0, dlat / max(0.01, math.cos(math.radians(place.lat))))
    sides = (place.lat - dlat, place.lat + dlat, place.lon - dlon, place.lon + dlon)
    return Box(ident, *sides, field + rules.above_field_ft)


_HERE = """
    SELECT icao24, count(*) AS positions, count(DISTINCT time_utc::DATE) AS days,
           min(time_utc)::VARCHAR AS first_utc, max(time_utc)::VARCHAR AS last_utc,
           min(altitude_ft) AS lowest_ft, bool_or(coalesce(on_ground, false)) AS on_ground
    FROM read_parquet($files)
    WHERE lat BETWEEN $south AND $north AND lon BETWEEN $west AND $east
      AND (coalesce(on_ground, false) OR altitude_ft <= $low)
    GROUP BY icao24 ORDER BY days DESC, positions DESC, icao24"""


def _found(result: Result, files: list[str], here: Box, rules: OtherRules) -> Found:
    import duckdb

    if not files:
        return Found([], 0, {}, stopped=False)
    fleet = set(result.table("flights").column("icao24").to_pylist())
    fields = [b for f in fleet_fields(result, here.ident) if (b := _box(result, f, rules)) is not None]
    db = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "1GB"})
    clock = threading.Timer(rules.max_seconds, db.interrupt)
    clock.start()
    try:
        db.execute("SET TimeZone='UTC'")
        box = {
            "south": here.south,
            "north": here.north,
            "west": here.west,
            "east": here.east,
            "low": here.low_ft,
        }
        got = db.execute(_HERE, {"files": files} | box)
        names = [c[0] for c in got.description or ()]
        near = [dict(zip(names, r, strict=True)) for r in got.fetchall()]
        others = [r for r in near if r["icao24"] not in fleet]
        shown, own = others[: rules.max_rows], [r["icao24"] for r in near if r["icao24"] in fleet]
        measured = measure(db, files, [*(r["icao24"] for r in shown), *own], here, fields)
    except duckdb.InterruptException:
        return Found([], 0, {}, stopped=True)
    finally:
        clock.cancel()
        db.close()
    rows = [r | measured[r["icao24"]] for r in shown]
    return Found(rows, len(others), {a: measured[a] for a in own}, stopped=False)


def _identities(archive: Path, addresses: list[str]) -> dict[str, dict[str, Any]]:
    """What the files said of the addresses; the last word of each."""
    import pyarrow as pa

    from waystation.store.archive import read_archive_table

    table = read_archive_table(archive, "identities")
    mine = table.filter(pc.is_in(table.column("icao24"), value_set=pa.array(addresses, pa.string())))
    return {r["icao24"]: {k: r[k] for k in _NOBODY} for r in mine.to_pylist()}
