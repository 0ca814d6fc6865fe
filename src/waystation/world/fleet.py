"""Which aircraft and which flights belong to a fleet: those that fit any key of it, when they flew."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from waystation.terms.case_view import Fleet

__all__ = ["flown_by", "select_fleet"]

_NO_CALLSIGNS: Mapping[str, Collection[str]] = {}


def select_fleet(
    aircraft: pa.Table, fleet: Fleet, callsigns: Mapping[str, Collection[str]] = _NO_CALLSIGNS
) -> pa.Table:
    """Return the rows of table ``aircraft`` that fit any of the fleet's keys; all rows for an empty fleet.

    Types are compared as written; registrations without hyphens and blanks; an operator fits when the
    fleet's text is a part of its name. Upper and lower case do not matter. ``callsigns``: address → what it
    was heard to use, for fleets that name callsigns.
    """
    if fleet.everything:
        return aircraft
    called = _called(fleet)
    by_name = {a for a, used in callsigns.items() if any(called.match(c) for c in used)}
    fits = [
        ours or address in by_name
        for ours, address in zip(_fits(aircraft, fleet), aircraft.column("icao24").to_pylist(), strict=True)
    ]
    return aircraft.filter(pa.array(fits, pa.bool_()))


def flown_by(flights: pa.Table, aircraft: pa.Table, fleet: Fleet) -> pa.Table:
    """Return the flights that an aircraft of the fleet flew while it was one, or under a callsign of it.

    ``aircraft``: every row of the addresses, those that do not fit too: an airframe that was sold leaves
    its new owner's flights behind. A flight of an address without a row stays out, unless its address or
    callsign is named.
    """
    if fleet.everything:
        return flights
    rows: dict[str, list[tuple[Any, Any, bool]]] = {}
    columns = (aircraft.column(c).to_pylist() for c in ("icao24", "from_utc", "to_utc"))
    for address, begin, end, ours in zip(*columns, _fits(aircraft, fleet), strict=True):
        rows.setdefault(address, []).append((begin, end, ours))
    called, named = _called(fleet), frozenset(fleet.icao24)
    keep = [
        address in named
        or any(called.match(c.strip()) for c in (callsigns or "").split(","))
        or _was_ours(rows.get(address, ()), seen)
        for address, seen, callsigns in zip(
            *(flights.column(c).to_pylist() for c in ("icao24", "first_seen_utc", "callsigns")), strict=True
        )
    ]
    return flights.filter(pa.array(keep, pa.bool_()))


def _was_ours(rows: Iterable[tuple[Any, Any, bool]], seen: Any) -> bool:  # noqa: ANN401 - a time or None
    """Whether the row that holds at ``seen`` is the fleet's; the last one that has begun, else the first."""
    ordered = sorted(rows, key=lambda r: (r[0] is not None, r[0] or 0))
    begun = [r for r in ordered if r[0] is None or seen is None or r[0] <= seen]
    return bool(begun[-1][2]) if begun else bool(ordered and ordered[0][2])


def _fits(aircraft: pa.Table, fleet: Fleet) -> list[bool]:
    types = {t.upper() for t in fleet.types}
    registrations = {_plain(r) for r in fleet.registrations}
    operators = [o.casefold() for o in fleet.operators]
    columns = ("icao24", "type", "registration", "operator", "military")
    return [
        address in fleet.icao24
        or (kind or "").upper() in types
        or _plain(registration or "") in registrations
        or any(o in (operator or "").casefold() for o in operators)
        or (fleet.military is not None and military is fleet.military)
        for address, kind, registration, operator, military in zip(
            *(aircraft.column(c).to_pylist() for c in columns), strict=True
        )
    ]


def _called(fleet: Fleet) -> re.Pattern[str]:
    """Match the fleet's callsigns; nothing where there are none."""
    return re.compile("|".join(translate(c.strip().upper()) for c in fleet.callsigns) or r"(?!)")


def _plain(registration: str) -> str:
    return registration.replace("-", "").replace(" ", "").upper()
