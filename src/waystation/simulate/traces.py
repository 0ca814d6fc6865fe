"""Positions to trace files, byte for byte as readsb's globe_history holds them: gzip'd JSON, one a UTC day.

    2024/12/15/traces/76/trace_full_154076.json
    {"icao": …, "r": …, "t": …, "dbFlags": 1, "desc": …, "simulated": "title, seed 1", "timestamp": midnight,
     "trace": [[dt, lat, lon, alt | "ground" | null, gs, track, flags, rate, details | null,
                type, geometric alt, geometric rate, ias, roll], …]}

Only the key ``simulated`` is not readsb's. Details stand on every fourth row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from isal import igzip

from waystation.terms.simulated import KEY
from waystation.terms.units import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from waystation.simulate.faults import Body

__all__ = ["Identity", "Sent", "trace_files"]

_DAY_S: Final = DAY_MS // 1000
_STALE_S: Final = 20.5  # readsb marks a row stale when its message had to be awaited
_EVERY: Final = 4
_NULL_MOTION: Final = 0.012  # of rows without speed and course
_NULL_ALTITUDE: Final = 0.004
_PRESSURE_FT: Final = 350.0  # sigma of the geometric above the pressure altitude on a day
_MLAT_DEG: Final = 0.003  # sigma of a computed place: about 300 m
_LEVEL: Final = 2  # of compression: the fifth it saves costs as much again


@dataclass(frozen=True)
class Identity:
    """What the register says of an address; ``registration`` None: it is in no register."""

    icao24: str
    registration: str | None = None
    type: str | None = None
    description: str | None = None
    operator: str | None = None
    military: bool = False


@dataclass(frozen=True)
class Sent:
    """One flight's heard positions under one address, with what its details say."""

    body: Body
    callsign: str
    squawk: str
    category: str
    version: int
    mlat: bool


Row = list[Any]


def trace_files(
    who: Identity, sent: list[Sent], mark: str, rng: np.random.Generator
) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every day on which the address was heard, in order of days."""
    rows = [r for s in sent if len(s.body.nic) for r in _rows(s, rng)]
    rows.sort(key=lambda r: r[0])
    times = np.array([r[0] for r in rows])
    if not len(times):
        return
    days = np.floor(times / _DAY_S).astype(np.int64)
    cuts = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(rows)]
    for a, b in pairwise(cuts):
        midnight = int(days[a]) * _DAY_S
        yield _name(who.icao24, midnight), _packed(who, mark, midnight, rows[a:b], times[a:b])


def _name(icao24: str, midnight: int) -> str:
    day = datetime.fromtimestamp(midnight, UTC)
    return f"{day:%Y/%m/%d}/traces/{icao24[-2:]}/trace_full_{icao24}.json"


def _packed(who: Identity, mark: str, midnight: int, rows: list[Row], times: NDArray[np.float64]) -> bytes:
    stale = (np.diff(times, prepend=times[0]) > _STALE_S).tolist()
    for i, (row, late) in enumerate(zip(rows, stale, strict=True)):
        row[0] = round(row[0] - midnight, 2)
        row[6] |= int(late) if i else 0
        row[8] = None if i % _EVERY else _detail(row, *row[8])
    document: dict[str, Any] = {"icao": who.icao24}
    if who.registration is None:
        document["noRegData"] = True
    else:
        document |= {
            "r": who.registration,
            "t": who.type,
            "dbFlags": int(who.military),
            "desc": who.description,
        }
        if who.operator:
            document["ownOp"] = who.operator
    document |= {KEY: mark, "timestamp": float(midnight), "trace": rows}
    return bytes(igzip.compress(msgspec.json.encode(document), _LEVEL, mtime=0))


def _rows(s: Sent, rng: np.random.Generator) -> Iterator[Row]:
    h, ground = s.body.sent, s.body.said_ground
    n = len(s.body.nic)
    feet = np.round(h.altitude_ft / 25) * 25
    rate = np.round(h.rate_fpm / 64) * 64
    geometric = np.round((h.altitude_ft * 1.01 + rng.normal(0, _PRESSURE_FT)) / 25) * 25
    lat, lon = h.lat, h.lon
    if s.mlat:
        lat, lon = lat + rng.normal(0, _MLAT_DEG, n), lon + rng.normal(0, _MLAT_DEG, n)
    still = rng.random(n) < _NULL_MOTION
    nameless = rng.random(n) < _NULL_ALTITUDE
    speed = _nullable(np.round(np.maximum(h.speed_kt + rng.normal(0, 0.4, n) * ~ground, 0), 1), still)
    track = _nullable(np.round(h.track_deg % 360, 1) % 360, still)
    altitude = [
        "ground" if g else a
        for g, a in zip(ground.tolist(), _nullable(feet.astype(np.int64), nameless), strict=True)
    ]
    vertical = _nullable(rate.astype(np.int64), still | ground)
    above = _nullable(geometric.astype(np.int64), ground | s.mlat)
    kind = "mlat" if s.mlat else "adsb_icao"
    flags = [2] + [0] * (n - 1)
    number = [(s, i) for i in range(n)]  # of the details, which are written for one row in four
    places = [np.round(x, 6).tolist() for x in (lat, lon)]
    none = [None] * n
    columns = (h.time_s.tolist(), *places, altitude, speed, track, flags, vertical, number)
    return map(list, zip(*columns, [kind] * n, above, none, none, none, strict=True))


def _nullable(values: NDArray[Any], null: NDArray[np.bool_]) -> list[Any]:
    out: list[Any] = values.tolist()
    for i in np.flatnonzero(null).tolist():
        out[i] = None
    return out


def _detail(row: Row, s: Sent, i: int) -> dict[str, Any]:
    """Return the details of one row; what is null there is left out here, as readsb does."""
    out: dict[str, Any] = {"type": row[9], "flight": f"{s.callsign:<8}"}
    seen = (("alt_geom", row[10]), ("track", row[5]), ("baro_rate", row[7]))
    out |= {key: value for key, value in seen if value is not None}
    out["squawk"] = s.squawk
    if s.mlat:
        return out | _SHORT
    nic = int(s.body.nic[i])
    if s.version == 2:
        out["emergency"] = "none"
    out |= {
        "category": s.category,
        "nic": nic,
        "rc": _RC.get(nic, 0),
        "version": s.version,
        "nac_p": int(s.body.nac_p[i]),
    }
    return out | (_LONG if s.version == 2 else _OLD)


_SHORT: Final = {"alert": 0, "spi": 0}
_OLD: Final = {"sil": 2, "sil_type": "unknown", **_SHORT}
_LONG: Final = {"nic_baro": 1, "nac_v": 2, "sil": 3, "sil_type": "perhour", "gva": 2, "sda": 2, **_SHORT}
_RC: Final = {8: 186, 7: 371, 6: 926, 9: 75}  # metres, radius of containment
