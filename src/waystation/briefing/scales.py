"""Axes: round steps for counts, whole hours, days, months for time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["MONTHS", "count_ticks", "time_ticks"]

_HOURS = (1, 2, 3, 6, 12)
_DAYS = (1, 2, 3, 7, 14)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def count_ticks(top: float, most: int = 4) -> list[int]:
    """Whole numbers from 0 to at least ``top`` in steps of 1, 2 or 5 times a power of ten."""
    step = 1
    while top / step > most:
        step = step * 2 if str(step)[0] in "15" else step * 5 // 2
    return list(range(0, int(-(-top // step)) * step + 1, step)) if top > 0 else [0, 1]


def time_ticks(
    start: datetime, stop: datetime, most: int = 9, *, whole_days: bool = False
) -> list[tuple[datetime, str]]:
    """Moments to label between two times, with their labels (UTC). ``whole_days``: no hours among them."""
    hours = (stop - start).total_seconds() / 3600
    for step in () if whole_days else _HOURS:
        if hours / step <= most:
            return _hourly(start, stop, step)
    for days in _DAYS:
        if hours / 24 / days <= most:
            return _daily(start, stop, days)
    return _monthly(start, stop, most)


def _hourly(start: datetime, stop: datetime, step: int) -> list[tuple[datetime, str]]:
    t = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    out: list[tuple[datetime, str]] = []
    day = None
    while t <= stop:
        if t >= start:
            label = f"{t:%H:%M}" if day == t.date() else f"{t.day} {MONTHS[t.month - 1]} {t:%H:%M}"
            out.append((t, label))
            day = t.date()
        t += timedelta(hours=step)
    return out


def _daily(start: datetime, stop: datetime, step: int) -> list[tuple[datetime, str]]:
    t = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    out = []
    while t <= stop:
        if t >= start:
            out.append((t, f"{t.day} {MONTHS[t.month - 1]}"))
        t += timedelta(days=step)
    return out


def _monthly(start: datetime, stop: datetime, most: int) -> list[tuple[datetime, str]]:
    """The first of months between two times, evenly spread; of long spans, Januaries."""
    at = start.year * 12 + start.month - 1
    at += start > _month(at)
    last = stop.year * 12 + stop.month - 1
    for step in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 6000):
        first = at if step < 12 else -(-at // 12) * 12
        if len(range(first, last + 1, step)) <= most:
            return [(_month(m), f"{MONTHS[m % 12]} {m // 12}") for m in range(first, last + 1, step)]
    return []


def _month(number: int) -> datetime:
    """The first moment of a month, numbered from the year 0."""
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
