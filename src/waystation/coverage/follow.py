"""Bodies followed from square to square, compiled: one pass over all positions.

Most steps are short and plain: that they are, cheap bounds say. Trigonometry is for the others.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waystation.coverage.heard import SLOW_KT, Heard
from waystation.terms.cells import BAND_TOPS_FT, SLOT_S, SQUARES_PER_DEG, SQUARES_ROUND
from waystation.terms.compiled import kernel
from waystation.terms.units import EARTH_RADIUS_KM, HOUR_S, KT_KMH

__all__ = ["FLOWN", "JUMP", "LANDED", "SILENCE", "Visits", "follow"]

Array = NDArray[Any]
FLOWN, JUMP, SILENCE, LANDED = 0, 1, 2, 3  # what lies between a position and the next one
RADIANS: Final = math.pi / 180.0
KM_DEG: Final = EARTH_RADIUS_KM * RADIANS
STRAIGHT_KM, STRAIGHT_LAT = 30.0, 70.0  # so short and so far from the poles, a way …
STRAIGHT_DEG = 0.003  # … is straight on the map but for this
ALLOWANCE_KM: Final = 2.0  # two receivers' clocks and rounded places: on top of the fastest speed


class Visits(NamedTuple):
    """Stretches within one square, band and slot: equal-length arrays, by body and time."""

    body: Array
    square: Array
    band: Array  # -1 height unknown
    slot: Array  # 3-hour slots since 1970
    inside_s: Array
    flags: Array  # bits: 1 a position lies in it; 2 the first or last of a track piece; 4 … beside silence


Reals = tuple[float, float, float, float, float, float]


def follow(heard: Heard, rules: Reals) -> Visits:
    """Return the visits of all bodies.

    ``rules``: longest silence (s), fastest speed (kt), short silence (s), share of its own speed that is
    straight on, or that speed (kt), and the length of a step (km).
    """
    room = _room(len(heard.rows) + 1024)  # what is not written to costs no memory
    n = _walk(heard, rules, room)
    if n > len(room.body):
        room = _room(n)
        n = _walk(heard, rules, room)
    return Visits(*(x[:n].copy() for x in room))


def _room(n: int) -> Visits:
    """Return space for so many visits."""
    whole, small = np.int64, np.int8
    kinds = (np.int32, whole, small, whole, np.float64, small)
    return Visits(*(np.empty(n, dtype=kind) for kind in kinds))


@kernel(inner=True)
def _apart(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    p, q = lat1 * RADIANS, lat2 * RADIANS
    a, b = math.sin((q - p) / 2.0), math.sin((lon2 - lon1) * RADIANS / 2.0)
    h = a * a + math.cos(p) * math.cos(q) * b * b
    return 2.0 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


@kernel(inner=True)
def _nearer(lat1: float, lon1: float, lat2: float, lon2: float, km: float) -> bool:
    """Whether two places are surely within ``km``: on a map stretched by the cosine nearest the equator."""
    x = min(abs(lat1), abs(lat2)) * RADIANS if lat1 * lat2 > 0.0 else 0.0
    x *= x
    up, right = lat2 - lat1, (lon2 - lon1) * (1.0 - x * (0.5 - x / 24.0))
    limit = km * (1.0 - 1e-9) / KM_DEG
    return bool(up * up + right * right < limit * limit)


@kernel(inner=True)
def _link(
    dt: float,
    stays: bool,
    lat1: float,
    lon1: float,
    lat2: float,
    lon2: float,
    kt1: float,
    kt2: float,
    rules: Reals,
) -> tuple[int, float]:
    """Return what lies between two positions of a body, and how many km (0: less than a step).

    ``stays``: both on the ground, or both in the air. Numbers one by one: tables of arrays are copied to be
    handed over, which takes longer than all that is done here.
    """
    silent_s, top_kt, short_s, share, through_kt, step_km = rules
    if dt > silent_s:
        return SILENCE, 0.0
    if not stays:
        return LANDED, 0.0
    reach = ALLOWANCE_KM + dt / HOUR_S * top_kt * KT_KMH
    if dt <= short_s and _nearer(lat1, lon1, lat2, lon2, min(step_km, reach)):
        return FLOWN, 0.0
    apart = _apart(lat1, lon1, lat2, lon2)
    if apart > reach:
        return JUMP, apart
    if dt > short_s:
        least_kt = through_kt if np.isnan(kt1) or np.isnan(kt2) else share * max(kt1, kt2)
        if apart < dt / HOUR_S * least_kt * KT_KMH:
            return JUMP, apart
    return FLOWN, apart


@kernel(inner=True)
def _square(lat: float, lon: float) -> int:
    if not (np.isfinite(lat) and np.isfinite(lon)):
        return -1
    row = math.floor((lat + 90.0) * SQUARES_PER_DEG)
    column = math.floor((lon + 180.0) * SQUARES_PER_DEG)
    if not 0 <= column < SQUARES_ROUND:
        column %= SQUARES_ROUND
    return min(max(row, 0), 180 * SQUARES_PER_DEG - 1) * SQUARES_ROUND + column


@kernel(inner=True)
def _on_edge(degrees: float) -> bool:
    """Whether a coordinate is so near the edge of a square that a bent way may be on its other side."""
    x = (degrees + 180.0) * SQUARES_PER_DEG
    x -= math.floor(x)
    edge = STRAIGHT_DEG * SQUARES_PER_DEG
    return x < edge or x > 1.0 - edge


@kernel()
def _square_between(lat1: float, lon1: float, lat2: float, lon2: float, f: float, apart: float) -> int:
    """Return the square at share f of the great circle between two places, which are ``apart`` km."""
    if apart < STRAIGHT_KM and max(abs(lat1), abs(lat2)) < STRAIGHT_LAT and abs(lon2 - lon1) < 2.0:
        lat, lon = lat1 + f * (lat2 - lat1), lon1 + f * (lon2 - lon1)
        if not (_on_edge(lat) or _on_edge(lon)):
            return int(_square(lat, lon))
    p, l, q, k = lat1 * RADIANS, lon1 * RADIANS, lat2 * RADIANS, lon2 * RADIANS  # noqa: E741 - the textbook's
    x = math.cos(p) * math.cos(l) * (1.0 - f) + math.cos(q) * math.cos(k) * f
    y = math.cos(p) * math.sin(l) * (1.0 - f) + math.cos(q) * math.sin(k) * f
    z = math.sin(p) * (1.0 - f) + math.sin(q) * f
    z /= math.sqrt(x * x + y * y + z * z)
    return int(_square(math.asin(min(1.0, max(-1.0, z))) / RADIANS, math.atan2(y, x) / RADIANS))


@kernel(inner=True)
def _band(height: float) -> int:
    if not np.isfinite(height):
        return -1
    band = 0
    for top in BAND_TOPS_FT:
        band += height >= top
    return band


@kernel()
def _walk(c: Heard, rules: Reals, out: Visits) -> int:  # noqa: C901, PLR0912, PLR0915 - one pass over sorted rows
    """Write the visits as far as there is room; return how many there are."""
    n, room = -1, len(out.body)
    body_now, square_now, band_now, slot_now = -1, -1, -1, -1
    inside_now, flags_now = 0.0, 0
    lat2 = lon2 = t2 = a2 = kt2 = 0.0
    air2 = False
    for body in range(len(c.start) - 1):
        before, came = SILENCE, 0.0
        first, stop = c.start[body], c.start[body + 1]
        for i in range(first - 1, stop):
            lat, lon, t, a, kt, air = lat2, lon2, t2, a2, kt2, air2
            if i + 1 < stop:
                row = c.rows[i + 1]
                lat2, lon2, t2 = c.lat[row], c.lon[row], c.time_ms[row] / 1000.0
                a2, kt2, ground = c.altitude_ft[row], c.speed_kt[row], c.ground[row]
                air2 = ground == 0 or (ground == -1 and not kt2 < SLOW_KT)
            if i < first:
                continue
            after, apart = SILENCE, 0.0
            if i + 1 < stop:
                after, apart = _link(t2 - t, air2 == air, lat, lon, lat2, lon2, kt, kt2, rules)
            if not air:
                before = after
                continue
            pieces, piece_s = 1, 0.0
            if after == FLOWN:
                piece_s = t2 - t
                if apart > rules[5]:
                    pieces = math.ceil(apart / rules[5])
                    piece_s /= pieces
            flags = 1
            if before != FLOWN or after != FLOWN:
                flags |= 2
            if SILENCE in (before, after):
                flags |= 4
            for step in range(pieces):
                slot = math.floor((t + step * piece_s) / SLOT_S)
                if step == 0:
                    square, band, inside = _square(lat, lon), _band(a), (piece_s + came) / 2.0
                else:
                    f = step / pieces
                    square = _square_between(lat, lon, lat2, lon2, f, apart)
                    low = a2 if np.isnan(a) else a
                    band = _band(low + f * ((a if np.isnan(a2) else a2) - low))
                    inside, flags = piece_s, 0
                if square != square_now or band != band_now or slot != slot_now or body != body_now:
                    if 0 <= n < room:
                        out.inside_s[n], out.flags[n] = inside_now, flags_now
                    n += 1
                    body_now, square_now, band_now, slot_now = body, square, band, slot
                    inside_now, flags_now = 0.0, 0
                    if n < room:
                        out.body[n], out.square[n], out.band[n], out.slot[n] = body, square, band, slot
                inside_now += inside
                flags_now |= flags
            came = piece_s
            before = after
    if 0 <= n < room:
        out.inside_s[n], out.flags[n] = inside_now, flags_now
    return n + 1
