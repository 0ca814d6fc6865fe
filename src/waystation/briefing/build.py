"""Tables in; claims, page and machine twin out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waystation.briefing.claims import build_claims
from waystation.briefing.document import twin
from waystation.briefing.page import render
from waystation.briefing.places import Airfields, look_up
from waystation.terms.schema import empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from waystation.terms.case_view import CaseView

__all__ = ["Briefing", "build"]

_IDENTS = (
    ("flights", ("origin", "destination")),
    ("candidates", ("airfield",)),
    ("visits", ("airfield",)),
    ("hubs", ("airfield",)),
    ("substitutions", ("lost_hub", "substitute")),
    ("published", ("origin", "destination")),
)
_NEEDED = ("flights", "ends", "candidates", "gaps", "routes", "sources", "aircraft")


@dataclass(frozen=True)
class Briefing:
    """``claims``: the table. ``html``: one self-contained file. ``document``: its JSON twin."""

    claims: pa.Table
    html: str
    document: dict[str, Any]


def build(
    tables: Mapping[str, pa.Table],
    case: CaseView,
    tracks: pa.Table | None,
    airfields: Airfields,
    manifest: Mapping[str, Any],
) -> Briefing:
    """Return the briefing of a case.

    ``tables``: at least ``flights`` and ``ends``, overrides already applied; what else is missing counts as
    empty. ``tracks``: positions, degrees, with ``mask`` if known, sorted by address and time; None draws no
    tracks. ``manifest``: as evidence.manifest makes it; only ``overrides``, ``versions``, ``rules`` and
    ``tables`` are read. No table is changed.
    """
    known = {**{name: empty(name) for name in _NEEDED}, **tables}
    idents = {
        i
        for table, columns in _IDENTS
        if table in known
        for column in columns
        for i in known[table].column(column).unique().to_pylist()
        if i is not None
    }
    asked = {i for q in case.questions for i in (*(q.route or ()), q.site, q.to) if i is not None}
    places = look_up(airfields, idents | asked, case)
    claimed = build_claims(known, case, places)
    return Briefing(
        claims=claimed.claims,
        html=render(known, claimed, case, tracks, places, manifest),
        document=twin(known, claimed, case, places, manifest),
    )
