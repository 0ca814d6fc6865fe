"""Name the airfield of a ground position: ``seen``. The one whose runways or reference point are nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.flights.low_fits import local_km
from waystation.terms.geodesy import distance_km
from waystation.terms.runs import first_least, spread
from waystation.world.airfields import within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.low_ends import LowEndRules
    from waystation.flights.low_fields import LowFields
    from waystation.world.airfields import Airfields

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["GroundNames", "name_on_ground"]

AROUND_KM = 12.0  # the reference point of a large airport is this far from its furthest apron
SURE_KM = 1.0  # with every other airfield this much further away, there is no doubt


class GroundNames(NamedTuple):
    """Airfields of ground positions, -1 for none, with probability and reason."""

    airfield: Ints
    probability: Floats
    reason: list[str]


def name_on_ground(
    lat: Floats, lon: Floats, airfields: Airfields, fields: LowFields, rules: LowEndRules
) -> GroundNames:
    """Return the airfield of each ground position; one far from every field in the table has none."""
    n = len(lat)
    place, _, field = within(airfields, lat, lon, AROUND_KM)
    d = _place_km(fields, field, lat[place], lon[place])
    rank = d - rules.larger_wins_km * fields.size[field]
    best, nearest = first_least(place, rank), first_least(place, d)
    others = rank.copy()
    others[best] = np.inf
    clear = others[first_least(place, others)] - rank[best]
    named = d[best] <= rules.on_field_km
    airfield, probability = np.full(n, -1, dtype=np.int64), np.zeros(n)
    at = place[best[named]]
    airfield[at] = field[best[named]]
    probability[at] = np.where(clear[named] > SURE_KM, 0.999, 0.99)
    reason = ["on the ground where the table has no airfield"] * n
    for p, b, near, ok in zip(
        place[best].tolist(), best.tolist(), nearest.tolist(), named.tolist(), strict=True
    ):
        reason[p] = (
            f"on the ground at the airfield ({d[b]:.1f} km from its runways)"
            if ok
            else f"on the ground {d[near]:.1f} km from the nearest airfield in the table, "
            f"{airfields.ident[field[near]]}"
        )
    return GroundNames(airfield, probability, reason)


def _place_km(fields: LowFields, field: Ints, lat: Floats, lon: Floats) -> Floats:
    """Return the distance (km) from each position to a field: its nearest runway or its reference point."""
    out = distance_km(lat, lon, fields.lat[field], fields.lon[field])
    pair, end = spread(fields.start[field], fields.start[field + 1])
    x, y = local_km(lat[pair], lon[pair], fields.end_lat[end], fields.end_lon[end])
    east, north = fields.east[end], fields.north[end]
    along = np.clip(-(x * east + y * north), 0.0, fields.length_km[end])
    d = np.hypot(x + along * east, y + along * north)
    best = first_least(pair, d)
    out[pair[best]] = np.minimum(out[pair[best]], d[best])
    return out
