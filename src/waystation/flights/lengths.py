"""How far and how long: the way that a flight was seen to fly, and its longest silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from waystation.terms.runs import run_sums
from waystation.terms.units import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.bodies import Bodies
    from waystation.flights.segment import Segments

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["longest_gap_s", "way_km"]


def way_km(bodies: Bodies, segments: Segments) -> Floats:
    """Return the length of each flight from its first to its last position in the air."""
    out: Floats = run_sums(_steps_km(bodies.lat, bodies.lon), segments.air_first, segments.air_last)
    return out


def _steps_km(lat: Floats, lon: Floats) -> Floats:
    """Return ``terms.geodesy.distance_km`` of neighbours; what two steps share is worked out once."""
    p, q = np.radians(lat), np.cos(np.radians(lat))
    h = np.sin(np.diff(p) / 2) ** 2 + q[:-1] * q[1:] * np.sin(np.radians(np.diff(lon)) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))))


def longest_gap_s(bodies: Bodies, segments: Segments) -> Floats:
    """Return the longest time between neighbouring positions of each flight."""
    out: Floats = _longest(bodies.t_s, segments.first, segments.last)
    return out


@njit(cache=True)  # type: ignore[untyped-decorator]
def _longest(t: Floats, first: Ints, last: Ints) -> NDArray[np.float64]:
    out = np.zeros(len(first))
    for i in range(len(first)):
        for k in range(first[i], last[i]):
            out[i] = max(out[i], t[k + 1] - t[k])
    return out
