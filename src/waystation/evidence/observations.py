"""The ledger of what is not a flight, as a table, each entry beside the flights that it may speak of.

A link says *beside*: the entry names an aircraft, and that aircraft was there about then by its track. It
proves neither. docs/rules/observations.md
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from waystation.terms.errors import CaseError
from waystation.terms.identifiers import content_id
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from waystation.terms.case_view import CaseView, Observation

__all__ = ["ObservationRules", "observations_of"]

Row = dict[str, Any]
_GRADE: Final = re.compile(r"[A-F][1-6]\Z")
_MARK: Final = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")


@dataclass(frozen=True)
class ObservationRules:
    """When an entry of the ledger stands beside a flight."""

    near_days: int = 1  # reports give local days, and the day after
    min_probability: float = 0.05  # a visit less likely than this is not worth a reader's look
    sure: float = 0.9  # that an aircraft was elsewhere is said only of visits as sure as this
    shortest_mark: int = 4  # letters and digits of a registration that is looked for in a text


def observations_of(
    case: CaseView, tables: Mapping[str, pa.Table] | None = None, rules: ObservationRules | None = None
) -> pa.Table:
    """Return ``observations``, sorted by date, with ids from their content.

    ``tables``: ``flights`` and ``visits``, to link entries that name a registration of an aircraft there.
    ``supports``: visits of that aircraft to the entry's site within a day. ``contradicts``: visits that held
    it elsewhere from the day before to the day after. Both begin with "beside". Raises ``CaseError`` for a
    grade that is none, naming the entry.
    """
    rules = rules or ObservationRules()
    visits = _visits(tables or {})
    rows = {row["observation_id"]: row for row in (_row(o, visits, rules) for o in case.observations)}
    ordered = sorted(rows.values(), key=lambda r: (r["date"], r["site"] or "", r["observation_id"]))
    return pa.Table.from_pylist(ordered, schema=TABLES["observations"])


def _row(o: Observation, visits: Mapping[str, list[Row]], rules: ObservationRules) -> Row:
    if o.grade and not _GRADE.match(o.grade):
        raise CaseError(
            f"observation of {o.date} ({o.source}): grade {o.grade!r} is none; "
            "write source A to F, then item 1 to 6, as in B2"
        )
    named = [v for mark in _marks(o.says, rules) for v in visits.get(mark, ())]
    return {
        "observation_id": content_id(o.date, o.site, o.kind, o.source, o.says),
        "date": o.date,
        "site": o.site,
        "kind": o.kind,
        "source": o.source,
        "says": o.says,
        "grade": o.grade,
        "sha256": None,  # nothing was archived: the entry cites its source
        "supports": _links(v for v in named if _there(o, v, rules)),
        "contradicts": _links(v for v in named if _elsewhere(o, v, rules)),
    }


def _marks(text: str, rules: ObservationRules) -> list[str]:
    """Words of a text that may be registrations, without their dashes."""
    words = (m.replace("-", "") for m in _MARK.findall(text.upper()))
    return list(dict.fromkeys(w for w in words if len(w) >= rules.shortest_mark))


def _visits(tables: Mapping[str, pa.Table]) -> dict[str, list[Row]]:
    """Registration without dash → its visits, in time order."""
    if "visits" not in tables or "flights" not in tables:
        return {}
    flights = tables["flights"].select(["icao24", "registration"]).to_pylist()
    marks = {(f["icao24"], f["registration"].replace("-", "").upper()) for f in flights if f["registration"]}
    by_address: dict[str, list[str]] = {}
    for address, mark in sorted(marks):
        by_address.setdefault(address, []).append(mark)
    out: dict[str, list[Row]] = {}
    for v in sorted(
        tables["visits"].to_pylist(), key=lambda v: (str(_span(v)[0]), v["visit_id"], v["airfield"] or "")
    ):
        for mark in by_address.get(v["icao24"], ()):
            out.setdefault(mark, []).append(v)
    return out


def _span(v: Row) -> tuple[date | None, date | None]:
    """First and last day of a visit; a side that is not known is that of the other."""
    arrived, left = v["arrived_utc"], v["left_utc"]
    first, last = arrived or left, left or arrived
    return (first.date() if first else None), (last.date() if last else None)


def _there(o: Observation, v: Row, rules: ObservationRules) -> bool:
    first, last = _span(v)
    if first is None or last is None or o.site is None or v["airfield"] != o.site:
        return False
    near = timedelta(days=rules.near_days)
    return first - near <= o.date <= last + near and (v["probability"] or 0.0) >= rules.min_probability


def _elsewhere(o: Observation, v: Row, rules: ObservationRules) -> bool:
    """On the ground at another airfield from before the day until after it, and surely so."""
    if o.site is None or v["airfield"] in {None, o.site} or v["arrived_utc"] is None or v["left_utc"] is None:
        return False
    near = timedelta(days=rules.near_days)
    sure = (v["probability"] or 0.0) >= rules.sure
    return sure and v["arrived_utc"].date() < o.date - near and v["left_utc"].date() > o.date + near


def _links(visits: Iterable[Row]) -> str | None:
    texts = []
    for v in visits:
        flights = " and ".join(f for f in (v["arrival_flight"], v["departure_flight"]) if f)
        first, last = _span(v)
        days = str(first) if first == last else f"{first} to {last}"
        texts.append(
            f"beside flight {flights}: at {v['airfield']} {days}, probability {v['probability']:.2f}"
        )
    return "; ".join(dict.fromkeys(texts)) or None
