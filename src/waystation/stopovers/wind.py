"""The part of a steady wind along each leg: what a scenario's wind costs one way and gives on the way back.

The wind blows from one direction everywhere. Its work along a way depends, but for the earth's curvature, on
the two ends alone, so it is summed along the great circle between them and shared out over the way as flown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from waystation.terms.geodesy import bearing_deg, distance_km, unit_vectors

if TYPE_CHECKING:
    from waystation.stopovers.demand import Conditions

__all__ = ["headwinds_kt"]

Floats = NDArray[np.float64]
_STEPS: Final = 24  # parts of a leg: of 6,000 km each is 250 km, over which the course turns by two degrees


def headwinds_kt(
    lat: float,
    lon: float,
    lats: Floats,
    lons: Floats,
    way_km: Floats,
    under: Conditions,
    *,
    back: bool = False,
) -> Floats:
    """Return the mean headwind in kt on the ways from one place to m others; negative is a tailwind.

    ``way_km``: lengths as flown, nan where there is none. ``back``: flown from the others to the one.
    """
    mean = np.full(len(lats), under.headwind_kt, dtype=np.float64)
    if under.wind_from_deg is None or not under.wind_kt or not len(lats):
        return mean
    a, b = unit_vectors(lat, lon).reshape(1, 3), unit_vectors(lats, lons).reshape(-1, 3)
    angle = np.arccos(np.clip(b @ a[0], -1.0, 1.0))[:, None]
    t = (np.arange(_STEPS + 1) / _STEPS)[None, :]
    sine = np.maximum(np.sin(angle), 1e-9)
    points = (np.sin((1 - t) * angle) / sine)[..., None] * a + (np.sin(t * angle) / sine)[..., None] * b[
        :, None
    ]
    p = np.degrees(np.arctan2(points[..., 2], np.hypot(points[..., 0], points[..., 1])))
    q = np.degrees(np.arctan2(points[..., 1], points[..., 0]))
    course = bearing_deg(p[:, :-1], q[:, :-1], p[:, 1:], q[:, 1:])
    against = np.cos(np.radians(under.wind_from_deg - course)).mean(axis=1)
    straight = distance_km(lat, lon, lats, lons)
    share = np.divide(straight, way_km, out=np.ones_like(mean), where=np.nan_to_num(way_km) > 0)
    return np.asarray(mean + (-1.0 if back else 1.0) * under.wind_kt * against * share)
