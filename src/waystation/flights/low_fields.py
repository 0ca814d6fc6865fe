"""Airfields and their runway thresholds as flat arrays, for rules that look at many ends at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.terms.geodesy import destination_point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.world.airfields import Airfields

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["LowFields", "low_fields"]

FT_PER_KM = 3280.84
TYPICAL_KM = 1.5  # where a runway's length is not on record
SHORT_STRIP_FT, SHORT_STRIP_WEIGHT = (
    2600.0,
    0.35,
)  # private strips without a code, or with no runway on record
KIND_WEIGHT = {"large_airport": 4.0, "medium_airport": 2.5, "small_airport": 1.0, "seaplane_base": 0.2}
SIZE = {"large_airport": 2.0, "medium_airport": 1.0}


class LowFields(NamedTuple):
    """Airfields in the order of their table; thresholds of field i are ``start[i]`` to ``start[i + 1]``.

    ``heading_deg`` is the direction of one who lands over the threshold, ``east`` and ``north`` the same as
    a unit vector; ``length_km`` is what lies ahead of it.
    """

    lat: Floats
    lon: Floats
    elevation_ft: Floats  # 0 where unknown
    size: Floats  # 2 large, 1 medium, 0 other
    weight: Floats  # how much more often aircraft end here than at the next field, all else equal: a guess
    start: Ints
    end_lat: Floats
    end_lon: Floats
    heading_deg: Floats
    east: Floats
    north: Floats
    length_km: Floats


_LAST: list[tuple[Airfields, LowFields]] = []


def low_fields(airfields: Airfields) -> LowFields:
    """Return the arrays of a table; those of the last tables are kept.

    Thresholds are of every open runway. Where the ends have no coordinates but a direction is known, the
    runway is laid through the airfield's reference point; half of such runways are within 300 m of it.
    """
    for table, made in _LAST:
        if table is airfields:
            return made
    made = LowFields(
        airfields.lat,
        airfields.lon,
        np.nan_to_num(airfields.elevation_ft, nan=0.0),
        np.array([SIZE.get(k, 0.0) for k in airfields.kind]),
        _weight(airfields),
        *_thresholds(airfields),
    )
    _LAST[:] = [*_LAST[-1:], (airfields, made)]
    return made


def _weight(airfields: Airfields) -> Floats:
    weight = np.array([KIND_WEIGHT.get(k, 1.0) for k in airfields.kind])
    strip = ~(airfields.longest_runway_ft > SHORT_STRIP_FT) & (airfields.icao_code == "")
    weight[(airfields.kind == "small_airport") & strip] = SHORT_STRIP_WEIGHT
    return weight


def _thresholds(airfields: Airfields) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats, Floats]:
    r = airfields.runways
    use = np.flatnonzero(~r.closed.astype(bool) & np.isfinite(r.le_heading_deg))
    field = r.airfield[use]
    length = np.where(np.isfinite(r.length_ft[use]), r.length_ft[use] / FT_PER_KM, TYPICAL_KM)
    parts = []
    for lat, lon, heading in ((r.le_lat, r.le_lon, r.le_heading_deg), (r.he_lat, r.he_lon, r.he_heading_deg)):
        back = destination_point(airfields.lat[field], airfields.lon[field], heading[use] + 180.0, length / 2)
        known = np.isfinite(lat[use]) & np.isfinite(lon[use])
        lat_lon = np.where(known, lat[use], back[0]), np.where(known, lon[use], back[1])
        parts.append((field, *lat_lon, heading[use], length))
    columns = [np.concatenate(c) for c in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    start = np.searchsorted(columns[0][order], np.arange(len(airfields.ident) + 1)).astype(np.int64)
    lat, lon, heading, length = (c[order].astype(np.float64) for c in columns[1:])
    turned = np.radians(heading)
    return start, lat, lon, heading, np.sin(turned), np.cos(turned), length
