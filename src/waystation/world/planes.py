"""The azimuthal equidistant plane around a centre: lengths and bearings from the centre are true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from waystation.terms.units import EARTH_RADIUS_KM

__all__ = ["Plane"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plane:
    """``centre``, ``east``, ``north``: unit vectors, right-handed with the centre up."""

    centre: Floats
    east: Floats
    north: Floats

    @staticmethod
    def around(centre: Floats) -> Plane:
        """Return the plane that touches the sphere at ``centre`` (3,)."""
        pole = np.array([0.0, 0.0, 1.0]) if abs(centre[2]) < 0.99 else np.array([1.0, 0.0, 0.0])
        east = np.cross(pole, centre)
        east /= np.linalg.norm(east)
        return Plane(centre, east, np.cross(centre, east))

    def flat(self, points: Floats) -> Floats:
        """Return km east and north (n, 2) of unit vectors (n, 3)."""
        x, y = points @ self.east, points @ self.north
        across = np.hypot(x, y)
        angle = np.arctan2(across, points @ self.centre)
        stretch = np.divide(angle, across, out=np.ones_like(across), where=across > 1e-12) * EARTH_RADIUS_KM
        return np.stack([x * stretch, y * stretch], axis=-1)

    def round(self, flat: Floats) -> Floats:
        """Return unit vectors (n, 3) of km east and north (n, 2)."""
        run = np.hypot(flat[:, 0], flat[:, 1])
        angle = run / EARTH_RADIUS_KM
        per_km = np.divide(np.sin(angle), run, out=np.full_like(run, 1 / EARTH_RADIUS_KM), where=run > 1e-9)
        flatly = flat[:, :1] * self.east + flat[:, 1:] * self.north
        return np.asarray(np.cos(angle)[:, None] * self.centre + per_km[:, None] * flatly, dtype=np.float64)
