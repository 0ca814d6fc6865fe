"""Cut the positions of each body into flights: at time on the ground, and at silences that hide a landing.

The state machine, with its two ways out of the air:

    GROUND --first position in the air--> AIR --ground seen for min_stay_s--> GROUND
                                          AIR --silence that hides a landing--> AIR (a new flight)

Works on the whole history of a body, never on a day of it, so midnight does not exist here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waystation.terms.compiled import kernel
from waystation.terms.units import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from waystation.flights.bodies import Bodies

__all__ = ["SegmentRules", "Segments", "cut_flights"]

Array = NDArray[Any]
Ints = NDArray[np.int64]
KM_DEG = EARTH_RADIUS_KM * np.pi / 180.0
EDGE, GROUND, GAP = 0, 1, 2  # why a flight begins or ends where it does


@dataclass(frozen=True)
class SegmentRules:
    """When time on the ground ends a flight."""

    min_stay_s: float = (
        300.0  # shorter ground contact is a touch-and-go or a flipped bit: a stop inside the flight
    )
    parked_s: float = 600.0  # after a silence this long on the ground, what follows is not taxiing in or out
    max_taxi_km: float = 20.0  # further apart, two ground sightings are two airfields and an unseen flight


class Segments(NamedTuple):
    """One entry per flight: indices into the arrays of ``Bodies``."""

    body: Ints
    first: Ints  # the flight owns positions first … last
    last: Ints
    air_first: Ints  # first and last position in the air
    air_last: Ints
    ground_before: Ints  # last ground position before the takeoff, -1 where there is none
    ground_after: Ints  # first ground position after the landing, -1 where there is none
    begins: Ints  # EDGE, GROUND or GAP
    ends: Ints


def cut_flights(
    bodies: Bodies,
    state: NDArray[np.int8],
    hides_landing: NDArray[np.bool_],
    rules: SegmentRules = SegmentRules(),
) -> Segments:
    """Return the flights of all bodies.

    ``state``: n, 1 on the ground and 0 in the air. ``hides_landing``: n, true where the silence between
    position k and the next one of the same body holds a landing (silence.py).
    """
    out = _cut(
        bodies.start,
        bodies.t_s,
        bodies.lat,
        bodies.lon,
        state,
        hides_landing,
        rules.min_stay_s,
        rules.max_taxi_km,
        rules.parked_s,
    )
    table = np.asarray(out, dtype=np.int64).reshape(-1, 9)
    return Segments(*(table[:, i].copy() for i in range(9)))


@kernel(inner=True)
def _apart_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    p, q = np.radians(lat1), np.radians(lat2)
    h = np.sin((q - p) / 2) ** 2 + np.cos(p) * np.cos(q) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    return float(2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(h))))


@kernel(inner=True)
def _ground_run(k: int, end: int, lat: Array, lon: Array, state: Array, max_taxi_km: float) -> int:
    """Return the last position of the ground run that begins at ``k``: same place, no air between."""
    m = k
    near_deg = max_taxi_km / (2.0 * KM_DEG)  # so near in both, two places are surely nearer than that
    while m + 1 < end and state[m + 1] == 1:
        if not (abs(lat[m + 1] - lat[m]) < near_deg and abs(lon[m + 1] - lon[m]) < near_deg) and not (
            _apart_km(lat[m], lon[m], lat[m + 1], lon[m + 1]) < max_taxi_km
        ):
            break
        m += 1
    return m


@kernel(inner=True)
def _taxi_in(k: int, m: int, t: Array, parked_s: float) -> int:
    """Return the last of the ground positions k … m that follow a landing without a long silence."""
    i = k
    while i < m and t[i + 1] - t[i] <= parked_s:
        i += 1
    return i


@kernel(inner=True)
def _taxi_out(k: int, m: int, t: Array, parked_s: float) -> int:
    """Return the first of the ground positions k … m that lead to the next position without a long silence.

    m + 1 where none does.
    """
    if m + 1 < len(t) and t[m + 1] - t[m] > parked_s:
        return m + 1
    i = m
    while i > k and t[i] - t[i - 1] <= parked_s:
        i -= 1
    return i


@kernel()
def _cut(  # noqa: C901 - one state machine, drawn at the top of the file
    start: Array,
    t: Array,
    lat: Array,
    lon: Array,
    state: Array,
    hides: Array,
    min_stay_s: float,
    max_taxi_km: float,
    parked_s: float,
) -> Array:
    out = []
    for body in range(len(start) - 1):
        end = start[body + 1]
        first = start[body]  # first position of the flight to come
        before = -1  # last ground position before it
        air_first = air_last = -1
        begins = EDGE
        k = first
        while k < end:
            if state[k] == 1:
                m = _ground_run(k, end, lat, lon, state, max_taxi_km)
                stays = m + 1 >= end or state[m + 1] == 1
                if air_first < 0:
                    first, before, begins = _taxi_out(k, m, t, parked_s), m, GROUND
                elif stays or t[m + 1] - t[air_last] >= min_stay_s:
                    cut = _taxi_in(k, m, t, parked_s) if t[k] - t[k - 1] <= parked_s else k - 1
                    first_next = _taxi_out(k, m, t, parked_s)
                    if (
                        cut >= first_next and not stays
                    ):  # one unbroken stay: both flights share it half and half
                        cut = (k + m) // 2
                        first_next = min(cut + 1, m + 1)
                    out.append((body, first, cut, air_first, air_last, before, k, begins, GROUND))
                    first, before, begins, air_first = first_next, m, GROUND, -1
                if stays:  # the next position is on the ground elsewhere: a movement that nobody saw
                    first, before = m + 1, -1
                k = m + 1
                continue
            if air_first >= 0 and hides[k - 1] and state[k - 1] == 0:
                out.append((body, first, k - 1, air_first, air_last, before, -1, begins, GAP))
                first, before, begins, air_first = k, -1, GAP, -1
            if air_first < 0:
                air_first = k
            air_last = k
            k += 1
        if air_first >= 0:
            out.append((body, first, end - 1, air_first, air_last, before, -1, begins, EDGE))
    return np.array(out, dtype=np.int64) if len(out) > 0 else np.zeros((0, 9), dtype=np.int64)
