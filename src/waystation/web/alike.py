"""How alike an address is to the fleet at an airfield: visits, stays, type, other airfields. Never why.

The fleet's own addresses are measured in the same way from the same positions, so that what reception
lacks is lacking on both sides. A visit is a run of positions low beside the field with nothing heard
elsewhere between.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.web.result import Result

__all__ = ["AlikeRules", "Box", "fleet_fields", "fleet_types", "likeness", "measure", "typical"]


@dataclass(frozen=True)
class AlikeRules:
    """What counts as a stay, and how many of the fleet's airfields are compared."""

    min_stay_h: float = 1 / 3  # shorter is a pass or a touch-and-go; no aircraft of size turns round faster
    same_visit_s: float = 600.0  # a circuit, or one false position, does not make a second visit
    max_airfields: int = 30  # of the fleet's, the busiest first: each is a search through the positions


@dataclass(frozen=True)
class Box:
    """Where an aircraft is low beside an airfield: degrees, and feet of pressure altitude."""

    ident: str
    south: float
    north: float
    west: float
    east: float
    low_ft: float


_SIDES = ("south", "north", "west", "east", "low_ft")

_RUNS = """
    WITH heard AS (
        SELECT icao24, epoch(time_utc) AS t,
               lat BETWEEN $south AND $north AND lon BETWEEN $west AND $east
               AND (coalesce(on_ground, false) OR altitude_ft <= $low) AS here  -- null: height not said
        FROM read_parquet($files) WHERE icao24 IN (SELECT unnest($who))),
    runs AS (
        SELECT *, count(*) FILTER (WHERE NOT here) OVER (PARTITION BY icao24 ORDER BY t) AS run FROM heard)
    SELECT icao24, min(t), max(t) FROM runs WHERE here GROUP BY icao24, run ORDER BY 1, 2"""

_ELSEWHERE = """
    SELECT DISTINCT p.icao24, f.ident FROM read_parquet($files) AS p JOIN fields AS f
      ON p.lat BETWEEN f.south AND f.north AND p.lon BETWEEN f.west AND f.east
     AND (coalesce(p.on_ground, false) OR p.altitude_ft <= f.low_ft)
    WHERE p.icao24 IN (SELECT unnest($who))"""


def measure(
    db: Any,  # noqa: ANN401 - a connection of DuckDB
    files: Sequence[str],
    who: Sequence[str],
    here: Box,
    elsewhere: Sequence[Box],
    rules: AlikeRules = AlikeRules(),
) -> dict[str, dict[str, Any]]:
    """Return per address ``visits``, ``stay_h`` (median; None without a stay) and ``also`` (idents)."""
    asked = {"files": list(files), "who": list(who)}
    box = {"south": here.south, "north": here.north, "west": here.west, "east": here.east, "low": here.low_ft}
    runs: dict[str, list[list[float]]] = defaultdict(list)
    for address, first, last in db.execute(_RUNS, asked | box).fetchall():
        if runs[address] and first - runs[address][-1][1] < rules.same_visit_s:
            runs[address][-1][1] = last
        else:
            runs[address].append([first, last])
    hours = {a: [(last - first) / 3600 for first, last in of] for a, of in runs.items()}
    also: dict[str, list[str]] = defaultdict(list)
    if elsewhere:
        db.execute(f"CREATE TEMP TABLE fields(ident TEXT, {', '.join(f'{s} DOUBLE' for s in _SIDES)})")
        rows = [[b.ident, *(getattr(b, s) for s in _SIDES)] for b in elsewhere]
        db.executemany("INSERT INTO fields VALUES (?, ?, ?, ?, ?, ?)", rows)
        for address, ident in db.execute(_ELSEWHERE, asked).fetchall():
            also[address].append(ident)
    stays = {a: [h for h in of if h >= rules.min_stay_h] for a, of in hours.items()}
    return {
        a: {
            "visits": len(hours.get(a, ())),
            "stay_h": statistics.median(stays[a]) if stays.get(a) else None,
            "also": sorted(also[a]),
        }
        for a in who
    }


def fleet_fields(result: Result, ident: str, rules: AlikeRules = AlikeRules()) -> dict[str, int]:
    """Return the airfields where the fleet's flights begin and end, the busiest first, without ``ident``."""
    flights = result.table("flights")
    n = Counter(
        a for c in ("origin", "destination") for a in flights.column(c).to_pylist() if a and a != ident
    )
    return dict(n.most_common(rules.max_airfields))


def fleet_types(result: Result) -> dict[str, int]:
    """Return the fleet's types with the number of their addresses."""
    flights = result.table("flights")
    pairs = set(zip(flights.column("icao24").to_pylist(), flights.column("type").to_pylist(), strict=True))
    return dict(Counter(t for _, t in pairs if t).most_common())


def typical(measured: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    """Return the medians of the fleet's addresses that came here: ``visits`` and ``stay_h``."""
    visits = [m["visits"] for m in measured.values() if m["visits"]]
    stays = [m["stay_h"] for m in measured.values() if m["stay_h"] is not None]
    return {
        "visits": statistics.median(visits) if visits else None,
        "stay_h": statistics.median(stays) if stays else None,
    }


def likeness(
    one: Mapping[str, Any],
    kind: str | None,
    fleet: Mapping[str, float | None],
    types: Mapping[str, int],
    fields: Mapping[str, int],
) -> dict[str, float | None]:
    """Return four parts between 0 and 1, and ``alike``, their mean; a part is None where it cannot be known.

    ``by_visits``, ``by_stay``: of the address's figure and the fleet's median the smaller by the larger;
    ``by_type``: aircraft of this type in the fleet, by those of its most frequent type; ``by_airfields``:
    the share of the fleet's other traffic that is at airfields where this address was heard low too.
    """
    total, most = sum(fields.values()), max(types.values(), default=0)
    parts = {
        "by_visits": _near(one["visits"], fleet["visits"]),
        "by_stay": _near(one["stay_h"], fleet["stay_h"]),
        "by_type": types.get(kind, 0) / most if kind and most else None,
        "by_airfields": sum(fields.get(a, 0) for a in one["also"]) / total if total else None,
    }
    known = [p for p in parts.values() if p is not None]
    return {**parts, "alike": sum(known) / len(known) if known else None}


def _near(a: float | None, b: float | None) -> float | None:
    return None if not a or not b else min(a, b) / max(a, b)
