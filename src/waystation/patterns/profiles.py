r"""A flight as it would have been flown: where, how high and how long, as stretches of reception.

altitude          ________ cruise ________
          climb  /                        \  descent
                /  6.7 km a 1,000 ft       \  5.3 km a 1,000 ft
          origin ───────────── way ───────────── destination
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waystation.terms.cells import (
    N_BANDS,
    band_of,
    cells_of_squares,
    squares_of,
    surroundings_of,
)
from waystation.terms.geodesy import bearing_deg, destination_point, distance_km, unit_vectors

__all__ = ["ProfileRules", "Stretches", "Way", "great_circle", "stretches_of", "to_place", "whole_way"]

Floats = NDArray[np.float64]
Way = Callable[[float, float, float, float], Any]
"""Both ends in degrees → the points of the way between, as (lats, lons) or with ``.lat`` and ``.lon``."""


@dataclass(frozen=True)
class ProfileRules:
    """A loaded jet transport; turboprops are lower and slower, which lengthens every look."""

    cruise_ft: float = 33_000.0
    climb_km_per_1000ft: float = 6.7  # 220 km to cruise: a loaded four-engined transport
    descent_km_per_1000ft: float = 5.3  # three degrees
    cruise_kmh: float = 830.0
    low_kmh: float = 400.0  # near the ground; in between it grows with height
    step_km: float = 10.0
    near_km: float = 300.0  # of a place: climb and descent with some cruise
    local_km: float = 50.0  # how far a flight goes that lands where it took off
    full_look_s: float = 300.0  # a crossing of a cell of 120 km lasts 8 minutes: from 5 on it is a whole one


class Stretches(NamedTuple):
    """n cells and bands along a way, no pair twice."""

    cells: NDArray[np.uint64]  # level 3, sorted with bands
    bands: NDArray[np.int64]
    part: Floats  # of a look, 0 … 1
    seconds: Floats


def great_circle(lat1: float, lon1: float, lat2: float, lon2: float) -> tuple[Floats, Floats]:
    """Return the two ends: legs between points are great circles."""
    return np.array([lat1, lat2]), np.array([lon1, lon2])


def whole_way(
    start: tuple[float, float],
    stop: tuple[float, float],
    way: Way = great_circle,
    rules: ProfileRules = ProfileRules(),
) -> Stretches:
    """Return the stretches of a flight from ``start`` to ``stop`` (lat, lon)."""
    if float(distance_km(*start, *stop)) < 1.0:
        return _joined(
            [_flown(*_out_and_back(start, c, rules.local_km), rules) for c in range(0, 360, 90)], rules
        )
    lat, lon = _points(way(*start, *stop))
    return _joined([_flown(lat, lon, rules)], rules)


def to_place(
    place: tuple[float, float],
    far: tuple[float, float] | None,
    *,
    leaving: bool,
    rules: ProfileRules = ProfileRules(),
) -> list[Stretches]:
    """Return the last (or first, ``leaving``) 300 km of a flight between ``place`` and ``far``.

    Without ``far``: one from each of eight directions.
    """
    near = far is not None and float(distance_km(*place, *far)) < 1.0
    if near:
        return [whole_way(place, place, rules=rules)]
    courses = [float(c) for c in range(0, 360, 45)] if far is None else [float(bearing_deg(*place, *far))]
    run = rules.near_km if far is None else min(rules.near_km, float(distance_km(*place, *far)))
    total = 10 * rules.near_km if far is None else float(distance_km(*place, *far))
    out = []
    for course in courses:
        lat, lon = destination_point(*place, course, np.array([0.0, run]))
        if not leaving:
            lat, lon = lat[::-1], lon[::-1]
        out.append(_joined([_flown(lat, lon, rules, total_km=total, leaving=leaving)], rules))
    return out


def _points(found: Any) -> tuple[Floats, Floats]:  # noqa: ANN401 - either shape that a way may have
    lat, lon = (found.lat, found.lon) if hasattr(found, "lat") else found[:2]
    return np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)


def _out_and_back(place: tuple[float, float], course: float, run_km: float) -> tuple[Floats, Floats]:
    lat, lon = destination_point(*place, course, np.array([0.0, run_km, 0.0]))
    return lat, lon


def _flown(
    lat: Floats,
    lon: Floats,
    rules: ProfileRules,
    *,
    total_km: float | None = None,
    leaving: bool | None = None,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return lat, lon, altitude and seconds of samples along points joined by great circles.

    ``total_km``: the flight is longer than these points, which are its first (``leaving``) or last part.
    """
    legs = distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:])
    n = np.maximum(1, np.ceil(legs / rules.step_km)).astype(np.int64)
    leg = np.repeat(np.arange(len(legs)), n)
    share = (np.arange(len(leg)) - np.repeat(np.cumsum(n) - n, n) + 0.5) / n[leg]
    ends = unit_vectors(lat, lon)
    angle = np.maximum(legs / 6371.0, 1e-9)[leg][:, None]
    f = share[:, None]
    point = (ends[leg] * np.sin((1 - f) * angle) + ends[leg + 1] * np.sin(f * angle)) / np.sin(angle)
    run = np.r_[0.0, np.cumsum(legs)][leg] + share * legs[leg]
    from_start, to_end = run, legs.sum() - run
    if total_km is not None:
        rest = max(0.0, total_km - float(legs.sum()))
        from_start, to_end = (run, to_end + rest) if leaving else (run + rest, to_end)
    height = 1000.0 * np.minimum(from_start / rules.climb_km_per_1000ft, to_end / rules.descent_km_per_1000ft)
    height = np.minimum(height, rules.cruise_ft)
    speed = rules.low_kmh + (rules.cruise_kmh - rules.low_kmh) * height / rules.cruise_ft
    seconds = legs[leg] / n[leg] / speed * 3600.0
    z = np.clip(point[:, 2], -1.0, 1.0)
    return np.degrees(np.arcsin(z)), np.degrees(np.arctan2(point[:, 1], point[:, 0])), height, seconds


def _joined(ways: Sequence[tuple[Floats, Floats, Floats, Floats]], rules: ProfileRules) -> Stretches:
    """Return the stretches of one way, or of the mean of several."""
    lat, lon, height, seconds = (np.concatenate(x) for x in zip(*ways, strict=True))
    return stretches_of(lat, lon, height, seconds / len(ways), rules)


def stretches_of(
    lat: Floats, lon: Floats, altitude_ft: Floats, seconds: Floats, rules: ProfileRules = ProfileRules()
) -> Stretches:
    """Sum samples by cell and band: neighbouring places are heard by the same receivers."""
    squares, at = np.unique(squares_of(lat, lon), return_inverse=True)
    around, outer = np.unique(surroundings_of(cells_of_squares(squares)), return_inverse=True)
    key, row = np.unique(outer[at] * N_BANDS + band_of(altitude_ft), return_inverse=True)
    inside = np.zeros(len(key))
    np.add.at(inside, row, seconds)
    part = np.minimum(1.0, inside / rules.full_look_s)
    return Stretches(around[key // N_BANDS], (key % N_BANDS).astype(np.int64), part, inside)
