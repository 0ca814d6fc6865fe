"""Routes: how many flights each directed pair of airfields has, counted twice over.

``n_flights`` counts flights with both ends named. ``n_expected`` sums probabilities, so a flight whose
destination is 0.7 one field and 0.3 another adds 0.7 and 0.3. The first is what can be shown flight by
flight, the second what should be compared between periods. docs/rules/routes.md
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from waystation.terms.endings import ENDS
from waystation.terms.schema import conform
from waystation.terms.whereabouts import whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

__all__ = ["RouteRules", "build"]

_UNKNOWN_TYPE = "unknown"


@dataclass(frozen=True)
class RouteRules:
    """Which pairs get a row."""

    min_expected: float = 0.05
    """A pair that no flight names needs this much probability. Two unseen ends with 50 candidates each
    make 2,500 pairs; below one in twenty they are noise. Never applies to pairs with a named flight."""


@dataclass
class _Tally:
    """What one (origin, destination, type) has gathered so far."""

    n_flights: int = 0
    n_expected: float = 0.0
    aircraft: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None

    def name(self, flight: Mapping[str, Any]) -> None:
        """Add one flight whose two ends are named."""
        self.n_flights += 1
        self.aircraft.add(flight["icao24"])
        start, stop = flight["first_seen_utc"], flight["last_seen_utc"]
        self.first = start if self.first is None or start < self.first else self.first
        self.last = stop if self.last is None or stop > self.last else self.last


def build(flights: pa.Table, candidates: pa.Table, rules: RouteRules | None = None) -> pa.Table:
    """Return the ``routes`` table: for every directed pair a row over all types, then a row per type.

    The row over all types has ``type`` null; flights of unknown type are counted under ``unknown``.
    An end that is seen, on approach or decided by an analyst stands for one airfield with its own
    probability (1 where null); any other end for all its candidates, ``OTHER`` left out. A flight that
    returns to where it started is a route from the airfield to itself. ``first_utc``/``last_utc`` are the
    first and last position of the named flights, null when there are none.
    Sorted by n_flights and n_expected (falling), then by name.
    """
    limits = rules or RouteRules()
    places = whereabouts(flights, candidates)
    tallies: dict[tuple[str, str, str | None], _Tally] = defaultdict(_Tally)
    for flight in flights.to_pylist():
        _count(flight, places, tallies)
    rows = [
        {
            "origin": origin,
            "destination": destination,
            "type": kind,
            "n_flights": t.n_flights,
            "n_expected": t.n_expected,
            "n_aircraft": len(t.aircraft),
            "first_utc": t.first,
            "last_utc": t.last,
        }
        for (origin, destination, kind), t in tallies.items()
        if t.n_flights or t.n_expected >= limits.min_expected
    ]
    return conform("routes", pa.Table.from_pylist(sorted(rows, key=_order), schema=_schema()))


def _schema() -> pa.Schema:
    return conform("routes", pa.table({})).schema


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    kind = row["type"]
    return (
        -row["n_flights"],
        -row["n_expected"],
        row["origin"],
        row["destination"],
        kind is not None,
        kind or "",
    )


def _count(
    flight: Mapping[str, Any],
    places: Mapping[tuple[str, str], Mapping[str, float]],
    tallies: dict[tuple[str, str, str | None], _Tally],
) -> None:
    """Add one flight to every pair it may have flown."""
    kinds: Iterable[str | None] = (None, flight["type"] or _UNKNOWN_TYPE)
    origins, destinations = (places[flight["flight_id"], end] for end in ENDS)
    for kind in kinds:
        for origin, p in origins.items():
            for destination, q in destinations.items():
                tallies[origin, destination, kind].n_expected += p * q
        if flight["origin"] is not None and flight["destination"] is not None:
            tallies[flight["origin"], flight["destination"], kind].name(flight)
