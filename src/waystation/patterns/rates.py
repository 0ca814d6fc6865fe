"""Rates: flights of a subject per day, per week and over the whole period.

A subject is a route (``OSLK>HL59``, ``Syria>LY-MRA``) or a place (``OSLK``: every flight with an end
there). ``n_flights`` is what was heard and named. ``per_day`` and its interval are what the subject *flew*,
and need the exposure: the number of fully observed days. Where that is unknown they are null, because a
day without a named flight may be a day without a receiver. docs/rules/rates.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from waystation.terms.counts import LEVEL, poisson_interval
from waystation.terms.schema import conform
from waystation.terms.subjects import Subject, subjects_of
from waystation.terms.whereabouts import whereabouts

if TYPE_CHECKING:
    from waystation.terms.case_view import CaseView

__all__ = ["RateRules", "build"]

Exposure = Mapping[tuple[str, date, date], float]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class RateRules:
    """How counts are windowed."""

    level: float = LEVEL
    """Of the interval on ``per_day``."""
    week_starts_on: int = 0
    """Monday = 0, as ISO 8601 counts weeks."""


def build(
    flights: pa.Table,
    candidates: pa.Table,
    case: CaseView,
    *,
    exposure_days: Exposure | None = None,
    rules: RateRules | None = None,
) -> pa.Table:
    """Return the ``rates`` table: per subject the whole period (all types, then each type), weeks, days.

    A flight belongs to the UTC day of its first position, which is known for every flight. Windows are
    half open and cut at the period's ends. A window in which the fleet was heard at all has a row even if the
    subject had no flight: that zero is a measurement. A window without any flight of the fleet has none,
    unless its exposure is known.
    The period is the case's; without one, the span of the flights. ``exposure_days`` maps
    (subject, from, to) to fully observed days; a window it does not hold has null ``per_day``.
    ``n_expected`` sums the probabilities of candidates that fit the subject. Routes that the case does
    not ask about get one row each, for the whole period.
    """
    limits = rules or RateRules()
    span = _period(flights, case)
    if span is None:
        return conform("rates", pa.table({}))
    named = _flights(flights, candidates)
    asked = subjects_of(case)
    known = {s.name for s in asked}
    pairs = sorted({(f.origin, f.destination) for f in named if f.origin and f.destination})
    others = [
        Subject(f"{o}>{d}", frozenset({o}), frozenset({d})) for o, d in pairs if f"{o}>{d}" not in known
    ]
    leaving: dict[str, list[_Flight]] = defaultdict(list)
    for f in named:
        for airfield in f.origins:
            leaving[airfield].append(f)
    heard = {f.day for f in named}
    rows = [
        *(r for s in asked for r in _series(s, named, heard, span, exposure_days or {}, limits)),
        *(_row(s, None, leaving[next(iter(s.origins))], span, exposure_days or {}, limits) for s in others),
    ]
    schema = conform("rates", pa.table({})).schema
    return conform("rates", pa.Table.from_pylist(rows, schema=schema))


@dataclass(frozen=True)
class _Flight:
    day: date
    type: str | None
    origin: str | None
    destination: str | None
    origins: Mapping[str, float]
    destinations: Mapping[str, float]


Window = tuple[date, date]


def _period(flights: pa.Table, case: CaseView) -> Window | None:
    """First day and the day after the last."""
    days = [t.date() for t in flights.column("first_seen_utc").to_pylist()]
    first = case.period_from or (min(days) if days else None)
    last = case.period_to or (max(days) if days else None)
    return None if first is None or last is None else (first, last + _DAY)


def _flights(flights: pa.Table, candidates: pa.Table) -> list[_Flight]:
    places = whereabouts(flights, candidates)
    return [
        _Flight(
            day=f["first_seen_utc"].date(),
            type=f["type"],
            origin=f["origin"],
            destination=f["destination"],
            origins=places[f["flight_id"], "origin"],
            destinations=places[f["flight_id"], "destination"],
        )
        for f in flights.to_pylist()
    ]


def _series(
    s: Subject,
    flights: list[_Flight],
    heard: set[date],
    span: Window,
    exposure: Exposure,
    rules: RateRules,
) -> Iterator[dict[str, Any]]:
    mine = [f for f in flights if _fits(s, f) or _expected(s, f) > 0]
    yield _row(s, None, mine, span, exposure, rules)
    for kind in sorted({f.type for f in mine if f.type}):
        yield _row(s, kind, [f for f in mine if f.type == kind], span, exposure, rules)
    by_day: dict[date, list[_Flight]] = defaultdict(list)
    for f in mine:
        by_day[f.day].append(f)
    for window in (*_weeks(span, rules.week_starts_on), *_days(span)):
        days = [day for day, _ in _days(window)]
        if heard.isdisjoint(days) and (s.name, *window) not in exposure:
            continue
        inside = [f for day in days for f in by_day.get(day, ())]
        yield _row(s, None, inside, window, exposure, rules)


def _row(
    s: Subject,
    kind: str | None,
    flights: Iterable[_Flight],
    window: Window,
    exposure: Exposure,
    rules: RateRules,
) -> dict[str, Any]:
    inside = [f for f in flights if window[0] <= f.day < window[1]]
    n = sum(_fits(s, f) for f in inside)
    days = exposure.get((s.name, *window))
    low, high = poisson_interval(n, rules.level)
    known = days is not None and days > 0
    return {
        "subject": s.name,
        "type": kind,
        "from_utc": _midnight(window[0]),
        "to_utc": _midnight(window[1]),
        "n_flights": n,
        "n_expected": float(sum(_expected(s, f) for f in inside)),
        "exposure_days": days,
        "per_day": n / days if known and days else None,
        "low": low / days if known and days else None,
        "high": high / days if known and days else None,
        "level": rules.level if known else None,
    }


def _fits(s: Subject, f: _Flight) -> bool:
    """Whether the flight's named ends make it one of the subject's."""
    if s.destinations is None:
        return f.origin in s.origins or f.destination in s.origins
    return f.origin in s.origins and f.destination in s.destinations


def _expected(s: Subject, f: _Flight) -> float:
    """P(the flight is one of the subject's), its two ends taken as independent."""
    p = sum(v for a, v in f.origins.items() if a in s.origins)
    if s.destinations is None:
        q = sum(v for a, v in f.destinations.items() if a in s.origins)
        return p + q - p * q
    return p * sum(v for a, v in f.destinations.items() if a in s.destinations)


def _weeks(span: Window, starts_on: int) -> Iterator[Window]:
    start = span[0]
    while start < span[1]:
        stop = min(start + _DAY * (7 - (start.weekday() - starts_on) % 7), span[1])
        yield start, stop
        start = stop


def _days(span: Window) -> Iterator[Window]:
    day = span[0]
    while day < span[1]:
        yield day, day + _DAY
        day += _DAY


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
