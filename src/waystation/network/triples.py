"""Triples: from where, through where, to where; what flows through an airfield, flight by flight.

    origin ──▶ via ──▶ destination      stop at via: 0.5 to 72 h, inside one itinerary, no flight unseen

An end that is several airfields with probabilities makes several triples of one pair of flights, whose
probabilities add up to 1 at most. docs/rules/itineraries.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from waystation.terms.identifiers import content_id
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from waystation.network.itineraries import Itinerary

__all__ = ["TripleRules", "triples_table"]


@dataclass(frozen=True)
class TripleRules:
    """Which stops carry something on, and which rows are worth keeping."""

    min_stop_h: float = 0.5
    """Shorter: a touch-and-go or a refused landing; nothing is unloaded or refuelled."""
    max_stop_h: float = 72.0
    """Longer: the aircraft rested, and its next flight is another errand."""
    min_place: float = 0.01
    """Of one end. Three dark ends of 50 candidates would make 125,000 rows of one pair of flights."""
    min_probability: float = 0.002
    """Of a row. What both limits leave out is at most a few per cent of a pair of flights."""


TRIPLE_RULES = TripleRules()


def triples_table(
    trips: Sequence[Itinerary],
    places: Mapping[tuple[str, str], Mapping[str, float]],
    rules: TripleRules = TRIPLE_RULES,
) -> pa.Table:
    """Return ``triples``, by itinerary, pair of flights and probability.

    ``places``: (flight_id, end) → airfield → probability. The stop is where both flights were (one joint
    reading, no product); origin and destination are independent of it given the candidates. An origin may
    equal the destination (out and back); neither may equal via: a local sortie goes through nothing.
    """
    names = TABLES["triples"].names
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for trip in trips:
        for a, b, stop in zip(trip.flights[:-1], trip.flights[1:], trip.stops, strict=True):
            if not rules.min_stop_h <= stop.hours <= rules.max_stop_h:
                continue
            one, two = a["flight_id"], b["flight_id"]
            ways = _ways(places[one, "origin"], stop.places, places[two, "destination"], rules)
            for way, p in sorted(ways, key=lambda w: (-w[1], w[0])):
                row = (
                    content_id("triple", one, two, *way),
                    trip.icao24,
                    a["type"],
                    *way,
                    one,
                    two,
                    stop.first.arrived,
                    stop.last.left,
                    p,
                    trip.id,
                )
                for name, value in zip(names, row, strict=True):
                    columns[name].append(value)
    schema = TABLES["triples"]
    return pa.table([pa.array(columns[f.name], f.type) for f in schema], schema=schema)


def _ways(
    origins: Mapping[str, float],
    via: Mapping[str, float],
    destinations: Mapping[str, float],
    rules: TripleRules,
) -> Iterator[tuple[tuple[str, str, str], float]]:
    o, h, d = (
        [(a, p) for a, p in there.items() if p >= rules.min_place] for there in (origins, via, destinations)
    )
    for stop, p_stop in h:
        for origin, p in o:
            if origin == stop or p * p_stop < rules.min_probability:
                continue
            for destination, q in d:
                weight = p * p_stop * q
                if destination != stop and weight >= rules.min_probability:
                    yield (origin, stop, destination), weight
