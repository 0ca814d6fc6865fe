"""Questions of a case in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waystation.briefing.places import way_text
from waystation.briefing.wording import day_text

if TYPE_CHECKING:
    from waystation.briefing.places import Places
    from waystation.terms.case_view import CaseView, Question

__all__ = ["question_text"]


def question_text(q: Question, places: Places, case: CaseView) -> str:
    """The question in one plain sentence; events go by their names."""
    event = next((f"“{e.name or e.id}”" for e in case.events if e.id == q.event), f"“{q.event}”")
    if not q.event:
        event = ""
    way = way_text(*q.route, places) if q.route else "on the route"
    site = places.name(q.site) if q.site else None
    around = f" around {event}" if event else ""
    sides = f", before and after {event}" if event else ""
    since = f" since {day_text(q.since)}" if q.since else ""
    to = f" to {places.name(q.to)}" if q.to else ""
    by = f" by {q.type}" if q.type else ""
    texts = {
        "rate": f"How many flights a day flew {way}{by}{since}?",
        "hub-shift": f"Did {'the hub ' + site if site else 'any hub'} move{around}, when, and to where?",
        "outflow": f"Where do flights out of {site or 'each site'} go{sides}?",
        "rotation": f"Do itineraries{to} {'since ' + event + ' ' if event else ''}fit the earlier pattern?",
        "via": f"Through which stopovers do flights {way} go{sides}?",
        "stopover": f"Which airfields could carry a flight {way}{by}?",
        "published": f"How do the published counts in {q.counts} compare with the tracks?",
    }
    return texts.get(q.kind, f"A question of kind “{q.kind}”.")
