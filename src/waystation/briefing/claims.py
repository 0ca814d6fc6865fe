"""All claims of a briefing, answers first. What cannot be told gets a note instead of a claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from waystation.briefing.asked import Asked, Note
from waystation.briefing.claim_row import renders
from waystation.briefing.claims_flown import change_claims, flown_claims, flown_notes, type_claims
from waystation.briefing.claims_general import general_claims
from waystation.briefing.claims_hub import hub_claims
from waystation.briefing.claims_outflow import outflow_claims
from waystation.briefing.claims_published import published_claims
from waystation.briefing.claims_rate import rate_claims
from waystation.briefing.claims_rotation import rotation_claims
from waystation.briefing.claims_stopover import stopover_claims
from waystation.briefing.claims_via import via_claims
from waystation.briefing.hub_rows import hub_untold
from waystation.briefing.questions import question_text
from waystation.briefing.simulated import in_simulated
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from waystation.briefing.places import Places
    from waystation.terms.case_view import CaseView

__all__ = ["Claimed", "build_claims"]


@dataclass(frozen=True)
class Claimed:
    """``claims``: the table, answers first. ``asked``: question id → ids of its claims, in order."""

    claims: pa.Table
    asked: Mapping[str, tuple[str, ...]]
    notes: tuple[Note, ...]


def build_claims(tables: Mapping[str, pa.Table], case: CaseView, places: Places) -> Claimed:
    """Make every claim of the case, no id twice, each beginning as simulated where the tracks are."""
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    by_question: dict[str, tuple[str, ...]] = {}
    for q in case.questions:
        asked = Asked(q, tables, case, places)
        found = [r for r in _RULES.get(q.kind, _none)(asked) if renders(r)]
        by_question[q.id] = tuple(dict.fromkeys(r["claim_id"] for r in found))
        rows += found
        text = question_text(q, places, case)
        if not found:
            notes.append(Note(q.id, text, _why_not(asked)))
        elif q.kind == "rate":
            notes += flown_notes(asked, text)
    rows += [r for r in general_claims(tables, case, places) if renders(r)]
    once = {r["claim_id"]: r for r in reversed(rows)}
    kept = [_worded(once[i], case) for i in dict.fromkeys(r["claim_id"] for r in rows)]
    return Claimed(pa.Table.from_pylist(kept, schema=TABLES["claims"]), by_question, tuple(notes))


def _worded(row: dict[str, Any], case: CaseView) -> dict[str, Any]:
    if not case.simulated:
        return row
    modelled = row["question"].startswith("stopover")
    return row | {"sentence": in_simulated(row["sentence"], modelled=modelled)}


def _rate(asked: Asked) -> Iterator[dict[str, Any]]:
    """Named, expected and corrected stand together at the head; then what is heard a day, and by type."""
    heard = list(rate_claims(asked.q, asked.tables, asked.case, asked.places))
    yield from (*heard[:1], *flown_claims(asked), *heard[1:], *change_claims(asked), *type_claims(asked))


def _none(_asked: Asked) -> Iterable[dict[str, Any]]:
    return ()


_RULES: Final[Mapping[str, Callable[[Asked], Iterable[dict[str, Any]]]]] = {
    "rate": _rate,
    "hub-shift": hub_claims,
    "outflow": outflow_claims,
    "via": via_claims,
    "rotation": rotation_claims,
    "published": published_claims,
    "stopover": stopover_claims,
}
_NEEDS: Final = {
    "hub-shift": ("changes",),
    "outflow": ("trends", "comparisons", "rates"),
    "via": ("itineraries", "triples"),
    "rotation": ("rotations", "itineraries"),
    "published": ("published",),
    "stopover": ("stopovers",),
}


def _why_not(asked: Asked) -> str:  # noqa: PLR0911 - one line a reason
    """Why a question has no claim at all."""
    q = asked.q
    if q.kind == "rate" and q.route is None:
        return "A rate question needs a route, and this one names none. Nothing is claimed."
    if q.kind == "rate":
        return "The question's dates leave no day of the case's period. Nothing is claimed."
    if q.kind == "via" and q.route is None:
        return "A via question needs a route, and this one names none. Nothing is claimed."
    if q.kind == "rotation" and q.event is None:
        return "A rotation question needs an event, and this one names none. Nothing is claimed."
    if q.event is not None and all(e.id != q.event for e in asked.case.events):
        return f"The case has no event “{q.event}”. Nothing is claimed."
    untold = [w for i in asked.case.sites_of(q.site or "") if (w := hub_untold(asked, i))]
    if q.kind == "hub-shift" and untold:
        return f"This cannot be told: {untold[0]}. Nothing is claimed."
    there = [n for n in _NEEDS[q.kind] if asked.table(n).num_rows]
    tables = " and ".join(f"“{n}”" for n in _NEEDS[q.kind])
    if not there:
        return f"This cannot be told: this run has nothing in the tables {tables}. Nothing is claimed."
    return f"This cannot be told: nothing in the tables {tables} speaks of it. Nothing is claimed."
