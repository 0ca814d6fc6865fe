"""What a row of published counts says: its days, places, aircraft, actor and unit, in our words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from waystation.terms.addresses import is_icao_address
from waystation.terms.identifiers import content_id
from waystation.world.address_blocks import prefix_states, state_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waystation.evidence.counted import FlightOdds
    from waystation.terms.case_view import CaseView

__all__ = ["Report", "read_report"]

_TYPES: Final = {  # as reports write them
    "AN124": "A124",
    "IL76": "IL76",
    "C17": "C17",
    "C130": "C130",
    "A400M": "A400",
    "TU154": "T154",
    "IL62": "IL62",
    "AN12": "AN12",
    "AN26": "AN26",
    "AN22": "AN22",
    "AN72": "AN72",
    "C27J": "C27J",
}
_TYPE: Final = re.compile(r"[A-Z]{1,2}\d{1,3}[A-Z]?\Z|[A-Z]\d{2}[A-Z]\Z")
_STATES: Final = {  # the first word of an actor that is a state's
    "russian": "RU",
    "russia": "RU",
    "turkish": "TR",
    "turkey": "TR",
    "qatar": "QA",
    "qatari": "QA",
    "usaf": "US",
    "us": "US",
    "american": "US",
    "uae": "AE",
    "emirati": "AE",
    "syrian": "SY",
    "libyan": "LY",
    "ukrainian": "UA",
    "belarusian": "BY",
    "egyptian": "EG",
    "algerian": "DZ",
    "french": "FR",
    "italian": "IT",
}
_ANYBODY: Final = frozenset({"", "all", "anybody", "everyone", "any"})
_GIVEN: Final = ("actor", "origin", "destination", "aircraft", "qualifier", "unit", "source", "says")


@dataclass(frozen=True)
class Report:
    """``origins``, ``destinations``: airfields, None for anywhere. ``faults``: why it cannot be compared."""

    as_given: Mapping[str, Any]
    actor: str
    unit: str
    first: date | None
    last: date | None
    origins: frozenset[str] | None
    destinations: frozenset[str] | None
    types: frozenset[str]
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def is_actor(self, f: FlightOdds) -> bool:
        """Whether the flight's aircraft may be this actor's: by operator, or by state of registration."""
        if _anybody(self.actor):
            return True
        state = _state(self.actor)
        if state is not None:
            block = state_of(f.icao24) if is_icao_address(f.icao24) else None
            return state in prefix_states(f.registration) or (
                block is not None and block.iso_country == state
            )
        return self.actor.lower() in (f.operator or "").lower()


def read_report(row: Mapping[str, str], case: CaseView, countries: Mapping[str, str]) -> Report:
    """Read one row. What cannot be read is a fault of the report, never an error: the table shows it."""
    given = {k: (row.get(k) or "").strip() for k in ("id", "from", "to", "count", *_GIVEN)}
    faults: list[str] = []
    notes: list[str] = []
    unit = _unit(given["unit"])
    if unit is None:
        faults.append(f"the unit {given['unit']!r} cannot be counted in tracks")
    days = [_day(given[k], k, faults) for k in ("from", "to")]
    if days[0] and days[1] and days[1] < days[0]:
        faults.append(f"its period ends on {days[1]}, before it begins")
    origins = _places(given["origin"], case, countries, faults)
    destinations = _places(given["destination"], case, countries, faults)
    if origins is None and destinations is None:
        faults.append("it names no place")
    if unit == "round trips" and (origins is None or destinations is None):
        faults.append("a round trip needs both places")
    if not _anybody(given["actor"]) and _state(given["actor"]):
        notes.append("the actor is taken as every aircraft of that state in the fleet")
    as_given = {k: given[k] or None for k in _GIVEN} | {
        "published_id": given["id"] or content_id(*given.values()),
        "count": _number(given["count"], faults),
    }
    return Report(
        as_given=as_given,
        actor=given["actor"],
        unit=unit or "",
        first=days[0],
        last=days[1],
        origins=origins,
        destinations=destinations,
        types=_types(given["aircraft"], notes),
        faults=tuple(faults),
        notes=tuple(notes),
    )


def _anybody(actor: str) -> bool:
    return actor.lower() in _ANYBODY or actor.lower().startswith("all ")


def _state(actor: str) -> str | None:
    return _STATES.get(re.split(r"[\s-]", actor.lower())[0])


def _unit(text: str) -> str | None:
    t = re.sub(r"\(.*?\)", "", text.lower()).strip()
    if re.search(r"percent|%", t):
        return None
    if re.search(r"\b(flights?|landings?)\s*(/|a|per|each|every)\s*day", t) or t == "daily flights":
        return "flights a day"
    return next(
        (
            unit
            for start, unit in (
                ("round trip", "round trips"),
                ("rotation", "round trips"),
                ("landing", "landings"),
                ("arrival", "landings"),
                ("aircraft", "aircraft"),
                ("plane", "aircraft"),
                ("flight", "flights"),
            )
            if t.startswith(start)
        ),
        None,
    )


def _day(text: str, key: str, faults: list[str]) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        missing = f"it does not say {key} when"
        faults.append(f"its {key} is {text!r}, which is no date" if text else missing)
        return None


def _number(text: str, faults: list[str]) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        faults.append(f"its count {text!r} is no number")
        return None


def _places(
    text: str, case: CaseView, countries: Mapping[str, str], faults: list[str]
) -> frozenset[str] | None:
    """Airfields that a cell stands for: idents, site groups, ISO countries; several parted by blanks."""
    if not text:
        return None
    groups = {s.group for s in case.sites if s.group}
    names = [text] if text in groups or len(text.split()) == 1 else text.split()
    out: set[str] = set()
    for name in names:
        inside = {ident for ident, country in countries.items() if country == name}
        known = name in groups or name in countries or name in {s.id for s in case.sites}
        if not known and not inside and not re.fullmatch(r"[A-Z]{4}|[A-Z]{2}", name):
            faults.append(f"{name!r} is no airfield, site group or country of this case")
        out |= set(case.sites_of(name)) if known or not inside else inside
    return frozenset(out)


def _types(text: str, notes: list[str]) -> frozenset[str]:
    found, other = set(), []
    for word in re.split(r"[\s,/;]+", text):
        plain = word.upper().replace("-", "")
        if plain in _TYPES or _TYPE.match(plain):
            found.add(_TYPES.get(plain, plain))
        elif word:
            other.append(word)
    if other:
        counted = "" if found else ": every type of the fleet is counted"
        notes.append(f"“{' '.join(other)}” names no type{counted}")
    return frozenset(found)
