"""Itineraries: consecutive flights of one aircraft from home, or from a long stay, to the next.

    home ─▶ a ─▶ b ─▶ home │ home ─▶ c ─ ─?─ ─ d ─▶ home │ home ─▶ home
            closed               a flight unseen between        a local sortie, by itself

An unseen place, or a flight that nobody heard, is "?": listed, never bridged. docs/rules/itineraries.md
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from waystation.network.visits import VISIT_RULES, Visit, VisitRules, hours, named
from waystation.terms.identifiers import content_id
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from waystation.network.visits import Chain

__all__ = ["UNSEEN", "Itinerary", "ItineraryRules", "Stop", "home_of", "itineraries_of", "itineraries_table"]

UNSEEN: Final = "?"


@dataclass(frozen=True)
class ItineraryRules:
    """Where itineraries begin and end."""

    long_stay_h: float = 24.0
    """Home is learned from stays at least this long: crews rest overnight away from home too."""
    min_home_h: float = 72.0
    """Expected hours in long stays before a field is called home: one of three days, or a few shorter."""
    max_stop_h: float = 72.0
    """A longer stay ends an itinerary anywhere; shorter ones away from home are stopovers."""
    local: float = 0.8
    """A flight at least so probably back where it began is a local sortie: taking it out of its chain needs
    more than a guess."""
    named: float = 0.8
    """A list of places reads like a fact; the ``probability`` beside it does not undo a name."""


ITINERARY_RULES = ItineraryRules()


@dataclass(frozen=True)
class Stop:
    """What is between two flights of a chain, local sorties taken out. ``hop``: a flight unseen there."""

    first: Visit
    last: Visit
    hop: bool

    @property
    def hours(self) -> float:
        """The longest possible stop."""
        if self.first.arrived is None or self.last.left is None:
            return float("nan")
        return (self.last.left - self.first.arrived).total_seconds() / 3600.0

    @property
    def places(self) -> Mapping[str, float]:
        """Airfield → probability of having been there all the time; empty after an unseen flight."""
        if self.hop:
            return {}
        a, b = self.first.places, self.last.places
        return a if a is b else {k: min(a[k], b[k]) for k in a if k in b}


@dataclass(frozen=True)
class Itinerary:
    """Flights (rows of the chain) with the stops between them (one fewer), and the places as listed."""

    icao24: str
    flights: tuple[Mapping[str, Any], ...]
    stops: tuple[Stop, ...]
    airfields: tuple[str, ...]
    probability: float
    home: str | None

    @cached_property
    def id(self) -> str:
        """Same flights, same id."""
        return content_id("itinerary", self.icao24, *(f["flight_id"] for f in self.flights))


def home_of(chain: Chain, rules: ItineraryRules = ITINERARY_RULES) -> str | None:
    """Return the airfield where the aircraft spent most hours in long stays; None if that is not enough."""
    spent: dict[str, float] = defaultdict(float)
    for visit in (v for stop in chain.stops for v in stop):
        if hours(visit) >= rules.long_stay_h:
            for airfield, p in visit.places.items():
                spent[airfield] += p * hours(visit)
    best = min(spent, key=lambda a: (-spent[a], a), default=None)
    return best if best is not None and spent[best] >= rules.min_home_h else None


def itineraries_of(
    chain: Chain,
    home: str | None,
    rules: ItineraryRules = ITINERARY_RULES,
    visit_rules: VisitRules = VISIT_RULES,
) -> list[Itinerary]:
    """Return the itineraries of one aircraft in the order of their first flights; every flight is in one."""
    local = [_is_local(chain, f, rules) for f in chain.flights]
    away = [k for k, here in enumerate(local) if not here]
    trips = list(_trips(chain, away, home, rules, visit_rules))
    trips += [_sortie(chain, k, home, rules) for k, here in enumerate(local) if here]
    return sorted(trips, key=lambda t: (t.flights[0]["off"], t.id))


def _is_local(chain: Chain, flight: Mapping[str, Any], rules: ItineraryRules) -> bool:
    p, q = (chain.places[flight["flight_id"], end] for end in ("origin", "destination"))
    return sum(p[a] * q[a] for a in p if a in q) >= rules.local


def _sortie(chain: Chain, k: int, home: str | None, rules: ItineraryRules) -> Itinerary:
    names, p = _listed([chain.stops[k][-1].places, chain.stops[k + 1][0].places], rules)
    return Itinerary(chain.icao24, (chain.flights[k],), (), tuple(names), p, home)


def _trips(
    chain: Chain, away: Sequence[int], home: str | None, rules: ItineraryRules, visit_rules: VisitRules
) -> Iterator[Itinerary]:
    """Cut the flights that go somewhere at home and at long stays."""
    run: list[int] = []
    stops: list[Stop] = []
    head: list[Mapping[str, float] | None] = []  # what came before the first flight, unseen
    for a, b in zip(away, [*away[1:], None] if away else [], strict=True):
        run.append(a)
        stop = None if b is None else _stop(chain, a, b)
        if stop is not None and not _ends(stop, home, rules, visit_rules):
            stops.append(stop)
            continue
        tail, next_head = _beyond(stop, home, rules, visit_rules)
        yield _itinerary(chain, run, stops, (head, tail), home, rules)
        run, stops, head = [], [], next_head


def _stop(chain: Chain, a: int, b: int) -> Stop:
    between = chain.stops[a + 1 : b + 1]
    return Stop(between[0][0], between[-1][-1], any(len(visits) > 1 for visits in between))


def _ends(stop: Stop, home: str | None, rules: ItineraryRules, visit_rules: VisitRules) -> bool:
    at_home = home is not None and home in {
        named(stop.first.places, visit_rules),
        named(stop.last.places, visit_rules),
    }
    return at_home or stop.hours > rules.max_stop_h


Beyond = list["Mapping[str, float] | None"]


def _beyond(
    stop: Stop | None, home: str | None, rules: ItineraryRules, visit_rules: VisitRules
) -> tuple[Beyond, Beyond]:
    """Return what the itinerary before and the one after a cut gain: an unseen way from or to home.

    After landing at c the aircraft takes off from home: it came back, by a way that nobody heard. Only
    within ``max_stop_h``; later, it may have been anywhere first. None stands for "?".
    """
    if stop is None or not stop.hop or stop.hours > rules.max_stop_h:
        return [], []
    if named(stop.first.places, visit_rules) == home:
        return [], [stop.first.places, None]
    return [None, stop.last.places], []


def _itinerary(
    chain: Chain,
    run: Sequence[int],
    stops: Sequence[Stop],
    beyond: tuple[Beyond, Beyond],
    home: str | None,
    rules: ItineraryRules,
) -> Itinerary:
    places: Beyond = [*beyond[0], chain.stops[run[0]][-1].places]
    for stop in stops:
        places += [stop.first.places, None, stop.last.places] if stop.hop else [stop.places]
    places += [chain.stops[run[-1] + 1][0].places, *beyond[1]]
    names, p = _listed(places, rules)
    return Itinerary(chain.icao24, tuple(chain.flights[k] for k in run), tuple(stops), tuple(names), p, home)


def _listed(places: Beyond, rules: ItineraryRules) -> tuple[list[str], float]:
    """Return the names, "?" where there is none, and the probability that all names are right."""
    out, p = [], 1.0
    for here in places:
        name = named(here) if here else None
        name = name if here and name and here[name] >= rules.named else None
        out.append(name or UNSEEN)
        p *= here[name] if here and name else 1.0
    return out, p


def itineraries_table(trips: Sequence[Itinerary]) -> pa.Table:
    """Return ``itineraries``. ``closed`` is null where no home is known: nobody can tell."""
    rows = [
        {
            "itinerary_id": t.id,
            "icao24": t.icao24,
            "flight_ids": [f["flight_id"] for f in t.flights],
            "airfields": list(t.airfields),
            "from_utc": t.flights[0]["off"],
            "to_utc": t.flights[-1]["on"],
            "home": t.home,
            "closed": None if t.home is None else t.airfields[-1] == t.home,
            "probability": t.probability,
        }
        for t in trips
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["itineraries"])
