"""How numbers, times and places read. English, UTC, units always said."""

from __future__ import annotations

from datetime import UTC, date, datetime

__all__ = [
    "counted",
    "day_text",
    "duration_text",
    "number_text",
    "percent_text",
    "period_text",
    "plural",
    "time_text",
    "unit_text",
]

_ONE = {
    "flights": "flight",
    "flights or more": "flight or more",
    "flights a day, as heard": "flight a day, as heard",
    "addresses": "address",
    "ends": "end",
    "takeoffs and landings": "takeoff or landing",
}

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def number_text(value: float | None) -> str:
    """Whole numbers with thousands, others with two to three significant figures."""
    if value is None:
        return "–"
    if float(value).is_integer() and abs(value) >= 1:
        return f"{int(value):,}"
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.2f}".rstrip("0").rstrip(".")


def plural(n: float, one: str, many: str | None = None) -> str:
    """The noun that goes with ``n``."""
    return one if n == 1 else (many or one + "s")


def counted(n: float, one: str, many: str | None = None) -> str:
    """Number and noun: ``1 flight``, ``2,300 flights``, ``no flights``."""
    return f"{number_text(n) if n else 'no'} {plural(n, one, many)}"


def unit_text(unit: str, n: float) -> str:
    """A claim's unit beside its number: ``1 flight``, ``2 flights``."""
    return _ONE.get(unit, unit) if n == 1 else unit


def percent_text(p: float) -> str:
    """A share as whole per cent; what rounds to all or nothing says which side of it it is."""
    if 0 < p < 0.01:
        return "under 1\u00a0%"
    if 0.99 < p < 1:
        return "over 99\u00a0%"
    return f"{100 * p:.0f}\u00a0%"


def day_text(day: date) -> str:
    """``8 December 2024``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def period_text(first: date, last: date) -> str:
    """Both days included, said once where they agree: ``1–25 May 2018``."""
    if first == last:
        return day_text(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day_text(last)}"
    if first.year == last.year:
        return f"{first.day} {_MONTHS[first.month - 1]} – {day_text(last)}"
    return f"{day_text(first)} – {day_text(last)}"


def time_text(time: datetime | None) -> str:
    """``2024-12-08 21:05`` in UTC; a dash for no time."""
    return "–" if time is None else time.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def duration_text(seconds: float | None) -> str:
    """``45 s``, ``12 min``, ``3 h 05 min``, ``4 d 02 h``."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours:02d} h"
