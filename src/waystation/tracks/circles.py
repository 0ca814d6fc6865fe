"""The circle through positions: false places often run round one."""

from __future__ import annotations

import math

import numpy as np

from waystation.tracks.compiled import Array, kernel

__all__ = ["fit_circle"]


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
