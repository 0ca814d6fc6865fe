"""Plane from sphere: Lambert's azimuthal equal-area around the data, plate carrée when it spans the globe.

Equal area, because the eye weighs how much of a map is covered; a page shows a region, so the distortion
of angles at its rim stays small (under 4 % to 30° from the centre).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from waystation.terms.geodesy import distance_km, unit_vectors, wrap_lon_deg
from waystation.terms.units import EARTH_RADIUS_KM

__all__ = ["Frame", "fit"]

Floats = NDArray[np.float64]

_WORLD_KM = 8500.0  # beyond this radius the azimuthal map's rim is all distortion
_LEAST_KM = 120.0  # a single airfield still gets its surroundings


@dataclass(frozen=True)
class Frame:
    """A fitted map: ``x = ox + k·u``, ``y = oy − k·v`` in page units, u and v in sphere radii."""

    lat0: float
    lon0: float
    k: float
    ox: float
    oy: float
    width: float
    height: float
    world: bool = False

    def project(self, lat: ArrayLike, lon: ArrayLike) -> Floats:
        """Degrees → page units, shape (n, 2)."""
        u, v = _plane(np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64), self)
        return np.stack([self.ox + self.k * u, self.oy - self.k * v], axis=-1)

    def unproject(self, xy: Floats) -> tuple[Floats, Floats]:
        """Page units → latitude, longitude relative to ``lon0``, degrees; beyond the rim: the rim."""
        u, v = (xy[..., 0] - self.ox) / self.k, (self.oy - xy[..., 1]) / self.k
        if self.world:
            return np.clip(np.degrees(v), -90, 90), np.degrees(u)
        rho = np.minimum(np.hypot(u, v), 1.999)
        c = 2 * np.arcsin(rho / 2)
        p0 = np.radians(self.lat0)
        ratio = np.divide(np.sin(c), rho, out=np.ones_like(rho), where=rho > 1e-9)
        lat = np.arcsin(np.clip(np.cos(c) * np.sin(p0) + v * ratio * np.cos(p0), -1, 1))
        lon = np.arctan2(u * ratio, np.cos(p0) * np.cos(c) - v * ratio * np.sin(p0))
        return np.degrees(lat), np.degrees(lon)

    def bounds(self) -> tuple[float, float, float, float]:
        """(south, north, west, east) of the page, west and east relative to ``lon0``, with a margin."""
        gx, gy = np.meshgrid(np.linspace(0, self.width, 25), np.linspace(0, self.height, 25))
        lat, lon = self.unproject(np.stack([gx, gy], axis=-1))
        south, north = float(lat.min()) - 2, float(lat.max()) + 2
        west, east = float(lon.min()) - 2, float(lon.max()) + 2
        for pole in (90.0, -90.0):
            x, y = self.project([pole], [self.lon0])[0]
            if not self.world and 0 <= x <= self.width and 0 <= y <= self.height:
                west, east = -180.0, 180.0
                south, north = (min(south, pole), max(north, pole))
        return max(south, -90.0), min(north, 90.0), max(west, -180.0), min(east, 180.0)

    @property
    def km_per_unit(self) -> float:
        """Kilometres in one page unit at the centre."""
        return EARTH_RADIUS_KM / self.k


def fit(
    lat: ArrayLike, lon: ArrayLike, width: float = 1000.0, aspect: tuple[float, float] = (0.42, 0.66)
) -> Frame:
    """Frame that shows all the points with a margin; its height follows the data within ``aspect``."""
    p = np.asarray(lat, dtype=np.float64)
    q = np.asarray(lon, dtype=np.float64)
    mean = unit_vectors(p, q).mean(axis=0)
    norm = float(np.hypot(np.hypot(mean[0], mean[1]), mean[2]))
    lon0 = float(np.degrees(np.arctan2(mean[1], mean[0])))
    lat0 = float(np.degrees(np.arcsin(mean[2] / norm))) if norm > 1e-6 else 0.0
    if norm < 0.3 or float(distance_km(lat0, lon0, p, q).max()) > _WORLD_KM:
        k = width / (2 * np.pi)
        return Frame(0.0, lon0, k, width / 2, k * np.radians(84), width, k * np.radians(84 + 60), world=True)
    bare = Frame(lat0, lon0, 1.0, 0.0, 0.0, 1.0, 1.0)
    u, v = _plane(p, q, bare)
    least = _LEAST_KM / EARTH_RADIUS_KM
    span_u = max(float(np.ptp(u)), 2 * least) * 1.16
    span_v = max(float(np.ptp(v)), 2 * least) * 1.16
    height = width * float(np.clip(span_v / span_u, *aspect))
    k = min(width / span_u, height / span_v)
    mid_u, mid_v = (float(u.min() + u.max()) / 2, float(v.min() + v.max()) / 2)
    return Frame(lat0, lon0, k, width / 2 - k * mid_u, height / 2 + k * mid_v, width, height)


def _plane(lat: Floats, lon: Floats, frame: Frame) -> tuple[Floats, Floats]:
    d = wrap_lon_deg(lon - frame.lon0)
    if frame.world:
        return np.radians(d), np.radians(lat)
    p, p0, d = np.radians(lat), np.radians(frame.lat0), np.radians(d)
    cos_c = np.sin(p0) * np.sin(p) + np.cos(p0) * np.cos(p) * np.cos(d)
    k = np.sqrt(2 / np.maximum(1 + cos_c, 1e-6))
    u = k * np.cos(p) * np.sin(d)
    v = k * (np.cos(p0) * np.sin(p) - np.sin(p0) * np.cos(p) * np.cos(d))
    return u, v
