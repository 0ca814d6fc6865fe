"""Can the airspace and the scenarios of a case be? Countries, dates, sources, areas, winds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from waystation.case import Problem
from waystation.terms.errors import InputError, choice_remedy
from waystation.world.airspace import OPERATOR_CLASSES, REFUSABLE, load_airspace_rules
from waystation.world.country_shapes import country_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waystation.terms.case_view import Airspace, CaseView, Scenario
    from waystation.world.airfields import Airfields

__all__ = ["GRADE", "airspace_problems"]

GRADE: Final = re.compile(r"[A-F][1-6]\Z")
_WINDIEST_KT: Final = 200.0  # no mean wind along a leg is stronger; the record of a jet stream is twice that
_LEAST: Final = 3  # corners of an area


def airspace_problems(view: CaseView, airfields: Airfields) -> Iterator[Problem]:
    """Yield what is wrong with ``[[airspace]]`` and ``[[scenario]]``."""
    scenarios = [s.id for s in view.scenarios]
    names = [r.name for r in load_airspace_rules()]
    for number, airspace in enumerate(view.airspace, 1):
        place = f"airspace[{number}]"
        yield from _which(airspace, place, names)
        yield from _when(airspace, place)
        yield from _who(airspace, place, scenarios)
        names.append(airspace.name)
    for number, scenario in enumerate(view.scenarios, 1):
        place = f"scenario[{number}]"
        if scenario.id in scenarios[: number - 1]:
            yield Problem(f"{place}.id", f"{scenario.id} stands here twice", "give it another id")
        yield from _scenario(scenario, place, view, airfields)
    if (view.scenarios or view.airspace) and not any(q.kind == "stopover" for q in view.questions):
        remedy = 'add a [[question]] of kind = "stopover"; rates use the way around closures too'
        yield Problem("scenario", "there is no stopover question to answer", remedy, note=True)


def _which(airspace: Airspace, place: str, names: list[str]) -> Iterator[Problem]:
    given = [k for k in ("closed", "open", "polygon") if getattr(airspace, k)]
    if len(given) != 1:
        what = "says nothing" if not given else f"has {' and '.join(given)}"
        remedy = 'give one of closed = ["EG"], open = ["TR"], polygon = "area.geojson"'
        yield Problem(place, what, remedy)
    for key in ("closed", "only_to"):
        for n, code in enumerate(getattr(airspace, key), 1):
            yield from _country(code, f"{place}.{key}[{n}]")
    for n, name in enumerate(airspace.open, 1):
        if len(name) == 2:
            yield from _country(name, f"{place}.open[{n}]")
        elif name not in names:
            remedy = f"a country code, or {choice_remedy(name, names, 'the name of a rule')}"
            yield Problem(f"{place}.open[{n}]", f"{name!r} is no rule before this one", remedy)
    if airspace.rings:
        yield from _area(airspace, f"{place}.polygon")


def _country(code: str, place: str) -> Iterator[Problem]:
    try:
        country_shape(code)
    except InputError:
        remedy = "write an ISO 3166-1 alpha-2 code in capitals, such as TR; a small area is a polygon"
        yield Problem(place, f"no country {code!r} in the outlines that we have", remedy)


def _area(airspace: Airspace, place: str) -> Iterator[Problem]:
    from waystation.world.closed_shapes import ShapeRules, close  # not needed where no area is drawn

    for ring in airspace.rings:
        off = [p for p in ring if not (abs(p[0]) <= 90 and abs(p[1]) <= 180)]
        if off:
            yield Problem(place, f"{off[0][0]:g}, {off[0][1]:g} is no place", "write [lat, lon] in degrees")
            return
        if len(ring) < _LEAST:
            yield Problem(place, f"has {len(ring)} corners", "an area needs three or more")
            return
    try:
        close([(airspace.name, ring) for ring in airspace.rings], ShapeRules())
    except InputError as error:
        yield Problem(place, str(error), "draw it smaller, or as several areas")


def _when(airspace: Airspace, place: str) -> Iterator[Problem]:
    if airspace.since and airspace.until and airspace.until < airspace.since:
        what = f"ends on {airspace.until}, before it begins on {airspace.since}"
        yield Problem(f"{place}.to", what, "swap from and to")


def _who(airspace: Airspace, place: str, scenarios: list[str]) -> Iterator[Problem]:
    told = airspace.operator_class
    if told not in REFUSABLE:
        yield Problem(f"{place}.operator_class", f"no class {told!r}", choice_remedy(told, REFUSABLE))
    if airspace.scenario and airspace.scenario not in scenarios:
        remedy = f'add a [[scenario]] with id = "{airspace.scenario}"'
        if scenarios:
            remedy = f"{choice_remedy(airspace.scenario, scenarios)}; or {remedy}"
        yield Problem(f"{place}.scenario", f"no scenario {airspace.scenario!r} in this case", remedy)
    if not airspace.scenario and not airspace.source:
        remedy = 'say where it stands: source = "https://…"; or make it a what-if: scenario = "…"'
        yield Problem(f"{place}.source", "is missing, and this rule holds in every answer", remedy)
    if airspace.grade and not GRADE.match(airspace.grade):
        remedy = "source A–F, then item 1–6, as in B2"
        yield Problem(f"{place}.grade", f"{airspace.grade!r} is no grade", remedy)


def _scenario(scenario: Scenario, place: str, view: CaseView, airfields: Airfields) -> Iterator[Problem]:
    kind = scenario.operator_class
    if kind and kind not in OPERATOR_CLASSES:
        yield Problem(f"{place}.operator_class", f"no class {kind!r}", choice_remedy(kind, OPERATOR_CLASSES))
    if (scenario.wind_from_deg is None) != (scenario.wind_kt == 0.0):
        remedy = "give both, as in wind_from_deg = 270 and wind_kt = 40: a wind from the west"
        yield Problem(f"{place}.wind_kt", "a wind needs its direction and its speed", remedy)
    if scenario.wind_from_deg is not None and not 0 <= scenario.wind_from_deg <= 360:
        remedy = "0 to 360 degrees, from where it blows: 270 is a west wind"
        yield Problem(f"{place}.wind_from_deg", f"{scenario.wind_from_deg:g} is no direction", remedy)
    for key in ("headwind_kt", "wind_kt"):
        wind = getattr(scenario, key)
        if abs(wind) > _WINDIEST_KT or (key == "wind_kt" and wind < 0):
            remedy = f"a mean wind of at most {_WINDIEST_KT:g} kt; a tailwind is a negative headwind_kt"
            yield Problem(f"{place}.{key}", f"{wind:g} kt is no mean wind", remedy)
    for n, ident in enumerate(scenario.without, 1):
        if ident not in airfields.index and ident not in {s.id for s in view.sites}:
            remedy = f"search with: waystation world show {ident}"
            yield Problem(f"{place}.without[{n}]", f"no airfield {ident}", remedy)
    same = not (scenario.on or kind or scenario.headwind_kt or scenario.wind_kt or scenario.without)
    if same and all(a.scenario != scenario.id for a in view.airspace):
        remedy = f'give on, headwind_kt or without; or an [[airspace]] with scenario = "{scenario.id}"'
        yield Problem(place, f"{scenario.id} changes nothing", remedy)
