"""How far and how long: the way that a flight was seen to fly, and its longest silence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.compiled import kernel
from waystation.terms.runs import run_sums
from waystation.terms.units import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.bodies import Bodies
    from waystation.flights.segment import Segments

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["longest_gap_s", "steps_km", "way_km"]


def way_km(bodies: Bodies, segments: Segments) -> Floats:
    """Return the length of each flight from its first to its last position in the air."""
    out: Floats = run_sums(bodies.steps_km, segments.air_first, segments.air_last)
    return out


@kernel()
def steps_km(lat: Floats, lon: Floats) -> NDArray[np.float64]:
    """Return the distance (km, haversine) from each place to the next: one less than there are places."""
    out = np.empty(max(len(lat) - 1, 0))
    p = math.radians(lat[0]) if len(lat) else 0.0
    cos_p = math.cos(p)
    for k in range(len(out)):
        q = math.radians(lat[k + 1])
        cos_q = math.cos(q)
        h = math.sin((q - p) / 2) ** 2 + cos_p * cos_q * math.sin(math.radians(lon[k + 1] - lon[k]) / 2) ** 2
        out[k] = 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(max(h, 0.0), 1.0)))
        p, cos_p = q, cos_q
    return out


def longest_gap_s(bodies: Bodies, segments: Segments) -> Floats:
    """Return the longest time between neighbouring positions of each flight."""
    out: Floats = _longest(bodies.t_s, segments.first, segments.last)
    return out


@kernel()
def _longest(t: Floats, first: Ints, last: Ints) -> NDArray[np.float64]:
    out = np.zeros(len(first))
    for i in range(len(first)):
        for k in range(first[i], last[i]):
            out[i] = max(out[i], t[k + 1] - t[k])
    return out
