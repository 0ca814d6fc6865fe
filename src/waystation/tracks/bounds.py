"""Near or far without trigonometry: most positions are plainly clean, and cheap bounds say so.

Whoever asks goes on to the exact distance where a bound does not decide; no result depends on them.
"""

from __future__ import annotations

import math

from waystation.terms.units import EARTH_RADIUS_KM
from waystation.tracks.compiled import kernel

__all__ = ["EXACT", "RADIANS", "farther", "nearer"]

RADIANS = math.pi / 180.0
KM_DEG = EARTH_RADIUS_KM * RADIANS  # of a great circle
EXACT = 1.0 - 1e-9  # what rounding may do to a bound


@kernel
def nearer(lat1: float, lon1: float, lat2: float, lon2: float, km: float) -> bool:
    """Whether two places are surely within ``km``; false may mean that this cannot be told so.

    The straight line of a flat map, stretched by the cosine nearest the equator, is no shorter than the
    great circle; 1 - x²/2 + x⁴/24 is no smaller than the cosine.
    """
    x = min(abs(lat1), abs(lat2)) * RADIANS if lat1 * lat2 > 0.0 else 0.0
    x *= x
    cosine = 1.0 - x * (0.5 - x / 24.0)
    up, right = lat2 - lat1, (lon2 - lon1) * cosine
    limit = km * EXACT / KM_DEG
    return bool(km > 0.0 and up * up + right * right < limit * limit)


@kernel
def farther(lat1: float, lon1: float, lat2: float, lon2: float, km: float) -> bool:
    """Whether two places are surely more than ``km`` apart; false may mean that this cannot be told so.

    For places within 2° of each other: sin²(x/2) is no smaller there than (x/2)² less a ten-thousandth,
    and 1 - x²/2 + x⁴/24 - x⁶/720 no larger than the cosine.
    """
    up, right = lat2 - lat1, lon2 - lon1
    if not (abs(up) < 2.0 and abs(right) < 2.0):
        return False
    x, y = lat1 * RADIANS, lat2 * RADIANS
    x, y = x * x, y * y
    p = 1.0 - x * (0.5 - x * (1.0 / 24.0 - x / 720.0))
    q = 1.0 - y * (0.5 - y * (1.0 / 24.0 - y / 720.0))
    limit = km / KM_DEG
    return bool((up * up + max(0.0, p) * max(0.0, q) * right * right) * (1.0 - 1.1e-4) > limit * limit)
