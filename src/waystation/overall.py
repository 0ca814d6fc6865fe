"""Everything that is counted over all flights, once they are found: the second half of the pipeline.

    flights, ends, candidates ─ network ─► visits, stays, itineraries, triples, routes
    coverage by week ─ exposures ─┐
                                  ├─ patterns ─► rates, changes, comparisons, trends, rotations
    a change that lost a hub ─ network ─► hubs, substitutions
    a route that is asked about ─ network ─► relays, relay_counts
    a demand ─ stopovers ─► which airfields could carry it
    the case's own ledger ─ evidence ─► observations, published

Tables in, tables out; files that the case names are read by the pipeline and handed over.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from waystation import coverage, network, patterns, stopovers
from waystation.evidence.observations import observations_of
from waystation.evidence.published import published_of
from waystation.stopovers.operators import operator_class_of
from waystation.terms.endings import ENDS
from waystation.terms.schema import empty
from waystation.terms.subjects import subjects_of
from waystation.world.airspace import closed_areas
from waystation.world.airspace_case import case_rules
from waystation.world.ways import shortest_way
from waystation.world.ways_many import ways_from

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from waystation.terms.case_view import CaseView
    from waystation.world.airfields import Airfields
    from waystation.world.airspace import AirspaceRule

__all__ = ["count_over_all", "way_around"]

_BEFORE_ANY: Final = date(1990, 1, 1)
_LEAST: Final = 0.05  # of a candidate: below it a country would get a table of its own for a shadow
_VIA: Final = 3  # places in the subject of a stopover
_MAX_LOST: Final = 6  # hubs whose replacement is looked for; more have no common story


def count_over_all(
    tables: Mapping[str, pa.Table],
    view: CaseView,
    airfields: Airfields,
    counts: Mapping[str, Sequence[Mapping[str, str]]],
) -> dict[str, pa.Table]:
    """Return the tables of network, patterns and ledger.

    ``tables``: flights, ends, candidates (overrides applied), aircraft (the fleet), sources, coverage and
    coverage_weeks of all traffic. ``counts``: rows of every file of published counts, by its name there.
    """
    homes = _homes(tables["aircraft"], view)
    made = network.build(
        tables["flights"], tables["candidates"], tables["ends"], case=view, airfields=airfields, homes=homes
    )
    listed = pc.fill_null(pc.equal(tables["sources"].column("format"), "flight-list"), fill_value=False)
    recorded = tables["sources"].filter(pc.invert(listed))  # a list has no missing days
    made["archive_days"] = coverage.archive_days(recorded)
    known = dict(tables) | made
    countries = _countries(known, airfields)
    subjects = subjects_of(view, countries)
    way = way_around(
        tables["aircraft"],
        _middle(tables["flights"], view),
        _ends_in(countries, airfields),
        case_rules(view.airspace),
    )
    made["exposures"] = patterns.exposures(subjects, known, view, airfields, way=way)
    known |= made
    made |= patterns.build(known, view, countries=countries, exposures=made["exposures"], airfields=airfields)
    known |= made
    made |= network.roles(known, view, lost=_lost(made, view), exposures=made["exposures"])
    made |= network.relays(tables["flights"], tables["candidates"], view)
    made["nonstop_checks"] = stopovers.check_nonstop(tables["flights"], airfields)
    if any(q.kind == "stopover" for q in view.questions):
        made |= _stopovers(known, view, airfields)
    made["observations"] = observations_of(view, known)
    made["published"] = _published(known | made, view, countries, counts)
    return made


def _homes(aircraft: pa.Table, view: CaseView) -> dict[str, str]:
    """Address → home, as the case says; a registration stands for every address that it had."""
    said = {k.upper(): v for k, v in view.homes}
    columns = (aircraft.column(c).to_pylist() for c in ("icao24", "registration"))
    names = {a.upper(): a for a in aircraft.column("icao24").to_pylist()}
    known = {a: said[r.upper()] for a, r in zip(*columns, strict=True) if r and r.upper() in said}
    return known | {names[k]: v for k, v in said.items() if k in names}


def _stopovers(tables: Mapping[str, pa.Table], view: CaseView, airfields: Airfields) -> dict[str, pa.Table]:
    """Rank what could carry the case's demands; the case's own sites are in it wherever they stand."""
    operator, _ = operator_class_of(tables["aircraft"])
    demands = stopovers.demands_of(view, operator_class=operator)
    named = [s.id for s in view.sites]
    ranking = stopovers.build(demands, tables["flights"], airfields, way=ways_from, named=named)
    return {
        "stopovers": ranking.stopovers,
        "stopover_curve": stopovers.curve(ranking.parts, named=named),
        "stopover_map": stopovers.map_shapes(demands, ranking, airfields, way=ways_from, named=named),
    }


def way_around(
    aircraft: pa.Table,
    on: date,
    ends_in: Mapping[tuple[float, float], str],
    more: tuple[AirspaceRule, ...] = (),
) -> Callable[..., Any]:
    """Return the shortest way around what was closed to the fleet on a day.

    ``ends_in``: (lat, lon) of an airfield → its country, as some airspace is closed only on the way there.
    ``more``: rules of the case beside ours.
    """
    operator, _ = operator_class_of(aircraft)
    open_sky = closed_areas(_BEFORE_ANY, "other")  # where a way was flown that the rules forbid

    @lru_cache(maxsize=4096)
    def way(lat1: float, lon1: float, lat2: float, lon2: float) -> Any:  # noqa: ANN401 - a Way
        to = tuple(sorted({ends_in.get((lat1, lon1), ""), ends_in.get((lat2, lon2), "")}))
        found = shortest_way(lat1, lon1, lat2, lon2, closed_areas(on, operator, to=to, more=more))
        return found if len(found.lat) else shortest_way(lat1, lon1, lat2, lon2, open_sky)

    return way


def _ends_in(countries: Mapping[str, str], airfields: Airfields) -> dict[tuple[float, float], str]:
    at = {i: airfields.index[i] for i in countries}
    return {(float(airfields.lat[n]), float(airfields.lon[n])): countries[i] for i, n in at.items()}


def _middle(flights: pa.Table, view: CaseView) -> date:
    seen = flights.column("first_seen_utc")
    known = len(seen) > seen.null_count
    first = view.period_from or (pc.min(seen).as_py().date() if known else None)
    last = view.period_to or (pc.max(seen).as_py().date() if known else None)
    if first is None or last is None:
        return first or last or date(2024, 12, 1)
    return first + timedelta(days=(last - first).days // 2)


def _countries(tables: Mapping[str, pa.Table], airfields: Airfields) -> dict[str, str]:
    """Airfield ident → ISO country, of every airfield that any flight may have touched."""
    likely = tables["candidates"].filter(pc.greater_equal(tables["candidates"].column("probability"), _LEAST))
    columns = [tables["flights"].column(end) for end in ENDS] + [likely.column("airfield")]
    idents = {i for c in columns for i in c.unique().to_pylist() if i is not None}
    index = airfields.index
    return {i: str(airfields.iso_country[index[i]]) for i in sorted(idents) if i in index}


def _lost(tables: Mapping[str, pa.Table], view: CaseView) -> tuple[tuple[str, date], ...]:
    """Airfields whose share of visits or of stopovers fell, with the day it did; the deepest fall first.

    Not the fleet's homes: visits elsewhere make theirs a smaller share, and nobody takes over a home.
    """
    homes = set(tables["itineraries"].column("home").drop_null().to_pylist())
    fell = [c for c in tables["changes"].to_pylist() if c["kind"] == "share" and c["after"] < c["before"]]
    fell.sort(key=lambda c: (c["after"] - c["before"], c["subject"], c["date_utc"]))
    lost: dict[str, date] = {}
    for c in fell:
        place = _hub_of(c["subject"], view)
        if place is not None and place not in homes:
            lost.setdefault(place, c["date_utc"].date())
    return tuple(lost.items())[:_MAX_LOST]


def _hub_of(subject: str, view: CaseView) -> str | None:
    """Return the airfield that a subject is about: ``OSLK``, or the middle of ``UUMU>OSLK>GABS``."""
    parts = subject.split(">")
    place = {1: parts[0], _VIA: parts[len(parts) // 2]}.get(len(parts))
    return None if place is None or _is_group(place, view) else place


def _is_group(name: str, view: CaseView) -> bool:
    return any(s.group == name for s in view.sites)


def _published(
    tables: Mapping[str, pa.Table],
    view: CaseView,
    countries: Mapping[str, str],
    counts: Mapping[str, Sequence[Mapping[str, str]]],
) -> pa.Table:
    names = dict.fromkeys(q.counts for q in view.questions if q.counts and q.counts in counts)
    parts = [published_of(counts[n], tables, view, countries) for n in names if n]
    return pa.concat_tables(parts) if parts else empty("published")
