"""Answers to ``kind = "stopover"``: what arrives without a stop, and through which airfields.

Physics and rules, not tracks: payload and range of the type with their uncertainty, the way around closed
airspace, runways. Whether anybody wants to fly there is no part of it. docs/rules/stopovers.md
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.asked import Asked, Said, rows_of, state
from waystation.briefing.stopover_rows import demand_rows, scenario_name, scenarios_of
from waystation.briefing.wording import counted, number_text, percent_text
from waystation.terms.claim_query import answer, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["stopover_claims"]

Row = dict[str, Any]
MAX_CHANGED: Final = 3  # airfields a scenario that get a claim: those that it changes most
LEAST_CHANGE_T: Final = 1.0  # of payload; less is no news beside a band of ten
MAX_NAMED: Final = 9  # airfields that get a claim of their own; the table has them all
LIKELY: Final = 0.8

_BASIS: Final = (
    "Payload and range as published for the type; sources differ by up to a fifth, and the curve carries it. "
    "The way keeps clear of what was closed to such an operator. No mean wind, no fuel price, no permission "
    "other than the dated facts of the rule table."
)
_WOULD: Final = "A better document on the type's range; a closure that the rule table lacks; a runway survey."
_CONFIDENCE: Final = "low: brochure figures and great-circle physics; no operator's own planning was seen"


def stopover_claims(asked: Asked) -> Iterator[Row]:
    """Yield what goes directly, how many airfields could carry it, and the case's own sites or the best."""
    q = asked.q
    if q.route is None or q.type is None:
        return
    mine = demand_rows(asked, "stopovers")
    base = Said(f"stopover: {'>'.join(q.route)}", "", "", _BASIS, _WOULD, _CONFIDENCE)
    known = [r for r in mine if r["feasible_probability"] is not None]
    for r in known:
        if r["stopover"] is None:
            yield from _direct(asked, base, r)
    through = [r for r in known if r["stopover"] is not None]
    if not through:
        return
    yield from _how_many(asked, base, through[0])
    sites = {s.id for s in asked.case.sites}
    chosen = [r for r in through if r["stopover"] in sites] or through[:MAX_NAMED]
    chosen.sort(key=lambda r: (-r["feasible_probability"], -(r["payload_max_t"] or 0.0), r["stopover"]))
    for r in chosen[:MAX_NAMED]:
        yield from _through(asked, base, r)
    for scenario in scenarios_of(asked):
        yield from _under(asked, base, scenario, mine)
    yield from _checked(asked, base)


def _where(r: Row) -> str:
    stop = "stopover is null" if r["stopover"] is None else f"stopover = {quoted(r['stopover'])}"
    told = "scenario is null" if r["scenario"] is None else f"scenario = {quoted(r['scenario'])}"
    return (
        f"stopovers where origin = {quoted(r['origin'])} and destination = {quoted(r['destination'])} "
        f"and type = {quoted(r['type'])} and payload_t = {r['payload_t']:g} and {told} and {stop}"
    )


def _arrives(r: Row) -> str:
    load = "the load" if r["payload_t"] is None else f"{number_text(r['payload_t'])} t"
    return f"{load} would get there in {percent_text(r['feasible_probability'])} of draws of range and wind"


def _times(used: int) -> str:
    if not used:
        return "was never there before"
    return f"was there {'once' if used == 1 else f'{used} times'} before"


def _load(r: Row) -> str:
    return "" if r["payload_t"] is None else f" with {number_text(r['payload_t'])} t"


def _direct(asked: Asked, base: Said, r: Row) -> Iterator[Row]:
    origin, destination = (asked.places.name(r[e]) for e in ("origin", "destination"))
    said = replace(base, query=f"the payload_max_t of {_where(r)}", unit="t of payload, without a stop")
    if r["payload_max_t"] is None:
        return
    text = (
        f"Without a stop, an {r['type']} from {origin} could bring {r['payload_max_t']:.0f} t to "
        f"{destination}; {_arrives(r)}."
    )
    yield from state(asked, said, text, _interval(r))


def _how_many(asked: Asked, base: Said, r: Row) -> Iterator[Row]:
    origin, destination = (asked.places.name(r[e]) for e in ("origin", "destination"))
    demand = _where(r).split(" and stopover", 1)[0]
    query = (
        f'count of {demand} and stopover is not null and feasible_probability >= {LIKELY} and runway != "no"'
    )
    said = replace(base, query=query, unit="airfields that could carry it")
    n = counted(answer(query, asked.tables).value, "airfield")
    text = (
        f"Through {n} an {r['type']}{_load(r)} would get from {origin} to {destination} in at "
        f"least {percent_text(LIKELY)} of draws of range and wind, with a runway that may do: physics leaves "
        "many."
    )
    yield from state(asked, said, text)


def _through(asked: Asked, base: Said, r: Row) -> Iterator[Row]:
    if r["payload_max_t"] is None:
        return
    name, destination = asked.places.name(r["stopover"]), asked.places.name(r["destination"])
    used = int(r["used_before"] or 0)
    runway = {"yes": "its runway is long enough", "no": "its runway is too short"}.get(
        r["runway"], "its runway is not on record"
    )
    said = replace(base, query=f"the payload_max_t of {_where(r)}", unit="t of payload, with one stop")
    text = (
        f"Through {name}, an {r['type']} could bring {r['payload_max_t']:.0f} t to {destination}; "
        f"{_arrives(r)}, {runway}, and the fleet {_times(used)}."
    )
    yield from state(asked, said, text, _interval(r))


def _under(asked: Asked, base: Said, scenario: str, mine: list[Row]) -> Iterator[Row]:
    """Yield what a scenario changes most: the direct flight, then stops that the page names anyway."""
    before = {(r["origin"], r["destination"], r["stopover"]): r for r in mine}
    sites = {s.id for s in asked.case.sites}
    name = scenario_name(asked, scenario)
    assumptions = f"{base.assumptions} Scenario “{name}”: a what-if of the case, not an observation."
    changed = []
    for r in demand_rows(asked, "stopovers", scenario):
        old = before.get((r["origin"], r["destination"], r["stopover"]))
        if old is None or (r["stopover"] is not None and r["stopover"] not in sites):
            continue
        by = (r["payload_max_t"] or 0.0) - (old["payload_max_t"] or 0.0)
        surer = r["feasible_probability"] - old["feasible_probability"]
        if abs(by) >= LEAST_CHANGE_T and r["payload_max_t"] is not None:
            changed.append((r["stopover"] is not None, -abs(surer), r["stopover"] or "", r, old))
    for *_, r, old in sorted(changed, key=lambda c: c[:3])[: MAX_CHANGED + 1]:
        query = f"the payload_max_t of {_where(r)}"
        said = replace(base, query=query, unit="t of payload, in a scenario", assumptions=assumptions)
        way = "without a stop" if r["stopover"] is None else f"through {asked.places.name(r['stopover'])}"
        was = "nothing" if old["payload_max_t"] is None else f"{old['payload_max_t']:.0f} t"
        text = (
            f"In the scenario “{name}”, an {r['type']} could bring {r['payload_max_t']:.0f} t to "
            f"{asked.places.name(r['destination'])} {way}, instead of {was}; {_arrives(r)}."
        )
        yield from state(asked, said, text, _interval(r))


def _interval(r: Row) -> tuple[float, float | None]:
    """The band of the payload; where its lower end is not even an empty aircraft it is zero."""
    return r["payload_low_t"] or 0.0, r["payload_high_t"]


def _checked(asked: Asked, base: Said) -> Iterator[Row]:
    """Yield how many flights of the tracks went further than the model lets them: faults, of either side."""
    rows = rows_of(asked, "nonstop_checks")
    judged = [r for r in rows if r["verdict"] != "cannot tell"]
    if not judged:
        return
    query = 'count of nonstop_checks where verdict = "violation"'
    n = int(answer(query, asked.tables).value)
    said = replace(
        base,
        query=query,
        unit="flights further than an empty aircraft reaches",
        assumptions="Empty, full tanks, great circle, the upper 2.5 % of range and wind: a generous reading.",
        would_change="Each is a fault to find: a landing not heard, a wrong end or type, or the curve.",
    )
    far = "none went" if n == 0 else f"{counted(n, 'flight')} went"
    left = len(rows) - len(judged)
    rest = f"; of {number_text(left)} more, of types without a curve, nothing can be said" if left else ""
    text = (
        f"Of {counted(len(judged), 'flight')} between two named airfields that the ranges can judge, {far} "
        f"further than an empty aircraft of its type at the very most{rest}."
    )
    yield from state(asked, said, text)
