"""Claims that every briefing makes: how many flights, addresses, named ends; where most of them go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation.briefing.claim_row import COVERAGE_UNKNOWN, Draft, claim
from waystation.briefing.wording import counted, number_text, plural
from waystation.terms.claim_query import answer, quoted
from waystation.terms.counts import LEVEL, at_least

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waystation.briefing.places import Places
    from waystation.terms.case_view import CaseView

__all__ = ["GENERAL", "general_claims", "named_interval"]

GENERAL = "What the sources hold"

_COUNTED = "moderate: counted from the sources as they are; no second network was compared"
_MORE_SOURCES = "More sources for the same days: a second network, or the days that are missing."
_NAMED_BY = (
    "An end is named only where the aircraft was seen on the ground or on approach, or where candidates were "
    "ranked. The interval comes from the probability stored with each end, taken as independent."
)
_BETTER_ENDS = "Receivers nearer the airfields, or an image or report that places the aircraft."


def general_claims(
    tables: Mapping[str, pa.Table], case: CaseView, places: Places
) -> Iterator[dict[str, Any]]:
    """Yield ``claims`` rows over ``flights`` and ``ends``; order is the order of the page."""
    yield _flights(tables, case)
    yield _addresses(tables, case)
    yield _both_named(tables, case)
    yield _not_named(tables, case)
    route = _busiest_route(tables)
    if route is not None:
        yield _route(tables, case, places, *route)
    airfield = _busiest_airfield(tables)
    if airfield is not None:
        yield _airfield(tables, case, places, airfield)


def named_interval(rows: pa.Table, columns: tuple[str, ...]) -> tuple[float, float] | None:
    """How many of ``rows`` are named rightly: (at least, all of them), with 90 % probability.

    From the product of ``columns``; a null probability is an analyst's decision and counts as certain.
    None for no rows.
    """
    if rows.num_rows == 0:
        return None
    p = pc.fill_null(rows.column(columns[0]), 1.0)
    for column in columns[1:]:
        p = pc.multiply(p, pc.fill_null(rows.column(column), 1.0))
    return at_least(p.to_pylist(), LEVEL)[0], rows.num_rows


def _flights(tables: Mapping[str, pa.Table], case: CaseView) -> dict[str, Any]:
    query = "count of flights"
    found = answer(query, tables)
    draft = Draft(
        GENERAL,
        query,
        "flights",
        "A flight is one takeoff to the next landing by one address. " + COVERAGE_UNKNOWN,
        _MORE_SOURCES,
        _COUNTED,
    )
    text = f"The sources hold {counted(found.value, 'flight')}, whole or in part."
    return claim(draft, text, tables, simulated=case.simulated, found=found)


def _addresses(tables: Mapping[str, pa.Table], case: CaseView) -> dict[str, Any]:
    query = "distinct icao24 of flights"
    found = answer(query, tables)
    draft = Draft(
        GENERAL,
        query,
        "addresses",
        "An address is taken for one aircraft; addresses are reassigned, and can be shared or faked.",
        _MORE_SOURCES,
        _COUNTED,
    )
    text = f"{counted(found.value, 'address', 'addresses').capitalize()} flew these flights."
    return claim(draft, text, tables, simulated=case.simulated, found=found)


def _both_named(tables: Mapping[str, pa.Table], case: CaseView) -> dict[str, Any]:
    query = "count of flights where origin is not null and destination is not null"
    found = answer(query, tables)
    flights = tables["flights"]
    rows = flights.filter(
        pc.and_(pc.is_valid(flights.column("origin")), pc.is_valid(flights.column("destination")))
    )
    draft = Draft(GENERAL, query, "flights", _NAMED_BY, _BETTER_ENDS, _COUNTED)
    verb = plural(found.value, "has", "have")
    text = f"{counted(found.value, 'flight').capitalize()} {verb} both ends named."
    interval = named_interval(rows, ("origin_probability", "destination_probability"))
    return claim(draft, text, tables, interval=interval, simulated=case.simulated, found=found)


def _not_named(tables: Mapping[str, pa.Table], case: CaseView) -> dict[str, Any]:
    query = "count of ends where airfield is null"
    found = answer(query, tables)
    total = tables["ends"].num_rows
    draft = Draft(
        GENERAL,
        query,
        "ends",
        "Where the track does not reach an airfield no airfield is named: a wrong name is worse than none.",
        _BETTER_ENDS,
        _COUNTED,
    )
    text = (
        f"Of {counted(total, 'end')} of flights, {number_text(found.value) if found.value else 'none'} "
        f"{plural(found.value, 'is', 'are')} left unnamed."
    )
    return claim(draft, text, tables, simulated=case.simulated, found=found)


def _busiest_route(tables: Mapping[str, pa.Table]) -> tuple[str, str] | None:
    routes = tables.get("routes")
    if routes is None:
        return None
    flown = [r for r in routes.to_pylist() if r["type"] is None and r["n_flights"] > 1]
    flown.sort(key=lambda r: (-r["n_flights"], r["origin"], r["destination"]))
    if not flown or (len(flown) > 1 and flown[0]["n_flights"] == flown[1]["n_flights"]):
        return None
    return flown[0]["origin"], flown[0]["destination"]


def _route(
    tables: Mapping[str, pa.Table], case: CaseView, places: Places, origin: str, destination: str
) -> dict[str, Any]:
    query = f"count of flights where origin = {quoted(origin)} and destination = {quoted(destination)}"
    found = answer(query, tables)
    flights = tables["flights"]
    rows = flights.filter(
        pc.and_(
            pc.fill_null(pc.equal(flights.column("origin"), origin), False),
            pc.fill_null(pc.equal(flights.column("destination"), destination), False),
        )
    )
    draft = Draft(GENERAL, query, "flights", f"{_NAMED_BY} {COVERAGE_UNKNOWN}", _BETTER_ENDS, _COUNTED)
    where = (
        f"from {places.name(origin)} back to the same airfield"
        if origin == destination
        else f"from {places.name(origin)} to {places.name(destination)}"
    )
    text = f"The route with most named flights runs {where}: {counted(found.value, 'flight')}."
    interval = named_interval(rows, ("origin_probability", "destination_probability"))
    return claim(draft, text, tables, interval=interval, simulated=case.simulated, found=found)


def _busiest_airfield(tables: Mapping[str, pa.Table]) -> str | None:
    named = tables["ends"].column("airfield").drop_null()
    if not len(named):
        return None
    counts = sorted(
        ((v["counts"], v["values"]) for v in pc.value_counts(named).to_pylist()), key=lambda c: (-c[0], c[1])
    )
    return None if len(counts) > 1 and counts[0][0] == counts[1][0] else str(counts[0][1])


def _airfield(tables: Mapping[str, pa.Table], case: CaseView, places: Places, ident: str) -> dict[str, Any]:
    query = f"count of ends where airfield = {quoted(ident)}"
    found = answer(query, tables)
    ends = tables["ends"]
    rows = ends.filter(pc.fill_null(pc.equal(ends.column("airfield"), ident), False))
    draft = Draft(
        GENERAL, query, "takeoffs and landings", f"{_NAMED_BY} {COVERAGE_UNKNOWN}", _BETTER_ENDS, _COUNTED
    )
    text = (
        f"No airfield is named more often than {places.name(ident)}: "
        f"{counted(found.value, 'takeoff or landing', 'takeoffs and landings')}."
    )
    interval = named_interval(rows, ("probability",))
    return claim(draft, text, tables, interval=interval, simulated=case.simulated, found=found)
