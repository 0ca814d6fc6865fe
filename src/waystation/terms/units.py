"""Units. A name that ends in a unit is in that unit; conversions stand here and nowhere else."""

from __future__ import annotations

__all__ = ["DAY_MS", "EARTH_RADIUS_KM", "FT_M", "HOUR_S", "KT_KMH", "MS_KT", "NM_KM"]

EARTH_RADIUS_KM = 6371.0088  # mean radius R1 of the GRS80 ellipsoid
NM_KM = 1.852  # international nautical mile, exact
FT_M = 0.3048  # international foot, exact
KT_KMH = NM_KM
MS_KT = 3.6 / NM_KM  # one metre per second in knots
HOUR_S = 3600.0
DAY_MS = 86_400_000
