"""Airfields of a scenario, with a runway to use and a stand to taxi from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from waystation.terms.errors import CaseError
from waystation.terms.geodesy import angle_between_deg, destination_point
from waystation.world.airfields import canonical_ident, load_airfields, runway_ends, similar

__all__ = ["Place", "Strip", "place", "strip_for"]

_STAND_KM: Final = 0.6  # from the runway's middle, sideways: where an apron would be


@dataclass(frozen=True)
class Strip:
    """A runway as used in one direction: threshold, true heading, and length."""

    lat: float
    lon: float
    heading_deg: float
    length_km: float


@dataclass(frozen=True)
class Place:
    """An airfield: the strips are those of its longest runway, one a direction."""

    ident: str
    lat: float
    lon: float
    elevation_ft: float
    country: str
    strips: tuple[Strip, ...]


@lru_cache(maxsize=512)
def place(ident: str) -> Place:
    """Return the airfield. Raises ``CaseError`` that names near spellings where there is none."""
    fields = load_airfields()
    known = canonical_ident(fields, ident)
    if known is None:
        near = ", ".join(similar(fields, ident)[:3])
        raise CaseError(
            f"airfield {ident!r} is not in the table; near it: {near or 'nothing'} (waystation world show)"
        )
    i = fields.index[known]
    ends = [
        e for e in runway_ends(fields, i) if np.isfinite([e.lat, e.lon, e.heading_deg, e.length_ft]).all()
    ]
    lat, lon = float(fields.lat[i]), float(fields.lon[i])
    elevation = float(fields.elevation_ft[i])
    longest = max((e.length_ft for e in ends), default=0.0)
    strips = tuple(
        Strip(e.lat, e.lon, e.heading_deg, e.length_ft * 0.0003048) for e in ends if e.length_ft == longest
    )[:2]
    return Place(
        known, lat, lon, 0.0 if np.isnan(elevation) else elevation, str(fields.iso_country[i]),
        strips or _made_up(lat, lon),
    )  # fmt: skip


def _made_up(lat: float, lon: float) -> tuple[Strip, ...]:
    """East and west through the reference point, 3 km: for fields without a runway on record."""
    ends = []
    for heading in (90.0, 270.0):
        la, lo = destination_point(lat, lon, heading + 180.0, 1.5)
        ends.append(Strip(float(la), float(lo), heading, 3.0))
    return tuple(ends)


def strip_for(at: Place, course_deg: float) -> Strip:
    """Return the direction of the runway that lies best along ``course_deg``."""
    return min(at.strips, key=lambda s: (float(angle_between_deg(s.heading_deg, course_deg)), s.heading_deg))


def stand(strip: Strip) -> tuple[float, float]:
    """Return (lat, lon) of a stand beside the runway's middle."""
    la, lo = destination_point(strip.lat, strip.lon, strip.heading_deg, strip.length_km / 2)
    sla, slo = destination_point(la, lo, strip.heading_deg + 90.0, _STAND_KM)
    return float(sla), float(slo)
