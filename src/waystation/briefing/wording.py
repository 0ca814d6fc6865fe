"""How numbers, times and places read. English, UTC, units always said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

__all__ = [
    "bayes_text",
    "chance_text",
    "counted",
    "day_number",
    "day_of",
    "day_text",
    "duration_text",
    "listed",
    "number_text",
    "percent_text",
    "period_text",
    "plural",
    "time_text",
    "unit_text",
    "value_text",
]

_ONE = {
    "flights": "flight",
    "flights or more": "flight or more",
    "flights a day, as heard": "flight a day, as heard",
    "addresses": "address",
    "ends": "end",
    "takeoffs and landings": "takeoff or landing",
    "itineraries": "itinerary",
    "countries with a rising share": "country with a rising share",
    "journeys": "journey",
    "changes found": "change found",
    "new itineraries that do not fit": "new itinerary that does not fit",
    "date": "",
    "probability": "",
}

_PLAIN = {
    "p-value": "how often chance alone makes as large a difference",
    "log₁₀ Bayes factor": "better explained by a change than by none",
    "share power of the test": "of strong changes would be seen",
}
"""Units that a reader without statistics would not know."""

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
    """A claim's unit beside its number: ``1 flight``, ``2 flights``, ``43 %`` ``of visits``."""
    if unit in {"date", "probability"}:
        return ""
    if unit in _PLAIN:
        return _PLAIN[unit]
    if unit.startswith("change of share"):
        return f"percentage points{unit.removeprefix('change of share')}"
    if unit.startswith("share"):
        return unit.removeprefix("share").strip()
    return _ONE.get(unit, unit) if n == 1 else unit


def value_text(value: float | None, unit: str) -> str:
    """A claim's number as its unit wants it: dates as dates, shares and probabilities as per cent."""
    if value is None:
        return "–"
    if unit == "date":
        return day_text(day_of(value))
    if unit.startswith("change of share"):
        return f"{100 * value:+.0f}".replace("-", "−") if round(100 * value) else "0"
    if unit.startswith("share") or unit == "probability":
        return percent_text(value)
    return _number_of(value, unit)


def _number_of(value: float, unit: str) -> str:
    if unit == "expected flights":
        return f"{value:,.1f}" if value else "0"
    if unit == "log₁₀ Bayes factor":
        return f"{_odds(value)} times" if value >= 0 else f"1/{_odds(-value)} times"
    if unit == "p-value":
        return chance_text(value)
    return number_text(value)


def day_of(days: float) -> date:
    """Days since 1970-01-01 → the day."""
    return date(1970, 1, 1) + timedelta(days=int(days // 1))


def day_number(time: datetime) -> float:
    """A moment → days since 1970-01-01, as queries count them."""
    return (time - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / 86_400


def listed(names: list[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def bayes_text(log10_factor: float) -> str:
    """A Bayes factor said: how much better, and Jeffreys's word (Theory of Probability, 1961, appendix B)."""
    if log10_factor < 0:
        return f"explains the visits {_odds(-log10_factor)} times worse than no change does"
    words = (
        "evidence barely worth mention",
        "substantial evidence",
        "strong evidence",
        "very strong evidence",
    )
    word = next((w for top, w in zip((0.5, 1.0, 1.5, 2.0), words, strict=True) if log10_factor < top), "")
    times = f"explains the visits {_odds(log10_factor)} times better than no change does"
    return f"{times}: {word or 'decisive evidence'}"


def chance_text(p: float) -> str:
    """How often chance does it: ``1 in 2,000`` for what is rare, else ``45 %``."""
    if 0 < p < 0.05:
        return f"1 in {float(f'{1 / p:.2g}'):,.0f}"
    return percent_text(p)


def _odds(log10_factor: float) -> str:
    return number_text(float(f"{10**log10_factor:.2g}")) if log10_factor < 6 else "more than a million"


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
