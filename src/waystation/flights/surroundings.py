"""Where a position is: the height above the nearest airfield, on the ground or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.world.airfields import Airfields, nearest, nearest_along

if TYPE_CHECKING:
    from waystation.flights.bodies import Bodies

__all__ = ["GroundRules", "ground_state", "height_above_airfield", "heights_along"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class GroundRules:
    """When a position whose source does not say is taken to be on the ground."""

    max_speed_kt: float = 45.0  # below the slowest transport in the air, above taxi speed
    max_height_ft: float = 400.0  # barometric height at an airfield is off by about this much
    max_away_km: float = 4.0  # from the reference point: the far end of the longest runways
    low_ft: float = (
        18000.0  # heights above airfields are worked out below this; no field lies above 14,500 ft
    )


def height_above_airfield(
    bodies: Bodies, at: Ints, airfields: Airfields, rules: GroundRules = GroundRules()
) -> tuple[Floats, Floats]:
    """Return the height (ft) above the nearest airfield and the distance (km) to it, at positions ``at``.

    Above ``low_ft`` the height is the altitude and the distance nan: nothing lands from there at once.
    """
    height = bodies.altitude_ft[at]
    away = np.full(len(at), np.nan)
    low = np.flatnonzero(~(height > rules.low_ft))
    if len(low):
        d, index = nearest(airfields, bodies.lat[at[low]], bodies.lon[at[low]], 1)
        field = index[:, 0]
        height[low] -= np.nan_to_num(airfields.elevation_ft[field], nan=0.0)
        away[low] = d[:, 0]
    return height, away


def heights_along(
    bodies: Bodies, at: Ints, airfields: Airfields, rules: GroundRules = GroundRules()
) -> Floats:
    """Return the height (ft) above the nearest airfield at positions ``at``, which follow tracks."""
    height = bodies.altitude_ft[at]
    low = np.flatnonzero(~(height > rules.low_ft))
    field = nearest_along(airfields, bodies.lat[at[low]], bodies.lon[at[low]])
    height[low] -= np.nan_to_num(airfields.elevation_ft[field], nan=0.0)
    return height


def ground_state(
    bodies: Bodies, airfields: Airfields, rules: GroundRules = GroundRules()
) -> NDArray[np.int8]:
    """Return 1 (on the ground) or 0 (in the air) for every position.

    Where ``tracks`` left it open, slow and low at an airfield is the ground; everything else is the air,
    since a false landing does more harm than a missed one.
    """
    out: NDArray[np.int8] = (bodies.ground == 1).astype(np.int8)
    slow = (bodies.ground == -1) & (bodies.ground_speed_kt < rules.max_speed_kt)
    at = np.flatnonzero(slow & (bodies.altitude_ft <= rules.low_ft))
    height, away = height_above_airfield(bodies, at, airfields, rules)
    out[at[(height <= rules.max_height_ft) & (away < rules.max_away_km)]] = 1
    return out
