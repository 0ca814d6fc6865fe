"""The time window: what of a result is looked at. Every view and every number follows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from waystation.web.result import Result

__all__ = ["Window", "flights_in", "span_of", "window_of"]


@dataclass(frozen=True)
class Window:
    """Whole UTC days, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def query(self) -> str:
        """As it stands in an address."""
        return f"from={self.first}&to={self.last}"

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Half open, UTC."""
        stop = self.last + timedelta(days=1)
        return _midnight(self.first), _midnight(stop)


def span_of(result: Result) -> Window:
    """Return the case's period; without one, the days of the flights; without any, today."""
    view = result.case.view if result.case else None
    seen = result.table("flights").column("first_seen_utc")
    known = len(seen) > seen.null_count
    first = (view.period_from if view else None) or (pc.min(seen).as_py().date() if known else None)
    last = (view.period_to if view else None) or (pc.max(seen).as_py().date() if known else None)
    today = datetime.now(UTC).date()
    return Window(first or last or today, last or first or today)


def window_of(asked: Mapping[str, str], span: Window) -> Window:
    """Read ``from`` and ``to`` (days) out of an address. Raises ``UsageError`` for what is no day."""
    try:
        first = date.fromisoformat(asked["from"]) if asked.get("from") else span.first
        last = date.fromisoformat(asked["to"]) if asked.get("to") else span.last
    except ValueError as error:
        raise UsageError(f"{error}; write days as 2024-12-15") from error
    if last < first:
        raise UsageError(f"the window ends on {last}, before it begins on {first}; swap from and to")
    return Window(first, last)


def flights_in(flights: pa.Table, window: Window) -> pa.Table:
    """Return the flights whose first position lies in the window, as rates count them."""
    seen = flights.column("first_seen_utc")
    start, stop = window.bounds
    import pyarrow as pa

    inside = pc.and_(
        pc.greater_equal(seen, pa.scalar(start, seen.type)), pc.less(seen, pa.scalar(stop, seen.type))
    )
    return flights.filter(inside)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
