"""Tables of an answer as a reader wants them: plain headings, round numbers, what all rows share once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.claims_published import published_rows
from waystation.briefing.wording import number_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waystation.briefing.asked import Asked

__all__ = ["HUB_MEASURES", "measured", "measured_span", "published_table"]

_PERCENT: Final = "\u00a0%"

HUB_MEASURES: Final = {
    "through-flow": "journeys that led on through it (through-flow)",
    "transit ratio": "of its visits, those that led on (transit ratio)",
    "dependence": "of pairs of places, those joined through it alone (dependence)",
    "betweenness": "of all stops on the ways flown, those made there (betweenness)",
}
"""Captions for the measures of table ``hubs``."""


def measured(value: float | None, measure: str) -> str:
    """A value of table ``hubs``: journeys as a number, everything else as a share."""
    if value is None:
        return "–"
    if measure == "through-flow":
        return number_text(round(value)) if value >= 10 else f"{value:.1f}"
    return percent_text(value)


def measured_span(row: Mapping[str, Any], measure: str) -> str:
    """The 90 % interval of a value of table ``hubs``; nothing where it reads as the value does."""
    if row["low"] is None or row["high"] is None:
        return ""
    low, high = measured(row["low"], measure), measured(row["high"], measure)
    if low == high == measured(row["value"], measure):
        return ""
    if low[0].isdigit() and high[0].isdigit():
        return f"{low.removesuffix(_PERCENT)}–{high}"
    return f"{low} to {high}"


def published_table(asked: Asked) -> dict[str, Any]:
    """``published``: rows with ``own_reason``; ``published_common``: what the reasons of all share."""
    rows = published_rows(asked) if asked.q.kind == "published" else []
    parts = {id(r): (r["reason"] or "").split("; ") for r in rows}
    compared = [parts[id(r)] for r in rows if r["comparable"]]
    shared = [p for p in compared[0] if p and all(p in c for c in compared)] if len(compared) > 1 else []
    told = [
        r | {"own_reason": "; ".join(p for p in parts[id(r)] if p and not (r["comparable"] and p in shared))}
        for r in rows
    ]
    return {"published": told, "published_common": "; ".join(shared)}
