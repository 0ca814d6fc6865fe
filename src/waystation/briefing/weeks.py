"""Which windows of a table are its weeks: whole ISO weeks, or cut at the ends of the period."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["weekly"]

Row = dict[str, Any]
_LAST = timedelta(microseconds=1)


def weekly(rows: Sequence[Row]) -> list[Row]:
    """Rows of ``exposures`` or ``rates`` that are weeks, by subject and time, no window twice.

    Other windows (days, the whole period, since a date) may be as short as a week and must not be drawn
    over it: a week begins on a Monday or with the period, ends on a Monday or with it, and crosses none.
    """
    if not rows:
        return []
    first, last = min(r["from_utc"] for r in rows), max(r["to_utc"] for r in rows)
    kept = {
        (r["subject"], r["from_utc"], r["to_utc"]): r
        for r in rows
        if (r["from_utc"].weekday() == 0 or r["from_utc"] == first)
        and (r["to_utc"].weekday() == 0 or r["to_utc"] == last)
        and r["from_utc"].isocalendar()[:2] == (r["to_utc"] - _LAST).isocalendar()[:2]
    }
    return [kept[k] for k in sorted(kept)]
