"""Visits: times on the ground, each the landing of one flight joined with the takeoff of the next.

    flight A ──▶ landing at {a: p}  ╮ one visit   {a: min(p, q)}     if they agree
    flight B ◀── takeoff at {a: q}  ╯ two visits, an unseen flight between, if they do not

A's destination and B's origin come from one joint decoding, so their marginals already agree where the two
ends are one place. The most that two marginals can say "same place" is the sum of their minima; what is left
is the chance that the aircraft flew unseen in between. Nothing is decoded again. docs/rules/stays.md
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from waystation.terms.identifiers import content_id
from waystation.terms.schema import TABLES
from waystation.terms.site_stays import ending_confidence
from waystation.terms.whereabouts import whereabouts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    Places = Mapping[str, float]

__all__ = ["Chain", "Visit", "VisitRules", "chains_of", "hours", "named", "stays_table", "visits_table"]


@dataclass(frozen=True)
class VisitRules:
    """When two ends are one visit, and when a visit has a name."""

    same_place: float = 0.5
    """One visit where "same place" is at least as probable as "an unseen flight between"."""
    named: float = 0.5
    """No two airfields can both reach it."""
    min_probability: float = 0.001
    """A row of ``visits`` needs so much: 1 in 1,000 moves no count that anybody reads."""


VISIT_RULES = VisitRules()


@dataclass(frozen=True)
class Visit:
    """One time on the ground. ``places``: airfield → probability, sum ≤ 1, empty if nobody knows.

    ``arrived``/``left``: wheels down and up where known, else the last and first position, so that the stay
    is the longest possible; None where no flight bounds it. ``flights``: (arrival, departure), None likewise.
    """

    icao24: str
    kind: str | None
    places: Places
    arrived: datetime | None
    left: datetime | None
    flights: tuple[str | None, str | None]
    endings: tuple[str | None, str | None]

    @property
    def id(self) -> str:
        """Same flights, same id."""
        return content_id("visit", self.icao24, *self.flights)


@dataclass(frozen=True)
class Chain:
    """All flights of one aircraft in time order, and what is between them.

    ``stops[k]`` are the visits before flight k (the last: after the last flight): one visit, or two with at
    least one unseen flight between them. ``places``: (flight_id, end) → probabilities as decoded.
    """

    icao24: str
    flights: Sequence[Mapping[str, Any]]
    stops: Sequence[tuple[Visit, ...]]
    places: Mapping[tuple[str, str], Places]


def named(places: Places, rules: VisitRules = VISIT_RULES) -> str | None:
    """Return the airfield that is probable enough for a name."""
    best = min(places, key=lambda a: (-places[a], a), default=None)
    return best if best is not None and places[best] >= rules.named else None


def hours(visit: Visit) -> float:
    """Return the longest possible stay; nan where one side is open."""
    if visit.arrived is None or visit.left is None:
        return float("nan")
    return (visit.left - visit.arrived).total_seconds() / 3600.0


def chains_of(
    flights: pa.Table, candidates: pa.Table, ends: pa.Table, rules: VisitRules = VISIT_RULES
) -> list[Chain]:
    """Return a chain per aircraft, sorted by address."""
    places = whereabouts(flights, candidates)
    bounds = _bounds(ends)
    by_aircraft: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for flight in flights.to_pylist():
        by_aircraft[flight["icao24"]].append(_timed(flight, bounds))
    return [_chain(a, by_aircraft[a], places, rules) for a in sorted(by_aircraft)]


def _bounds(ends: pa.Table) -> dict[tuple[str, str], datetime | None]:
    """Return the outer time of each end: a landing no earlier, a takeoff no later than this."""
    columns = [ends.column(c).to_pylist() for c in ("flight_id", "end", "earliest_utc", "latest_utc")]
    return {(f, e): low if e == "destination" else high for f, e, low, high in zip(*columns, strict=True)}


def _timed(flight: dict[str, Any], bounds: Mapping[tuple[str, str], datetime | None]) -> dict[str, Any]:
    off, on = (bounds.get((flight["flight_id"], end)) for end in ("origin", "destination"))
    flight["off"] = flight["takeoff_utc"] or off or flight["first_seen_utc"]
    flight["on"] = flight["landing_utc"] or on or flight["last_seen_utc"]
    return flight


def _chain(
    icao24: str,
    flights: list[dict[str, Any]],
    places: Mapping[tuple[str, str], Places],
    rules: VisitRules,
) -> Chain:
    flights.sort(key=lambda f: (f["first_seen_utc"] or f["off"], f["flight_id"]))
    pairs = zip([None, *flights], [*flights, None], strict=True)
    return Chain(icao24, flights, [_visits(a, b, places, rules) for a, b in pairs], places)


def _visits(
    a: Mapping[str, Any] | None,
    b: Mapping[str, Any] | None,
    places: Mapping[tuple[str, str], Places],
    rules: VisitRules,
) -> tuple[Visit, ...]:
    """Return one visit, or two where an unseen flight between ``a`` and ``b`` is the better answer."""
    p = places[a["flight_id"], "destination"] if a else {}
    q = places[b["flight_id"], "origin"] if b else {}
    if a and b:
        same = _together(a, b, p, q)
        elsewhere = min(1.0 - sum(p.values()), 1.0 - sum(q.values()))
        if sum(same.values()) + elsewhere >= rules.same_place:
            return (_visit(a, b, same),)
        return _visit(a, None, p), _visit(None, b, q)
    return (_visit(a, b, p or q),)


def _together(a: Mapping[str, Any], b: Mapping[str, Any], p: Places, q: Places) -> Places:
    """Return airfield → P(landing and takeoff there); what an analyst decided on one end holds for both."""
    for here, end, mine, theirs in ((a, "destination", p, q), (b, "origin", q, p)):
        if here[end] is not None and here[f"{end}_probability"] is None and here[end] in theirs:
            return dict(mine)
    return {airfield: min(p[airfield], q[airfield]) for airfield in p if airfield in q}


def _visit(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None, places: Places) -> Visit:
    one = a or b
    assert one is not None
    return Visit(
        one["icao24"],
        one["type"],
        places,
        a["on"] if a else None,
        b["off"] if b else None,
        (a["flight_id"] if a else None, b["flight_id"] if b else None),
        (a["destination_ending"] if a else None, b["origin_ending"] if b else None),
    )


def visits_table(
    chains: Sequence[Chain], itineraries: Mapping[str, str], rules: VisitRules = VISIT_RULES
) -> pa.Table:
    """Return ``visits``: a row per visit and possible airfield, most probable first.

    ``itineraries``: flight_id → itinerary_id; a visit belongs to that of its arrival. A visit of which nobody
    knows the place has no row.
    """
    names = TABLES["visits"].names
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for visit in (v for c in chains for stop in c.stops for v in stop):
        told = [(a, p) for a, p in visit.places.items() if p >= rules.min_probability]
        if not told:
            continue
        arrival, departure = visit.flights
        trip = itineraries.get(arrival or departure or "")
        head = (visit.id, visit.icao24, visit.kind)
        tail = (visit.arrived, visit.left, arrival, departure, trip)
        for airfield, p in sorted(told, key=lambda t: (-t[1], t[0])):
            for name, value in zip(names, (*head, airfield, p, *tail), strict=True):
                columns[name].append(value)
    return _as_table("visits", columns)


def stays_table(chains: Sequence[Chain], rules: VisitRules = VISIT_RULES) -> pa.Table:
    """Return ``stays``: visits with a landing and a takeoff, at an airfield probable enough for a name."""
    names = TABLES["stays"].names
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for v in (v for c in chains for stop in c.stops for v in stop):
        airfield = named(v.places, rules)
        if airfield is None or None in v.flights:
            continue
        row = (
            content_id("stay", v.icao24, *v.flights),
            v.icao24,
            airfield,
            v.arrived,
            v.left,
            *v.flights,
            v.places[airfield],
            ending_confidence(*v.endings),
        )
        for name, value in zip(names, row, strict=True):
            columns[name].append(value)
    return _as_table("stays", columns)


def _as_table(name: str, columns: Mapping[str, list[Any]]) -> pa.Table:
    schema = TABLES[name]
    return pa.table([pa.array(columns[f.name], f.type) for f in schema], schema=schema)
