"""The machine twin: what the page says, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.ledger import ledger
from waystation.briefing.questions import question_text

if TYPE_CHECKING:
    import pyarrow as pa

    from waystation.briefing.claims import Claimed
    from waystation.briefing.places import Places
    from waystation.terms.case_view import CaseView

__all__ = ["FORM", "twin"]

FORM = "waystation-briefing/1"
_WHOLE: Final = ("changes", "comparisons", "trends", "hubs", "substitutions", "published")
"""Small tables that the twin carries whole; of the large ones it tells the number of rows."""


def twin(
    tables: Mapping[str, pa.Table],
    claimed: Claimed,
    case: CaseView,
    places: Places,
    manifest: Mapping[str, Any],
) -> dict[str, Any]:
    """Plain values only (text, numbers, lists, objects); times as ISO 8601 in UTC."""
    document = {
        "form": FORM,
        "title": case.title,
        "simulated": case.simulated,
        "period": {"from": case.period_from, "to": case.period_to},
        "questions": [
            {
                "id": q.id,
                "kind": q.kind,
                "text": question_text(q, places, case),
                "route": q.route,
                "claims": claimed.asked.get(q.id, ()),
            }
            for q in case.questions
        ],
        "claims": claimed.claims.to_pylist(),
        "not_answered": _noted(claimed, answered=False),
        "cannot_tell": _noted(claimed, answered=True),
        "airfields": [
            {"ident": p.ident, "name": p.name, "lat": p.lat, "lon": p.lon} for p in places.known.values()
        ],
        "routes": tables["routes"].to_pylist() if "routes" in tables else [],
        **{name: tables[name].to_pylist() if name in tables else [] for name in _WHOLE},
        "rows": {name: t.num_rows for name, t in sorted(tables.items())},
        "observations": ledger(tables, case),
        "overrides": list(manifest.get("overrides", ())),
        "sources": tables["sources"].to_pylist() if "sources" in tables else [],
        "manifest": dict(manifest),
    }
    plain = _plain(document)
    assert isinstance(plain, dict)
    return plain


def _noted(claimed: Claimed, *, answered: bool) -> list[dict[str, str]]:
    return [
        {"question": n.question_id, "text": n.question, "why": n.text}
        for n in claimed.notes
        if bool(claimed.asked.get(n.question_id)) is answered
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - not a number is not JSON
        return None
    return value
