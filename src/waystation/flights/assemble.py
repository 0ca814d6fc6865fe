"""Flights and ends as tables, from segments and what was observed of their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.flights.callsigns import Callsigns, callsigns_used
from waystation.flights.ends import ENDINGS, SEEN
from waystation.flights.identities import identities_of
from waystation.flights.interference import Spoilt, count_spoilt
from waystation.flights.lengths import longest_gap_s, way_km
from waystation.terms.identifiers import content_id
from waystation.terms.schema import TABLES, TIME

if TYPE_CHECKING:
    from waystation.flights.bodies import Bodies
    from waystation.flights.ends import Ends
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


def _ms(seconds: Floats) -> pa.Array:
    unknown = np.isnan(seconds)
    values = np.rint(np.where(unknown, 0.0, seconds * 1000)).astype(np.int64)
    return pa.array(values, mask=unknown).cast(TIME)


def _instants(ends: Ends) -> Floats:
    known = (ends.ending == SEEN) & (ends.latest_s - ends.earliest_s <= INSTANT_S)
    return np.where(known, (ends.earliest_s + ends.latest_s) / 2, np.nan)


def flights_table(
    bodies: Bodies,
    segments: Segments,
    ids: list[str],
    ends: Ends,
    airfields: Airfields,
    aircraft: pa.Table,
    callsigns: Callsigns,
    spoilt: Spoilt,
) -> pa.Table:
    """Return the table ``flights``. ``spoilt``: positions that were masked as jammed or spoofed."""
    s, first_s, last_s = segments, bodies.t_s[segments.first], bodies.t_s[segments.last]
    address = [bodies.icao24[b] for b in s.body]
    columns: dict[str, Any] = {
        "flight_id": ids,
        "icao24": address,
        **identities_of(aircraft, bodies, s.body, bodies.t_s[s.air_first]),
        "callsigns": callsigns_used(callsigns, s.first, s.last),
        "first_seen_utc": _ms(first_s),
        "last_seen_utc": _ms(last_s),
        "n_positions": (s.last - s.first + 1).astype(np.int32),
        "longest_gap_s": longest_gap_s(bodies, s),
        "distance_km": way_km(bodies, s),
        "interference": count_spoilt(spoilt, address, first_s, last_s) > 0,
    }
    named = _named(ends, airfields) | {"time": _ms(_instants(ends))}
    for first, (name, time) in enumerate((("origin", "takeoff_utc"), ("destination", "landing_utc"))):
        side = pa.array(np.arange(first, len(ends.flight), 2))
        columns[name] = named["airfield"].take(side)
        columns[f"{name}_ending"] = named["ending"].take(side)
        columns[f"{name}_probability"] = named["probability"].take(side)
        columns[time] = named["time"].take(side)
    return _table("flights", columns)


def _named(ends: Ends, airfields: Airfields) -> dict[str, pa.Array]:
    none = ends.airfield < 0
    return {
        "airfield": pa.array(airfields.ident[ends.airfield], pa.string(), mask=none),
        "ending": pa.array(np.array(ENDINGS, dtype=object)[ends.ending], pa.string()),
        "probability": pa.array(ends.probability, mask=none),
    }


def _table(name: str, columns: dict[str, Any]) -> pa.Table:
    schema = TABLES[name]
    arrays = (columns[f.name] for f in schema)
    made = (
        a if isinstance(a, pa.Array) else pa.array(a, f.type) for a, f in zip(arrays, schema, strict=True)
    )
    return pa.table(list(made), schema=schema)


def ends_table(bodies: Bodies, ids: list[str], ends: Ends, airfields: Airfields) -> pa.Table:
    """Return the table ``ends``: two rows per flight, origin first."""
    altitude = bodies.altitude_ft[ends.air]
    unknown = np.isnan(altitude)
    columns = _named(ends, airfields) | {
        "flight_id": [i for i in ids for _ in range(2)],
        "end": ["origin", "destination"] * len(ids),
        "earliest_utc": _ms(ends.earliest_s),
        "latest_utc": _ms(ends.latest_s),
        "lat": bodies.lat[ends.air],
        "lon": bodies.lon[ends.air],
        "altitude_ft": pa.array(np.rint(np.where(unknown, 0.0, altitude)).astype(np.int32), mask=unknown),
        "reason": ends.reason,
    }
    return _table("ends", columns)
