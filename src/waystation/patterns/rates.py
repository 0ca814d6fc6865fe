"""Rates: flights of a subject per day, per week and over the whole period.

A subject is a route (``OSLK>HL59``, ``Syria>LY-MRA``) or a place (``OSLK``: every flight with an end
there). ``n_flights`` is what was heard and named, ``n_expected`` sums probabilities. ``per_day`` and its
interval are what the subject *flew*, and need the exposure: the number of fully observed days. Where that is
unknown they are null, because a day without a flight may be a day without a receiver. docs/rules/rates.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from waystation.patterns.rate_interval import Exposed, rate_interval
from waystation.patterns.windows import Window, days_of, midnight, period_of, since_windows, weeks_of
from waystation.terms.counts import LEVEL
from waystation.terms.schema import conform, empty
from waystation.terms.subjects import NO_COUNTRIES, Subject, subjects_of
from waystation.terms.whereabouts import whereabouts

if TYPE_CHECKING:
    from waystation.terms.case_view import CaseView

__all__ = ["RateRules", "rates"]

Exposure = Mapping[tuple[str, date, date], Exposed]
_NEVER = 1e-6  # of a flight: less is not worth a convolution


@dataclass(frozen=True)
class RateRules:
    """How counts are windowed."""

    level: float = LEVEL
    """Of the interval on ``per_day``."""
    week_starts_on: int = 0
    """Monday = 0, as ISO 8601 counts weeks."""


def rates(
    tables: Mapping[str, pa.Table],
    case: CaseView,
    *,
    countries: Mapping[str, str] = NO_COUNTRIES,
    exposures: pa.Table | None = None,
    rules: RateRules | None = None,
) -> pa.Table:
    """Return the ``rates`` table: per subject the whole period (all types, then each type), weeks, days.

    ``tables``: ``flights`` and ``candidates``. ``exposures``: the table of that name; a window that it does
    not hold, or holds as null, has null ``per_day``. ``countries``: airfield ident → ISO country.

    A flight belongs to the UTC day of its first position, which is known for every flight. Windows are
    half open and cut at the period's ends (the case's; without one, the span of the flights). Dates from
    which a question counts, and events, have windows of their own after the whole period. A window in which
    the fleet was heard at all has a row even if the subject had no flight: that zero is a measurement. A
    window without any flight of the fleet has none, unless its exposure is known. Routes that the case does
    not ask about get one row each, for the whole period.
    """
    known = _exposed(exposures)
    return _table(
        tables["flights"], tables.get("candidates", empty("candidates")), case, countries, known, rules
    )


def _exposed(exposures: pa.Table | None) -> dict[tuple[str, date, date], Exposed]:
    rows = [] if exposures is None else exposures.to_pylist()
    return {
        (r["subject"], r["from_utc"].date(), r["to_utc"].date()): Exposed(
            r["days"], r["exposure_days"], r["low"], r["high"]
        )
        for r in rows
        if r["exposure_days"] is not None
    }


def _table(
    flights: pa.Table,
    candidates: pa.Table,
    case: CaseView,
    countries: Mapping[str, str],
    exposure: Exposure,
    rules: RateRules | None,
) -> pa.Table:
    limits = rules or RateRules()
    span = period_of(flights, case)
    if span is None:
        return empty("rates")
    named = _flights(flights, candidates)
    asked = subjects_of(case, countries)
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
    wanted = _Wanted(span, since_windows(span, case), _types_asked(case))
    rows = [
        *(r for s in asked for r in _series(s, named, heard, wanted, exposure, limits)),
        *(_row(s, None, leaving[next(iter(s.origins))], span, exposure, limits) for s in others),
    ]
    return conform("rates", pa.Table.from_pylist(rows, schema=empty("rates").schema))


@dataclass(frozen=True)
class _Flight:
    day: date
    type: str | None
    origin: str | None
    destination: str | None
    origins: Mapping[str, float]
    destinations: Mapping[str, float]


@dataclass(frozen=True)
class _Wanted:
    """The whole period, windows of dates that the case names, and subject → types that it asks for."""

    span: Window
    since: Sequence[Window]
    types: Mapping[str, frozenset[str]]


def _types_asked(case: CaseView) -> dict[str, frozenset[str]]:
    asked: dict[str, set[str]] = defaultdict(set)
    for q in case.questions:
        if q.route is not None and q.type is not None:
            asked[">".join(q.route)].add(q.type)
    return {name: frozenset(types) for name, types in asked.items()}


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
    wanted: _Wanted,
    exposure: Exposure,
    rules: RateRules,
) -> Iterator[dict[str, Any]]:
    mine = [f for f in flights if _fits(s, f) or _expected(s, f) > 0]
    types = sorted({f.type for f in mine if f.type} | wanted.types.get(s.name, frozenset()))
    done = (wanted.span, *wanted.since)
    for window in done:
        yield _row(s, None, mine, window, exposure, rules)
        for kind in types:
            yield _row(s, kind, [f for f in mine if f.type == kind], window, exposure, rules)
    by_day: dict[date, list[_Flight]] = defaultdict(list)
    for f in mine:
        by_day[f.day].append(f)
    for window in (*weeks_of(wanted.span, rules.week_starts_on), *days_of(wanted.span)):
        if window in done:
            continue
        days = [day for day, _ in days_of(window)]
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
    likely = [_expected(s, f) for f in inside]
    row = {
        "subject": s.name,
        "type": kind,
        "from_utc": midnight(window[0]),
        "to_utc": midnight(window[1]),
        "n_flights": sum(_fits(s, f) for f in inside),
        "n_expected": float(sum(likely)),
    }
    exposed = exposure.get((s.name, *window))
    if exposed is None or not exposed.mean > 0:
        return row | {"exposure_days": exposed.mean if exposed else None}
    per_day, low, high = rate_interval([min(p, 1.0) for p in likely if p > _NEVER], exposed, rules.level)
    found = {"per_day": per_day, "low": low, "high": high, "level": rules.level}
    return row | found | {"exposure_days": exposed.mean}


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
