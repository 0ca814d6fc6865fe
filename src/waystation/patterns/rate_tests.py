"""Rates that a case asks about: flights a day, their exposure, and whether they changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from waystation.patterns.asked import days_of, table_of, time_of
from waystation.patterns.changes import Tested
from waystation.patterns.rate_change import rate_changes
from waystation.patterns.reception import Exposure, read_exposure
from waystation.patterns.units import seed_of
from waystation.terms.case_view import Event
from waystation.terms.subjects import subjects_of
from waystation.terms.whereabouts import whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from waystation.terms.case_view import CaseView, Question
    from waystation.terms.subjects import Subject

    Floats = NDArray[np.float64]
    Tables = Mapping[str, pa.Table]

__all__ = ["RateAsked", "RateTestRules", "rate_questions", "rate_rows"]


@dataclass(frozen=True)
class RateTestRules:
    """How flights become counts."""

    draws: int = 200
    """Of uncertain ends, one beside each draw of the exposure."""
    certain: float = 0.999
    """A flight this probably the subject's is not drawn."""


@dataclass(frozen=True)
class RateAsked:
    """Flights of one route: ``days`` in a row (days since 1970), ``counts`` (draws, days), the exposure."""

    subject: str
    days: Floats
    counts: Floats
    exposure: Exposure | str
    events: tuple[Event, ...]
    bunched: float = 1.0
    """Flights of the route in one itinerary: two are one decision, not two."""


def rate_questions(
    tables: Tables, case: CaseView, countries: Mapping[str, str], exposures: pa.Table | None
) -> Iterator[RateAsked]:
    """Yield every route of a rate question once, with the events (and ``since``) it is compared at."""
    flights = table_of(tables, "flights")
    span = _span(flights, case)
    asked = {q.route: q for q in case.questions if q.kind == "rate" and q.route}
    if span is None or not asked:
        return
    places = whereabouts(flights, table_of(tables, "candidates"))
    subjects = {s.name: s for s in subjects_of(case, countries)}
    for route, q in asked.items():
        name = ">".join(route)
        seed = seed_of("rate", name, flights.num_rows)
        counts = _counts(subjects[name], flights, places, span, seed)
        exposure = read_exposure(exposures, name, *span, seed)
        bunched = _bunched(subjects[name], tables, places)
        yield RateAsked(name, np.arange(*span, dtype=np.float64), counts, exposure, _events(case, q), bunched)


def _events(case: CaseView, q: Question) -> tuple[Event, ...]:
    events = tuple(e for e in case.events if q.event in {None, e.id})
    if q.since is None or any(e.date == q.since for e in events):
        return events
    return (*events, Event(f"since {q.since:%Y-%m-%d}", q.since))


def _span(flights: pa.Table, case: CaseView) -> tuple[int, int] | None:
    """First day and the day after the last, in days since 1970."""
    times = [t for t in flights.column("first_seen_utc").to_pylist() if t is not None]
    first = case.period_from or (min(times).date() if times else None)
    last = case.period_to or (max(times).date() if times else None)
    if first is None or last is None or last < first:
        return None
    zero = time_of(0.0).date()
    return (first - zero).days, (last + timedelta(days=1) - zero).days


def _counts(
    subject: Subject,
    flights: pa.Table,
    places: Mapping[tuple[str, str], Mapping[str, float]],
    span: tuple[int, int],
    seed: int,
    rules: RateTestRules | None = None,
) -> Floats:
    """(draws, days): one row where all flights are certain."""
    limits = rules or RateTestRules()
    days, chances = [], []
    ids, times = (flights.column(c).to_pylist() for c in ("flight_id", "first_seen_utc"))
    for _, flight, time in sorted((str(t), f, t) for f, t in zip(ids, times, strict=True) if t is not None):
        p = _chance(places[flight, "origin"], subject.origins)
        p *= _chance(places[flight, "destination"], subject.destinations or frozenset())
        day = int(np.floor(days_of(time))) - span[0]
        if p > 0 and 0 <= day < span[1] - span[0]:
            days.append(day)
            chances.append(p)
    at, chance = np.array(days, dtype=np.int64), np.array(chances)
    sure = bool((chance >= limits.certain).all())
    rng = np.random.default_rng(seed)
    drawn = rng.random((1 if sure else limits.draws, len(at))) < (1.0 if sure else chance)
    out = np.zeros((len(drawn), span[1] - span[0]))
    draw, flight = np.nonzero(drawn)
    np.add.at(out, (draw, at[flight]), 1.0)
    return out


def _bunched(
    subject: Subject, tables: Tables, places: Mapping[tuple[str, str], Mapping[str, float]]
) -> float:
    """How many flights of the subject one itinerary brings: Σ (Σ p)² over itineraries / Σ p²; at least 1."""
    together = apart = 0.0
    for ids in table_of(tables, "itineraries").column("flight_ids").to_pylist():
        chances = [
            _chance(places[f, "origin"], subject.origins)
            * _chance(places[f, "destination"], subject.destinations or frozenset())
            for f in ids
            if (f, "origin") in places
        ]
        together += sum(chances) ** 2
        apart += sum(p * p for p in chances)
    return max(1.0, together / apart) if apart > 0 else 1.0


def _chance(places: Mapping[str, float], wanted: frozenset[str]) -> float:
    return min(1.0, sum(p for a, p in places.items() if a in wanted))


def rate_rows(asked: RateAsked) -> Tested:
    """Test one route's rate; a row per change. Without exposure nothing can be told."""
    name = asked.subject
    if isinstance(asked.exposure, str):
        return Tested(name, "rate", (name,), float("nan"), f"cannot tell: {asked.exposure}")
    seed = seed_of("rate change", name)
    test = rate_changes(asked.days, asked.counts, asked.exposure.draws, bunched=asked.bunched, seed=seed)
    if not np.isfinite(test.log10_bayes_factor):
        text = f"cannot tell: {test.n_flights:.0f} flights in {len(asked.days)} days are too little"
        return Tested(name, "rate", (name,), float("nan"), text)
    bunched = f"; flights come in bunches: counted 1 for {test.overdispersion:.1f}"
    note = bunched if test.overdispersion > 1.0 else ""
    rows = tuple(
        {
            "subject": name,
            "kind": "rate",
            "date_utc": time_of(c.date.median),
            "low_utc": time_of(c.date.low),
            "high_utc": time_of(c.date.high),
            "before": c.before,
            "after": c.after,
            "log10_bayes_factor": c.log10_bayes_factor,
            "controls": (
                f"flights a fully observed day {c.before:.2g} ({c.before_interval[0]:.2g}–"
                f"{c.before_interval[1]:.2g}) before, {c.after:.2g} ({c.after_interval[0]:.2g}–"
                f"{c.after_interval[1]:.2g}) after; exposure drawn from its interval{note}"
            ),
        }
        for c in test.changes
    )
    found = f"{len(rows)} found" if rows else "no change found"
    text = f"log10 Bayes factor of a change at any date: {test.log10_bayes_factor:.1f}; {found}{note}"
    return Tested(name, "rate", (name,), test.log10_bayes_factor, text, rows)
