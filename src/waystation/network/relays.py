"""Relays: one aircraft comes in from A, another leaves for B soon after. Cargo may have changed aircraft.

    A ──▶ via   (aircraft 1)          via ──▶ B   (aircraft 2, half an hour to two days later)

Or not: tracks show no cargo. What can be said is how many such pairs there are, and how many the same
arrivals and departures would make by chance, counted again after the arrivals were moved by whole days
around the period. docs/rules/relays.md
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from waystation.terms.identifiers import content_id
from waystation.terms.schema import TABLES
from waystation.terms.whereabouts import whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from waystation.terms.case_view import CaseView, Question

__all__ = ["RelayRules", "relays"]

_DAY = 86_400.0


@dataclass(frozen=True)
class RelayRules:
    """Which pairs count, and against what."""

    min_h: float = 0.5
    """Nothing is moved from one aircraft to another in less."""
    max_h: float = 48.0
    """Longer, and a busy airfield pairs everything with everything."""
    min_place: float = 0.5
    """An end counts where it has a name: chance is computed from the same ends."""
    apart_days: int = 3
    """A shift by less leaves true pairs standing."""
    min_shifts: int = 19
    """Fewer, and no p-value under 5 % can come out: none is given."""


RULES = RelayRules()


class _Flight(NamedTuple):
    id: str
    icao24: str
    time_s: float
    when: datetime
    probability: float


def relays(
    flights: pa.Table, candidates: pa.Table, case: CaseView, rules: RelayRules = RULES
) -> dict[str, pa.Table]:
    """Return ``relays`` (pairs of flights) and ``relay_counts`` (how many, and how many by chance).

    Asked are the routes of the case's questions of kind "via", per airfield between, and before and after the
    question's event (else the whole period). Each arrival hands on once, and each departure takes over once,
    from the latest arrival before it. Flights of one aircraft are no relay: ``triples`` has them.
    """
    pairs: list[dict[str, Any]] = []
    counts: list[dict[str, Any]] = []
    asked = {(q.route, q.event): q for q in case.questions if q.kind == "via" and q.route}
    places = whereabouts(flights, candidates) if asked else {}
    rows = flights.to_pylist() if asked else []
    for question in asked.values():
        came, left = _both(rows, places, question, case, rules)
        for via in sorted(came.keys() & left.keys()):
            for period, start, stop in _periods(question, case):
                inside = tuple([f for f in side[via] if start <= f.time_s < stop] for side in (came, left))
                found = _pairs(inside[0], inside[1], rules)
                if not found:
                    continue
                pairs += [_row(question, via, a, b) for a, b in found]
                counts.append(_count(question, via, period, inside, found, rules))
    unique = {r["relay_id"]: r for r in pairs}
    ordered = sorted(unique.values(), key=lambda r: (r["left_utc"], r["relay_id"]))
    return {
        "relays": pa.Table.from_pylist(ordered, schema=TABLES["relays"]),
        "relay_counts": pa.Table.from_pylist(counts, schema=TABLES["relay_counts"]),
    }


def _both(
    rows: Sequence[Mapping[str, Any]],
    places: Mapping[tuple[str, str], Mapping[str, float]],
    question: Question,
    case: CaseView,
    rules: RelayRules,
) -> tuple[dict[str, list[_Flight]], dict[str, list[_Flight]]]:
    """Arrivals from the route's origin and departures to its destination, by the airfield between."""
    origin, destination = (frozenset(case.sites_of(p)) for p in question.route or ("", ""))
    came: dict[str, list[_Flight]] = defaultdict(list)
    left: dict[str, list[_Flight]] = defaultdict(list)
    for f in rows:
        (a, p), (b, q) = (_named(places[f["flight_id"], end]) for end in ("origin", "destination"))
        if min(p, q) < rules.min_place or a == b:
            continue
        here = f["flight_id"], f["icao24"]
        down, up = f["landing_utc"] or f["last_seen_utc"], f["takeoff_utc"] or f["first_seen_utc"]
        if a in origin and b not in destination | origin and down is not None:
            came[b].append(_Flight(*here, down.timestamp(), down, p * q))
        if b in destination and a not in origin | destination and up is not None:
            left[a].append(_Flight(*here, up.timestamp(), up, p * q))
    return came, left


def _named(places: Mapping[str, float]) -> tuple[str, float]:
    return max(places.items(), key=lambda x: (x[1], x[0]), default=("", 0.0))


def _periods(question: Question, case: CaseView) -> Iterator[tuple[str, float, float]]:
    event = next((e for e in case.events if e.id == question.event), None)
    if event is None:
        yield "whole", -np.inf, np.inf
        return
    day = float(np.datetime64(event.date, "s").astype(np.int64))
    yield f"before {event.id}", -np.inf, day
    yield f"after {event.id}", day, np.inf


def _pairs(
    came: Sequence[_Flight], left: Sequence[_Flight], rules: RelayRules
) -> list[tuple[_Flight, _Flight]]:
    """Each departure with the latest free arrival of another aircraft before it."""
    free = sorted(came, key=lambda f: (f.time_s, f.id))
    found = []
    for b in sorted(left, key=lambda f: (f.time_s, f.id)):
        for a in reversed(free):
            hours = (b.time_s - a.time_s) / 3600.0
            if rules.min_h <= hours <= rules.max_h and a.icao24 != b.icao24:
                free.remove(a)
                found.append((a, b))
                break
    return found


def _count(
    question: Question,
    via: str,
    period: str,
    inside: Sequence[Sequence[_Flight]],
    found: Sequence[tuple[_Flight, _Flight]],
    rules: RelayRules,
) -> dict[str, Any]:
    origin, destination = question.route or ("", "")
    chance = _by_chance(inside[0], inside[1], rules)
    n = len(found)
    told = len(chance) >= rules.min_shifts
    return {
        "origin": origin,
        "via": via,
        "destination": destination,
        "period": period,
        "n_arrivals": len(inside[0]),
        "n_departures": len(inside[1]),
        "n_pairs": n,
        "n_expected": float(sum(a.probability * b.probability for a, b in found)),
        "by_chance": float(np.mean(chance)) if told else None,
        "by_chance_high": float(np.quantile(chance, 0.95)) if told else None,
        "p_value": float((1 + np.sum(np.array(chance) >= n)) / (1 + len(chance))) if told else None,
        "reason": f"{len(chance)} shifts of the arrivals by whole days"
        if told
        else f"cannot tell: the period has room for {len(chance)} shifts, needs {rules.min_shifts}",
    }


def _by_chance(came: Sequence[_Flight], left: Sequence[_Flight], rules: RelayRules) -> list[int]:
    """Pairs after each shift of the arrivals, around the time that has both arrivals and departures."""
    times = [f.time_s for f in (*came, *left)]
    start = min(times) // _DAY * _DAY
    days = int((max(times) - start) // _DAY) + 1
    out = []
    for shift in range(rules.apart_days, days - rules.apart_days + 1):
        moved = [f._replace(time_s=start + (f.time_s - start + shift * _DAY) % (days * _DAY)) for f in came]
        out.append(len(_pairs(moved, left, rules)))
    return out


def _row(question: Question, via: str, a: _Flight, b: _Flight) -> dict[str, Any]:
    origin, destination = question.route or ("", "")
    return {
        "relay_id": content_id("relay", origin, via, destination, a.id, b.id),
        "origin": origin,
        "via": via,
        "destination": destination,
        "from_flight": a.id,
        "to_flight": b.id,
        "from_icao24": a.icao24,
        "to_icao24": b.icao24,
        "arrived_utc": a.when,
        "left_utc": b.when,
        "hours": (b.time_s - a.time_s) / 3600.0,
        "probability": a.probability * b.probability,
    }
