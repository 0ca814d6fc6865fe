"""Times of strangers' flight lists: ISO, epoch, clock times beside a date, zone names, "LIVE", "Est."."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["Said", "day_of", "said", "zone_of"]

# Abbreviations that mean one thing. CST, IST, AST, GST and others mean several: they are not read.
_ABBREVIATIONS: Final = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "ZULU": 0,
    "WET": 0,
    "WEST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "TRT": 3,
    "EST": -5,
    "EDT": -4,
    "CDT": -5,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
_EMPTY: Final = frozenset(
    {"", "-", "–", "—", "na", "n/a", "nan", "nat", "none", "null", "unknown", "result unknown", "?"}
)
_LIVE: Final = re.compile(r"\b(live|en ?route|airborne|in flight|on the way)\b", re.IGNORECASE)
_ESTIMATED: Final = re.compile(r"\b(est|estimated|exp|expected|eta|est\. arrival)\b\.?", re.IGNORECASE)
_NOISE: Final = re.compile(
    r"\b(est|estimated|exp|expected|eta|arrival|arrived|landed|departed|departure|at"
    r"|mon|tue|wed|thu|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b\.?,?",
    re.IGNORECASE,
)
_PLUS_DAY: Final = re.compile(r"\(?\+\s?(\d)\s?(?:d|day)?\)|\(\+(\d)\)", re.IGNORECASE)
_CLOCK: Final = re.compile(r"\A(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([ap]\.?m\.?)?\Z", re.IGNORECASE)
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?\Z")
_ZONE_TAIL: Final = re.compile(
    r"\A(.*?\d[^A-Za-z/+]*(?:[ap]\.?m\.?)?)[\s(]*([A-Za-z]+(?:/[A-Za-z_+\-0-9/]+)?|[A-Z]{1,5}|[+-]\d{1,2}(?::?\d{2})?)\)?\Z",
    re.IGNORECASE,
)
_DATES: Final = (
    "%Y-%m-%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d %Y",
    "%b %d, %Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d-%b-%y",
)
_YEARS: Final = (1990, 2100)


@dataclass(frozen=True)
class Said:
    """What a cell says. ``utc`` null: no time; ``word``: "", live, estimated, unread or local."""

    utc: datetime | None = None
    word: str = ""


def zone_of(text: str | None) -> tzinfo | None:
    """Return the zone that a name, an offset or an unambiguous abbreviation stands for."""
    name = (text or "").strip().strip("()")
    if not name:
        return None
    if name.upper() in _ABBREVIATIONS:
        return timezone(timedelta(hours=_ABBREVIATIONS[name.upper()]))
    if m := _OFFSET.match(name):
        minutes = int(m[2]) * 60 + int(m[3] or 0)
        return (
            timezone(timedelta(minutes=minutes if m[1] == "+" else -minutes)) if minutes < 24 * 60 else None
        )
    if "/" not in name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def day_of(cell: Any) -> date | None:  # noqa: ANN401 - cells of strangers' files
    """Return the date that a cell says, None where it says none; the order of 03/04/2024 is not guessed."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _NOISE.sub(" ", str(cell if cell is not None else "")).strip(" ,")
    for form in _DATES:
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        return found if _YEARS[0] <= found.year <= _YEARS[1] else None
    moment = _full(text, UTC)
    return moment.date() if moment else None


def said(cell: Any, day: date | None, zone: tzinfo | None, default: tzinfo | None) -> Said:  # noqa: ANN401
    """Read one cell. ``zone``: of its column or row; ``default``: where nothing else says; None: no guess.

    A clock time without a date belongs to ``day``; "(+1)" is a day later.
    """
    if cell is None or (isinstance(cell, float) and cell != cell):  # noqa: PLR0124 - the test for NaN
        return Said()
    if isinstance(cell, datetime):
        own = cell.tzinfo or zone or default
        return Said(cell.replace(tzinfo=own).astimezone(UTC)) if own else Said(word="local")
    text = str(cell).strip()
    if text.lower() in _EMPTY:
        return Said()
    if _LIVE.search(text):
        return Said(word="live")
    word = "estimated" if _ESTIMATED.search(text) else ""
    moment, unread = _moment(text, day, zone or default)
    if moment is None:
        return Said(word=word or unread)
    return Said(moment, word)


def _moment(text: str, day: date | None, zone: tzinfo | None) -> tuple[datetime | None, str]:
    plus = 0
    if m := _PLUS_DAY.search(text):
        plus = int(m[1] or m[2])
        text = text[: m.start()] + text[m.end() :]
    text = " ".join(_NOISE.sub(" ", text).split()).strip(" ,()")
    if text.replace(".", "", 1).isdigit() and len(text) >= 9:
        return _epoch(float(text)), "unread"
    iso = _full(text, None)
    if iso is None and (m := _ZONE_TAIL.match(text)):
        named = zone_of(m[2])
        if named is None:
            return None, "unread"
        text, zone = m[1].strip(" ("), named
        iso = _full(text, None)
    if iso is None and (m := _CLOCK.match(text)) and day is not None:
        iso = _clock(m, day)
    if iso is None:
        return None, "unread"
    if iso.tzinfo is None and zone is None:
        return None, "local"
    moment = (iso if iso.tzinfo else iso.replace(tzinfo=zone)).astimezone(UTC) + timedelta(days=plus)
    return (moment, "") if _YEARS[0] <= moment.year <= _YEARS[1] else (None, "unread")


def _clock(m: re.Match[str], day: date) -> datetime | None:
    hour, minute, second, half = int(m[1]), int(m[2]), int(m[3] or 0), (m[4] or "").lower().replace(".", "")
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 - the zone comes after
    except ValueError:
        return None


def _full(text: str, zone: tzinfo | None) -> datetime | None:
    """Date and time in one: ISO, or a date of a known form before a clock time. A bare date is no time."""
    if len(text) > 10 or "T" in text:
        try:
            found = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
        except ValueError:
            found = None
        if found is not None and ":" in text:
            return found if found.tzinfo or zone is None else found.replace(tzinfo=zone)
    head, _, tail = text.rpartition(" ")
    if tail.lower() in {"am", "pm", "a.m.", "p.m."}:
        head, _, clock = head.rpartition(" ")
        tail = f"{clock} {tail}"
    if head and (m := _CLOCK.match(tail)):
        for form in _DATES:
            try:
                day = datetime.strptime(head.strip(" ,"), form).replace(tzinfo=UTC).date()
            except ValueError:
                continue
            made = _clock(m, day)
            return made if made is None or zone is None else made.replace(tzinfo=zone)
    return None


def _epoch(x: float) -> datetime | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, by their size."""
    for scale in (1.0, 1e3, 1e6, 1e9):
        if _YEARS[0] - 1970 <= x / scale / 31_556_952 <= _YEARS[1] - 1970:
            return datetime.fromtimestamp(x / scale, tz=UTC)
    return None
