"""How long the legs are: a way from one place to many, given from outside.

    way(lat, lon, country, lats, lons, countries, on=…, operator_class=…, more=…) → km, reasons

km is nan where there is no way, and the reason says why. Countries are ISO codes: some closures hold only
for flights to one country. ``more``: closures of the case. ``world.ways_many.ways_from`` goes around closed
airspace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from waystation.terms.geodesy import distance_km

if TYPE_CHECKING:
    from datetime import date

    from waystation.world.airspace import AirspaceRule

__all__ = ["WayFinder", "great_circles"]

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


class WayFinder(Protocol):
    """The ways from one place to m others: (km, reasons), one element each."""

    def __call__(
        self,
        lat: float,
        lon: float,
        country: str,
        lats: Floats,
        lons: Floats,
        countries: Texts,
        /,
        *,
        on: date,
        operator_class: str,
        more: tuple[AirspaceRule, ...] = (),
    ) -> tuple[Floats, Texts]:
        """Return lengths and reasons."""
        ...


def great_circles(
    lat: float,
    lon: float,
    country: str,  # noqa: ARG001 - the shape of every way finder
    lats: Floats,
    lons: Floats,
    countries: Texts,
    /,
    *,
    on: date,  # noqa: ARG001
    operator_class: str,  # noqa: ARG001
    more: tuple[AirspaceRule, ...] = (),  # noqa: ARG001
) -> tuple[Floats, Texts]:
    """Return great-circle lengths, as if nothing were closed."""
    km = distance_km(lat, lon, lats, lons)
    return km, np.full(len(countries), "great circle; closed airspace is not looked at", dtype=object)
