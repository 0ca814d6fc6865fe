"""How far an aircraft may have gone between two reports. Shared by the kernels; compiled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.terms.units import EARTH_RADIUS_KM, KT_KMH
from waystation.tracks.bounds import RADIANS, farther, nearer
from waystation.tracks.compiled import Array, inner, kernel

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = [
    "SPEED_UNIT",
    "Moves",
    "chord",
    "distance",
    "leaps",
    "missed_km",
    "misses",
    "moves_of",
    "reachable",
    "repeated_since",
    "roughly_missed",
]

SPEED_UNIT = KT_KMH / 3600.0  # km/s in one knot
INEXACT = (4, 6)  # ranks of TIS-B, MLAT and Mode S places, which err by kilometres
FLIES_KT = 100.0  # what stands does not move so fast, whatever its speed says
HELD_MS = 60_000
NEAR = 4  # of which those next to it tell the pace there: a climb is flown ever faster
SIDE = 12  # even steps before a break that tell a pace: two aircraft on one address take turns sooner
TOO_FAST_KT = 1000.0  # no transport; a broken report
_COSINES = np.cos(np.radians(np.arange(361.0)))
STEADY_S = 600.0  # dead reckoning says nothing beyond


class Moves(NamedTuple):
    """What the kernels know of each row. Speeds kt, angles degrees, nan where absent.

    ``since``: ms from which the place is known to be this (a repeated place is as old as its first
    report). ``speed``: as reported, else the median implied by the neighbours.
    """

    t: Array
    since: Array
    lat: Array
    lon: Array
    alt: Array
    speed: Array
    track: Array
    ground: Array
    rank: Array


@kernel
def distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance (haversine), km; scalars, degrees."""
    p, q = math.radians(lat1), math.radians(lat2)
    a = math.sin((q - p) / 2.0)
    b = math.sin(math.radians(lon2 - lon1) / 2.0)
    h = a * a + math.cos(p) * math.cos(q) * b * b
    return 2.0 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


@kernel
def chord(m: Moves, i: int, j: int) -> float:
    """Distance between two rows, km."""
    return distance(m.lat[i], m.lon[i], m.lat[j], m.lon[j])


@inner
def reachable(m: Moves, i: int, j: int, late_s: float, top_kt: float) -> bool:
    """Whether row j is within reach of the earlier row i.

    The speed is the reported one and an eighth, or what an aircraft may have reached unheard: 0.35 kt
    for each second of silence over 200 kt, so that after 20 minutes everything up to ``top_kt`` is
    possible. The shape is that of readsb's speed check (track.c); the figures are measured, with
    ``late_s``, on real tracks: of 580,000 steps 86 went beyond (docs/rules/cleaning.md).
    """
    silence = (m.t[j] - m.t[i]) / 1000.0
    dt = (m.t[j] - m.since[i]) / 1000.0
    v = m.speed[j] if m.speed[j] > m.speed[i] or np.isnan(m.speed[i]) else m.speed[i]
    v = top_kt if np.isnan(v) else min(max(v * 1.12 + 20.0, 200.0 + 0.35 * silence), max(top_kt, v * 1.12))
    slack = 0.3
    if INEXACT[0] <= m.rank[i] <= INEXACT[1] or INEXACT[0] <= m.rank[j] <= INEXACT[1]:
        v, slack = v * 1.4, 3.0
    reach = slack + (dt + late_s) * v * SPEED_UNIT
    if abs(m.lat[j] - m.lat[i]) * 111.0 > reach:
        return False
    if nearer(m.lat[i], m.lon[i], m.lat[j], m.lon[j], reach):
        return True
    return bool(chord(m, i, j) <= reach)


@inner
def missed_km(m: Moves, i: int, j: int) -> float:
    """How far row j lies from where the speeds and tracks of both rows put it, km; 0 where none are known."""
    north, east, known = 0.0, 0.0, 0
    for k in (i, j):
        if not (np.isnan(m.speed[k]) or np.isnan(m.track[k])):
            north += m.speed[k] * math.cos(math.radians(m.track[k]))
            east += m.speed[k] * math.sin(math.radians(m.track[k]))
            known += 1
    if known == 0:
        return 0.0
    run = (m.t[j] - m.t[i]) / 1000.0 * SPEED_UNIT / known
    east_km = ((m.lon[j] - m.lon[i] + 540.0) % 360.0 - 180.0) * 111.2 * math.cos(math.radians(m.lat[i]))
    return math.hypot((m.lat[j] - m.lat[i]) * 111.2 - north * run, east_km - east * run)


@inner
def misses(m: Moves, i: int, j: int) -> float:
    """``missed_km`` as a share of the way flown, at most 2; 0 beyond ``STEADY_S``, for lack of knowledge."""
    dt = (m.t[j] - m.t[i]) / 1000.0
    if dt > STEADY_S:
        return 0.0
    v = max(m.speed[i], m.speed[j])
    way = 10.0 + (0.0 if np.isnan(v) else v * dt * SPEED_UNIT)
    return min(2.0, missed_km(m, i, j) / way)


@inner
def leaps(m: Moves, i: int, j: int) -> bool:
    """Whether no aircraft changes its height so fast; false where a height is not known."""
    dt = (m.t[j] - m.t[i]) / 1000.0
    return bool(abs(m.alt[j] - m.alt[i]) > 3000.0 + 200.0 * min(dt, 30.0) + 100.0 * max(0.0, dt - 30.0))


def moves_of(c: Columns, mask: Array, hold_s: float = 30.0) -> Moves:
    """Return what the kernels need; ``hold_s``: the longest time for which a place is taken as repeated."""
    since, track = c.t.copy(), c.track.copy()
    speed = np.where(c.gs > TOO_FAST_KT, np.nan, c.gs)
    _prepare(c.start, c.t, c.lat, c.lon, mask, int(hold_s * 1000), since, speed)
    moves = Moves(c.t, since, c.lat, c.lon, c.alt, speed, track, c.ground, c.rank)
    _distrust_tracks(c.start, mask, moves)
    return moves


@kernel
def _prepare(
    start: Array, t: Array, lat: Array, lon: Array, mask: Array, hold_ms: int, since: Array, speed: Array
) -> None:
    for a in range(len(start) - 1):
        last = -1
        silent = 0
        for i in range(start[a], start[a + 1]):
            if mask[i] != 0:
                continue
            if last >= 0 and lat[i] == lat[last] and lon[i] == lon[last]:
                since[i] = max(since[last], t[i] - hold_ms)
            elif last >= 0 and (speed[i] == 0.0 or speed[last] == 0.0):
                way = distance(lat[last], lon[last], lat[i], lon[i])
                if 0 < t[i] - t[last] <= HELD_MS and way > FLIES_KT * SPEED_UNIT * (t[i] - t[last]) / 1000.0:
                    for k in (last, i):  # some sources write 0 for a speed that they do not know
                        if speed[k] == 0.0:
                            speed[k] = np.nan
                            silent += 1
            silent += np.isnan(speed[i])
            last = i
        if silent:
            _fill_speed(start[a], start[a + 1], t, lat, lon, mask, speed)


@inner
def repeated_since(m: Moves, rows: Array) -> None:
    """Date repeated places back also across the rows of another body, up to 40 of them and 30 s."""
    for p in range(1, len(rows)):
        i = rows[p]
        for q in range(p - 1, max(-1, p - 41), -1):
            k = rows[q]
            if m.t[i] - m.t[k] > 30_000:
                break
            if m.lat[i] == m.lat[k] and m.lon[i] == m.lon[k]:
                m.since[i] = max(min(m.since[i], m.since[k]), m.t[i] - 30_000)
                break


@kernel
def _distrust_tracks(start: Array, mask: Array, m: Moves) -> None:
    """Empty the track angles of aircraft whose motion mostly denies them: some files hold them turned."""
    for a in range(len(start) - 1):
        denied, asked, i = 0, 0, -1
        for j in range(start[a], start[a + 1]):
            if mask[j] != 0:
                continue
            if i < 0:
                i = j
                continue
            if m.t[j] - m.t[i] < 10_000:
                continue
            if _steady(m, i, j):
                way = m.speed[j] * ((m.t[j] - m.t[i]) / 1000.0) * SPEED_UNIT
                limit = 0.4 * (0.5 + way)
                about, error = roughly_missed(m, i, j)
                asked += 1
                denied += about + error > limit and missed_km(m, i, j) > limit
            i = j
        if denied > 0.4 * asked:
            m.track[start[a] : start[a + 1]] = np.nan


@inner
def _steady(m: Moves, i: int, j: int) -> bool:
    """Whether a track angle can be judged by the step: up to a minute, as long as the speed says."""
    dt = (m.t[j] - m.t[i]) / 1000.0
    if not (dt <= 60.0 and min(m.speed[i], m.speed[j]) > 100.0 and m.track[i] == m.track[i]):
        return False
    way = m.speed[j] * dt * SPEED_UNIT
    here, there = (m.lat[i], m.lon[i]), (m.lat[j], m.lon[j])
    if farther(here[0], here[1], there[0], there[1], 0.7 * way) and nearer(
        here[0], here[1], there[0], there[1], 1.3 * way
    ):
        return True
    return bool(0.7 * way < chord(m, i, j) < 1.3 * way)


@inner
def roughly_missed(m: Moves, i: int, j: int) -> tuple[float, float]:
    """Return ``missed_km`` and how far that may be off: with cosines of whole degrees, which cost nothing."""
    x = m.lat[i] * RADIANS
    x *= x
    east_deg = m.lon[j] - m.lon[i]
    if not (abs(east_deg) < 2.0 and 0.0 <= m.track[i] <= 360.0 and 0.0 <= m.track[j] <= 360.0):
        return missed_km(m, i, j), 0.0
    both = m.speed[i] + m.speed[j]
    if np.isnan(both):
        return missed_km(m, i, j), 0.0
    run = (m.t[j] - m.t[i]) / 1000.0 * SPEED_UNIT / 2.0
    north = m.speed[i] * _COSINES[int(m.track[i] + 0.5)] + m.speed[j] * _COSINES[int(m.track[j] + 0.5)]
    east = m.speed[i] * _COSINES[int(abs(m.track[i] - 90.0) + 0.5)]
    east += m.speed[j] * _COSINES[int(abs(m.track[j] - 90.0) + 0.5)]
    up = (m.lat[j] - m.lat[i]) * 111.2 - north * run
    right = east_deg * 111.2 * (1.0 - x * (0.5 - x * (1.0 / 24.0 - x / 720.0))) - east * run
    return math.sqrt(up * up + right * right), abs(both * run) * 0.009 + 0.0011 * 111.2 * abs(east_deg)


@inner
def _fill_speed(lo: int, hi: int, t: Array, lat: Array, lon: Array, mask: Array, speed: Array) -> None:
    """Put the median speed of the four steps before and after for absent speeds, where they agree.

    Near a break they do not; then an even pace on one side of it counts, where it lasts.
    """
    rows = lo + np.flatnonzero(mask[lo:hi] == 0)
    n = len(rows)
    steps = np.full(max(n - 1, 0), -1.0)  # -1: not asked for yet
    for k in range(n):
        if np.isnan(speed[rows[k]]):
            _ask(steps, max(0, k - 4), min(n - 1, k + 4), rows, t, lat, lon)
            speed[rows[k]] = _even(steps[max(0, k - 4) : k + 4], 3)
            if np.isnan(speed[rows[k]]):
                _ask(steps, max(0, k - SIDE), min(n - 1, k + SIDE), rows, t, lat, lon)
                flown = np.fmax(_pace(steps[max(0, k - SIDE) : k], -NEAR), _pace(steps[k : k + SIDE], NEAR))
                if flown > FLIES_KT:  # what stands may roll the next moment
                    speed[rows[k]] = flown


@inner
def _ask(steps: Array, begin: int, stop: int, rows: Array, t: Array, lat: Array, lon: Array) -> None:
    """Put the speeds (kt) of steps from ``begin`` to ``stop`` where none is known yet; nan of long ones."""
    for p in range(begin, stop):
        if steps[p] == -1.0:
            i, j = rows[p], rows[p + 1]
            dt = (t[j] - t[i]) / 1000.0
            steps[p] = np.nan
            if 0.0 < dt <= STEADY_S:
                steps[p] = distance(lat[i], lon[i], lat[j], lon[j]) / dt / SPEED_UNIT


@inner
def _pace(steps: Array, near: int) -> float:
    """Return the median of the first ``near`` of ``SIDE`` even steps (the last, if below 0); nan else."""
    if np.isnan(_even(steps, SIDE)):
        return np.nan
    return _even(steps[near:] if near < 0 else steps[:near], NEAR)


@inner
def _even(steps: Array, least: int) -> float:
    """Return the median of ``least`` or more steps that are alike; nan else."""
    near = steps[~np.isnan(steps)]
    if len(near) < least:
        return np.nan
    for k in range(1, len(near)):  # a few, put in order: np.median takes seconds to compile
        v, at = near[k], k
        while at > 0 and near[at - 1] > v:
            near[at] = near[at - 1]
            at -= 1
        near[at] = v
    middle = (near[(len(near) - 1) // 2] + near[len(near) // 2]) / 2.0
    return float(middle) if near[-1] < 1.5 * middle + 100.0 and middle < 700.0 else np.nan
