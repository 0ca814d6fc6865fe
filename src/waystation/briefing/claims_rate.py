"""Answers to ``kind = "rate"``: how many flights a route had, how many a day, since a date.

Three claims: what was counted, what was counted a day with an exact interval, and how many flights flew it
as far as the ends' probabilities go. docs/rules/claims.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation.briefing.claim_row import COVERAGE_UNKNOWN, Draft, claim
from waystation.briefing.claims_general import named_interval
from waystation.briefing.likelihood import LADDER
from waystation.briefing.places import way_text
from waystation.briefing.wording import counted, number_text, period_text
from waystation.terms.claim_query import among, answer, quoted, when
from waystation.terms.counts import poisson_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waystation.briefing.places import Places
    from waystation.terms.case_view import CaseView, Question

__all__ = [
    "ENDS",
    "RateWindow",
    "days_where",
    "heard_days",
    "rate_claims",
    "rate_window",
    "route_name",
    "route_rows",
    "route_where",
]

ENDS = ("origin_probability", "destination_probability")
_CHANGES = (
    "Days that the sources lack; a measured coverage along the route; an unnamed end that turns out to be "
    "one of these airfields (see what we cannot see)."
)


@dataclass(frozen=True)
class RateWindow:
    """Whole UTC days, ``stop`` not included."""

    start: date
    stop: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.stop - self.start).days

    @property
    def text(self) -> str:
        """``1–25 May 2018``."""
        return period_text(self.start, self.stop - timedelta(days=1))


def rate_window(flights: pa.Table, case: CaseView, since: date | None = None) -> RateWindow | None:
    """From ``since`` (or the period's start, or the first flight) to the end of the period; None if empty."""
    seen = flights.column("first_seen_utc")
    first = case.period_from or (pc.min(seen).as_py().date() if len(seen) else None)
    last = case.period_to or (pc.max(seen).as_py().date() if len(seen) else None)
    if first is None or last is None:
        return None
    start = max(first, since) if since else first
    return RateWindow(start, last + timedelta(days=1)) if start <= last else None


def heard_days(tables: Mapping[str, pa.Table]) -> frozenset[date]:
    """UTC days on which any aircraft of the fleet was heard in flight."""
    days: set[date] = set()
    columns = (tables["flights"].column(c).to_pylist() for c in ("first_seen_utc", "last_seen_utc"))
    for start, stop in zip(*columns, strict=True):
        n = (stop.date() - start.date()).days
        days.update(start.date() + timedelta(days=i) for i in range(n + 1))
    return frozenset(days)


def route_name(q: Question, places: Places) -> str:
    """The question's route in words."""
    origin, destination = q.route or ("?", "?")
    by = f" by type {q.type}" if q.type else ""
    return way_text(origin, destination, places) + by


def route_where(q: Question, case: CaseView, window: RateWindow) -> str:
    """The part of a query after the measure: flights of the route in the window."""
    origin, destination = q.route or ("", "")
    return (
        f"flights where {among('origin', case.sites_of(origin))} "
        f"and {among('destination', case.sites_of(destination))} "
        f"and {days_where(window)}" + (f" and type = {quoted(q.type)}" if q.type else "")
    )


def days_where(window: RateWindow) -> str:
    """The condition that a flight's first position falls into the window."""
    start, stop = when(_midnight(window.start)), when(_midnight(window.stop))
    return f"first_seen_utc >= {start} and first_seen_utc < {stop}"


def route_rows(flights: pa.Table, q: Question, case: CaseView, window: RateWindow) -> pa.Table:
    """The flights that the question counts."""
    origin, destination = q.route or ("", "")
    keep = pc.and_(
        pc.is_in(flights.column("origin"), value_set=pa.array(case.sites_of(origin))),
        pc.is_in(flights.column("destination"), value_set=pa.array(case.sites_of(destination))),
    )
    seen = flights.column("first_seen_utc")
    inside = pc.and_(
        pc.greater_equal(seen, pa.scalar(_midnight(window.start), seen.type)),
        pc.less(seen, pa.scalar(_midnight(window.stop), seen.type)),
    )
    if q.type:
        keep = pc.and_(keep, pc.fill_null(pc.equal(flights.column("type"), q.type), False))
    return flights.filter(pc.and_(keep, inside))


def rate_claims(
    q: Question, tables: Mapping[str, pa.Table], case: CaseView, places: Places
) -> Iterator[dict[str, Any]]:
    """Yield the claims of one rate question: count, count a day, and how many of them at least."""
    window = rate_window(tables["flights"], case, q.since)
    if window is None or q.route is None:
        return
    where = route_where(q, case, window)
    rows = route_rows(tables["flights"], q, case, window)
    heard = len([d for d in heard_days(tables) if window.start <= d < window.stop])
    name, label = route_name(q, places), ">".join(q.route)
    confidence = _confidence(rows)
    basis = (
        f"A flight counts on the UTC day of its first position. On {heard} of these {window.days} days the "
        f"sources hold any flight of the fleet. {COVERAGE_UNKNOWN}"
    )
    draft = Draft(label, f"count of {where}", "flights", basis, _CHANGES, confidence)
    found = answer(draft.query, tables)
    number = counted(found.value, "flight") if found.value else "No flight"
    verb = "were" if found.value > 1 else "was"
    text = f"{number} {name} {verb} heard and named at both ends, {window.text}."
    yield claim(
        draft, text, tables, interval=named_interval(rows, ENDS), simulated=case.simulated, found=found
    )
    yield _per_day(q, tables, case, window, where, basis, confidence, name)
    yield from _flew(tables, case, window, where, name, label, confidence)


def _per_day(
    q: Question,
    tables: Mapping[str, pa.Table],
    case: CaseView,
    window: RateWindow,
    where: str,
    basis: str,
    confidence: str,
    name: str,
) -> dict[str, Any]:
    """Flights a day as heard, with the exact interval on the mean behind the count."""
    query = f"count / {window.days} of {where}"
    found = answer(query, tables)
    low, high = poisson_interval(len(found.row_ids))
    draft = Draft(
        ">".join(q.route or ()),
        query,
        "flights a day, as heard",
        f"Flights come independently at a steady rate. {basis}",
        _CHANGES,
        confidence,
    )
    n = number_text(found.value)
    text = f"{n} flights a day {name} were heard over {counted(window.days, 'day')}"
    text += "; a day without a receiver counts as a day without a flight."
    return claim(
        draft,
        text,
        tables,
        interval=(low / window.days, high / window.days),
        simulated=case.simulated,
        found=found,
    )


def _flew(
    tables: Mapping[str, pa.Table],
    case: CaseView,
    window: RateWindow,
    where: str,
    name: str,
    label: str,
    confidence: str,
) -> Iterator[dict[str, Any]]:
    """The strongest lower bound that the ends' probabilities carry; none if not one flight is likely."""
    for assurance in LADDER:
        query = f"at least {assurance} of {where}"
        found = answer(query, tables)
        if found.value < 1:
            continue
        draft = Draft(
            label,
            query,
            "flights or more",
            "The probabilities of the ends are right, and one end's error says nothing of another's.",
            _CHANGES,
            confidence,
        )
        text = f"At least {counted(found.value, 'flight')} flew {name}, {window.text}."
        yield claim(draft, text, tables, simulated=case.simulated, found=found)
        return


def _confidence(rows: pa.Table) -> str:
    """Level and reason. Never high here: that would need coverage and a second network."""
    if rows.num_rows == 0:
        return "low: nothing was heard; how much that says depends on what could have been heard"
    endings = {
        e for c in ("origin_ending", "destination_ending") for e in pc.unique(rows.column(c)).to_pylist()
    }
    if "inferred" in endings:
        return "low: at least one end is inferred, not seen"
    return "moderate: every end was seen or on approach; no second network was compared"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
