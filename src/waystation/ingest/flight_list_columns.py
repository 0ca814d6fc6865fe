"""Which column of a flight list is what. A mapping ``{our name: their column or "=value"}`` overrides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["LIST_FIELDS", "missing_columns", "resolve_list"]

# In order of preference; letters and digits only.
LIST_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "icao24": ("icao24", "hex", "icaohex", "modes", "modeshex", "icaoaddress", "transponderid", "icao"),
    "registration": ("registration", "reg", "tailnumber", "tail", "nnumber", "aircraftregistration", "regn"),
    "aircraft": ("aircraft", "airframe"),
    "type": ("typecode", "aircrafttype", "type", "equip", "icaotype", "model", "equipment"),
    "operator": ("operator", "airline", "owner", "ownop"),
    "callsign": ("callsign", "ident", "flight", "flightnumber", "flightno", "number"),
    "origin": (
        *("originident", "origin", "from", "departureairport", "depairport", "adep", "estdepartureairport"),
        *("schdfrom", "dep", "departureairfield", "fromairport", "departureicao"),
    ),
    "destination": (
        *(
            "destinationident",
            "destination",
            "to",
            "arrivalairport",
            "arrairport",
            "ades",
            "estarrivalairport",
        ),
        *("schdto", "arr", "arrivalairfield", "toairport", "arrivalicao", "dest"),
    ),
    "diverted": ("realto", "divertedto", "actualdestination"),
    "date": ("date", "dateutc", "day", "dateofflight", "flightdate", "localdate"),
    "takeoff": (
        *("takeoffutc", "takeoff", "takeofftime", "actualoff", "atd", "atdutc", "offtime", "wheelsoff"),
        *("departure", "departuretime", "departed", "actualdeparture", "depart", "deptime", "off"),
    ),
    "landing": (
        *("landingutc", "landing", "landingtime", "actualon", "ata", "atautc", "ontime", "wheelson"),
        *("arrival", "arrivaltime", "arrived", "actualarrival", "arrive", "arrtime", "landed"),
    ),
    "scheduled_departure": ("std", "scheduleddeparture", "schdep", "scheduledout", "stdutc"),
    "scheduled_arrival": ("sta", "scheduledarrival", "scharr", "scheduledin", "estarrival", "eta", "stautc"),
    "first_seen": ("firstseenutc", "firstseen", "start", "starttime", "firstutc"),
    "last_seen": ("lastseenutc", "lastseen", "end", "endtime", "stop", "lastutc"),
    "duration": ("duration", "flighttime", "enroute", "blocktime"),
    "status": ("status", "state", "result", "flightstatus"),
    "zone": ("zone", "timezone", "tz"),
    "origin_zone": ("originzone", "origintz", "departuretimezone", "departuretz", "depzone", "fromtz"),
    "destination_zone": (
        "destinationzone",
        "destinationtz",
        "arrivaltimezone",
        "arrivaltz",
        "arrzone",
        "totz",
    ),
}
_UTC: Final = re.compile(r"(?<=.)(utc|gmt|zulu)$")
_AIRCRAFT: Final = ("icao24", "registration", "aircraft", "callsign")
_TIMES: Final = (
    "date",
    "takeoff",
    "landing",
    "first_seen",
    "last_seen",
    "scheduled_departure",
    "scheduled_arrival",
)


def resolve_list(
    names: Iterable[str], mapping: Mapping[str, str] | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """Return (our name → their column, our name → constant). Raises ``UsageError``."""
    names = list(names)
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(_plain(name), name)
    for name in names:  # "Departure (UTC)" is a departure
        plain.setdefault(_UTC.sub("", _plain(name)), name)
    columns = {
        field: plain[found[0]]
        for field, known in LIST_FIELDS.items()
        if (found := [k for k in known if k in plain])
    }
    constants: dict[str, str] = {}
    for field, source in (mapping or {}).items():
        if field not in LIST_FIELDS:
            raise UsageError(f"the mapping names {field!r}; it can name {', '.join(LIST_FIELDS)}")
        columns.pop(field, None)
        if source.startswith("="):
            constants[field] = source[1:]
        elif source in names:
            columns[field] = source
        else:
            raise UsageError(f"the mapping wants {field} from column {source!r}; the list has {names}")
    return columns, constants


def missing_columns(known: Iterable[str]) -> list[str]:
    """Return what a flight list must have and this one has not, in words; empty where it will do."""
    have = set(known)
    lacks = []
    if not have & set(_AIRCRAFT):
        lacks.append(f"an aircraft ({', '.join(_AIRCRAFT)})")
    if not have & {"origin", "destination"}:
        lacks.append("an origin or a destination")
    if not have & set(_TIMES):
        lacks.append(f"a date or time ({', '.join(_TIMES)})")
    return lacks


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower().replace("(utc)", "utc"))
