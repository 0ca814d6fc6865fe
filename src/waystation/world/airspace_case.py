"""The airspace of a case as rules: rows of ``[[airspace]]`` beside those that ship."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from waystation.world.airspace import AirspaceRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from waystation.terms.case_view import Airspace

__all__ = ["case_rules"]


def case_rules(given: Iterable[Airspace], scenario: str | None = None) -> tuple[AirspaceRule, ...]:
    """Return the rules that a case adds, in its order: those of no scenario, and those of this one."""
    return tuple(r for a in given if a.scenario in {None, scenario} for r in _rules(a))


def _rules(a: Airspace) -> Iterator[AirspaceRule]:
    codes = [c for c in a.open if _is_code(c)]
    areas = [("country", " ".join(part), opens) for part, opens in ((a.closed, False), (codes, True)) if part]
    areas += [("named", name, True) for name in a.open if not _is_code(name)]
    areas += [("polygon", "; ".join(f"{lat:g} {lon:g}" for lat, lon in ring), False) for ring in a.rings]
    for kind, area, opens in areas:
        yield AirspaceRule(
            name=a.name,
            kind=kind,
            area=area,
            since=a.since or date.min,
            until=a.until,
            refused=a.operator_class,
            only_to=a.only_to,
            grade=a.grade or "",
            source=a.source or "",
            note=a.note or "",
            opens=opens,
        )


def _is_code(text: str) -> bool:
    return len(text) == 2 and text.isupper()
