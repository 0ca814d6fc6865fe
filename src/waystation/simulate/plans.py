"""Who flies when: demands drawn per itinerary and line, given to idle aircraft of the fleet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from waystation.simulate.dice import dice
from waystation.simulate.performance import PERFORMANCE
from waystation.simulate.places import place
from waystation.simulate.routes import corners
from waystation.terms.geodesy import distance_km
from waystation.terms.units import DAY_MS, KT_KMH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waystation.simulate.scenario import Fleet, Itinerary, Line, Scenario

__all__ = ["Rotation", "Tail", "plan"]

_DAY_S: Final = DAY_MS / 1000
_HOUR_S: Final = 3600.0
_BURSTS: Final = 8.0  # shape of the weekly gamma factor: weeks differ more than Poisson's do
_PATIENCE_S: Final = {"itinerary": 36 * _HOUR_S, "line": 3 * _HOUR_S}
_TURN_S: Final = 1.5 * _HOUR_S  # at home between two rotations, at least
_LINE_STAY: Final = (1.0, 0.25)  # hours, spread: a turnaround of an airliner
_LINE_HOURS: Final = (3.0, 20.0)  # UTC, when airliners leave home


@dataclass(frozen=True)
class Rotation:
    """One way out and home. ``stays_s``: one per stop between; ``regime``: its id, "" for lines."""

    start_s: float
    airfields: tuple[str, ...]
    stays_s: tuple[float, ...]
    callsign: str
    regime: str
    role: str


@dataclass(frozen=True)
class Tail:
    """One aircraft with all it will do. ``misread``: the address that a reading error would give it."""

    fleet: Fleet
    registration: str
    icao24: str
    mlat: bool
    misread: str
    rotations: tuple[Rotation, ...]


def plan(s: Scenario) -> list[Tail]:
    """Return every aircraft of the scenario with its rotations, in the order of the file."""
    own = {_address(f, i) for f in s.fleet for i in range(len(f.registrations))}
    tails = []
    for fleet in s.fleet:
        tails += _assigned(s, fleet, sorted(_demands(s, fleet), key=lambda r: (r.start_s, r.airfields)), own)
    return tails


def _address(f: Fleet, i: int) -> str:
    if f.first_address is not None:
        return f"{int(f.first_address, 16) + i:06x}"
    return f"{0x140000 + int(f.registrations[i][-5:]):06x}"


def _assigned(s: Scenario, f: Fleet, demands: list[Rotation], taken: set[str]) -> list[Tail]:
    rng = dice(s.seed, "assign", f.id)
    n = len(f.registrations)
    free = np.full(n, -np.inf)
    given: list[list[Rotation]] = [[] for _ in range(n)]
    for r in demands:
        idle = np.flatnonzero(free <= r.start_s)
        lot = rng.random()
        who = int(idle[int(lot * len(idle))]) if len(idle) else int(np.argmin(free))
        start = max(r.start_s, float(free[who]))
        if start - r.start_s > _PATIENCE_S[r.role]:
            continue  # nobody is free in time: the flight does not take place
        given[who].append(Rotation(start, r.airfields, r.stays_s, r.callsign, r.regime, r.role))
        free[who] = start + _estimate_s(s, f, r) + _TURN_S
    with_adsb = round(f.adsb_share * n)
    order = rng.permutation(n)
    tails = []
    for i, registration in enumerate(f.registrations):
        address = _address(f, i)
        misread = _misread(s.seed, address, taken)
        taken.add(misread)
        tails.append(Tail(f, registration, address, bool(order[i] >= with_adsb), misread, tuple(given[i])))
    return tails


def _misread(seed: int, address: str, taken: set[str]) -> str:
    """One hex digit wrong, and nobody else's address."""
    rng = dice(seed, "misread", address)
    while True:
        k = int(rng.integers(6))
        wrong = f"{address[:k]}{int(rng.integers(16)):x}{address[k + 1 :]}"
        if wrong not in taken and wrong not in {"000000", "ffffff"}:
            return wrong


def _estimate_s(s: Scenario, f: Fleet, r: Rotation) -> float:
    return sum(r.stays_s) + _flying_s(r.airfields, f.type, s.period.start, f.airspace)


@lru_cache(maxsize=1024)
def _flying_s(airfields: tuple[str, ...], kind: str, on: date, airspace: str) -> float:
    total = 0.0
    for a, b in pairwise(airfields):
        o, d = place(a), place(b)
        points = [(o.lat, o.lon), *corners(o, d, on, airspace), (d.lat, d.lon)]
        km = sum(float(distance_km(*p, *q)) for p, q in pairwise(points))
        total += (km / (0.95 * PERFORMANCE[kind].cruise_kt * KT_KMH) + 0.8) * _HOUR_S
    return total


def _demands(s: Scenario, f: Fleet) -> Iterator[Rotation]:
    for i, it in enumerate(s.itinerary):
        if it.fleet == f.id:
            yield from _of_itinerary(s, f, it, i)
    for i, line in enumerate(s.line):
        if line.fleet == f.id:
            yield from _of_line(s, f, line, i)


def _of_itinerary(s: Scenario, f: Fleet, it: Itinerary, number: int) -> Iterator[Rotation]:
    rng = dice(s.seed, "itinerary", number)
    days = _days_of(s, it.regimes)
    low, high = it.per_week if isinstance(it.per_week, tuple) else (it.per_week, it.per_week)
    for k, (day, regime) in enumerate(days):
        rate = low + (high - low) * k / max(len(days) - 1, 1)
        for start in _starts(s, day, rate / 7, (0.0, 24.0), rng):
            stays = it.stay_h * np.exp(rng.normal(0, it.stay_spread, len(it.airfields) - 2)) * _HOUR_S
            stays = np.maximum(stays, 0.6 * _HOUR_S)
            yield Rotation(
                start, it.airfields, tuple(stays.tolist()), it.callsign or f.callsign, regime, "itinerary"
            )


def _of_line(s: Scenario, f: Fleet, line: Line, number: int) -> Iterator[Rotation]:
    rng = dice(s.seed, "line", number)
    a, b = line.route
    for day, _ in _days_of(s, ()):
        for start in _starts(s, day, line.per_day, _LINE_HOURS, rng):
            stay = _LINE_STAY[0] * float(np.exp(rng.normal(0, _LINE_STAY[1]))) * _HOUR_S
            yield Rotation(start, (a, b, a), (stay,), f.callsign, "", "line")


def _days_of(s: Scenario, regimes: tuple[str, ...]) -> list[tuple[date, str]]:
    """Return the days on which these regimes hold; none named: every day, under the regime of that day."""
    days = [s.period.start + timedelta(days=i) for i in range((s.period.end - s.period.start).days + 1)]
    found = []
    for day in days:
        hold = [r.id for r in s.regime if r.start <= day and (r.end is None or day <= r.end)]
        if not regimes:
            found.append((day, hold[-1] if hold else ""))
        elif any(r in regimes for r in hold):
            found.append((day, next(r for r in hold if r in regimes)))
    return found


def _starts(
    s: Scenario, day: date, per_day: float, hours: tuple[float, float], rng: np.random.Generator
) -> list[float]:
    factor = (
        dice(s.seed, "week", *day.isocalendar()[:2]).gamma(_BURSTS) / _BURSTS
    )  # a busy week is busy everywhere
    zero = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    at = np.sort(rng.uniform(*hours, int(rng.poisson(per_day * factor))))
    return [float(x) for x in zero + at * _HOUR_S]
