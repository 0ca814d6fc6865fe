"""``waystation stopovers``: which airfields could carry it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from waystation.cli.say import progress, say, warn
from waystation.terms.errors import CaseError, UsageError, choice_remedy

if TYPE_CHECKING:
    import pyarrow as pa

    from waystation.case import Case
    from waystation.cli.stopovers_text import LostHub
    from waystation.stopovers import Demand, Ranking
    from waystation.world.airfields import Airfields

__all__ = ["stopovers"]

Flag = Annotated[bool, Parameter(negative="", show_default=False)]


def stopovers(
    case: Path,
    /,
    *,
    out: Path | None = None,
    on: datetime | None = None,
    operator_class: str | None = None,
    hub: str | None = None,
    without: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    headwind_kt: Annotated[float, Parameter(allow_leading_hyphen=True)] = 0.0,
    scenario: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    limit: int = 15,
    csv: Flag = False,
    json: Flag = False,
    curve: Flag = False,
    geojson: Flag = False,
) -> int:
    """Rank the airfields that could carry what a case asks, with bands and parts.

    For every question of kind stopover: the direct flight, then each airfield
    in reach by score, then the case's own sites wherever they stand; then the
    same under every [[scenario]] of the case, side by side. The tables go to
    stopovers/ in the result: stopovers, stopover_parts (every reason),
    stopover_curve (which payload arrives how surely) and nonstop_checks
    (flights further than their type can).

    Try:
      waystation stopovers my-case/case.toml
      waystation stopovers my-case/case.toml --on 2024-12-15 --operator-class russian-state
      waystation stopovers my-case/case.toml --hub OSLK --on 2024-12-14
      waystation stopovers my-case/case.toml --without OSLK --csv
      waystation stopovers my-case/case.toml --scenario egypt-shut
      waystation stopovers my-case/case.toml --curve
      waystation stopovers my-case/case.toml --geojson > reach.geojson

    Parameters
    ----------
    case
        The case file.
    out
        Folder of the result, with its flights. Default: out/ beside the case file.
    on
        The day whose closures count, as in 2024-12-15. Default: the latest event, or the end of the period.
    operator_class
        russian-state, russian-civil or other: who is refused where. Default: by the fleet's registrations.
    hub
        Take this hub of the flights away on that day: what it carried before is ranked with what was
        known then, and the airfields that carried it afterwards are looked up.
    without
        An airfield to take away, as a lost hub is. May be given several times.
    headwind_kt
        The wind scenario: mean headwind on every leg, in knots; negative is a tailwind.
    scenario
        Only this scenario of the case, beside the rules as they stand. May be given several times;
        none: --scenario none.
    limit
        Airfields to print for each demand.
    csv
        All rows with all parts as CSV on standard output.
    json
        All rows with all parts as JSON on standard output.
    curve
        The probability that a payload arrives, in steps of 5 t, as CSV on standard output.
    geojson
        The map as GeoJSON on standard output: what reaches where, through where, closed areas, ways, stops.
    """
    if csv + json + curve + geojson > 1:
        raise UsageError("choose one of --csv, --json, --curve and --geojson")
    from waystation.cli.stopovers_text import wide_table
    from waystation.stopovers import check_nonstop, map_shapes
    from waystation.stopovers import curve as curve_of
    from waystation.store.csv_rows import csv_bytes
    from waystation.store.map_shapes import shapes_geojson
    from waystation.store.tables import write_tables
    from waystation.world.ways_many import ways_from

    read, airfields = _read(case)
    folder = out or read.default_out
    flights, aircraft = _known(folder)
    day = on.date() if on else None
    kind = _operator_class(operator_class, aircraft)
    lost = _lost(folder, hub, read, day, kind) if hub else None
    asked = lost.demands if lost else _demands(read, day, kind, scenario)
    without = (*without, hub) if hub else without
    with progress() as show:
        ranking = _ranked(read, asked, flights, airfields, without, headwind_kt, show)
    named = _named(read, airfields)
    curves = curve_of(ranking.parts, named=named)
    tables = {"stopovers": ranking.stopovers, "stopover_parts": ranking.parts, "stopover_curve": curves}
    tables["nonstop_checks"] = check_nonstop(flights, airfields)
    if geojson:
        tables["stopover_map"] = map_shapes(asked, ranking, airfields, way=ways_from, named=named)
    write_tables(folder / "stopovers", tables, simulated=_simulated(folder))
    if csv or curve:
        say(csv_bytes(curves if curve else wide_table(ranking)).decode().rstrip("\n"))
    elif json:
        from waystation.store.forms import as_bytes

        say(as_bytes("json", "stopovers", wide_table(ranking), flights.slice).decode().rstrip("\n"))
    elif geojson:
        say(shapes_geojson(tables["stopover_map"]).decode().rstrip("\n"))
    else:
        _print(folder, read, airfields, asked, ranking, tables["nonstop_checks"], lost, limit)
    return 0


def _print(
    folder: Path,
    read: Case,
    airfields: Airfields,
    asked: list[Demand],
    ranking: Ranking,
    checked: pa.Table,
    lost: LostHub | None,
    limit: int,
) -> None:
    from waystation.cli.stopovers_beside import print_beside, print_checked
    from waystation.cli.stopovers_text import print_ranking, print_standing, wide_table
    from waystation.stopovers import standing

    if _simulated(folder):
        say("SIMULATED: made from a scenario, not recorded")
    sites = frozenset(s.id for s in read.view.sites)
    print_ranking(ranking, [d for d in asked if d.under.scenario is None], airfields, sites, limit)
    told = {d.under.scenario for d in asked}
    scenarios = [s for s in read.view.scenarios if s.id in told]
    print_beside(wide_table(ranking).to_pylist(), asked, scenarios, read.view.airspace, sites)
    if lost:
        print_standing(lost, standing(ranking, lost.ident, lost.after).to_pylist())
    print_checked(checked)
    say(f"tables: {(folder / 'stopovers').resolve()}")


def _named(read: Case, airfields: Airfields) -> list[str]:
    return [s.id for s in read.view.sites if s.id in airfields.index]


def _read(case: Path) -> tuple[Case, Airfields]:
    from waystation.case import raise_problems, read_case
    from waystation.soundness import check_case
    from waystation.store.reference import airfields_of, reference_of

    read = read_case(case)
    airfields = airfields_of(reference_of(read.view.sites).overlays)
    raise_problems(case, [p for p in check_case(read, airfields) if not p.place.startswith("sources")])
    return read, airfields


def _known(folder: Path) -> tuple[pa.Table, pa.Table]:
    """Return flights and aircraft of the result, or none of either: then no airfield counts as used."""
    from waystation.store.tables import read_table
    from waystation.terms.schema import empty

    if not (folder / "flights.parquet").is_file():
        warn(f"no flights in {folder}: nothing counts as used before. They come with: waystation run")
        return empty("flights"), empty("aircraft")
    return read_table(folder, "flights"), read_table(folder, "aircraft")


def _operator_class(given: str | None, aircraft: pa.Table) -> str:
    from waystation.stopovers.operators import operator_class_of
    from waystation.world.airspace import OPERATOR_CLASSES

    if given is None:
        told, why = operator_class_of(aircraft)
        warn(f"operator class: {told} ({why}); --operator-class says otherwise")
        return told
    if given not in OPERATOR_CLASSES:
        raise UsageError(f"--operator-class {given}: use one of {', '.join(OPERATOR_CLASSES)}")
    return given


def _demands(read: Case, on: date | None, operator_class: str, only: tuple[str, ...]) -> list[Demand]:
    from waystation.stopovers import demands_of

    known = [s.id for s in read.view.scenarios]
    strange = [s for s in only if s not in {*known, "none"}]
    if strange:
        remedy = choice_remedy(strange[0], [*known, "none"]) if known else "the case has no [[scenario]]"
        raise UsageError(f"--scenario {strange[0]}: no such scenario; {remedy}")
    try:
        asked = demands_of(read.view, on=on, operator_class=operator_class, scenarios=only or None)
    except ValueError as error:
        raise UsageError(f"{error}, or say --on 2024-12-15") from error
    if not asked:
        example = 'kind = "stopover"', 'route = ["UUMU", "GABS"]', 'type = "IL76"', "payload_t = 40"
        lines = "\n".join(f"  {line}" for line in ("[[question]]", *example))
        raise CaseError(f"{read.path}: no question of kind stopover. Add one:\n{lines}")
    return asked


def _lost(folder: Path, hub: str, read: Case, on: date | None, operator_class: str) -> LostHub:
    from waystation.cli.stopovers_text import LostHub
    from waystation.stopovers import Conditions, carried_after, demands_through
    from waystation.store.tables import read_table
    from waystation.world.airspace_case import case_rules

    day = on or max((e.date for e in read.view.events), default=None)
    if day is None:
        raise UsageError(f"--hub {hub}: on which day is it lost? Say --on 2024-12-14")
    triples = read_table(folder, "triples")
    under = Conditions(closures=case_rules(read.view.airspace))
    demands = demands_through(triples, hub, day, operator_class=operator_class, under=under)
    if not demands:
        raise UsageError(f"--hub {hub}: no flights of the result stopped there on the way before {day}")
    return LostHub(hub, day, demands, carried_after(triples, demands, hub, day))


def _ranked(
    read: Case,
    asked: list[Demand],
    flights: pa.Table,
    airfields: Airfields,
    without: tuple[str, ...],
    headwind_kt: float,
    show: object,
) -> Ranking:
    from waystation.stopovers import RankRules, ReachRules, StopoverRules, build
    from waystation.world.runway_need import RunwayRules
    from waystation.world.ways_many import ways_from

    assert callable(show)
    strange = [i for i in without if i not in airfields.index]
    if strange:
        raise UsageError(
            f"--without {strange[0]}: no such airfield; search: waystation world show {strange[0]}"
        )
    named = _named(read, airfields)
    rules = StopoverRules(ReachRules(headwind_kt=headwind_kt), RankRules(), RunwayRules())
    show("stopovers", 0, len(asked))
    parts = []
    for n, demand in enumerate(asked, 1):
        parts.append(
            build([demand], flights, airfields, way=ways_from, named=named, without=without, rules=rules)
        )
        show("stopovers", n, len(asked))
    return _joined(parts)


def _joined(parts: list[Ranking]) -> Ranking:
    import pyarrow as pa

    from waystation.stopovers import Ranking

    return Ranking(
        pa.concat_tables([p.stopovers for p in parts]),
        pa.concat_tables([p.parts for p in parts]),
        tuple(note for p in parts for note in p.notes),
    )


def _simulated(folder: Path) -> bool:
    from waystation.store.tables import read_table
    from waystation.terms.simulated import is_simulated

    return (folder / "sources.parquet").is_file() and is_simulated(read_table(folder, "sources"))
