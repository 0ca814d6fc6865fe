"""What is compared of an itinerary: motif, stays, the pause before it, aircraft, stopovers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from waystation.patterns.asked import UNSEEN, table_of
from waystation.patterns.rotation_test import Features
from waystation.terms.whereabouts import OTHER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

__all__ = ["MotifRules", "Trip", "motif_of", "trips_of"]


@dataclass(frozen=True)
class MotifRules:
    """What of an itinerary makes its motif."""

    min_stay_h: float = 0.5
    """A shorter stop is a technical one, and not in the motif: methods of rotation patterns."""
    min_probability: float = 0.5
    """An itinerary whose airfields are less sure than not has no motif."""


@dataclass(frozen=True)
class Trip:
    """One itinerary. ``features`` is None where it cannot be compared; ``why`` says so."""

    id: str
    start: datetime
    airfields: tuple[str, ...]
    motif: str
    features: Features | None
    why: str = ""


def trips_of(tables: Mapping[str, pa.Table], rules: MotifRules | None = None) -> list[Trip]:
    """Return all itineraries that go somewhere, in the order of their starts."""
    limits = rules or MotifRules()
    wheels = _wheels(table_of(tables, "flights"))
    by_aircraft: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in table_of(tables, "itineraries").to_pylist():
        if r["from_utc"] is not None and len(set(r["airfields"] or ())) > 1:
            by_aircraft[r["icao24"] or ""].append(r)
    found = []
    for aircraft in sorted(by_aircraft):
        rows = sorted(by_aircraft[aircraft], key=lambda r: (r["from_utc"], r["itinerary_id"]))
        for last, r in zip([None, *rows], rows, strict=False):
            found.append(_trip(r, last, wheels, limits))
    return sorted(found, key=lambda t: (t.start, t.id))


def _wheels(flights: pa.Table) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Return flight → takeoff and landing, else first and last position."""
    names = ("flight_id", "takeoff_utc", "first_seen_utc", "landing_utc", "last_seen_utc")
    columns = (flights.column(c).to_pylist() for c in names)
    return {f: (off or first, on or last) for f, off, first, on, last in zip(*columns, strict=True)}


def _trip(
    r: Mapping[str, Any],
    last: Mapping[str, Any] | None,
    wheels: Mapping[str, tuple[datetime | None, datetime | None]],
    rules: MotifRules,
) -> Trip:
    places = tuple(a or UNSEEN for a in r["airfields"])
    hours = _hours(places, r["flight_ids"] or [], wheels)
    motif = motif_of(places, hours, rules)
    why = _why_not(places, r["probability"], rules)
    pause = float("nan") if last is None or last["to_utc"] is None else _gap_h(last["to_utc"], r["from_utc"])
    stays = tuple((a, h) for a, h in zip(places[1:-1], hours, strict=True) if h is not None)
    inner = frozenset(motif.split(">")[1:-1])
    features = None if why else Features(motif, r["icao24"] or "", stays, pause, inner)
    return Trip(r["itinerary_id"], r["from_utc"], places, motif, features, why)


def _gap_h(a: datetime, b: datetime) -> float:
    return (b - a).total_seconds() / 3600.0


def _hours(
    places: Sequence[str],
    flight_ids: Sequence[str],
    wheels: Mapping[str, tuple[datetime | None, datetime | None]],
) -> list[float | None]:
    """Hours at each stop in between; None where the list of places says that a flight is missing."""
    n = len(places) - 2
    if len(flight_ids) != n + 1:
        return [None] * max(n, 0)
    out: list[float | None] = []
    for a, b in pairwise(flight_ids):
        on, off = wheels.get(a, (None, None))[1], wheels.get(b, (None, None))[0]
        out.append(None if on is None or off is None else _gap_h(on, off))
    return out


def motif_of(places: Sequence[str], hours: Sequence[float | None], rules: MotifRules | None = None) -> str:
    """Places joined by ``>``; technical stops and repeats left out."""
    limits = rules or MotifRules()
    inner = [
        a
        for a, h in zip(places[1:-1], hours, strict=True)
        if h is None or h >= limits.min_stay_h or a == UNSEEN
    ]
    out: list[str] = []
    for a in (*places[:1], *inner):
        if not out or out[-1] != a or a == UNSEEN:
            out.append(a)
    return ">".join((*out, *places[-1:]))


def _why_not(places: Sequence[str], probability: float | None, rules: MotifRules) -> str:
    unseen = sum(a in {UNSEEN, OTHER} for a in places)
    if unseen:
        return f"{unseen} of its {len(places)} places were not seen"
    if probability is not None and probability < rules.min_probability:
        return f"its airfields are right with probability {probability:.2f} only"
    return ""
