"""Which column is what: the names that sources give to the same thing, and a mapping for the rest.

A mapping is ``{our name: their column}``. ``"=4b1814"`` gives every record that value instead.
``altitude_unit``, ``speed_unit`` and ``rate_unit`` name units where they are not feet, knots, feet a minute;
``time_zone`` is how far ahead of UTC (``+03:00``) the times stand that name no zone themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from waystation.terms.errors import UsageError
from waystation.terms.units import FT_M, KT_KMH, MS_KT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["FIELDS", "Resolved", "plain_name", "resolve", "time_ahead_ms"]

# In order of preference. A full time beats a time of day, and the antenna's clock that of the network.
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "icao24": ("icao24", "icao", "hex", "modes", "modeshex", "icaoaddress", "address", "transponderid"),
    "time_utc": (
        *("pingtime", "pointtime", "timeutc", "timestamputc", "receivertime", "networktime", "datetimeutc"),
        *("datetime", "timeposition", "timestamp", "time", "utc", "snapshotid", "now"),
    ),
    "network_time": ("networktime",),
    "position": ("position",),
    "no_position": ("noposition",),
    "lat": ("lat", "latitude", "latdeg"),
    "lon": ("lon", "longitude", "lng", "long", "londeg"),
    "altitude": ("altitudeft", "altbaro", "altitude", "alt", "baroaltitude", "altitudem"),
    "geometric_altitude": ("geometricaltitudeft", "altgeom", "geoaltitude", "geometricaltitude", "altgps"),
    "on_ground": ("onground", "isonground", "ground"),
    "ground_speed": ("groundspeedkt", "groundspeed", "gs", "gscp", "speedkt", "speed", "spd", "velocity"),
    "track_angle": ("trackangledeg", "track", "truetrack", "heading", "direction"),
    "vertical_rate": ("verticalratefpm", "verticalrate", "barorate", "vspeed", "verticalspeed", "vertrate"),
    "callsign": ("callsign", "flight", "ident"),
    "squawk": ("squawk",),
    "nic": ("nic",),
    "nac_p": ("nacp",),
    "heard_by": ("heardby", "positionclass"),
    "registration": ("registration", "reg", "nnumber", "tailnumber", "tail"),
    "type": ("typecode", "aircrafttype", "icaotype", "model", "equip"),
    "operator": ("operator", "ownop", "owner"),
    "db_flags": ("dbflags",),
    "track_name": ("flightid", "trackid", "trackname"),
    "details": ("details", "flightdict"),
}
UNITS: Final[dict[str, dict[str, float]]] = {
    "altitude_unit": {"ft": 1.0, "m": 1.0 / FT_M},
    "speed_unit": {"kt": 1.0, "m/s": MS_KT, "km/h": 1.0 / KT_KMH},
    "rate_unit": {"fpm": 1.0, "m/s": 60.0 / FT_M},
}
_METRES: Final = {"baroaltitude", "altitudem"}  # OpenSky's native state vectors are in SI units
_NOT_COLUMNS: Final = {"time_zone", "clock_start", "receiver"}  # said of the file as a whole
_METRES_A_SECOND: Final = {"velocity", "vertrate"}


@dataclass(frozen=True)
class Resolved:
    """``columns``: our name → their column; ``constants``: our name → value; factors into ft, kt, fpm."""

    columns: dict[str, str]
    constants: dict[str, str]
    altitude_factor: float = 1.0
    speed_factor: float = 1.0
    rate_factor: float = 1.0
    geometric_factor: float = 1.0
    ahead_ms: float = 0.0

    def has_place(self) -> bool:
        """Whether time and place can be read."""
        known = self.columns.keys() | self.constants.keys()
        return "time_utc" in known and ("position" in known or {"lat", "lon"} <= known)


def resolve(names: Iterable[str], mapping: Mapping[str, str] | None = None) -> Resolved:
    """Find our columns among ``names``. Raises ``UsageError`` for a mapping that cannot be followed."""
    names = list(names)
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(plain_name(name), name)
    columns = {
        field: plain[found[0]]
        for field, known in FIELDS.items()
        if (found := [k for k in known if k in plain])
    }
    mapping = dict(mapping or {})
    units = {k: _unit(k, mapping.pop(k)) for k in UNITS if k in mapping}
    ahead_ms = time_ahead_ms(mapping)
    mapping = {k: v for k, v in mapping.items() if k not in _NOT_COLUMNS}
    constants: dict[str, str] = {}
    for field, source in mapping.items():
        name = _our_name(field)
        columns.pop(name, None)
        if source.startswith("="):
            constants[name] = source[1:]
        elif source in names:
            columns[name] = source
        else:
            raise UsageError(f"the mapping wants {field} from column {source!r}; the file has {names}")
    metric = plain_name(columns.get("altitude", "")) in _METRES
    native = plain_name(columns.get("ground_speed", "")) in _METRES_A_SECOND
    climb = plain_name(columns.get("vertical_rate", ""))
    si_rate = climb in _METRES_A_SECOND or (climb == "verticalrate" and native)
    return Resolved(
        columns,
        constants,
        units.get("altitude_unit", 1.0 / FT_M if metric else 1.0),
        units.get("speed_unit", MS_KT if native else 1.0),
        units.get("rate_unit", 60.0 / FT_M if si_rate else 1.0),
        units.get("altitude_unit", 1.0 / FT_M if metric or native else 1.0),
        ahead_ms,
    )


def time_ahead_ms(mapping: Mapping[str, str] | None) -> float:
    """Return how far the file's times are ahead of UTC: ``time_zone = "+03:00"`` is 10,800,000."""
    zone = (mapping or {}).get("time_zone", "UTC")
    found = re.fullmatch(r"([+-])([01]\d):([0-5]\d)", "+00:00" if zone in {"UTC", "Z"} else zone)
    if not found:
        raise UsageError(f"time_zone = {zone!r} is not known; write how far ahead of UTC: '+03:00'")
    minutes = int(found[2]) * 60 + int(found[3])
    return (-60_000.0 if found[1] == "-" else 60_000.0) * minutes


def plain_name(name: str) -> str:
    """Return the name without case, blanks and marks: ``Alt_Baro`` → ``altbaro``."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _our_name(field: str) -> str:
    """Accept the column names of ``positions`` (``altitude_ft``) beside the bare ones (``altitude``)."""
    name = re.sub(r"_(ft|kt|fpm|deg)\Z", "", field)
    name = {"time": "time_utc", "latitude": "lat", "longitude": "lon"}.get(name, name)
    if name not in FIELDS:
        raise UsageError(f"the mapping names {field!r}; it can name {sorted(FIELDS)} and {sorted(UNITS)}")
    return name


def _unit(key: str, unit: str) -> float:
    if unit not in UNITS[key]:
        raise UsageError(f"{key} = {unit!r} is not known; it can be one of {sorted(UNITS[key])}")
    return UNITS[key][unit]
