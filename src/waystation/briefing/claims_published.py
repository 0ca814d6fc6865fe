"""Answers to ``kind = "published"``: what was published beside what the tracks say, each in its own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.asked import Asked, Said, rows_of, state
from waystation.briefing.wording import number_text
from waystation.terms.claim_query import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NO_EVIDENCE", "published_claims", "published_rows"]

Row = dict[str, Any]

NO_EVIDENCE: Final = (
    "These tracks are made up, and their rates and dates were set by a scenario: that they agree with a "
    "report, or do not, is evidence of nothing."
)
_BASIS: Final = (
    "The tracks are counted over the same route and days and in the unit of the report; what a reporter "
    "counted as one may differ. Agreement with a report does not make either right."
)
_WOULD: Final = "The report’s own list of flights; reception on the days that it speaks of."


def published_claims(asked: Asked) -> Iterator[Row]:
    """Yield one claim per report that can be compared; the others stand in the table with their reason."""
    for r in published_rows(asked):
        if not r["comparable"] or r["tracks_value"] is None:
            continue
        query = f"the tracks_value of published where published_id = {quoted(r['published_id'])}"
        basis = f"{NO_EVIDENCE} {_BASIS}" if asked.case.simulated else _BASIS
        unit = r["unit"] or "as reported"
        said = Said("published", query, unit, basis + _reason(r), _WOULD, _confidence(r))
        value, count = number_text(r["tracks_value"]), number_text(r["count"])
        text = (
            f"Counted as the report “{r['published_id']}” counts, the tracks give {value} {unit}; "
            f"the report says {r['qualifier'] + ' ' if r['qualifier'] else ''}{count}."
        )
        yield from state(asked, said, text, (r["tracks_low"], r["tracks_high"]))


def published_rows(asked: Asked) -> list[Row]:
    """Reports side by side: those that the tracks speak of, then by route and days, so that rivals meet."""
    return sorted(rows_of(asked, "published"), key=_order)


def _order(r: Row) -> tuple[object, ...]:
    silent = not r["comparable"] or not r["tracks_value"]
    return (silent, *(str(r[c]) for c in ("origin", "destination", "from_utc", "published_id")))


def _reason(r: Row) -> str:
    return f" {r['reason'][:1].upper()}{r['reason'][1:]}." if r["reason"] else ""


def _confidence(r: Row) -> str:
    if r["tracks_low"] is None:
        return "low: how many flights the sources missed is not known"
    return "moderate: counted in the report’s own unit; what the reporter counted is not known in detail"
