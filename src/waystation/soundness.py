"""Can a case be? Its keys compared with each other, with the airfield table, and with the disk.

Returns every problem at once; a note tells something worth knowing that does not make the case unsound.
"""

from __future__ import annotations

import difflib
import glob
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from waystation.case import COUNTS_NEEDED, SIMULATED, Case, Problem, absolute, is_remote
from waystation.soundness_airspace import GRADE, airspace_problems
from waystation.store.flight_lists import flight_list_fault
from waystation.terms.case_view import QUESTION_KINDS
from waystation.terms.csv_text import csv_rows
from waystation.terms.endings import ENDS
from waystation.terms.errors import InputError, choice_remedy
from waystation.world.airfields import canonical_ident, similar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from waystation.terms.case_view import CaseView, Question
    from waystation.world.airfields import Airfields

__all__ = ["check_case", "match_id"]

OBSERVATION_KINDS: Final = ("video", "image", "satellite", "visit", "port-call", "statement", "report")

# Which keys a question kind needs, and which it may have besides.
QUESTION_KEYS: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "rate": (frozenset({"route"}), frozenset({"since", "type"})),
    "hub-shift": (frozenset(), frozenset({"event", "site"})),
    "outflow": (frozenset({"site"}), frozenset({"event"})),
    "rotation": (frozenset({"event"}), frozenset({"to"})),
    "via": (frozenset({"route"}), frozenset({"event"})),
    "stopover": (frozenset({"route", "type"}), frozenset({"payload_t"})),
    "published": (frozenset({"counts"}), frozenset()),
}

_FLIGHT_ID: Final = re.compile(r"[0-9a-f]{4,16}\Z")


def check_case(case: Case, airfields: Airfields, flight_ids: frozenset[str] | None = None) -> list[Problem]:
    """Return every problem of a case. ``flight_ids``: those of an earlier run, to compare overrides with."""
    view = case.view
    problems = [*_sources(case), *_fleet(view), *_sites(view, airfields), *_dates(view)]
    for number, question in enumerate(view.questions, 1):
        problems += _question(case, question, f"question[{number}]", airfields)
    problems += airspace_problems(view, airfields)
    problems += _homes(view, airfields)
    problems += _overrides(view, airfields, flight_ids)
    problems += _observations(view, airfields)
    return problems


def match_id(prefix: str, ids: frozenset[str]) -> list[str]:
    """Return the ids that a prefix may stand for, at most the id itself where it is one."""
    return [prefix] if prefix in ids else sorted(i for i in ids if i.startswith(prefix))


def _sources(case: Case) -> Iterator[Problem]:
    if not case.inputs and not case.view.flights:
        yield Problem("sources", "there are none", 'name the raw files, as in sources = ["traces/"]')
    for number, (given, resolved) in enumerate(zip(case.view.sources, case.inputs, strict=True), 1):
        scenario = Path(resolved.removeprefix(SIMULATED))
        if given.startswith(SIMULATED) and not scenario.is_file():
            remedy = f"put the scenario into {case.folder.resolve()}; one ships in cases/hub-shift"
            yield Problem(f"sources[{number}]", f"there is no scenario {scenario.name}", remedy)
        if not is_remote(given) and not glob.glob(resolved, recursive=True):  # noqa: PTH207 - absolute pattern
            remedy = f"relative paths start at the case file's folder: {case.folder.resolve()}"
            yield Problem(f"sources[{number}]", f"nothing matches {given}", remedy)
    for number, path in enumerate(case.flight_lists, 1):
        fault = flight_list_fault(path)
        if fault is not None:
            yield Problem(f"flights[{number}]", *fault)


def _fleet(view: CaseView) -> Iterator[Problem]:
    if view.fleet.everything:
        yield Problem("fleet", "is not given", "every aircraft in the sources belongs to the case", note=True)


def _sites(view: CaseView, airfields: Airfields) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, site in enumerate(view.sites, 1):
        place = f"site[{number}].id"
        if site.id in seen:
            yield Problem(place, f"{site.id} stands here twice", "delete one of the two")
        seen.add(site.id)
        if (site.lat is None) != (site.lon is None):
            yield Problem(place, f"{site.id} has only one of lat and lon", "give both, in degrees")
        elif site.lat is None and site.id not in airfields.index:
            remedy = _airfield_remedy(site.id, airfields, site.name)
            yield Problem(place, f"no airfield {site.id}", f"{remedy}; or give lat and lon of your own place")
        elif not (abs(site.lat or 0) <= 90 and abs(site.lon or 0) <= 180):
            yield Problem(
                place, f"{site.lat}, {site.lon} is no place", "lat: -90 to 90, lon: -180 to 180 degrees"
            )


def _dates(view: CaseView) -> Iterator[Problem]:
    names = [e.id for e in view.events]
    for number, event in enumerate(view.events, 1):
        if names.count(event.id) > 1 and names.index(event.id) != number - 1:
            yield Problem(f"event[{number}].id", f"{event.id} stands here twice", "give it another id")
        yield from _inside(view, event.date, f"event[{number}].date")


def _inside(view: CaseView, day: date, place: str) -> Iterator[Problem]:
    if (view.period_from and day < view.period_from) or (view.period_to and day > view.period_to):
        period = f"{view.period_from or '…'} to {view.period_to or '…'}"
        yield Problem(place, f"{day} is outside the period {period}", "change the period or the date")


def _question(case: Case, question: Question, place: str, airfields: Airfields) -> Iterator[Problem]:
    if question.kind not in QUESTION_KINDS:
        yield Problem(
            f"{place}.kind", f"no kind {question.kind!r}", choice_remedy(question.kind, QUESTION_KINDS)
        )
        return
    needed, more = QUESTION_KEYS[question.kind]
    given = {
        k for k in frozenset().union(*(n | m for n, m in QUESTION_KEYS.values())) if getattr(question, k)
    }
    for key in sorted(needed - given):
        yield Problem(f"{place}.{key}", f"is missing, and kind {question.kind!r} needs it", f"add {key} = …")
    for key in sorted(given - needed - more):
        allowed = ", ".join(sorted(needed | more))
        yield Problem(f"{place}.{key}", f"kind {question.kind!r} does not use it", f"its keys: {allowed}")
    groups = {s.group for s in case.view.sites if s.group} | {s.id for s in case.view.sites}
    for key, name in _places_of(question):
        if name not in groups and name not in airfields.index:
            remedy = _airfield_remedy(name, airfields, None, sorted(groups))
            yield Problem(f"{place}.{key}", f"{name} is no site, group or airfield", remedy)
    events = [e.id for e in case.view.events]
    if question.kind in {"hub-shift", "outflow", "via"} and events and not question.event:
        remedy = f'to set what is found beside an event, add event = "{events[0]}"'
        yield Problem(f"{place}.event", "no event is named", remedy, note=True)
    if question.event and question.event not in events:
        remedy = (
            choice_remedy(question.event, events) if events else "add an [[event]] with this id and a date"
        )
        yield Problem(f"{place}.event", f"no event {question.event!r} in this case", remedy)
    if question.since:
        yield from _inside(case.view, question.since, f"{place}.since")
    counts = question.counts
    if counts and not is_remote(counts):
        yield from _counts(counts, Path(absolute(counts, case.folder)), f"{place}.counts")


def _counts(name: str, path: Path, place: str) -> Iterator[Problem]:
    if not path.is_file():
        yield Problem(place, f"no file {name}", f"put it into {path.parent}")
        return
    try:
        csv_rows(path.read_bytes(), name, COUNTS_NEEDED)
    except InputError as error:
        what, _, remedy = str(error).partition("; ")
        yield Problem(place, what, remedy)


def _places_of(question: Question) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(question.route or (), 1):
        yield f"route[{number}]", name
    for key in ("site", "to"):
        name = getattr(question, key)
        if name:
            yield key, name


def _homes(view: CaseView, airfields: Airfields) -> Iterator[Problem]:
    own = {s.id for s in view.sites}
    for aircraft, home in view.homes:
        if home not in airfields.index and home not in own:
            yield Problem(f"homes.{aircraft}", f"no airfield {home}", _airfield_remedy(home, airfields))


def _overrides(view: CaseView, airfields: Airfields, flight_ids: frozenset[str] | None) -> Iterator[Problem]:
    for number, override in enumerate(view.overrides, 1):
        place = f"override[{number}]"
        if not _FLIGHT_ID.match(override.flight):
            remedy = "copy it from `waystation show flights`; its first digits are enough"
            yield Problem(f"{place}.flight", f"{override.flight!r} is no flight id", remedy)
        elif flight_ids is not None:
            found = match_id(override.flight, flight_ids)
            if len(found) != 1:
                what = "no flight" if not found else f"{len(found)} flights"
                remedy = "copy the whole id from `waystation show flights`"
                yield Problem(f"{place}.flight", f"{what} of the last run with id {override.flight}", remedy)
        if override.exclude == bool(override.end or override.airfield):
            yield Problem(place, "says nothing, or two things", "give end and airfield, or exclude = true")
        elif not override.exclude and not (override.end and override.airfield):
            yield Problem(place, "has only one of end and airfield", "give both")
        if override.end and override.end not in ENDS:
            yield Problem(f"{place}.end", f"no end {override.end!r}", choice_remedy(override.end, ENDS))
        own = {s.id for s in view.sites}
        if override.airfield and override.airfield not in airfields.index and override.airfield not in own:
            remedy = _airfield_remedy(override.airfield, airfields)
            yield Problem(f"{place}.airfield", f"no airfield {override.airfield}", remedy)


def _observations(view: CaseView, airfields: Airfields) -> Iterator[Problem]:
    sites = {s.id for s in view.sites}
    for number, seen in enumerate(view.observations, 1):
        place = f"observation[{number}]"
        if seen.kind not in OBSERVATION_KINDS:
            yield Problem(
                f"{place}.kind", f"no kind {seen.kind!r}", choice_remedy(seen.kind, OBSERVATION_KINDS)
            )
        if seen.grade and not GRADE.match(seen.grade):
            yield Problem(
                f"{place}.grade", f"{seen.grade!r} is no grade", "source A–F, then item 1–6, as in B2"
            )
        if seen.site and seen.site not in sites and seen.site not in airfields.index:
            yield Problem(f"{place}.site", f"no airfield {seen.site}", _airfield_remedy(seen.site, airfields))


def _airfield_remedy(
    ident: str, airfields: Airfields, name: str | None = None, also: list[str] | None = None
) -> str:
    """Name the airfields that may be meant: by another code, by like names, by like spellings."""
    known = canonical_ident(airfields, ident)
    if known:
        return f"{ident} is another name of {_named(known, airfields)}: write {known}"
    near = similar(airfields, name or ident, 3)
    near += difflib.get_close_matches(ident, [*(also or []), *airfields.index], n=3, cutoff=0.7)
    look = f"search with: waystation world show {name or ident!r}"
    return (
        f"did you mean {', '.join(_named(i, airfields) for i in dict.fromkeys(near))}? {look}"
        if near
        else look
    )


def _named(ident: str, airfields: Airfields) -> str:
    i = airfields.index.get(ident)
    return ident if i is None else f"{ident} ({airfields.name[i]}, {airfields.iso_country[i]})"
