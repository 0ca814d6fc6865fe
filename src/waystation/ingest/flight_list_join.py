"""Flights from tracks and flights as listed, none counted twice (docs/rules/flight-lists.md)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waystation.ingest.flight_list import Listed

__all__ = ["JoinRules", "join_listed"]

Row = dict[str, Any]


@dataclass(frozen=True)
class JoinRules:
    """When a listed flight is one that we have."""

    near_min: float = 30.0  # lists round, and give gate times: taxi and rounding together stay below
    overlap: float = 0.5  # of the shorter of two flights: an aircraft flies one flight at a time


def join_listed(flights: pa.Table, listed: Listed, rules: JoinRules | None = None) -> tuple[Listed, pa.Table]:
    """Return (the list without what ``flights`` has already, rows of ``rejected`` for what was set aside).

    ``flights``: flights from tracks, or of lists joined before. The same aircraft (address or registration),
    takeoff or landing within 30 minutes, or half of the shorter flight at the same time: it is that flight.
    Without times: the same aircraft, day and both ends, one for one.
    """
    rules = rules or JoinRules()
    ours = _by_aircraft(flights.to_pylist())
    taken: set[str] = set()
    aside: list[Row] = []
    source_id = listed.source.column("source_id")[0].as_py()
    drop: set[str] = set()
    for row in listed.flights.to_pylist():
        twin = _twin(row, _candidates(row, ours), taken, rules)
        if twin is None:
            continue
        taken.add(twin["flight_id"])
        drop.add(row["flight_id"])
        aside.append(_aside(row, twin, source_id, listed.records[row["flight_id"]]))
    rejected = pa.Table.from_pylist(sorted(aside, key=lambda r: r["record"]), schema=TABLES["rejected"])
    return _without(listed, drop), rejected


def _keys(row: Row) -> set[str]:
    registration = (row["registration"] or "").replace("-", "").replace(" ", "").upper()
    return {k for k in (row["icao24"], registration and f"reg {registration}") if k}


def _by_aircraft(rows: Iterable[Row]) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: (r["first_seen_utc"], r["flight_id"])):
        for key in _keys(row):
            out[key].append(row)
    return out


def _candidates(row: Row, ours: dict[str, list[Row]]) -> list[Row]:
    found = {r["flight_id"]: r for key in _keys(row) for r in ours.get(key, ())}
    callsign = (row["callsigns"] or "").split(" ")[0]
    if row["icao24"].startswith("~call-") and callsign:  # who flew it is not listed: its callsign may tell
        every = {r["flight_id"]: r for rows in ours.values() for r in rows}
        found = {i: r for i, r in every.items() if callsign in (r["callsigns"] or "").split(" ")}
    return list(found.values())


def _twin(row: Row, others: list[Row], taken: set[str], rules: JoinRules) -> Row | None:
    """The flight that the listed one is: the nearest in time."""
    timed = _timed(row)
    near = [r for r in others if (_at_once(row, r, rules) if timed else _same_day(row, r, taken))]
    return min(
        near, key=lambda r: (abs(r["first_seen_utc"] - row["first_seen_utc"]), r["flight_id"]), default=None
    )


def _timed(row: Row) -> bool:
    """Whether the list tells more of its time than a date."""
    at = row["first_seen_utc"]
    bare = at == row["last_seen_utc"] and (at.hour, at.minute, at.second) == (0, 0, 0)
    return bool(row["takeoff_utc"] or row["landing_utc"]) or not bare


def _at_once(row: Row, other: Row, rules: JoinRules) -> bool:
    near = timedelta(minutes=rules.near_min)
    start, end = row["takeoff_utc"] or row["first_seen_utc"], row["landing_utc"] or row["last_seen_utc"]
    begin, stop = (
        other["takeoff_utc"] or other["first_seen_utc"],
        other["landing_utc"] or other["last_seen_utc"],
    )
    if row["takeoff_utc"] and abs(start - begin) <= near:
        return True
    if row["landing_utc"] and abs(end - stop) <= near:
        return True
    common: timedelta = min(end, stop) - max(start, begin)
    shorter: timedelta = min(end - start, stop - begin)
    if shorter <= timedelta(0):  # one moment: inside the other flight
        return common >= timedelta(0)
    return common >= rules.overlap * shorter


def _same_day(row: Row, other: Row, taken: set[str]) -> bool:
    named = all(row[e] and row[e] == other[e] for e in ("origin", "destination"))
    day = abs(other["first_seen_utc"].date() - row["first_seen_utc"].date()) <= timedelta(days=0)
    return named and day and other["flight_id"] not in taken


def _aside(row: Row, twin: Row, source_id: str, record: int) -> Row:
    differs = any(row[e] and twin[e] and row[e] != twin[e] for e in ("origin", "destination"))
    what = "list" if "listed" in {twin["origin_ending"], twin["destination_ending"]} else "track"
    reason = f"{'differs-from' if differs else 'same-as'}-{what}"
    said = f"listed {_way(row)} at {row['first_seen_utc']:%Y-%m-%d %H:%M}"
    said += f"; flight {twin['flight_id']} {_way(twin)}"
    return {
        "source_id": source_id,
        "record": record,
        "reason": reason,
        "raw": f"{said} at {twin['first_seen_utc']:%H:%M}",
    }


def _way(row: Row) -> str:
    return f"{row['registration'] or row['icao24']} {row['origin'] or '?'}>{row['destination'] or '?'}"


def _without(listed: Listed, drop: set[str]) -> Listed:
    from dataclasses import replace

    gone = pa.array(sorted(drop), pa.string())

    def kept(table: pa.Table) -> pa.Table:
        return table.filter(pc.invert(pc.is_in(table.column("flight_id"), value_set=gone)))

    return replace(listed, flights=kept(listed.flights), ends=kept(listed.ends))
