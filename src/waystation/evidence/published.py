"""Published counts beside what the tracks say, each in the unit of the report (docs/rules/published.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from waystation.evidence.counted import Counted, FlightOdds, count_in, flights_with_odds
from waystation.evidence.report_words import Report, read_report
from waystation.terms.claim_query import among, when
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.terms.case_view import CaseView

__all__ = ["PublishedRules", "published_of"]


@dataclass(frozen=True)
class PublishedRules:
    """When a report and the tracks can stand side by side."""

    covered: float = 0.9  # of the report's days; a total over fewer is a smaller total
    covered_rate: float = 0.5  # of the report's days, where the unit is a rate


def published_of(
    rows: Sequence[Mapping[str, str]],
    tables: Mapping[str, pa.Table],
    case: CaseView,
    countries: Mapping[str, str],
    rules: PublishedRules | None = None,
) -> pa.Table:
    """Return ``published``: one row per report, in the order given.

    ``rows``: the CSV's, with columns id, actor, origin, destination, aircraft, from, to, count, qualifier,
    unit, source, says; both days included. ``tables``: flights, candidates. ``countries``: ident → ISO code.
    ``tracks_value`` counts flights whose ends are named; ``tracks_low`` and ``tracks_high`` are the
    5 % and 95 % quantiles of the count given every end's probabilities, and hold the value. What the sources
    missed is in neither. ``to_utc`` is the end of the last day.
    """
    rules = rules or PublishedRules()
    odds = flights_with_odds(tables["flights"], tables["candidates"])
    made = [_row(read_report(r, case, countries), odds, case, rules) for r in rows]
    return pa.Table.from_pylist(made, schema=TABLES["published"])


def _row(r: Report, odds: Sequence[FlightOdds], case: CaseView, rules: PublishedRules) -> dict[str, Any]:
    out = dict(r.as_given) | {
        "from_utc": _midnight(r.first),
        "to_utc": _midnight(r.last + timedelta(days=1)) if r.last else None,
        "comparable": False,
    }
    faults, notes = list(r.faults), list(r.notes)
    span = _span(r, case, odds)
    if span is None and not faults:
        faults.append("the tracks cover none of its days")
    fleet = [f for f in odds if r.is_actor(f)]
    if not faults and not fleet:
        faults.append(f"nobody in the tracks is known as {r.actor}")
    if faults or span is None:
        return out | {"reason": "; ".join([*faults, *notes])}
    days = (span[1] - span[0]).days + 1
    asked = (r.last - r.first).days + 1 if r.first and r.last else days
    mine = [f for f in fleet if span[0] <= f.day <= span[1] and (not r.types or f.type in r.types)]
    found = count_in(r.unit, mine, r.origins, r.destinations, days)
    share = days / asked
    enough = share >= (rules.covered_rate if r.unit == "flights a day" else rules.covered)
    if share < 1:
        notes.insert(0, f"the tracks cover {days} of its {asked} days, {span[0]} to {span[1]}")
    notes.append(f"expected from the ends’ probabilities: {found.expected:.1f}")
    notes.append("not corrected for what the sources did not hear")
    return out | {
        "tracks_value": found.value,
        "tracks_low": found.low,
        "tracks_high": found.high,
        "comparable": enough,
        "reason": "; ".join(notes),
        "query": _query(r, span, days, found, mine, odds),
    }


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def _span(r: Report, case: CaseView, odds: Sequence[FlightOdds]) -> tuple[date, date] | None:
    """Days that both the report and the case speak of."""
    if r.first is None or r.last is None:
        return None
    first = case.period_from or min((f.day for f in odds), default=r.first)
    last = case.period_to or max((f.day for f in odds), default=r.last)
    both = max(first, r.first), min(last, r.last)
    return both if both[0] <= both[1] else None


def _query(
    r: Report,
    span: tuple[date, date],
    days: int,
    found: Counted,
    mine: Sequence[FlightOdds],
    odds: Sequence[FlightOdds],
) -> str | None:
    """The claim query that gives the value again; None where the language cannot say it."""
    if found.measure is None:
        return None
    measure = found.measure.format(days=days)
    begin, end = _midnight(span[0]), _midnight(span[1] + timedelta(days=1))
    assert begin is not None
    assert end is not None
    parts = [f"first_seen_utc >= {when(begin)}", f"first_seen_utc < {when(end)}"]
    for column, places in (("origin", r.origins), ("destination", r.destinations)):
        if places is not None:
            parts.append(among(column, sorted(places)))
    if r.types:
        parts.append(among("type", sorted(r.types)))
    own = {f.flight_id for f in mine}
    if any(f.flight_id not in own for f in odds if _fits(f, span, r)):  # the actor's aircraft among others
        parts.append(among("icao24", sorted({f.icao24 for f in mine})) if mine else 'icao24 = ""')
    return f"{measure} of flights where {' and '.join(parts)}"


def _fits(f: FlightOdds, span: tuple[date, date], r: Report) -> bool:
    here = span[0] <= f.day <= span[1] and (not r.types or f.type in r.types)
    return here and f.named(r.origins, r.destinations)
