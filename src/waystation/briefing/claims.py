"""All claims of a briefing, answers first. A question that this version cannot answer gets a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from waystation.briefing.claim_row import renders
from waystation.briefing.claims_general import general_claims
from waystation.briefing.claims_rate import rate_claims
from waystation.briefing.wording import day_text
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waystation.briefing.places import Places
    from waystation.terms.case_view import CaseView, Question

__all__ = ["Note", "build_claims", "question_text"]


@dataclass(frozen=True)
class Note:
    """A question without a claim, and why."""

    question_id: str
    question: str
    text: str


def build_claims(
    tables: Mapping[str, pa.Table], case: CaseView, places: Places
) -> tuple[pa.Table, tuple[Note, ...]]:
    """Return the ``claims`` table, answers first and no id twice, and the questions left unanswered."""
    rows = []
    notes = []
    for q in case.questions:
        found = list(rate_claims(q, tables, case, places)) if q.kind == "rate" else []
        rows += found
        if not found:
            notes.append(Note(q.id, question_text(q, places), _why_not(q)))
    rows += general_claims(tables, case, places)
    once = {r["claim_id"]: r for r in reversed(rows) if renders(r)}
    kept = [once[i] for i in dict.fromkeys(r["claim_id"] for r in rows) if i in once]
    return pa.Table.from_pylist(kept, schema=TABLES["claims"]), tuple(notes)


def question_text(q: Question, places: Places) -> str:
    """The question in one plain sentence."""
    way = f"from {places.name(q.route[0])} to {places.name(q.route[1])}" if q.route else "on the route"
    site = places.name(q.site) if q.site else None
    event = f" around “{q.event}”" if q.event else ""
    since = f" since {day_text(q.since)}" if q.since else ""
    to = f" to {places.name(q.to)}" if q.to else ""
    texts = {
        "rate": f"How many flights a day flew {way}{since}?",
        "hub-shift": f"Did {'the hub ' + site if site else 'any hub'} move{event}, when, and to where?",
        "outflow": f"Where do flights out of {site or 'each site'} go, before and after{event}?",
        "rotation": f"Do itineraries{to} fit the earlier pattern{event}?",
        "via": f"Through which stopovers do flights {way} go{event}?",
        "stopover": f"Which airfields could carry a flight {way}{' by ' + q.type if q.type else ''}?",
        "published": f"How do the published counts in {q.counts} compare with the tracks?",
    }
    return texts.get(q.kind, f"A question of kind “{q.kind}”.")


def _why_not(q: Question) -> str:
    if q.kind != "rate":
        return f"Questions of kind “{q.kind}” are not answered by this version. Nothing is claimed."
    if q.route is None:
        return "A rate question needs a route, and this one names none. Nothing is claimed."
    return "The question's dates leave no day of the case's period. Nothing is claimed."
