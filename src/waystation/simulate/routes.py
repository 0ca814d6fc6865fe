"""The ground track of one flight: runway to runway, around closed airspace, with a little wobble."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from waystation.simulate.places import Place, Strip, strip_for
from waystation.terms.errors import CaseError
from waystation.terms.geodesy import bearing_deg, destination_point, distance_km, unit_vectors
from waystation.terms.units import EARTH_RADIUS_KM
from waystation.world.airspace import closed_areas
from waystation.world.ways import shortest_way

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from waystation.world.airspace import ClosedAreas

__all__ = ["GroundTrack", "corners", "ground_track"]

Floats = NDArray[np.float64]

STEP_KM: Final = 1.0  # between the points of a track: a tenth of the tightest turn
_CLIMB_OUT_KM: Final = 6.0  # straight ahead after wheels off
_FINAL_KM: Final = 18.0  # straight in before wheels on
_CLEAR_KM: Final = 40.0  # corners nearer than this to a runway are left out
_SMOOTH: Final = 7  # points: turns of 4 to 8 km radius, as airliners fly them
_WOBBLE_KM: Final = 2.5  # sigma of the distance from the shortest way
_WOBBLE_NODE_KM: Final = 80.0
_WOBBLE_MAX_KM: Final = 6.0  # closed areas are passed at 10 km and more
_TOUCHDOWN_KM: Final = 0.4  # behind the threshold


@dataclass(frozen=True)
class GroundTrack:
    """Points from wheels off to wheels on, ``STEP_KM`` apart; ``run_km``: distance since wheels off."""

    lat: Floats
    lon: Floats
    run_km: Floats
    takeoff: Strip
    landing: Strip


def ground_track(
    o: Place, d: Place, via: tuple[tuple[float, float], ...], roll_km: float, rng: np.random.Generator
) -> GroundTrack:
    """Return the track over the ground; ``via``: corners (lat, lon) between the two fields."""
    first = via[0] if via else (d.lat, d.lon)
    last = via[-1] if via else (o.lat, o.lon)
    takeoff = strip_for(o, float(bearing_deg(o.lat, o.lon, *first)))
    landing = strip_for(d, float(bearing_deg(*last, d.lat, d.lon)))
    lift = destination_point(takeoff.lat, takeoff.lon, takeoff.heading_deg, min(roll_km, takeoff.length_km))
    out = destination_point(*lift, takeoff.heading_deg, _CLIMB_OUT_KM)
    touch = destination_point(landing.lat, landing.lon, landing.heading_deg, _TOUCHDOWN_KM)
    fix = destination_point(*touch, landing.heading_deg + 180.0, _FINAL_KM)
    ends: list[tuple[ArrayLike, ArrayLike]] = [lift, out, fix, touch]
    middle = [c for c in via if min(float(distance_km(*c, *e)) for e in ends) > _CLEAR_KM]
    lat, lon = _polyline([lift, out, *middle, fix, touch])
    lat, lon = _wobbled(lat, lon, rng)
    step = np.hypot(np.diff(lat), np.diff(lon) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2)))
    run = np.concatenate([[0.0], np.cumsum(np.radians(step) * EARTH_RADIUS_KM)])
    return GroundTrack(lat, lon, run, takeoff, landing)


def _polyline(points: Sequence[tuple[ArrayLike, ArrayLike]]) -> tuple[Floats, Floats]:
    v = unit_vectors(
        np.array([p[0] for p in points], dtype=np.float64), np.array([p[1] for p in points], dtype=np.float64)
    )
    parts = [v[:1]]
    for a, b in pairwise(v):
        angle = float(np.arccos(np.clip(a @ b, -1.0, 1.0)))
        n = max(2, round(angle * EARTH_RADIUS_KM / STEP_KM))
        f = np.arange(1, n + 1)[:, None] / n
        parts.append((np.sin((1 - f) * angle) * a + np.sin(f * angle) * b) / max(np.sin(angle), 1e-12))
    w = np.concatenate(parts)
    for _ in range(2):
        w = _smoothed(w)
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    return np.degrees(np.arcsin(np.clip(w[:, 2], -1, 1))), np.degrees(np.arctan2(w[:, 1], w[:, 0]))


def _smoothed(w: Floats) -> Floats:
    """Run a mean along the points; the two ends mirror themselves, so they stay where they are."""
    half = _SMOOTH // 2
    head, tail = 2 * w[:1] - w[half:0:-1], 2 * w[-1:] - w[-2 : -half - 2 : -1]
    total = np.cumsum(np.concatenate([np.zeros((1, 3)), head, w, tail]), axis=0)
    return np.asarray((total[_SMOOTH:] - total[:-_SMOOTH]) / _SMOOTH, dtype=np.float64)


def _wobbled(lat: Floats, lon: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Shift sideways by a slow random amount that fades out towards both runways."""
    n = len(lat)
    nodes = max(4, int(n * STEP_KM / _WOBBLE_NODE_KM) + 2)
    raw = rng.normal(0.0, _WOBBLE_KM * 1.6, nodes + 2)
    slow = np.convolve(raw, [0.25, 0.5, 0.25], "valid")  # the kernel shrinks sigma by 1.6
    at = np.linspace(0, nodes - 1, n)
    i = np.minimum(at.astype(np.int64), nodes - 2)
    f = at - i
    f = f * f * (3 - 2 * f)  # no corners at the nodes
    away = np.clip(slow[i] * (1 - f) + slow[i + 1] * f, -_WOBBLE_MAX_KM, _WOBBLE_MAX_KM)
    along = np.arange(n) * STEP_KM
    fade = np.clip((np.minimum(along, along[::-1]) - 50.0) / 100.0, 0.0, 1.0)
    course = np.arctan2(np.gradient(lon) * np.cos(np.radians(lat)), np.gradient(lat))
    shift = np.degrees(away * fade / EARTH_RADIUS_KM)
    return lat - shift * np.sin(course), lon + shift * np.cos(course) / np.cos(np.radians(lat))


def corners(o: Place, d: Place, on: date, airspace: str) -> tuple[tuple[float, float], ...]:
    """Return the corners (lat, lon) of the shortest way around what is closed to this operator class.

    Raises ``CaseError`` where there is no way.
    """
    return _corners(o, d, closed_areas(on, airspace, to=(o.country, d.country)))


@lru_cache(maxsize=4096)
def _corners(o: Place, d: Place, closed: ClosedAreas) -> tuple[tuple[float, float], ...]:
    way = shortest_way(o.lat, o.lon, d.lat, d.lon, closed)
    if not len(way.lat):
        raise CaseError(
            f"no way from {o.ident} to {d.ident}: {way.reason}; choose other airfields or another airspace"
        )
    return tuple(zip(way.lat[1:-1].tolist(), way.lon[1:-1].tolist(), strict=True))
