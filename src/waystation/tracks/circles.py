"""The circle through positions: false places often run round one."""

from __future__ import annotations

import math

import numpy as np

from waystation.tracks.compiled import Array, kernel
from waystation.tracks.motion import distance

__all__ = ["Ring", "fit_circle", "goes_round", "ring_tolerance", "turning"]

Ring = tuple[float, float, float]  # centre in degrees, radius in km
STILL_KM = 0.05  # a shorter step is jitter, whichever way it turns


@kernel
def fit_circle(
    t: Array, lat: Array, lon: Array, widest: float = np.inf
) -> tuple[float, float, float, float, float]:
    """Return centre (degrees), radius (km), root mean square distance from it (km) and degrees turned.

    Kåsa's algebraic fit in the plane that touches the first position; good where the track turns by
    more than a quarter. A circle wider than ``widest`` km in radius is not measured further. ``turned``
    adds up signed steps, so that going to and fro comes to nothing.
    """
    n = len(t)
    shrink = math.cos(math.radians(lat[0]))
    x = ((lon - lon[0] + 540.0) % 360.0 - 180.0) * 111.195 * shrink
    y = (lat - lat[0]) * 111.195
    mx, my = x.mean(), y.mean()
    u, v = x - mx, y - my
    suu, svv, suv = (u * u).sum(), (v * v).sum(), (u * v).sum()
    det = suu * svv - suv * suv
    if n < 4 or det <= 1e-9 * (suu + svv) ** 2:
        return lat[0], lon[0], np.inf, np.inf, 0.0
    a = (u * (u * u + v * v)).sum() / 2.0
    b = (v * (u * u + v * v)).sum() / 2.0
    cu, cv = (a * svv - b * suv) / det, (b * suu - a * suv) / det
    radius = math.sqrt(cu * cu + cv * cv + (suu + svv) / n)
    if radius > widest:
        return lat[0], lon[0], radius, np.inf, 0.0
    off, turned = 0.0, 0.0
    before = math.atan2(v[0] - cv, u[0] - cu)
    for k in range(n):
        off += (math.hypot(u[k] - cu, v[k] - cv) - radius) ** 2
        angle = math.atan2(v[k] - cv, u[k] - cu)
        turned += (angle - before + 3.0 * math.pi) % (2.0 * math.pi) - math.pi
        before = angle
    return (
        lat[0] + (my + cv) / 111.195,
        lon[0] + (mx + cu) / (111.195 * shrink),
        radius,
        math.sqrt(off / n),
        abs(math.degrees(turned)),
    )


@kernel
def ring_tolerance(radius: float, off: float) -> float:
    """How far off (km) a place may lie and still be on the ring, whose own places are ``off`` on average.

    Three times that, and what places err; what is no rounder than ``fit_circle``'s users ask gets no more.
    """
    return min(0.02 * radius + 0.1, 3.0 * off + 0.05)


@kernel
def turning(lat: Array, lon: Array, ring: Ring) -> float:
    """Return the degrees that places in order turn about the ring's centre; clockwise is negative."""
    total = 0.0
    for k in range(1, len(lat)):
        total += _turn(lat[k - 1], lon[k - 1], lat[k], lon[k], ring)
    return total


@kernel
def goes_round(
    here: tuple[float, float], there: tuple[float, float], ring: Ring, tolerance: float, sense: float
) -> bool:
    """Whether the step between two places goes along the ring, in that ``sense``, and both lie on it."""
    for lat, lon in (here, there):
        if abs(distance(lat, lon, ring[0], ring[1]) - ring[2]) > tolerance:
            return False
    turn = _turn(here[0], here[1], there[0], there[1], ring)
    return turn * sense > 0.0 or abs(math.radians(turn)) * ring[2] < STILL_KM


@kernel
def _turn(lat1: float, lon1: float, lat2: float, lon2: float, ring: Ring) -> float:
    shrink = math.cos(math.radians(ring[0]))
    before = math.atan2(lat1 - ring[0], ((lon1 - ring[1] + 540.0) % 360.0 - 180.0) * shrink)
    after = math.atan2(lat2 - ring[0], ((lon2 - ring[1] + 540.0) % 360.0 - 180.0) * shrink)
    return math.degrees((after - before + 3.0 * math.pi) % (2.0 * math.pi) - math.pi)
