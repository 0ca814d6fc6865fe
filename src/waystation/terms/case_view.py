"""What the stages may know of a case: the questions and the analyst's decisions, without its files.

``case.py`` reads the TOML, resolves paths and checks it against the world, then fills a ``CaseView``.
Stages get this and nothing else, so a question can be tested with no file on disk.
Dates are whole UTC days; a period includes both of its ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date  # noqa: TC003 - readers of case files resolve these annotations at run time
from typing import Any, Final

__all__ = [
    "QUESTION_KINDS",
    "Airspace",
    "CaseView",
    "Event",
    "Fleet",
    "Observation",
    "Override",
    "Question",
    "Scenario",
    "Site",
    "keys_of",
]

QUESTION_KINDS: Final = (
    "rate",
    "hub-shift",
    "outflow",
    "rotation",
    "via",
    "stopover",
    "published",
)


@dataclass(frozen=True)
class Fleet:
    """Which aircraft the case is about: any that matches one of these. All empty: every aircraft.

    ``callsigns`` may hold ``*`` and ``?``; a flight under such a callsign belongs, whoever flew it.
    """

    types: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    registrations: tuple[str, ...] = ()
    icao24: tuple[str, ...] = ()
    callsigns: tuple[str, ...] = ()
    military: bool | None = None

    @property
    def everything(self) -> bool:
        """Whether the case names no fleet, so that every aircraft in the sources belongs to it."""
        named = (*self.types, *self.operators, *self.registrations, *self.icao24, *self.callsigns)
        return not named and self.military is None


@dataclass(frozen=True)
class Site:
    """An airfield of interest. ``lat``/``lon`` in degrees only for a place of the analyst's own."""

    id: str
    name: str | None = None
    group: str | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class Event:
    """A date that the case aligns on. It never decides where a change is found."""

    id: str
    date: date
    name: str | None = None


@dataclass(frozen=True)
class Question:
    """One ``[[question]]``; which of the fields matter depends on ``kind`` (see the case file's contract).

    ``route`` is (origin, destination), each an airfield ident or a site group. ``id`` is stable within
    a case: ``q1``, ``q2`` … in the order of the file.
    """

    id: str
    kind: str
    route: tuple[str, str] | None = None
    since: date | None = None
    site: str | None = None
    event: str | None = None
    to: str | None = None
    type: str | None = None
    payload_t: float | None = None
    counts: str | None = None


@dataclass(frozen=True)
class Override:
    """An analyst's decision on one flight: leave it out, or name the airfield at one end."""

    flight: str
    by: str
    date: date
    reason: str
    end: str | None = None
    airfield: str | None = None
    exclude: bool = False


@dataclass(frozen=True)
class Observation:
    """Evidence that is not a flight. ``grade``: Admiralty code, source A–F and item 1–6."""

    date: date
    kind: str
    source: str
    says: str
    site: str | None = None
    grade: str | None = None


@dataclass(frozen=True)
class Airspace:
    """One ``[[airspace]]``: what the case closes or opens beside the rules that ship; one of the three ways.

    ``closed``, ``open``: ISO 3166-1 alpha-2 codes; ``open`` takes names of earlier rules too. ``polygon``: a
    GeoJSON file, or corners (lat, lon). ``since``, ``until`` (keys ``from`` and ``to``): first and last day,
    None is unlimited. ``scenario``: the one in which it holds, None in all. ``rings``: the polygon's corners
    (lat, lon), filled by who reads the file.
    """

    name: str
    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    polygon: str | tuple[tuple[float, float], ...] | None = None
    since: date | None = field(default=None, metadata={"key": "from"})
    until: date | None = field(default=None, metadata={"key": "to"})
    operator_class: str = "all"
    only_to: tuple[str, ...] = ()
    scenario: str | None = None
    source: str | None = None
    grade: str | None = None
    note: str | None = None
    rings: tuple[tuple[tuple[float, float], ...], ...] = field(default=(), metadata={"key": None})


@dataclass(frozen=True)
class Scenario:
    """One ``[[scenario]]``: the stopover questions answered once more under other conditions.

    ``on``: the day whose closures and facts count, None the question's own. ``headwind_kt``: mean headwind on
    every leg, negative a tailwind. ``wind_from_deg`` and ``wind_kt``: a steady wind, of which the part along
    each leg counts. ``without``: airfields taken away.
    """

    id: str
    name: str | None = None
    on: date | None = None
    operator_class: str | None = None
    headwind_kt: float = 0.0
    wind_from_deg: float | None = None
    wind_kt: float = 0.0
    without: tuple[str, ...] = ()


def keys_of(cls: type) -> dict[str, Any]:
    """Return key in the case file → field, for a table of the case. A field with key None has no key."""
    named = ((f.metadata.get("key", f.name), f) for f in fields(cls))
    return {key: f for key, f in named if key}


@dataclass(frozen=True)
class CaseView:
    """One investigation as the stages see it.

    ``simulated`` is true when any source is marked as synthetic; everything shown then says so.
    ``homes``: aircraft (address or registration) and its home airfield, over what its stays teach.
    ``case_file`` is the path a reader types after ``--case``, as given.
    """

    title: str
    period_from: date | None = None
    period_to: date | None = None
    fleet: Fleet = field(default_factory=Fleet)
    sites: tuple[Site, ...] = ()
    events: tuple[Event, ...] = ()
    questions: tuple[Question, ...] = ()
    overrides: tuple[Override, ...] = ()
    observations: tuple[Observation, ...] = ()
    airspace: tuple[Airspace, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    homes: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    flights: tuple[str, ...] = ()
    case_file: str | None = None
    simulated: bool = False

    def sites_of(self, name: str) -> tuple[str, ...]:
        """Return the idents that ``name`` stands for: those of a group, or the airfield itself."""
        return tuple(s.id for s in self.sites if s.group == name) or (name,)
