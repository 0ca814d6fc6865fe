"""Names and places of the airfields that a briefing mentions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from waystation.terms.case_view import CaseView

__all__ = ["Airfields", "Place", "Places", "look_up", "way_text"]

_IDENTS: Final = re.compile(r"\b[A-Z0-9][A-Z0-9-]{2,6}(?:>[A-Z0-9][A-Z0-9-]{2,6})*\b")


class Airfields(Protocol):
    """What a briefing needs of the airfield table: four columns of equal length, degrees."""

    @property
    def ident(self) -> NDArray[Any]:
        """OurAirports idents."""

    @property
    def name(self) -> NDArray[Any]:
        """Names as published."""

    @property
    def lat(self) -> NDArray[Any]:
        """Degrees north."""

    @property
    def lon(self) -> NDArray[Any]:
        """Degrees east."""


@dataclass(frozen=True)
class Place:
    """One airfield. ``site``: the case names it. ``country``: ISO code, where known."""

    ident: str
    name: str
    lat: float
    lon: float
    site: bool = False
    country: str | None = None


@dataclass(frozen=True)
class Places:
    """The airfields of one briefing by ident."""

    known: Mapping[str, Place]

    def name(self, ident: str) -> str:
        """``Charles de Gaulle (LFPG)``; a group or an unknown ident stands for itself."""
        name = self.short(ident)
        return f"{name} ({ident})" if name != ident else ident

    def in_words(self, text: str) -> str:
        """The text with names in the place of idents (``HL59``, ``UUMU>GABS``) that are known here."""
        return _IDENTS.sub(self._named, text)

    def _named(self, found: re.Match[str]) -> str:
        idents = found[0].split(">")
        known = all(i in self.known for i in idents)
        return " → ".join(self.short(i) for i in idents) if known else found[0]

    def is_airfield(self, ident: str) -> bool:
        """Whether it is an airfield and not a group of them."""
        return ident in self.known

    def only(self, idents: Iterable[str | None]) -> Places:
        """These airfields alone."""
        wanted = set(idents)
        return Places({i: p for i, p in self.known.items() if i in wanted})

    def short(self, ident: str) -> str:
        """The name without the words that every airfield's name has."""
        place = self.known.get(ident)
        if place is None:
            return ident
        name = place.name.partition(" / ")[0]  # its other name
        for word in ("International Airport", "Airport", "Airfield", "Air Base", "Aerodrome"):
            name = name.removesuffix(word).strip()
        return name or ident


def look_up(airfields: Airfields, idents: Iterable[str], case: CaseView) -> Places:
    """Find ``idents`` and the case's sites; a site of the analyst's own brings its own place."""
    sites = {s.id: s for s in case.sites}
    wanted = set(idents) | set(sites)
    known: dict[str, Place] = {}
    countries = getattr(airfields, "iso_country", None)
    for i, ident in enumerate(airfields.ident):
        if ident in wanted:
            site = sites.get(ident)
            name = (site.name if site and site.name else None) or str(airfields.name[i])
            known[str(ident)] = Place(
                str(ident),
                name,
                float(airfields.lat[i]),
                float(airfields.lon[i]),
                site is not None,
                None if countries is None else str(countries[i]) or None,
            )
    for s in case.sites:
        if s.id not in known and s.lat is not None and s.lon is not None:
            known[s.id] = Place(s.id, s.name or s.id, s.lat, s.lon, site=True)
    return Places(known)


def way_text(origin: str, destination: str, places: Places) -> str:
    """``from Hmeimim (OSLK) to al-Khadim (HL59)``, ``within Libya``, ``from Ramona (KRNM) back to it``."""
    if origin != destination:
        return f"from {places.name(origin)} to {places.name(destination)}"
    if places.is_airfield(origin):
        return f"from {places.name(origin)} back to it"
    return f"within {origin}"
