"""What payload arrives where, from one airfield without a stop: the numbers behind contours on a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from waystation.stopovers.legs import WayFinder, great_circles
from waystation.stopovers.reach import ReachRules, legs_reach, reachable_km
from waystation.terms.geodesy import distance_km

if TYPE_CHECKING:
    from datetime import date

    from waystation.world.airfields import Airfields
    from waystation.world.performance import Performance

__all__ = ["REACH_MAP", "reach_map"]

REACH_MAP = pa.schema(
    [
        (name, pa.float64())
        for name in ("lat", "lon", "distance_km", "payload_t", "payload_low_t", "payload_high_t")
    ]
)


def reach_map(
    origin: str,
    aircraft: Performance,
    airfields: Airfields,
    on: date,
    *,
    operator_class: str = "other",
    way: WayFinder = great_circles,
    step_deg: float = 2.5,
    rules: ReachRules | None = None,
) -> pa.Table:
    """Return a grid of places (degrees) that an empty aircraft may reach, with the payload that arrives.

    Payloads in tonnes, null where not even an empty one arrives or where there is no way. Closures that hold
    for flights to one country only are left out: a place of the grid is no country.
    """
    rules = rules or ReachRules()
    i = airfields.index[origin]
    lat, lon = float(airfields.lat[i]), float(airfields.lon[i])
    lats, lons = (
        g.ravel()
        for g in np.meshgrid(
            np.arange(-90 + step_deg, 90, step_deg), np.arange(-180, 180, step_deg), indexing="ij"
        )
    )
    near = distance_km(lat, lon, lats, lons) <= reachable_km(aircraft, 0.0, 0.05, rules)
    lats, lons = lats[near], lons[near]
    nowhere = np.full(len(lats), "", dtype=object)
    country = str(airfields.iso_country[i])
    km, _ = way(lat, lon, country, lats, lons, nowhere, on=on, operator_class=operator_class)
    reach = legs_reach(aircraft, 0.0, km[None, :], rules)
    columns = (lats, lons, km, reach.payload_t, reach.payload_low_t, reach.payload_high_t)
    arrays = [pa.array(c, pa.float64(), from_pandas=True) for c in columns]  # nan becomes null
    return pa.table(arrays, schema=REACH_MAP)
