"""Who else came to an airfield: addresses of the archive outside the fleet, heard low beside it.

The tables of a case hold its fleet; the archive holds everyone that was heard. The search is asked for, is
bounded in days and seconds, and says when it stopped short. Heard low is not landed.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from waystation.terms.errors import UsageError

if TYPE_CHECKING:
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
    """Return ``rows`` (icao24, registration, type, operator, days, positions, first, last, lowest) and notes.

    Raises ``UsageError`` for a place without coordinates and where the positions are gone.
    """
    place, archive = result.place(ident), result.manifest.get("archive")
    if place.lat is None or place.lon is None:
        raise UsageError(f"{ident} has no coordinates, so nothing can be near it")
    if not archive or not Path(archive).is_dir():
        raise UsageError(
            "the positions of this result are gone; keep them with: waystation run --archive DIR"
        )
    asked = [window.first + timedelta(days=i) for i in range(min(window.days, rules.max_days))]
    days = [d for d in asked if (Path(archive) / "positions" / f"day={d}").is_dir()]
    fleet = set(result.table("flights").column("icao24").to_pylist())
    note = [f"only the first {rules.max_days} days of the window"] if window.days > rules.max_days else []
    rows: list[dict[str, Any]] = []
    if days:
        rows, stopped = _near(result, Path(archive), days, ident, rules)
        note += [f"stopped after {rules.max_seconds:.0f} s; narrow the window"] if stopped else []
    found = [r for r in rows if r["icao24"] not in fleet]
    known = _identities(Path(archive), [r["icao24"] for r in found[: rules.max_rows]])
    return {
        "rows": [r | known.get(r["icao24"], _NOBODY) for r in found[: rules.max_rows]],
        "n": len(found),
        "n_fleet": len(rows) - len(found),
        "days": len(days),
        "note": "; ".join(note),
        "radius_km": rules.radius_km,
        "above_field_ft": rules.above_field_ft,
    }


_NOBODY = {"registration": None, "type": None, "operator": None}


def _near(
    result: Result, archive: Path, days: list[Any], ident: str, rules: OtherRules
) -> tuple[list[dict[str, Any]], bool]:
    import duckdb

    place, a = result.place(ident), result.airfields
    at = a.index.get(ident)
    field = float(a.elevation_ft[at]) if at is not None and math.isfinite(a.elevation_ft[at]) else 0.0
    assert place.lat is not None
    assert place.lon is not None
    dlat = rules.radius_km / 111.2
    dlon = min(180.0, dlat / max(0.01, math.cos(math.radians(place.lat))))
    files = [str(archive / "positions" / f"day={d}" / "*.parquet") for d in days]
    db = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "1GB"})
    clock = threading.Timer(rules.max_seconds, db.interrupt)
    clock.start()
    try:
        query = """
            SELECT icao24, count(*) AS positions, count(DISTINCT time_utc::DATE) AS days,
                   min(time_utc)::VARCHAR AS first_utc, max(time_utc)::VARCHAR AS last_utc,
                   min(altitude_ft) AS lowest_ft, bool_or(coalesce(on_ground, false)) AS on_ground
            FROM read_parquet($files)
            WHERE lat BETWEEN $south AND $north AND lon BETWEEN $west AND $east
              AND (coalesce(on_ground, false) OR altitude_ft <= $low)
            GROUP BY icao24 ORDER BY days DESC, positions DESC, icao24"""
        box = {
            "files": files,
            "south": place.lat - dlat,
            "north": place.lat + dlat,
            "west": place.lon - dlon,
            "east": place.lon + dlon,
            "low": field + rules.above_field_ft,
        }
        db.execute("SET TimeZone='UTC'")
        got = db.execute(query, box)
        names = [c[0] for c in got.description or ()]
        return [dict(zip(names, r, strict=True)) for r in got.fetchall()], False
    except duckdb.InterruptException:
        return [], True
    finally:
        clock.cancel()
        db.close()


def _identities(archive: Path, addresses: list[str]) -> dict[str, dict[str, Any]]:
    """What the files said of the addresses; the last word of each."""
    import pyarrow as pa

    from waystation.store.archive import read_archive_table

    table = read_archive_table(archive, "identities")
    mine = table.filter(pc.is_in(table.column("icao24"), value_set=pa.array(addresses, pa.string())))
    return {r["icao24"]: {k: r[k] for k in _NOBODY} for r in mine.to_pylist()}
