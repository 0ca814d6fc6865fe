"""Positions as arrays, body by body: what the kernels of this room read.

A *body* is one thing in the air: an address, and where two aircraft share it, a branch of it
(``tracks`` tells them apart). Speeds and directions that a source does not give are derived from
the positions, so that a rule can be written once for every source.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.flights.coded import coded
from waystation.flights.lengths import steps_km
from waystation.terms.compiled import kernel
from waystation.terms.units import EARTH_RADIUS_KM, KT_KMH
from waystation.terms.used_rows import used_rows

__all__ = ["Bodies", "bodies_of"]

Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOTION_BASE_S = 10.0  # speed from two positions closer than this is mostly rounding
MOTION_REACH_S = 180.0  # across a longer silence a straight line says nothing of the speed here
_NUMBERS = ("lat", "lon", "altitude_ft", "ground_speed_kt", "track_angle_deg", "vertical_rate_fpm")


@dataclass(frozen=True)
class Bodies:
    """Used positions of many bodies, sorted by body and time. n positions, m bodies."""

    icao24: tuple[str, ...]  # m
    branch: NDArray[np.int8]  # m
    start: Ints  # m + 1 offsets into the arrays below
    row: Ints  # n: the row of the positions table
    t_s: Floats  # n: seconds since 1970 UTC
    lat: Floats
    lon: Floats
    altitude_ft: Floats  # nan where unknown or on the ground
    ground_speed_kt: Floats  # reported, else derived, else nan
    track_angle_deg: Floats  # likewise
    vertical_rate_fpm: Floats  # likewise
    ground: NDArray[np.int8]  # 1 ground, 0 air, -1 the source leaves it open

    @cached_property
    def steps_km(self) -> Floats:
        """The n - 1 distances from each position to the next; from one body to another they mean nothing."""
        out: Floats = steps_km(self.lat, self.lon)
        return out


def bodies_of(positions: pa.Table) -> Bodies:
    """Return the used rows of ``positions`` (the output of ``tracks``) as arrays.

    ``positions``: schema ``positions`` plus ``mask`` (0 = used), ``branch`` and ``ground``.
    """
    names, rank, code = _addresses(positions)
    rows, start = used_rows(positions, rank[code])
    first = rows[start[:-1]]
    t_s = positions.column("time_utc").cast(pa.int64()).to_numpy()[rows] / 1000.0
    read = {name: _floats(positions, name, rows) for name in _NUMBERS}
    speed, track, climb = (read[name] for name in _NUMBERS[3:])
    _fill_motion(t_s, read["lat"], read["lon"], read["altitude_ft"], start, speed, track, climb)
    return Bodies(
        icao24=tuple(str(x) for x in names[rank[code[first]]]),
        branch=positions.column("branch").to_numpy()[first].astype(np.int8),
        start=start,
        row=rows,
        t_s=t_s,
        **read,
        ground=_ground(positions, rows),
    )


def _addresses(positions: pa.Table) -> tuple[Array, Ints, Ints]:
    """Return the addresses in order, the place of each code among them, and every row's code."""
    code, distinct = coded(positions.column("icao24").combine_chunks())
    names = np.asarray(distinct.to_pylist(), dtype=object)
    order = np.argsort(names.astype(str), kind="stable")
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return names[order], rank, code


def _floats(table: pa.Table, name: str, rows: Ints) -> Floats:
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64).take(rows)


def _ground(positions: pa.Table, rows: Ints) -> NDArray[np.int8]:
    """Return the ground state that the source gave, cleaned by ``tracks``; -1 where the source is silent.

    What ``tracks`` concludes from slowness alone is left open here, where airfields are known.
    """
    state = np.asarray(positions.column("ground").to_numpy(), dtype=np.int8).take(rows)
    if positions.column("on_ground").null_count:
        silent = positions.column("on_ground").is_null().to_numpy()
        state[silent.take(rows) & (state == 1)] = -1
    return state


@kernel()
def _fill_motion(  # noqa: C901 - one walk over the positions, kept in one place
    t: Array, lat: Array, lon: Array, alt: Array, start: Array, speed: Array, track: Array, climb: Array
) -> None:
    """Fill unknown speeds (kt), directions (deg) and climbs (ft/min).

    From positions at least ``MOTION_BASE_S`` apart, around the one in question.
    """
    for body in range(len(start) - 1):
        a, b = start[body], start[body + 1]
        i, j = a, a
        for k in range(a, b):
            if not (np.isnan(speed[k]) or np.isnan(track[k]) or np.isnan(climb[k])):
                continue
            while i < k and t[k] - t[i + 1] >= MOTION_BASE_S:
                i += 1
            j = max(j, k)
            while j < b - 1 and t[j] - t[k] < MOTION_BASE_S:
                j += 1
            u = i if t[k] - t[i] <= MOTION_REACH_S else k
            v = j if t[j] - t[k] <= MOTION_REACH_S else k
            dt = t[v] - t[u]
            if dt <= 0.0:
                continue
            if np.isnan(climb[k]):
                climb[k] = (alt[v] - alt[u]) / dt * 60.0
            if not (np.isnan(speed[k]) or np.isnan(track[k])):
                continue
            p, q = np.radians(lat[u]), np.radians(lat[v])
            d = np.radians(lon[v] - lon[u])
            h = np.sin((q - p) / 2) ** 2 + np.cos(p) * np.cos(q) * np.sin(d / 2) ** 2
            made_good = 2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(h))) / dt * 3600 / KT_KMH
            if np.isnan(speed[k]):
                speed[k] = made_good
            if np.isnan(track[k]) and made_good > 5.0:
                y = np.sin(d) * np.cos(q)
                x = np.cos(p) * np.sin(q) - np.sin(p) * np.cos(q) * np.cos(d)
                track[k] = np.degrees(np.arctan2(y, x)) % 360.0
