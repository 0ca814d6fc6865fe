"""Flights and ends as tables, from segments and what was observed of their ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.terms.geodesy import distance_km
from waystation.terms.identifiers import content_id
from waystation.terms.schema import TABLES, TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.flights.bodies import Bodies
    from waystation.flights.ends import End
    from waystation.flights.segment import Segments
    from waystation.world.airfields import Airfields

__all__ = ["ends_table", "flight_ids", "flights_table"]

INSTANT_S = 60.0  # a takeoff or landing known to the minute is given as an instant, the middle of it

Floats = NDArray[np.float64]


def flight_ids(bodies: Bodies, segments: Segments) -> list[str]:
    """Return an id per flight: address, branch and the time of the first position in the air.

    Later days and other aircraft do not change it.
    """
    return [
        content_id(bodies.icao24[b], int(bodies.branch[b]), round(float(bodies.t_s[k]) * 1000))
        for b, k in zip(segments.body, segments.air_first, strict=True)
    ]


def _ms(seconds: Sequence[float]) -> pa.Array:
    values = [None if math.isnan(x) else round(x * 1000) for x in seconds]
    return pa.array(values, pa.int64()).cast(TIME)


def _instant(end: End) -> float:
    known = end.ending == "seen" and end.latest_s - end.earliest_s <= INSTANT_S
    return (end.earliest_s + end.latest_s) / 2 if known else math.nan


def _texts(column: pa.ChunkedArray, rows: NDArray[np.int64]) -> str | None:
    """Return the distinct callsigns of these rows in order of first use, joined by a comma."""
    seen = dict.fromkeys(x.strip() for x in column.take(pa.array(rows)).drop_null().to_pylist())
    seen.pop("", None)
    return ",".join(seen) or None


def flights_table(
    positions: pa.Table,
    bodies: Bodies,
    segments: Segments,
    ids: list[str],
    ends: tuple[list[End], list[End]],
    airfields: Airfields,
    aircraft: pa.Table,
    interference: NDArray[np.bool_],
) -> pa.Table:
    """Return the table ``flights``.

    ``interference``: per flight, whether jammed or spoofed stretches were masked.
    """
    first, last = segments.first, segments.last
    identity = _identities(
        aircraft, [bodies.icao24[b] for b in segments.body], bodies.t_s[segments.air_first]
    )
    step = (
        np.r_[distance_km(bodies.lat[:-1], bodies.lon[:-1], bodies.lat[1:], bodies.lon[1:]), 0.0]
        if len(bodies.lat)
        else np.zeros(0)
    )
    silence = np.r_[np.diff(bodies.t_s), 0.0] if len(bodies.t_s) else np.zeros(0)
    callsign = positions.column("callsign")
    columns = {
        "flight_id": ids,
        "icao24": [bodies.icao24[b] for b in segments.body],
        **identity,
        "callsigns": [_texts(callsign, bodies.row[a : b + 1]) for a, b in zip(first, last, strict=True)],
        "first_seen_utc": _ms(list(bodies.t_s[first])),
        "last_seen_utc": _ms(list(bodies.t_s[last])),
        "n_positions": (last - first + 1).astype(np.int32),
        "longest_gap_s": [
            float(silence[a:b].max()) if b > a else 0.0 for a, b in zip(first, last, strict=True)
        ],
        "distance_km": [
            float(step[a:b].sum()) for a, b in zip(segments.air_first, segments.air_last, strict=True)
        ],
        "interference": interference,
    }
    for name, time, side in (("origin", "takeoff_utc", ends[0]), ("destination", "landing_utc", ends[1])):
        columns[name] = [str(airfields.ident[e.airfield]) if e.airfield >= 0 else None for e in side]
        columns[f"{name}_ending"] = [e.ending for e in side]
        columns[f"{name}_probability"] = [e.probability if e.airfield >= 0 else None for e in side]
        columns[time] = _ms([_instant(e) for e in side])
    schema = TABLES["flights"]
    return pa.table(
        [
            pa.array(columns[f.name], f.type)
            if not isinstance(columns[f.name], pa.Array)
            else columns[f.name]
            for f in schema
        ],
        schema=schema,
    )


def _identities(aircraft: pa.Table, addresses: list[str], t_s: Floats) -> dict[str, list[str | None]]:
    """Return registration, type and operator of each address at each time."""
    periods: dict[str, list[dict[str, object]]] = {}
    for row in aircraft.select(
        ["icao24", "from_utc", "to_utc", "registration", "type", "operator"]
    ).to_pylist():
        periods.setdefault(str(row["icao24"]), []).append(row)
    out: dict[str, list[str | None]] = {"registration": [], "type": [], "operator": []}
    for address, t in zip(addresses, t_s, strict=True):
        row = _valid(periods.get(address, []), float(t))
        for name, values in out.items():
            value = row.get(name)
            values.append(None if value is None else str(value))
    return out


def _valid(rows: list[dict[str, object]], t_s: float) -> dict[str, object]:
    """Return the row whose period holds the time; else the one whose period is nearest in time."""

    def distance(row: dict[str, object]) -> float:
        start, stop = (None if x is None else x.timestamp() for x in (row["from_utc"], row["to_utc"]))  # type: ignore[attr-defined]
        before = 0.0 if start is None else max(0.0, start - t_s)
        return max(before, 0.0 if stop is None else max(0.0, t_s - stop))

    return min(rows, key=distance, default={})


def ends_table(
    bodies: Bodies, ids: list[str], ends: tuple[list[End], list[End]], airfields: Airfields
) -> pa.Table:
    """Return the table ``ends``: two rows per flight, origin first."""
    flat = [
        (i, name, e)
        for i, pair in enumerate(zip(*ends, strict=True))
        for name, e in zip(("origin", "destination"), pair, strict=True)
    ]
    place = np.array([e.last for _, _, e in flat], dtype=np.int64)
    altitude = bodies.altitude_ft[place] if len(place) else np.zeros(0)
    columns = {
        "flight_id": [ids[i] for i, _, _ in flat],
        "end": [name for _, name, _ in flat],
        "airfield": [str(airfields.ident[e.airfield]) if e.airfield >= 0 else None for _, _, e in flat],
        "ending": [e.ending for _, _, e in flat],
        "probability": [e.probability if e.airfield >= 0 else None for _, _, e in flat],
        "earliest_utc": _ms([e.earliest_s for _, _, e in flat]),
        "latest_utc": _ms([e.latest_s for _, _, e in flat]),
        "lat": bodies.lat[place] if len(place) else [],
        "lon": bodies.lon[place] if len(place) else [],
        "altitude_ft": [None if math.isnan(x) else round(float(x)) for x in altitude],
        "reason": [e.reason for _, _, e in flat],
    }
    schema = TABLES["ends"]
    return pa.table(
        [
            columns[f.name] if isinstance(columns[f.name], pa.Array) else pa.array(columns[f.name], f.type)
            for f in schema
        ],
        schema=schema,
    )
