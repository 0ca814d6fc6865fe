"""One demand with all that its rows need, and the questions one asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from waystation.stopovers.rank import RankRules
from waystation.stopovers.reach import ReachRules
from waystation.stopovers.wind import headwinds_kt
from waystation.terms.geodesy import distance_km
from waystation.world.runway_need import RunwayRules

if TYPE_CHECKING:
    from datetime import date

    from waystation.stopovers.demand import Demand
    from waystation.stopovers.legs import WayFinder
    from waystation.world.airfields import Airfields
    from waystation.world.performance import Performance

__all__ = ["Access", "Setting", "StopoverRules", "access_at", "direct_km", "key_of", "legs_from", "winds_on"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]


class Access(Protocol):
    """Who may use an airfield on a day: (status, reason)."""

    def __call__(
        self, ident: str, country: str, on: date, operator_class: str, *, ends: tuple[str, ...]
    ) -> tuple[str, str]:
        """Return status and reason."""
        ...


@dataclass(frozen=True)
class StopoverRules:
    """All rules of the room."""

    reach: ReachRules
    rank: RankRules
    runway: RunwayRules

    @staticmethod
    def usual() -> StopoverRules:
        """Return the rules as they stand."""
        return StopoverRules(ReachRules(), RankRules(), RunwayRules())


@dataclass(frozen=True, eq=False)
class Setting:
    """A demand whose payload is settled. ``origin``, ``destination``: rows of ``airfields``.

    ``used``: airfield → flights of the fleet there before the demand's day.
    """

    demand: Demand
    payload_t: float
    aircraft: Performance
    airfields: Airfields
    origin: int
    destination: int
    used: dict[str, int]
    way: WayFinder
    access: Access
    rules: StopoverRules


def key_of(demand: Demand, payload_t: float | None) -> dict[str, Any]:
    """Return the columns that name a demand in both tables."""
    return {
        "origin": demand.origin,
        "destination": demand.destination,
        "type": demand.type,
        "payload_t": payload_t,
        "scenario": demand.under.scenario,
    }


def legs_from(setting: Setting, start: int, to: Ints) -> tuple[Floats, Texts]:
    """Return length and reason of the ways from one airfield to others (rows of the table)."""
    a = setting.airfields
    return setting.way(
        float(a.lat[start]),
        float(a.lon[start]),
        str(a.iso_country[start]),
        a.lat[to],
        a.lon[to],
        a.iso_country[to],
        on=setting.demand.on,
        operator_class=setting.demand.operator_class,
        more=setting.demand.under.closures,
    )


def winds_on(setting: Setting, end: int, to: Ints, way_km: Floats, *, back: bool) -> Floats:
    """Return the mean headwind (kt) on the ways between one end and others (rows of the table)."""
    a, under = setting.airfields, setting.demand.under
    lat, lon = float(a.lat[end]), float(a.lon[end])
    return setting.rules.reach.headwind_kt + headwinds_kt(
        lat, lon, a.lat[to], a.lon[to], way_km, under, back=back
    )


def direct_km(setting: Setting, way_km: float) -> float:
    """Return the way without a stop; where it is shut (nan) the great circle, so that detours compare."""
    a, i, j = setting.airfields, setting.origin, setting.destination
    if np.isfinite(way_km):
        return way_km
    return float(distance_km(a.lat[i], a.lon[i], a.lat[j], a.lon[j]))


def access_at(setting: Setting, index: Ints) -> tuple[Texts, Texts]:
    """Return (status, reason) of airfields on the demand's day."""
    a, d = setting.airfields, setting.demand
    ends = tuple(str(a.iso_country[i]) for i in (setting.origin, setting.destination))
    told = [
        setting.access(str(a.ident[i]), str(a.iso_country[i]), d.on, d.operator_class, ends=ends)
        for i in index
    ]
    status, reason = ([t[k] for t in told] for k in (0, 1))
    return np.array(status, dtype=object), np.array(reason, dtype=object)
