"""Who may use an airfield, and who holds it: dated facts, each with its source and grade.

``data/access.csv``: a row is about one airfield (``ident``) or, where that is empty, a whole country.
``operator_class`` as in ``world.airspace``, or ``all``; ``only_to``: the row holds for flights with an end
in one of these countries. Where no row holds the answer is ``own`` in the operator's own country, elsewhere
``unknown``. A status says what a source reports,
never what anyone intends.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final

from waystation.terms.errors import InputError

__all__ = ["ACCESS", "AccessFact", "access_of", "load_access", "parse_access"]

ACCESS: Final = ("open", "own", "unknown", "doubtful", "closed")
_HOME: Final = {"russian-state": "RU", "russian-civil": "RU"}  # whose aircraft they are
_COLUMNS: Final = (
    *("ident", "country", "operator_class", "only_to", "from", "to"),
    *("status", "control", "grade", "source", "says"),
)


@dataclass(frozen=True)
class AccessFact:
    """One fact. ``until``: the last day on which it held, None while it holds."""

    ident: str
    country: str
    operator_class: str
    only_to: tuple[str, ...]
    since: date
    until: date | None
    status: str
    control: str
    grade: str
    source: str
    says: str

    def holds(self, ident: str, country: str, on: date, operator_class: str, ends: tuple[str, ...]) -> bool:
        """Say whether the fact is about this airfield, day, class and flight (``ends``: its countries)."""
        about = self.ident == ident if self.ident else self.country == country
        dated = self.since <= on and (self.until is None or on <= self.until)
        meant = self.operator_class in {"all", operator_class}
        return about and dated and meant and (not self.only_to or bool(set(self.only_to) & set(ends)))


@lru_cache(maxsize=1)
def load_access() -> tuple[AccessFact, ...]:
    """Return the facts that travel in the package."""
    text = (files("waystation.world") / "data" / "access.csv").read_text(encoding="utf-8")
    return parse_access(text, "access.csv")


def parse_access(text: str, where: str) -> tuple[AccessFact, ...]:
    """Read facts from CSV ``text``; ``where`` names it in errors. Raises ``InputError`` with line, value."""
    rows = csv.DictReader(io.StringIO(text))
    missing = [c for c in _COLUMNS if c not in (rows.fieldnames or ())]
    if missing:
        raise InputError(f"{where} has no column {', '.join(missing)}; it needs {', '.join(_COLUMNS)}")
    return tuple(_fact(row, f"{where}, line {rows.line_num}") for row in rows)


def access_of(
    ident: str,
    country: str,
    on: date,
    operator_class: str,
    *,
    ends: tuple[str, ...] = (),
    facts: tuple[AccessFact, ...] | None = None,
) -> tuple[str, str]:
    """Return (status, reason) of one airfield on one day. A row on the airfield beats one on its country.

    Of several rows that hold, the strictest speaks; ``ends``: countries of the whole demand's two ends.
    """
    known = load_access() if facts is None else facts
    held = [f for f in known if f.holds(ident, country, on, operator_class, ends)]
    own = [f for f in held if f.ident]
    if not held and country == _HOME.get(operator_class):
        return "own", "the operator's own country; no source speaks of this airfield"
    if not held:
        return "unknown", "no source of ours says who may use it"
    worst = max(own or held, key=lambda f: (ACCESS.index(f.status), f.since))
    shut = [f for f in held if f.status == "closed"]
    fact = shut[0] if shut else worst
    return fact.status, f"{fact.control}: {fact.says} ({fact.grade}, {fact.source})"


def _fact(row: dict[str, str], where: str) -> AccessFact:
    if row["status"] not in ACCESS:
        raise InputError(f"{where}: status = {row['status']!r}; write one of {', '.join(ACCESS)}")
    since = _day(row["from"], where)
    if since is None:
        raise InputError(f"{where}: a fact needs the date from which it holds (column from)")
    return AccessFact(
        ident=row["ident"].strip(),
        country=row["country"].strip(),
        operator_class=row["operator_class"].strip(),
        only_to=tuple(row["only_to"].split()),
        since=since,
        until=_day(row["to"], where),
        status=row["status"],
        control=row["control"],
        grade=row["grade"],
        source=row["source"],
        says=row["says"],
    )


def _day(text: str, where: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise InputError(f"{where}: {text.strip()!r} is not a date; write it as 2024-12-08") from None
