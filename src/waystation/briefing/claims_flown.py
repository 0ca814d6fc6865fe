"""The rest of a rate answer: expected, corrected for coverage, by type, more than one a day, absence.

``claims_rate`` counts what was heard and named. Here stands what can be said beyond it, from ``rates`` and
``exposures``; what cannot be said becomes a note. Named, expected and corrected never stand alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from waystation.briefing.asked import Asked, Note, Said, midnight, moment, state
from waystation.briefing.claims_changed import date_claim, found_changes
from waystation.briefing.claims_general import named_interval
from waystation.briefing.claims_rate import ENDS, rate_window, route_name, route_rows, route_where
from waystation.briefing.likelihood import it_is
from waystation.briefing.rate_rows import exposure_of, rate_row, span_text, subject_of, types_of
from waystation.briefing.wording import counted, number_text, percent_text, value_text
from waystation.terms.claim_query import answer, quoted
from waystation.terms.counts import LEVEL, count_distribution
from waystation.terms.whereabouts import whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waystation.briefing.claims_rate import RateWindow

__all__ = ["change_claims", "flown_claims", "flown_notes", "type_claims"]

Row = dict[str, Any]
MANY_A_DAY: Final = 1

_CORRECTED: Final = (
    "Flights come at a steady rate, and those that were not heard flew like those that were. Exposure is the "
    "days times the probability that a flight of the route is heard and can be told as one; its own "
    "uncertainty is in the interval."
)
_STEPS: Final = (
    "The rate is corrected for coverage and steady between its changes; a change is reported where two "
    "levels explain the flights at least ten times better than one. The method was given no date."
)
_GAMMA: Final = "The rate has the Gamma distribution that has the interval printed with the corrected rate."
_EXPECTED: Final = (
    "The probabilities of both ends of every flight, multiplied and summed: flights that no receiver heard "
    "are not in it. The interval takes the ends as independent."
)
_TYPES: Final = (
    "Types are those that the sources or a register give to the address. Not corrected for coverage."
)
_WOULD: Final = (
    "A better measured reception on the way; days that the sources lack; ends that turn out otherwise."
)
_MEASURED: Final = "moderate: reception was measured from all traffic; no second network was compared"
_UNMEASURED: Final = "low: how many flights no receiver heard is not known"


def flown_claims(asked: Asked) -> Iterator[Row]:
    """Yield what goes beyond the count: expected, corrected, more than one a day; absence."""
    window = rate_window(asked.table("flights"), asked.case, asked.q.since)
    if window is None or asked.q.route is None:
        return
    row, name = rate_row(asked, asked.q.type, window), route_name(asked.q, asked.places)
    base = _base(asked, row)
    if row is not None:
        yield from _expected(asked, base, row, window, name)
        yield from _corrected(asked, base, row, name)
    if not route_rows(asked.table("flights"), asked.q, asked.case, window).num_rows:
        yield from _absence(asked, base, window, name)


def type_claims(asked: Asked) -> Iterator[Row]:
    """Yield, for a question about all types, each type's named flights and its corrected rate."""
    window = rate_window(asked.table("flights"), asked.case, asked.q.since)
    if window is None or asked.q.route is None or asked.q.type is not None:
        return
    base = _base(asked, rate_row(asked, None, window))
    own = {q.type for q in asked.case.questions if q.kind == "rate" and q.route == asked.q.route}
    for kind in types_of(asked, window):
        if kind not in own:  # a question of its own answers it
            yield from _by_type(asked, base, window, kind, route_name(asked.q, asked.places))


def change_claims(asked: Asked) -> Iterator[Row]:
    """Yield the dates at which the route's rate was found to change, all types together."""
    if asked.q.route is None or asked.q.type is not None:
        return
    changes = found_changes(asked, subject_of(asked), "rate")
    base = Said(subject_of(asked), "", "", _STEPS, _WOULD, _MEASURED)
    for r in changes:
        what = f"The rate of flights {route_name(asked.q, asked.places)}"
        yield from date_claim(asked, base, r, what, several=len(changes) > 1)


def _base(asked: Asked, row: Row | None) -> Said:
    measured = row is not None and row["per_day"] is not None
    why = _MEASURED if measured else _UNMEASURED
    return Said(subject_of(asked), "", "", _CORRECTED, _WOULD, why)


def flown_notes(asked: Asked, question: str) -> Iterator[Note]:
    """Say what cannot be told: how many flew, where the exposure is not known."""
    window = rate_window(asked.table("flights"), asked.case, asked.q.since)
    if window is None or asked.q.route is None:
        return
    row = rate_row(asked, asked.q.type, window)
    if row is not None and row["per_day"] is not None:
        return
    exposure = exposure_of(asked, window)
    why = (exposure and exposure["reason"]) or "whether a flight would have been heard is not measured"
    n = route_rows(asked.table("flights"), asked.q, asked.case, window).num_rows
    bound = (
        f"What was heard and named, {counted(n, 'flight')}, is a lower bound" if n else "None is not a zero"
    )
    text = (
        f"How many flights flew {route_name(asked.q, asked.places)}, and whether it was more than one a day, "
        f"cannot be told: {why}. {bound}."
    )
    yield Note(asked.q.id, question, text)


def _cell(row: Row) -> str:
    kind = f"type = {quoted(row['type'])}" if row["type"] else "type is null"
    return f"rates where subject = {quoted(row['subject'])} and {kind} and {_times(row)}"


def _times(row: Row) -> str:
    return f"from_utc = {moment(row['from_utc'])} and to_utc = {moment(row['to_utc'])}"


def _corrected(asked: Asked, base: Said, row: Row, name: str) -> Iterator[Row]:
    """Flights a day corrected for coverage, then how probable it is that they were more than one a day."""
    if row["per_day"] is None:
        return
    said = replace(base, query=f"the per_day of {_cell(row)}", unit="flights a day, corrected for coverage")
    number = number_text(row["per_day"])
    text = f"Corrected for what could not be heard, {number} flights a day flew {name}, {span_text(row)}."
    yield from state(asked, said, text, (row["low"], row["high"]))
    if row["low"] is None or row["high"] is None or not row["low"] < row["high"]:
        return
    query = f"chance above {MANY_A_DAY} of {_cell(row)}"
    many = replace(base, query=query, unit="probability", assumptions=f"{_CORRECTED} {_GAMMA}")
    p = answer(query, asked.tables).value
    text = f"{it_is(p)} that on average more than one flight a day flew {name}, {span_text(row)}."
    yield from state(asked, many, text)


def _expected(asked: Asked, base: Said, row: Row, window: RateWindow, name: str) -> Iterator[Row]:
    """Expected flights, with the interval of their number given the ends' probabilities."""
    if row["n_expected"] is None:
        return
    query = f"the n_expected of {_cell(row)}"
    said = replace(base, query=query, unit="expected flights", assumptions=_EXPECTED)
    number = value_text(row["n_expected"], said.unit)
    text = f"Counting each heard flight by its probability, {number} flights flew {name}, {span_text(row)}."
    own_days = row["from_utc"] == midnight(window.start)
    yield from state(asked, said, text, _sum_interval(asked, row) if own_days else None)


def _sum_interval(asked: Asked, row: Row) -> tuple[float, float] | None:
    """5 % and 95 % points of the number of flights, from the whereabouts of their ends."""
    if "candidates" not in asked.tables:
        return None
    flights = asked.table("flights")
    origins, destinations = (set(asked.case.sites_of(p)) for p in asked.q.route or ("", ""))
    places = whereabouts(flights, asked.table("candidates"))
    columns = (flights.column(c).to_pylist() for c in ("flight_id", "type", "first_seen_utc"))
    p = [
        sum(v for a, v in places[i, "origin"].items() if a in origins)
        * sum(v for a, v in places[i, "destination"].items() if a in destinations)
        for i, kind, t in zip(*columns, strict=True)
        if row["from_utc"] <= t < row["to_utc"] and row["type"] in {None, kind}
    ]
    total = np.cumsum(count_distribution([min(x, 1.0) for x in p if x > 0]))
    tail = (1 - LEVEL) / 2
    low, high = (int(np.searchsorted(total, q, side="left")) for q in (tail, 1 - tail - 1e-12))
    return float(low), float(high)


def _absence(asked: Asked, base: Said, window: RateWindow, name: str) -> Iterator[Row]:
    """No flight seen: how much that says."""
    row = exposure_of(asked, window)
    if row is None or row["exposure_days"] is None or not row["days"]:
        return
    days = row["days"]
    where = f"exposures where subject = {quoted(row['subject'])} and {_times(row)}"
    said = replace(
        base, query=f"the exposure_days / {days:g} of {where}", unit="share of flights would be heard"
    )
    share = percent_text(row["exposure_days"] / days)
    chance = f"one would have been heard and known for one with {share}"
    text = f"No flight {name} was seen, {span_text(row)}; {chance}."
    known = row["low"] is not None and row["high"] is not None
    yield from state(asked, said, text, (row["low"] / days, row["high"] / days) if known else None)


def _by_type(asked: Asked, base: Said, window: RateWindow, kind: str, name: str) -> Iterator[Row]:
    """Named flights of one type, and a day corrected for coverage."""
    flights = route_rows(asked.table("flights"), asked.q, asked.case, window)
    rows = flights.filter([k == kind for k in flights.column("type").to_pylist()])
    n, by = rows.num_rows, f"{name} by type {kind}"
    if n:
        query = f"count of {route_where(asked.q, asked.case, window)} and type = {quoted(kind)}"
        said = replace(base, query=query, unit="flights", assumptions=_TYPES)
        verb = "was" if n == 1 else "were"
        text = f"{counted(n, 'flight')} {by} {verb} heard and named at both ends, {window.text}."
        yield from state(asked, said, text, named_interval(rows, ENDS))
    row = rate_row(asked, kind, window)
    if row is not None:
        yield from _corrected(asked, base, row, by)
