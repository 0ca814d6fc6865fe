"""Rate questions that ask for the same route by several types are one answer: one table, every number linked.

Nothing is left out: each claim keeps its sentence, interval and grounds in the list under the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.questions import question_text
from waystation.briefing.rate_rows import TypeRate, type_rates
from waystation.briefing.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waystation.briefing.asked import Asked
    from waystation.briefing.places import Places
    from waystation.terms.case_view import CaseView, Question

__all__ = ["HEADED", "LISTED", "asked_text", "measure_of", "rate_lines", "together", "type_of"]

Claim = Mapping[str, Any]

_OPENINGS: Final = {
    "count of ": "named",
    "the n_expected of ": "expected",
    "the per_day of ": "corrected",
    "chance above ": "many",
    "at least ": "least",
    "count / ": "heard",
}
HEADED: Final = ("named", "expected", "corrected", "many")
"""Measures whose claims stand in large letters; the first three are never shown alone."""
LISTED: Final = (*HEADED, "least", "heard")


def together(questions: Iterable[Question]) -> list[list[Question]]:
    """Questions in the case's order; rate questions that differ only in the type are one, all types first."""
    groups: dict[object, list[Question]] = {}
    for q in questions:
        one = (q.route, q.since) if q.kind == "rate" and q.route else q.id
        groups.setdefault(one, []).append(q)
    return [sorted(group, key=lambda q: q.type is not None) for group in groups.values()]


def asked_text(group: Sequence[Question], places: Places, case: CaseView) -> str:
    """The questions of a group in one sentence: ``…, in all and by type (A124 and IL76)?``."""
    types = [q.type for q in group if q.type]
    if len(group) == 1 or not types:
        return question_text(group[0], places, case)
    whole = "in all and " if len(types) < len(group) else ""
    text = question_text(replace(group[0], type=None), places, case)
    return f"{text.removesuffix('?')}, {whole}by {listed(types)}?"


def measure_of(claim: Claim) -> str:
    """Which of ``LISTED`` a rate claim states; empty for others, such as the date of a change."""
    return next((name for start, name in _OPENINGS.items() if claim["query"].startswith(start)), "")


def rate_lines(group: Sequence[Asked], claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """One line a type, all types first: the row of ``rates``, and the claims by measure."""
    rows: dict[str | None, TypeRate] = {}
    for asked in group:
        for row in type_rates(asked):
            rows.setdefault(row.kind, row)
    said: dict[tuple[str | None, str], Claim] = {}
    for claim in claims:
        said.setdefault((type_of(claim), measure_of(claim)), claim)
    order = sorted(rows, key=lambda k: k is not None)  # all types first, the others as they came
    return [{"rate": rows[k], "said": {m: said.get((k, m)) for m in LISTED}} for k in order]


def type_of(claim: Claim) -> str | None:
    """Which type of aircraft a rate claim counts; None for all."""
    found = re.search(r' and type = "([^"]*)"', claim["query"])
    return found[1] if found else None
