"""Runway thresholds as flat arrays, so that a rule can look at all ends of an airfield at once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.terms.geodesy import destination_point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.world.airfields import Airfields

__all__ = ["RunwayEnds", "runway_ends"]

FT_PER_KM = 3280.84
TYPICAL_KM = 1.5  # where a runway's length is not on record


class RunwayEnds(NamedTuple):
    """Thresholds sorted by airfield: those of airfield i are ``start[i]`` to ``start[i + 1]``.

    ``heading_deg`` is the direction of one who lands over the threshold; ``length_km`` what lies ahead.
    """

    start: NDArray[np.int64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    heading_deg: NDArray[np.float64]
    length_km: NDArray[np.float64]


@lru_cache(maxsize=4)
def _cached(key: int, holder: _Holder) -> RunwayEnds:  # noqa: ARG001 - the key is what is hashed
    return _flatten(holder.airfields)


class _Holder:
    """Carries a table through the cache without being part of the key."""

    def __init__(self, airfields: Airfields) -> None:
        self.airfields = airfields

    def __hash__(self) -> int:
        return id(self.airfields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.airfields is self.airfields


def runway_ends(airfields: Airfields) -> RunwayEnds:
    """Return the thresholds of every open runway; made once per table.

    Where the ends have no coordinates but a direction is known, the runway is laid through the
    airfield's reference point; half of such runways are within 300 m of it.
    """
    return _cached(id(airfields), _Holder(airfields))


def _flatten(airfields: Airfields) -> RunwayEnds:
    r = airfields.runways
    use = np.flatnonzero(~r.closed.astype(bool) & np.isfinite(r.le_heading_deg))
    field = r.airfield[use]
    length = np.where(np.isfinite(r.length_ft[use]), r.length_ft[use] / FT_PER_KM, TYPICAL_KM)
    parts = []
    for lat, lon, heading in ((r.le_lat, r.le_lon, r.le_heading_deg), (r.he_lat, r.he_lon, r.he_heading_deg)):
        back = destination_point(airfields.lat[field], airfields.lon[field], heading[use] + 180.0, length / 2)
        known = np.isfinite(lat[use]) & np.isfinite(lon[use])
        parts.append(
            (
                field,
                np.where(known, lat[use], back[0]),
                np.where(known, lon[use], back[1]),
                heading[use],
                length,
            )
        )
    columns = [np.concatenate(c) for c in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    start = np.searchsorted(columns[0][order], np.arange(len(airfields.ident) + 1)).astype(np.int64)
    return RunwayEnds(start, *(c[order].astype(np.float64) for c in columns[1:]))
