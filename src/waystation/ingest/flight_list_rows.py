"""One row of a flight list → one flight with its two ends, or why there is none."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final

from waystation.ingest.flight_list_places import Place, place_of
from waystation.ingest.flight_list_times import Said, day_of, said, zone_of
from waystation.terms.addresses import normal_address
from waystation.terms.identifiers import content_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from waystation.world.airfields import Airfields

__all__ = ["LIST_NOTES", "LIST_REFUSALS", "Known", "Made", "Remark", "learnt_addresses", "read_row"]

LIST_REFUSALS: Final[dict[str, str]] = {
    "bad-record": "the row has not as many cells as the header",
    "no-aircraft": "the row names no aircraft, neither by address nor by registration nor by callsign",
    "no-time": "the row has no date and no time that can be read",
    "bad-time": "the flight lands before it takes off, or a day and more after",
    "not-flown": "cancelled, or only planned when the list was made",
    "no-place": "neither end is an airfield that we know",
    "listed-twice": "the same flight stands in the list before",
    "same-as-track": "a flight found in tracks is this one; the tracks tell more",
    "differs-from-track": "the same aircraft flew something else at that time, as its track shows",
    "same-as-list": "another list has this flight",
    "differs-from-list": "another list has this aircraft elsewhere at that time",
}
LIST_NOTES: Final[dict[str, str]] = {
    "unknown-airfield": "an end is named that is no airfield we know; it stands as unknown",
    "unread-time": "a time that cannot be read; it stands as null",
    "local-time": "a local time without a zone; it stands as null",
}
_NOT_FLOWN: Final = re.compile(r"\b(cancel\w*|scheduled|planned|not operated)\b", re.IGNORECASE)
_LIVE: Final = re.compile(r"\b(live|en ?route|airborne|in flight|estimated)\b", re.IGNORECASE)
_LANDED: Final = re.compile(r"\b(?:landed|arrived)\s+(?:at\s+)?(\d{1,2}:\d{2}.*)\Z", re.IGNORECASE)
_DURATION: Final = re.compile(
    r"\A(?:(\d{1,2})h\s*)?(?:(\d{1,2})m)?\Z|\A(\d{1,2}):(\d{2})(?::\d{2})?\Z", re.IGNORECASE
)
_REGISTRATION: Final = re.compile(r"[A-Z0-9]{1,3}-[A-Z0-9]{2,5}\Z|N\d{1,5}[A-Z]{0,2}\Z|\d{2}-\d{4}\Z")
_TYPE: Final = re.compile(r"[A-Z][A-Z0-9]{1,3}\Z")
_LONGEST: Final = timedelta(hours=24)  # no transport flies longer; a slip of the date makes such flights


@dataclass(frozen=True)
class Known:
    """What all rows share: the airfield table, the zone of times that say none, registrations, columns."""

    airfields: Airfields
    zone: str | None
    registrations: Mapping[str, str]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Remark:
    """One row for ``rejected``."""

    record: int
    reason: str
    raw: str


@dataclass
class Made:
    """What one row gives. ``remarks``: (reason, what it is about)."""

    flight: dict[str, Any] | None = None
    ends: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Times:
    takeoff: datetime | None
    landing: datetime | None
    first: datetime
    last: datetime
    why_first: str
    why_last: str
    live: bool


def learnt_addresses(
    rows: Iterable[tuple[Mapping[str, Any] | None, str]], registrations: Mapping[str, str]
) -> dict[str, str]:
    """Registration without dash → address: as known before, or as the list's own rows say at one."""
    said_here: dict[str, set[str]] = defaultdict(set)
    for cells, _ in rows:
        address = normal_address(_text(cells.get("icao24"))) if cells else None
        if cells and address:
            said_here[_plain(_text(cells.get("registration")) or _text(cells.get("aircraft")))].add(address)
    own = {r: next(iter(a)) for r, a in said_here.items() if r and len(a) == 1}
    return own | {_plain(r): a for r, a in registrations.items()}


def _plain(registration: str) -> str:
    return registration.replace("-", "").replace(" ", "").upper()


def read_row(cells: Mapping[str, Any], known: Known, source_id: str) -> Made:
    """Return the flight of one row. ``cells``: our names → what the row says."""
    made = Made()
    status = _text(cells.get("status"))
    if _NOT_FLOWN.search(status) or _NOT_FLOWN.search(_text(cells.get("landing"))):
        made.remarks.append(("not-flown", status))
        return made
    who = _aircraft(cells, known)
    if who is None:
        made.remarks.append(("no-aircraft", ""))
        return made
    times = _times(cells, known, made)
    if times is None:
        return made
    places = _places(cells, known, times, made)
    if places[0].ident is None and places[1].ident is None:
        made.remarks.append(("no-place", f"{places[0].reason}; {places[1].reason}"))
        return made
    made.flight, made.ends = _flight(who, times, places, source_id)
    return made


def _text(cell: Any) -> str:  # noqa: ANN401 - cells of strangers' files
    text = "" if cell is None or (isinstance(cell, float) and cell != cell) else str(cell).strip()  # noqa: PLR0124
    return "" if text.lower() in {"na", "n/a", "nan", "none", "null", "-"} else text


def _aircraft(cells: Mapping[str, Any], known: Known) -> dict[str, str | None] | None:
    """Address, registration, callsign, type; the address stands in for one that the list does not know."""
    aircraft = _text(cells.get("aircraft"))
    registration = _text(cells.get("registration")).upper()
    type_ = _text(cells.get("type")).upper()
    address = normal_address(_text(cells.get("icao24")))
    callsign = _text(cells.get("callsign")).upper()
    if aircraft and not address and not registration:  # a column that holds one or the other
        if _REGISTRATION.match(aircraft.upper()):
            registration = aircraft.upper()
        elif normal_address(aircraft):
            address = normal_address(aircraft)
    if aircraft and not type_ and _TYPE.match(aircraft.upper()) and not normal_address(aircraft):
        type_ = aircraft.upper()
    if not (address or registration or callsign):
        return None
    plain = _plain(registration)
    address = address or known.registrations.get(plain) or (f"~reg-{plain.lower()}" if plain else None)
    return {
        "icao24": address,  # null: only a callsign; the flight stands alone
        "registration": registration or None,
        "type": type_ or None,
        "operator": _text(cells.get("operator")) or None,
        "callsigns": callsign or None,
    }


def _zones(
    cells: Mapping[str, Any], known: Known, end: str, column: str
) -> tuple[tzinfo | None, tzinfo | None]:
    """Zone that row or list says for one end, and what stands where nothing does."""
    own = zone_of(_text(cells.get(f"{end}_zone"))) or zone_of(_text(cells.get("zone")))
    name = known.columns.get(column, "").lower()
    if "utc" in name or name.endswith("z)"):
        own = UTC
    local = "local" in name or "local" in known.columns.get("date", "").lower()
    return own, zone_of(known.zone) or (None if local else UTC)


def _times(cells: Mapping[str, Any], known: Known, made: Made) -> _Times | None:
    day = day_of(cells.get("date"))
    if day is None and _text(cells.get("date")):
        made.remarks.append(("unread-time", f"date {_text(cells.get('date'))!r}"))
    read: dict[str, Said] = {}
    for name, end in (
        ("takeoff", "origin"),
        ("scheduled_departure", "origin"),
        ("first_seen", "origin"),
        ("landing", "destination"),
        ("scheduled_arrival", "destination"),
        ("last_seen", "destination"),
    ):
        own, default = _zones(cells, known, end, name)
        read[name] = said(cells.get(name), day, own, default)
        if read[name].word in {"unread", "local"}:
            reason = "unread-time" if read[name].word == "unread" else "local-time"
            made.remarks.append((reason, f"{name} {_text(cells.get(name))!r}"))
    status = _text(cells.get("status"))
    if read["landing"].utc is None and (m := _LANDED.search(status)):
        read["landing"] = said(m[1], day, *_zones(cells, known, "destination", "status"))
    live = read["landing"].word == "live" or bool(_LIVE.search(status))
    takeoff = read["takeoff"].utc if not read["takeoff"].word else None
    landing = read["landing"].utc if not read["landing"].word and not live else None
    if takeoff and landing and _clock_only(cells.get("landing")):
        landing = _next_after(takeoff, landing)
    if takeoff and landing and not timedelta(0) <= landing - takeoff <= _LONGEST:
        made.remarks.append(("bad-time", f"{takeoff:%Y-%m-%d %H:%M} to {landing:%Y-%m-%d %H:%M} UTC"))
        return None
    return _best(cells, read, day, takeoff, landing, live, made)


def _best(
    cells: Mapping[str, Any],
    read: Mapping[str, Said],
    day: date | None,
    takeoff: datetime | None,
    landing: datetime | None,
    live: bool,
    made: Made,
) -> _Times | None:
    """First and last moment that the list vouches for, and what each of them is."""
    midnight = datetime.combine(day, time(), UTC) if day else None
    firsts = (
        (takeoff, "the takeoff of the list"),
        (read["first_seen"].utc, "first seen, as the list says"),
        (read["takeoff"].utc, "an estimated takeoff"),
        (read["scheduled_departure"].utc, "the timetable's departure; when it took off is not listed"),
        (midnight, "midnight UTC of the list's date; when it took off is not listed"),
        (landing, "the landing; when it took off is not listed"),
        (read["last_seen"].utc, "last seen; when it took off is not listed"),
    )
    first, why_first = next(((t, why) for t, why in firsts if t is not None), (None, ""))
    if first is None:
        made.remarks.append(("no-time", ""))
        return None
    flown = _duration(cells.get("duration"))
    lasts = (
        (landing, "the landing of the list"),
        (read["last_seen"].utc, "last seen, as the list says"),
        (read["landing"].utc if not live else None, "an estimated landing"),
        (takeoff + flown if takeoff and flown else None, "takeoff and the listed duration"),
        (
            read["scheduled_arrival"].utc if not live else None,
            "the timetable's arrival; when it landed is not listed",
        ),
        (first, "the last moment that the list vouches for; when it landed is not listed"),
    )
    last, why_last = next((t, why) for t, why in lasts if t is not None and t >= first)
    if last - first > _LONGEST + timedelta(hours=12):
        made.remarks.append(("bad-time", f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"))
        return None
    return _Times(takeoff, landing, first, last, why_first, why_last, live)


def _clock_only(cell: Any) -> bool:  # noqa: ANN401
    text = _text(cell)
    return (
        bool(text)
        and not isinstance(cell, datetime)
        and not re.search(r"\d{4}|\d{9}|\(\+|[A-Za-z]{3} \d{1,2}\b", text)
    )


def _next_after(takeoff: datetime, landing: datetime) -> datetime:
    """A clock time without its own date is the first such time after takeoff."""
    while landing < takeoff:
        landing += timedelta(days=1)
    while landing - timedelta(days=1) >= takeoff:
        landing -= timedelta(days=1)
    return landing


def _duration(cell: Any) -> timedelta | None:  # noqa: ANN401
    m = _DURATION.match(_text(cell))
    if not m or not any(m.groups()):
        return None
    hours, minutes = int(m[1] or m[3] or 0), int(m[2] or m[4] or 0)
    return timedelta(hours=hours, minutes=minutes) or None


def _places(cells: Mapping[str, Any], known: Known, times: _Times, made: Made) -> tuple[Place, Place]:
    origin = place_of(cells.get("origin"), times.first.date(), known.airfields)
    diverted = place_of(cells.get("diverted"), times.last.date(), known.airfields)
    planned = place_of(cells.get("destination"), times.last.date(), known.airfields)
    destination = diverted if diverted.ident else planned
    if times.live:
        where = f"; it expects {planned.ident}" if planned.ident else ""
        destination = Place(None, f"still flying when the list was made{where}")
    for place in (origin, destination):
        if place.unknown:
            made.remarks.append(("unknown-airfield", place.reason))
    return origin, destination


def _flight(
    who: Mapping[str, str | None], times: _Times, places: tuple[Place, Place], source_id: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    name = who["icao24"] or who["callsigns"]
    flight_id = content_id("listed", name, who["callsigns"], times.first, places[0].ident, places[1].ident)
    address = (
        who["icao24"] or f"~call-{flight_id}"
    )  # a callsign is no aircraft: such a flight has no neighbours
    flight = {
        "flight_id": flight_id,
        **who,
        "icao24": address,
        "takeoff_utc": times.takeoff,
        "landing_utc": times.landing,
        "first_seen_utc": times.first,
        "last_seen_utc": times.last,
        "n_positions": 0,
    }
    ends = []
    wheels = (times.takeoff, times.landing)
    for end, place, wheel in zip(("origin", "destination"), places, wheels, strict=True):
        ending = "listed" if place.ident else "unknown"
        flight |= {end: place.ident, f"{end}_ending": ending}
        why = times.why_first if end == "origin" else times.why_last
        bounds = _bounds(end, wheel, times)
        ends.append(
            {
                "flight_id": flight_id,
                "end": end,
                "airfield": place.ident,
                "ending": ending,
                "earliest_utc": bounds[0],
                "latest_utc": bounds[1],
                "reason": f"{place.reason}; time: {why} (list {source_id[:8]})",
            }
        )
    return flight, ends


def _bounds(end: str, wheel: datetime | None, times: _Times) -> tuple[datetime | None, datetime | None]:
    """When the wheels left or met the ground at the earliest and the latest."""
    if wheel is not None:
        return wheel, wheel
    if "midnight" in times.why_first:
        after = times.first + timedelta(days=1)
        return (times.first, times.landing or after) if end == "origin" else (times.first, after + _LONGEST)
    return (None, times.landing or times.first) if end == "origin" else (times.last, None)
