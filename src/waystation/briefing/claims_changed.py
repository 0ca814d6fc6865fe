"""Claims about dated changes of any subject: when, from what to what, beside an event that was not told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from waystation.briefing.asked import Asked, Said, event_of, event_text, moment, rows_where, state
from waystation.briefing.controls_said import tried_said
from waystation.briefing.wording import counted, day_number, day_text, number_text, percent_text
from waystation.terms.claim_query import quoted
from waystation.terms.drifts import GRADUAL

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["beside_event", "cell_of", "date_claim", "found_changes", "way_of"]

Row = dict[str, Any]


def found_changes(asked: Asked, subject: str, kind: str) -> list[Row]:
    """Found changes of one subject, in order of their dates."""
    return sorted(rows_where(asked, "changes", subject=subject, kind=kind), key=lambda r: r["date_utc"])


def way_of(r: Row) -> str:
    """``fell`` or ``rose``."""
    return "fell" if r["after"] < r["before"] else "rose"


def cell_of(r: Row, *, several: bool) -> str:
    """The row in a query. A single change keeps its claim's id when a newer run dates it differently."""
    where = f"changes where subject = {quoted(r['subject'])} and kind = {quoted(r['kind'])}"
    return f"{where} and date_utc = {moment(r['date_utc'])}" if several else where


def date_claim(
    asked: Asked, base: Said, r: Row, what: str, *, several: bool, levels: bool = True
) -> Iterator[Row]:
    """Yield the claim of the date. ``what`` rose or fell; ``levels``: the sentence has before and after."""
    controls = asked.places.in_words(tried_said(r["controls"]))
    query = f"the date_utc of {cell_of(r, several=several)}"
    said = replace(base, query=query, unit="date", assumptions=base.assumptions + controls)
    known = r["low_utc"] is not None and r["high_utc"] is not None
    span = (day_number(r["low_utc"]), day_number(r["high_utc"])) if known else None
    fromto = f" from {_level(r, 'before')} to {_level(r, 'after')}" if levels else ""
    drift = " gradually" if GRADUAL in (r["controls"] or "") else ""
    text = (
        f"{what} {way_of(r)}{drift}{fromto} around {day_text(r['date_utc'].date())}{beside_event(asked, r)}."
    )
    yield from state(asked, said, text, span)


def _level(r: Row, side: str) -> str:
    return percent_text(r[side]) if r["kind"] == "share" else f"{number_text(r[side])} a day"


def beside_event(asked: Asked, r: Row) -> str:
    """How far from the event, of which the method knew nothing."""
    event = event_of(asked)
    if event is None:
        return "; the method was told no date"
    days = (r["date_utc"].date() - event.date).days
    apart = f"{counted(abs(days), 'day')} {'after' if days > 0 else 'before'}" if days else "the very day of"
    return f", {apart} {event_text(event)}, of which the method was not told"
