"""One claim: one sentence, one number, the query and the rows behind it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from waystation.briefing.likelihood import likelihood_word
from waystation.terms.claim_query import Answer, answer
from waystation.terms.identifiers import content_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

__all__ = ["COVERAGE_UNKNOWN", "Draft", "claim", "renders"]

COVERAGE_UNKNOWN = (
    "Not corrected for coverage: a flight that no receiver heard is not in it, and a change in coverage "
    "would look like a change in flights."
)


@dataclass(frozen=True)
class Draft:
    """What a rule says before its rows are counted. ``confidence``: level, colon, reason."""

    question: str
    query: str
    unit: str
    assumptions: str
    would_change: str
    confidence: str


def claim(
    draft: Draft,
    sentence: str,
    tables: Mapping[str, pa.Table],
    *,
    interval: tuple[float, float] | None = None,
    simulated: bool = False,
    found: Answer | None = None,
) -> dict[str, Any]:
    """Return a ``claims`` row whose value, rows and probability come from running the draft's query.

    A rule that needs the number for its ``sentence`` passes the answer it read as ``found``. The id
    depends on question and query only: it survives a run that changes the number.
    """
    got = found or answer(draft.query, tables)
    return {
        "claim_id": "claim-" + content_id(draft.question, draft.query, length=10),
        "question": draft.question,
        "sentence": sentence,
        "value": got.value,
        "low": None if interval is None else float(interval[0]),
        "high": None if interval is None else float(interval[1]),
        "unit": draft.unit,
        "probability": got.probability,
        "likelihood": likelihood_word(got.probability),
        "confidence": draft.confidence,
        "row_ids": list(got.row_ids),
        "query": draft.query,
        "assumptions": draft.assumptions,
        "would_change": draft.would_change,
        "simulated": simulated,
    }


def renders(row: Mapping[str, Any]) -> bool:
    """Law 7: a claim without rows does not render, unless it states that there are none.

    Nor does one without a number: what cannot be told is said in a note.
    """
    return row["value"] == 0 or (
        bool(row["row_ids"]) and row["value"] is not None and not isnan(row["value"])
    )
