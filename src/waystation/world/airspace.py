"""Which airspace was closed to whom on a date: rules as data, each with its source and grade.

``data/airspace_rules.csv`` has one row per rule: ``area`` is a list of ISO 3166-1 alpha-2 codes (kind
``country``) or of ``lat lon`` pairs parted by semicolons (kind ``polygon``; its edges are great circles).
``refused``: russian-state | russian-civil | russian (both) | all. ``only_to``: the rule holds only for
flights with an end in one of these countries. docs/rules/ways.md tells what is left out.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from waystation.terms.errors import InputError
from waystation.world.closed_shapes import ClosedAreas, ShapeRules, close
from waystation.world.country_shapes import country_shape

__all__ = [
    "OPERATOR_CLASSES",
    "REFUSABLE",
    "AirspaceRule",
    "ClosedAreas",
    "closed_areas",
    "load_airspace_rules",
    "parse_airspace_rules",
    "rules_in_force",
]

OPERATOR_CLASSES: Final = ("russian-state", "russian-civil", "other")
_REFUSES: Final = {
    "all": frozenset(OPERATOR_CLASSES),
    "russian": frozenset({"russian-state", "russian-civil"}),
    "russian-state": frozenset({"russian-state"}),
    "russian-civil": frozenset({"russian-civil"}),
    "other": frozenset({"other"}),
}
REFUSABLE: Final = tuple(_REFUSES)
_COLUMNS: Final = ("name", "kind", "area", "from", "to", "refused", "only_to", "grade", "source", "note")


@dataclass(frozen=True)
class AirspaceRule:
    """One closure. ``until`` is the last day on which it held, None while it holds; ``area``: see above.

    ``opens``: it takes back instead what earlier rules closed, for the ``refused``: countries out of their
    areas, or a whole rule by its name (kind ``named``).
    """

    name: str
    kind: str
    area: str
    since: date
    until: date | None
    refused: str
    only_to: tuple[str, ...]
    grade: str
    source: str
    note: str
    opens: bool = False

    def holds(self, on: date, operator_class: str, to: tuple[str, ...] | None) -> bool:
        """Say whether the rule refuses this class on this date to flights with these countries as ends."""
        return (
            self.since <= on
            and (self.until is None or on <= self.until)
            and operator_class in _REFUSES[self.refused]
            and (not self.only_to or (not self.opens if to is None else bool(set(self.only_to) & set(to))))
        )


@cache
def load_airspace_rules() -> tuple[AirspaceRule, ...]:
    """Read the rules shipped in the package (once)."""
    text = (files("waystation.world") / "data" / "airspace_rules.csv").read_text(encoding="utf-8")
    return parse_airspace_rules(text, "airspace_rules.csv")


def parse_airspace_rules(text: str, where: str) -> tuple[AirspaceRule, ...]:
    """Read rules from CSV ``text``; ``where`` names it in errors. Raises ``InputError``."""
    rows = csv.DictReader(io.StringIO(text))
    missing = [c for c in _COLUMNS if c not in (rows.fieldnames or ())]
    if missing:
        raise InputError(
            f"{where} has no column {', '.join(missing)}: airspace rules need {', '.join(_COLUMNS)}"
        )
    return tuple(_rule(row, f"{where}, line {rows.line_num}") for row in rows)


def _rule(row: dict[str, str], where: str) -> AirspaceRule:
    kind, refused = row["kind"].strip(), row["refused"].strip()
    if refused not in _REFUSES:
        raise InputError(f"{where}: refused = {refused!r}; write one of {', '.join(_REFUSES)}")
    if kind not in {"country", "polygon"}:
        raise InputError(f"{where}: kind = {kind!r}; write country or polygon")
    since = _day(row["from"], where)
    if since is None:
        raise InputError(f"{where}: a rule needs the date from which it holds (column from)")
    return AirspaceRule(
        name=row["name"].strip(),
        kind=kind,
        area=row["area"].strip(),
        since=since,
        until=_day(row["to"], where),
        refused=refused,
        only_to=tuple(row["only_to"].split()),
        grade=row["grade"].strip(),
        source=row["source"].strip(),
        note=row["note"].strip(),
    )


def _day(text: str, where: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InputError(f"{where}: {text.strip()!r} is not a date; write it as 2022-02-27") from None


def rules_in_force(
    on: date,
    operator_class: str,
    *,
    to: tuple[str, ...] | None = None,
    more: tuple[AirspaceRule, ...] = (),
) -> tuple[AirspaceRule, ...]:
    """Return the shipped rules, and ``more`` (of a case), that hold for this class on this date.

    A rule that opens takes back what rules before it closed, and stands in no answer itself.
    ``to``: ISO codes of the countries of both ends. Rules for flights to named countries hold when an end is
    in one of them, and also when ``to`` is None: who does not say where the flight goes gets every closure.
    Raises ``InputError`` for an unknown class.
    """
    if operator_class not in OPERATOR_CLASSES:
        raise InputError(
            f"operator class {operator_class!r} is unknown; write one of {', '.join(OPERATOR_CLASSES)}"
        )
    held: list[AirspaceRule] = []
    for rule in (*load_airspace_rules(), *more):
        if rule.holds(on, operator_class, to):
            held = _opened(held, rule) if rule.opens else [*held, rule]
    return tuple(held)


def _opened(held: list[AirspaceRule], by: AirspaceRule) -> list[AirspaceRule]:
    """Return the rules without what ``by`` opens; one of which nothing is left is gone."""
    if by.kind == "named":
        return [r for r in held if r.name != by.area]
    codes = set(by.area.split())
    left = [
        replace(r, area=" ".join(c for c in r.area.split() if c not in codes)) if r.kind == "country" else r
        for r in held
    ]
    return [r for r in left if r.area]


def closed_areas(
    on: date,
    operator_class: str,
    *,
    to: tuple[str, ...] | None = None,
    more: tuple[AirspaceRule, ...] = (),
) -> ClosedAreas:
    """Return what is closed to ``operator_class`` on ``on``; arguments as of ``rules_in_force``.

    The same set of rules gives the same object, whatever the date, so that its graph is made once.
    """
    return _closed(rules_in_force(on, operator_class, to=to, more=more))


@lru_cache(maxsize=32)
def _closed(rules: tuple[AirspaceRule, ...]) -> ClosedAreas:
    return close([(r.name, ring) for r in rules for ring in _rings(r)], ShapeRules())


def _rings(rule: AirspaceRule) -> list[list[tuple[float, float]]]:
    if rule.kind == "country":
        return [ring for code in rule.area.split() for ring in country_shape(code).rings]
    try:
        pairs = [tuple(float(x) for x in pair.split()) for pair in rule.area.split(";") if pair.strip()]
        return [[(lat, lon) for lat, lon in pairs]]
    except ValueError:
        raise InputError(
            f"airspace rule {rule.name!r}: area {rule.area[:60]!r} is not a list 'lat lon; lat lon; …'"
        ) from None
