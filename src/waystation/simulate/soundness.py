"""Can a scenario be? Its keys compared with each other and with what can be flown: place, fault, remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from waystation.simulate.performance import PERFORMANCE
from waystation.simulate.scenario import Faults
from waystation.world.airspace import OPERATOR_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from waystation.simulate.scenario import Fleet, Scenario

__all__ = ["problems_of"]


def problems_of(s: Scenario) -> Iterator[str]:
    """Yield every problem of a scenario that has the right form."""
    if s.period.end < s.period.start:
        yield f"period: ends on {s.period.end}, before it begins on {s.period.start}; swap from and to"
    for i, f in enumerate(s.fleet, 1):
        yield from _fleet(f, f"fleet[{i}]")
    yield from _names(s)
    yield from _homes(s)
    yield from _numbers(s)


def _one_of(place: str, value: str, allowed: Iterable[str], what: str) -> Iterator[str]:
    names = list(allowed)
    if value not in names:
        yield f"{place}: there is no {what} {value!r}; use one of {', '.join(names)}"


def _fleet(f: Fleet, place: str) -> Iterator[str]:
    yield from _one_of(f"{place}.type", f.type, PERFORMANCE, "type that can be flown,")
    yield from _one_of(f"{place}.airspace", f.airspace, OPERATOR_CLASSES, "operator class")
    if not f.registrations:
        yield f"{place}.registrations: is empty; name at least one invented registration"
    other = next((r for r in f.registrations if not re.fullmatch(r"R[AF]-\d{5}", r)), None)
    if f.first_address is None and other:
        yield f"{place}.first_address: is missing, and {other} has no Russian address; give six hex digits"
    if f.first_address is not None and not re.fullmatch(r"[0-9a-f]{6}", f.first_address):
        yield f"{place}.first_address: {f.first_address!r} is no address; give six lower-case hex digits"


def _names(s: Scenario) -> Iterator[str]:
    fleets, regimes = [f.id for f in s.fleet], [r.id for r in s.regime]
    stations = [r.name for r in s.receiver]
    for i, it in enumerate(s.itinerary, 1):
        yield from _one_of(f"itinerary[{i}].fleet", it.fleet, fleets, "fleet")
        for r in it.regimes:
            yield from _one_of(f"itinerary[{i}].regimes", r, regimes, "regime")
    for i, line in enumerate(s.line, 1):
        yield from _one_of(f"line[{i}].fleet", line.fleet, fleets, "fleet")
    for i, d in enumerate(s.dark, 1):
        for f in d.fleets:
            yield from _one_of(f"dark[{i}].fleets", f, fleets, "fleet")
    for i, o in enumerate(s.outage, 1):
        for r in o.receivers:
            yield from _one_of(f"outage[{i}].receivers", r, stations, "receiver")


def _homes(s: Scenario) -> Iterator[str]:
    """An aircraft is where it landed: all that a fleet flies begins and ends at one airfield."""
    home: dict[str, str] = {}
    starts = [(f"itinerary[{i}].airfields", it.fleet, it.airfields) for i, it in enumerate(s.itinerary, 1)]
    starts += [(f"line[{i}].route", ln.fleet, (*ln.route, ln.route[0])) for i, ln in enumerate(s.line, 1)]
    for place, fleet, chain in starts:
        if len(chain) < 3 or chain[0] != chain[-1]:
            yield f"{place}: must begin and end at one airfield; got {', '.join(chain) or 'nothing'}"
            continue
        if home.setdefault(fleet, chain[0]) != chain[0]:
            yield f"{place}: begins at {chain[0]}, but {fleet} lives at {home[fleet]}; make it another fleet"


def _numbers(s: Scenario) -> Iterator[str]:
    shares = [(f"dark[{i}].share", d.share) for i, d in enumerate(s.dark, 1)]
    shares += [(f"interference[{i}].share", x.share) for i, x in enumerate(s.interference, 1)]
    shares += [(f"fleet[{i}].adsb_share", f.adsb_share) for i, f in enumerate(s.fleet, 1)]
    shares += [(f"reception.{k}", getattr(s.reception, k)) for k in ("stays_up", "stays_down")]
    shares += [(f"faults.{k}", getattr(s.faults, k)) for k in Faults.__struct_fields__]
    for place, value in shares:
        if not 0.0 <= value <= 1.0:
            yield f"{place}: {value} is no share; give a number from 0 to 1"
    for i, it in enumerate(s.itinerary, 1):
        rates = it.per_week if isinstance(it.per_week, tuple) else (it.per_week,)
        if min(rates) < 0 or it.stay_h <= 0:
            yield f"itinerary[{i}]: per_week = {it.per_week}, stay_h = {it.stay_h}; give numbers above 0"
    for i, line in enumerate(s.line, 1):
        if line.per_day < 0:
            yield f"line[{i}].per_day: {line.per_day} is below 0; give round trips a day"
    for i, r in enumerate(s.receiver, 1):
        if not (-90 <= r.lat <= 90 and -180 <= r.lon <= 180):
            yield f"receiver[{i}]: {r.lat}, {r.lon} is no place; give degrees north and east"
