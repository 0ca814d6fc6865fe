"""The windows that rates and exposures share: a whole period, its ISO weeks, its days. Half open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from waystation.terms.case_view import CaseView

__all__ = ["Window", "days_of", "midnight", "period_of", "since_windows", "weeks_of"]

Window = tuple[date, date]
_DAY = timedelta(days=1)


def period_of(flights: pa.Table, case: CaseView) -> Window | None:
    """First day and the day after the last: the case's period; without one, the span of the flights."""
    days = [t.date() for t in flights.column("first_seen_utc").to_pylist()]
    first = case.period_from or (min(days) if days else None)
    last = case.period_to or (max(days) if days else None)
    return None if first is None or last is None else (first, last + _DAY)


def weeks_of(span: Window, starts_on: int = 0) -> Iterator[Window]:
    """ISO weeks (Monday = 0), cut at the ends of ``span``."""
    start = span[0]
    while start < span[1]:
        stop = min(start + _DAY * (7 - (start.weekday() - starts_on) % 7), span[1])
        yield start, stop
        start = stop


def days_of(span: Window) -> Iterator[Window]:
    """Return the days of ``span``."""
    day = span[0]
    while day < span[1]:
        yield day, day + _DAY
        day += _DAY


def since_windows(span: Window, case: CaseView) -> list[Window]:
    """From each date that a question counts from, and before and after each event, to the period's ends."""
    dates = {q.since for q in case.questions if q.since} | {e.date for e in case.events}
    inside = sorted(d for d in dates if span[0] < d < span[1])
    before = sorted(e.date for e in case.events if span[0] < e.date < span[1])
    return list(dict.fromkeys([*((d, span[1]) for d in inside), *((span[0], d) for d in before)]))


def midnight(day: date) -> datetime:
    """Return the beginning of a day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
