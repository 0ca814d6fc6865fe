"""How far an aircraft may have gone between two reports. Shared by the kernels; compiled."""

from __future__ import annotations

import math

from numba import njit

from waystation.terms.units import EARTH_RADIUS_KM, KT_KMH

__all__ = ["SPEED_UNIT", "distance", "reach_km"]

SPEED_UNIT = KT_KMH / 3600.0  # km/s in one knot
MLAT_RANK = 4  # this rank and worse carry errors of kilometres


@njit(cache=True, inline="always")
def distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance (haversine), km; scalars, degrees."""
    p, q = math.radians(lat1), math.radians(lat2)
    a = math.sin((q - p) / 2.0)
    b = math.sin(math.radians(lon2 - lon1) / 2.0)
    h = a * a + math.cos(p) * math.cos(q) * b * b
    return 2.0 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


@njit(cache=True)
def reach_km(dt_s: float, gs_a: float, gs_b: float, rank: int, late_s: float, top_kt: float) -> float:
    """Return the distance that no aircraft exceeds in ``dt_s`` between two reports, km.

    ``gs_a``, ``gs_b``: reported speeds, nan where absent. ``rank``: the worse of the two kinds of
    reception. ``late_s``: how late a report may be. ``top_kt``: more than any transport over ground.
    The shape is that of readsb's speed check (track.c): the reported speed with a margin that grows
    with silence, since an aircraft changes speed by no more than about 3 kt/s.
    """
    fastest = top_kt
    if gs_a == gs_a and gs_b == gs_b:  # noqa: PLR0124 - false for nan
        reported = max(gs_a, gs_b)
        allowed = max(reported, 200.0) * 1.25 + 40.0 + 3.0 * dt_s
        fastest = min(allowed, max(top_kt, min(reported * 1.1, 2000.0)))
    slack = 0.5
    if rank >= MLAT_RANK:
        fastest *= 1.4
        slack = 3.0
    return slack + (dt_s + late_s) * fastest * SPEED_UNIT
