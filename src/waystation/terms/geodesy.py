"""Distances and directions on the sphere. Angles in degrees, lengths in kilometres, arrays broadcast.

A sphere of radius ``EARTH_RADIUS_KM`` is within 0.56 % of the ellipsoid everywhere, far below what
positions, winds and routings leave open.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from waystation.terms.units import EARTH_RADIUS_KM

__all__ = [
    "angle_between_deg",
    "bearing_deg",
    "destination_point",
    "distance_km",
    "unit_vectors",
    "wrap_lon_deg",
]

Floats = NDArray[np.float64]


def distance_km(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Great-circle distance (haversine), km."""
    p, q = np.radians(lat1), np.radians(lat2)
    h = (
        np.sin((q - p) / 2) ** 2
        + np.cos(p) * np.cos(q) * np.sin(np.radians(np.subtract(lon2, lon1)) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))), dtype=np.float64)


def bearing_deg(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Initial bearing from the first to the second point, 0 ≤ x < 360."""
    p, q, d = np.radians(lat1), np.radians(lat2), np.radians(np.subtract(lon2, lon1))
    y = np.sin(d) * np.cos(q)
    x = np.cos(p) * np.sin(q) - np.sin(p) * np.cos(q) * np.cos(d)
    return np.asarray(np.degrees(np.arctan2(y, x)) % 360.0, dtype=np.float64)


def angle_between_deg(a: ArrayLike, b: ArrayLike) -> Floats:
    """Smallest angle between two directions, 0 to 180."""
    return np.asarray(np.abs((np.subtract(a, b) + 180.0) % 360.0 - 180.0), dtype=np.float64)


def wrap_lon_deg(lon: ArrayLike) -> Floats:
    """Longitude brought into -180 ≤ x < 180."""
    return np.asarray((np.asarray(lon, dtype=np.float64) + 180.0) % 360.0 - 180.0, dtype=np.float64)


def destination_point(
    lat: ArrayLike, lon: ArrayLike, course_deg: ArrayLike, run_km: ArrayLike
) -> tuple[Floats, Floats]:
    """Return the point ``run_km`` along the great circle that starts at ``course_deg``."""
    p, l, c = np.radians(lat), np.radians(lon), np.radians(course_deg)  # noqa: E741 - the textbook letters
    s = np.asarray(run_km, dtype=np.float64) / EARTH_RADIUS_KM
    q = np.arcsin(np.clip(np.sin(p) * np.cos(s) + np.cos(p) * np.sin(s) * np.cos(c), -1.0, 1.0))
    m = l + np.arctan2(np.sin(c) * np.sin(s) * np.cos(p), np.cos(s) - np.sin(p) * np.sin(q))
    return np.asarray(np.degrees(q), dtype=np.float64), wrap_lon_deg(np.degrees(m))


def unit_vectors(lat: ArrayLike, lon: ArrayLike) -> Floats:
    """Points on the unit sphere, shape (n, 3): chord lengths order as great-circle distances do."""
    p, l = np.radians(lat), np.radians(lon)  # noqa: E741
    return np.stack([np.cos(p) * np.cos(l), np.cos(p) * np.sin(l), np.sin(p)], axis=-1)
