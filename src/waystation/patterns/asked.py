"""What a case asks about shares: of which units, under which names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from waystation.patterns.units import Drawn, Units, drawn, gathered, seed_of
from waystation.terms.schema import empty
from waystation.terms.whereabouts import OTHER, whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from waystation.terms.case_view import CaseView, Event, Question

    Tables = Mapping[str, pa.Table]

__all__ = [
    "UNSEEN",
    "ShareAsked",
    "days_of",
    "departures",
    "share_questions",
    "stopovers",
    "table_of",
    "time_of",
    "visits",
]

UNSEEN: Final = "?"  # a place in an itinerary that nobody saw
DIRECT: Final = "direct"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ShareAsked:
    """Shares of ``what``. ``subjects[k]`` is the name of ``drawn.names[k]`` in our tables, null for OTHER.

    ``events``: dates at which it is compared. ``airfields``: whether the names are airfields, of which the
    reception and other traffic can be known.
    """

    what: str
    drawn: Drawn
    subjects: tuple[str | None, ...]
    events: tuple[Event, ...]
    airfields: bool = False
    trend: bool = False


def table_of(tables: Tables, name: str) -> pa.Table:
    """Return a table, empty if it is not there."""
    found = tables.get(name)
    return empty(name) if found is None else found


def days_of(time: datetime) -> float:
    """Days since 1970."""
    return time.timestamp() / 86_400.0


def time_of(days: float) -> datetime:
    """Turn days since 1970 into a time."""
    return _EPOCH + timedelta(days=days)


def share_questions(tables: Tables, case: CaseView, countries: Mapping[str, str]) -> Iterator[ShareAsked]:
    """Yield the fleet's visits, then each site's or group's departures, then each route's stopovers."""
    hubs = [q for q in case.questions if q.kind == "hub-shift"]
    keep = [i for q in hubs if q.site for i in case.sites_of(q.site)]
    seen = drawn(visits(tables), seed_of("visits", case.title), keep=keep)
    yield ShareAsked("visits", seen, tuple(_apart(seen)), case.events, airfields=True)
    for q in _distinct(case, "outflow"):
        for site in (q.site,) if q.site else dict.fromkeys(s.group or s.id for s in case.sites):
            out = drawn(departures(tables, frozenset(case.sites_of(site)), countries), seed_of("out", site))
            subjects = tuple(name and f"{site}>{name}" for name in _apart(out))
            yield ShareAsked(f"departures from {site}", out, subjects, _events(case, q), trend=True)
    for q in _distinct(case, "via"):
        if q.route:
            origin, destination = q.route
            units = stopovers(tables, frozenset(case.sites_of(origin)), frozenset(case.sites_of(destination)))
            way = drawn(units, seed_of("via", *q.route))
            subjects = tuple(name and _via(origin, name, destination) for name in _apart(way))
            yield ShareAsked(f"stopovers {origin}>{destination}", way, subjects, _events(case, q))


def _apart(units: Drawn) -> Iterator[str | None]:
    return (None if name == OTHER else name for name in units.names)


def _via(origin: str, name: str, destination: str) -> str:
    return f"{origin}>{destination}" if name == DIRECT else f"{origin}>{name}>{destination}"


def _distinct(case: CaseView, kind: str) -> list[Question]:
    """Questions of a kind, none twice but for its id."""
    found = {(q.site, q.route, q.event): q for q in case.questions if q.kind == kind}
    return list(found.values())


def _events(case: CaseView, q: Question) -> tuple[Event, ...]:
    return tuple(e for e in case.events if q.event in {None, e.id})


def visits(tables: Tables) -> Units:
    """Each visit, at its arrival (or takeoff), by airfield. Local sorties are no visits: they go nowhere."""
    local = {
        r["itinerary_id"]
        for r in table_of(tables, "itineraries").select(["itinerary_id", "airfields"]).to_pylist()
        if len(set(r["airfields"] or ())) == 1 and UNSEEN not in r["airfields"]
    }
    rows = table_of(tables, "visits")
    names = ["visit_id", "airfield", "probability", "arrived_utc", "left_utc", "itinerary_id"]
    places: dict[str, dict[str, float]] = defaultdict(dict)
    head: dict[str, tuple[Any, str | None]] = {}
    for r in rows.select(names).to_pylist():
        time = r["arrived_utc"] or r["left_utc"]
        if time is None or r["airfield"] is None or r["itinerary_id"] in local:
            continue
        p = 1.0 if r["probability"] is None else r["probability"]
        places[r["visit_id"]][r["airfield"]] = places[r["visit_id"]].get(r["airfield"], 0.0) + p
        head[r["visit_id"]] = time, r["itinerary_id"]
    return gathered((days_of(head[v][0]), v, head[v][1], places[v]) for v in places)


def departures(tables: Tables, inside: frozenset[str], countries: Mapping[str, str]) -> Units:
    """Flights that leave ``inside`` (airfields) for elsewhere, by country of the destination."""
    flights = table_of(tables, "flights")
    places = whereabouts(flights, table_of(tables, "candidates"))
    trip = _itinerary_of(tables)
    found = []
    columns = (flights.column(c).to_pylist() for c in ("flight_id", "first_seen_utc", "takeoff_utc"))
    for flight, first, off in zip(*columns, strict=True):
        leaves = min(1.0, sum(p for a, p in places[flight, "origin"].items() if a in inside))
        if leaves <= 0 or (first or off) is None:
            continue
        to: dict[str, float] = defaultdict(float)
        for airfield, p in places[flight, "destination"].items():
            if airfield not in inside:
                to[countries.get(airfield) or OTHER] += leaves * p
        found.append((days_of(first or off), flight, trip.get(flight), dict(to)))
    return gathered(found)


def _itinerary_of(tables: Tables) -> dict[str, str]:
    rows = table_of(tables, "itineraries").select(["itinerary_id", "flight_ids"]).to_pylist()
    return {f: r["itinerary_id"] for r in rows for f in r["flight_ids"] or ()}


def stopovers(tables: Tables, origins: frozenset[str], destinations: frozenset[str]) -> Units:
    """Every airfield strictly between origin and destination in one itinerary, or DIRECT; unseen: no unit.

    The destination is the first one after the origin. An itinerary's names hold with its ``probability``.
    """
    found = []
    for r in table_of(tables, "itineraries").to_pylist():
        there = _between(r["airfields"] or [], origins, destinations)
        if there is None or r["from_utc"] is None:
            continue
        p = 1.0 if r["probability"] is None else r["probability"]
        for n, name in enumerate(there or [DIRECT]):
            if name != UNSEEN:
                found.append(
                    (days_of(r["from_utc"]), f"{r['itinerary_id']}/{n:03}", r["itinerary_id"], {name: p})
                )
    return gathered(found)


def _between(airfields: list[str], origins: frozenset[str], destinations: frozenset[str]) -> list[str] | None:
    start = next((i for i, a in enumerate(airfields) if a in origins), None)
    if start is None:
        return None
    stop = next((i for i, a in enumerate(airfields) if i > start and a in destinations), None)
    return None if stop is None else airfields[start + 1 : stop]
