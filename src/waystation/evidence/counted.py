"""Counts of flights, aircraft, landings and round trips, with what the ends' probabilities leave open."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from waystation.terms.counts import LEVEL, count_distribution
from waystation.terms.whereabouts import whereabouts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    import pyarrow as pa

__all__ = ["UNITS", "Counted", "FlightOdds", "count_in", "flights_with_odds"]

# Unit → the measure of the claims' language that gives the value; None where it cannot say it.
UNITS: Final[dict[str, str | None]] = {
    "flights": "count",
    "landings": "count",
    "flights a day": "count / {days}",
    "aircraft": "distinct icao24",
    "round trips": None,
}
Places = frozenset[str] | None  # None: anywhere


@dataclass(frozen=True)
class FlightOdds:
    """One flight: its day (of the first position), its named ends, and where each end may have been."""

    flight_id: str
    icao24: str
    registration: str | None
    type: str | None
    operator: str | None
    day: date
    first: datetime
    origin: str | None
    destination: str | None
    origins: Mapping[str, float]
    destinations: Mapping[str, float]

    def named(self, origins: Places, destinations: Places) -> bool:
        """Whether its named ends are among these."""
        return (origins is None or self.origin in origins) and (
            destinations is None or self.destination in destinations
        )

    def probability(self, origins: Places, destinations: Places) -> float:
        """P(both ends among these), the ends taken as independent."""
        return _mass(self.origins, origins) * _mass(self.destinations, destinations)


@dataclass(frozen=True)
class Counted:
    """``value`` of named ends; ``low``, ``high``, ``expected`` from all probabilities; ``measure``: UNITS."""

    value: float
    low: float
    high: float
    expected: float
    measure: str | None


def flights_with_odds(flights: pa.Table, candidates: pa.Table) -> list[FlightOdds]:
    """Return every flight with its whereabouts, in order of time."""
    where = whereabouts(flights, candidates)
    names = [
        "flight_id",
        "icao24",
        "registration",
        "type",
        "operator",
        "first_seen_utc",
        "origin",
        "destination",
    ]
    rows = sorted(flights.select(names).to_pylist(), key=lambda f: (f["first_seen_utc"], f["flight_id"]))
    return [
        FlightOdds(
            flight_id=f["flight_id"],
            icao24=f["icao24"],
            registration=f["registration"],
            type=f["type"],
            operator=f["operator"],
            day=f["first_seen_utc"].date(),
            first=f["first_seen_utc"],
            origin=f["origin"],
            destination=f["destination"],
            origins=where[f["flight_id"], "origin"],
            destinations=where[f["flight_id"], "destination"],
        )
        for f in rows
    ]


def count_in(
    unit: str, flights: Sequence[FlightOdds], origins: Places, destinations: Places, days: int
) -> Counted:
    """Count ``flights`` from ``origins`` to ``destinations`` in ``unit`` (one of UNITS)."""
    named = [f.named(origins, destinations) for f in flights]
    odds = [f.probability(origins, destinations) for f in flights]
    if unit == "aircraft":
        value = float(len({f.icao24 for f, yes in zip(flights, named, strict=True) if yes}))
        chances = _any_per_aircraft(flights, odds)
    elif unit == "round trips":
        value, chances = _round_trips(flights, origins, destinations)
    else:
        value, chances = float(sum(named)), odds
    per = float(days) if unit == "flights a day" else 1.0
    low, high = _quantiles(chances)
    return Counted(
        value=value / per,
        low=min(low, value) / per,
        high=max(high, value) / per,
        expected=sum(chances) / per,
        measure=UNITS[unit],
    )


def _mass(places: Mapping[str, float], wanted: Places) -> float:
    if wanted is None:
        return 1.0
    return min(1.0, sum(p for a, p in places.items() if a in wanted))


def _any_per_aircraft(flights: Sequence[FlightOdds], odds: Sequence[float]) -> list[float]:
    """P(at least one such flight) of every aircraft."""
    none: dict[str, float] = defaultdict(lambda: 1.0)
    for f, p in zip(flights, odds, strict=True):
        none[f.icao24] *= 1.0 - p
    return [1.0 - q for _, q in sorted(none.items())]


def _round_trips(
    flights: Sequence[FlightOdds], origins: Places, destinations: Places
) -> tuple[float, list[float]]:
    """There and, with the aircraft's next flight, back. A flight belongs to one round trip."""
    by_aircraft: dict[str, list[FlightOdds]] = defaultdict(list)
    for f in flights:
        by_aircraft[f.icao24].append(f)
    value, chances = 0.0, []
    for _, mine in sorted(by_aircraft.items()):
        back_of_named = False
        free = 1.0  # P(this flight is not the way back of the trip before)
        for there, back in itertools.pairwise(mine):
            p = free * there.probability(origins, destinations) * back.probability(destinations, origins)
            named = there.named(origins, destinations) and back.named(destinations, origins)
            counts = named and not back_of_named
            value += counts
            back_of_named = counts
            free = 1.0 - p
            chances.append(p)
    return value, chances


def _quantiles(chances: Sequence[float]) -> tuple[float, float]:
    """Equal-tailed interval of how many of these are so."""
    tail = (1.0 - LEVEL) / 2.0
    total = np.cumsum(count_distribution(np.clip(chances, 0.0, 1.0)))
    last = len(total) - 1
    low = min(int(np.searchsorted(total, tail)), last)
    return float(low), float(min(int(np.searchsorted(total, 1.0 - tail)), last))
