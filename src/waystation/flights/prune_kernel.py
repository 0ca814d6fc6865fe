"""Numba kernel: the search for airfields worth weighing against an end.

A rough score is the appeal of a field, less for distance, height and course. Fields lie in blocks; a block
whose best field could not be among the ``keep`` best is passed by, and what is left is judged in full.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from waystation.flights.features import FT_PER_KM, MOVING_FPM, USUAL_KT
from waystation.terms.units import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.prune_blocks import Blocks

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["aim_of", "prune", "rough_score"]

BASE_APPEAL = 2.0
MUST = 1e9
SLACK_KM = 0.1  # bounds of blocks: distances in ``rough_score`` come from a series, up to 30 m short
SLACK = 0.01  # … and logarithms are rounded
BINS = 256
AIM = 12  # numbers in ``aim_of``
X, AHEAD, FAST, NEED, SCALE, AIMED, COURSE_WEIGHT = 0, 3, 6, 7, 8, 9, 10


@njit("float64(float64[::1], int64)", cache=True)  # type: ignore[untyped-decorator]
def _nth_best(score: Floats, n: int) -> float:
    return -float(np.partition(-score, n - 1)[n - 1])


@njit("float64[::1](float64[::1])", cache=True)  # type: ignore[untyped-decorator]
def aim_of(s: Floats) -> Floats:
    """Return what ``rough_score`` asks of state ``s``: place and course as vectors, speed, height."""
    out = np.zeros(AIM)
    p, q = math.radians(s[0]), math.radians(s[1])
    out[X], out[X + 1], out[X + 2] = math.cos(p) * math.cos(q), math.cos(p) * math.sin(q), math.sin(p)
    course = s[6]
    if math.isnan(course):
        course = s[7]
    aimed = not math.isnan(course)
    c = math.radians(course) if aimed else 0.0
    ex, ey = -math.sin(q), math.cos(q)
    nx, ny, nh = -math.sin(p) * math.cos(q), -math.sin(p) * math.sin(q), math.cos(p)
    out[AHEAD], out[AHEAD + 1] = math.sin(c) * ex + math.cos(c) * nx, math.sin(c) * ey + math.cos(c) * ny
    out[AHEAD + 2] = math.cos(c) * nh
    speed = s[14]
    if math.isnan(speed):
        speed = USUAL_KT
    fast = min(max((speed - 150.0) / 150.0, 0.0), 1.0)
    height = 10000.0 if math.isnan(s[2]) else max(s[2], 0.0)
    coming = s[4] < -MOVING_FPM
    scale = 30.0 + 150.0 * min(height / 35000.0, 1.0) * (0.6 if coming else 1.0) + (0.0 if coming else 60.0)
    out[FAST], out[NEED], out[SCALE] = fast, height / FT_PER_KM * 0.7 + 3.0, scale
    out[AIMED], out[COURSE_WEIGHT] = 1.0 if aimed else 0.0, 0.7 + 1.3 * fast
    return out


@njit(cache=True)  # type: ignore[untyped-decorator]
def rough_score(aim: Floats, dot: float, unit: Floats, appeal: Floats, i: int, least: float) -> float:
    """Return the rough score of field ``i`` (``dot``: cosine of the way); -inf if below ``least``."""
    fast, need = aim[FAST], aim[NEED]
    chord2 = max(2.0 - 2.0 * dot, 1e-12)  # series instead of arcs: the order need only be roughly right
    d = EARTH_RADIUS_KM * math.sqrt(chord2) * (1.0 + chord2 / 24.0)
    score = appeal[i, 0] * (1.0 - fast) + appeal[i, 1] * fast - d / aim[SCALE]
    if score < least:
        return -math.inf
    if d < need:
        score -= 4.0 * min(math.log(need / (d + 3.0)) if need > d + 3.0 else 0.0, 3.0)
    if aim[AIMED] > 0.0:
        sine = math.sqrt(chord2 * (1.0 - chord2 / 4.0))
        along = aim[AHEAD] * unit[i, 0] + aim[AHEAD + 1] * unit[i, 1] + aim[AHEAD + 2] * unit[i, 2]
        versine = max(1.0 - along / sine, 0.0)
        off2 = 3283.0 * (2.0 * versine + versine * versine / 3.0)  # degrees squared, 2 % short at 90
        width = 15.0 + 60.0 * 625.0 / (625.0 + d * d)
        x = off2 / (width * width)
        floor = 3.0 if x > 20.0 else (2.0 if x > 6.5 else (1.0 if x > 1.75 else 0.0))  # ln(1 + x) is more
        if score - aim[COURSE_WEIGHT] * floor < least:
            return -math.inf
        score -= aim[COURSE_WEIGHT] * math.log1p(x)
    return float(score)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _least_km(dot: float, radius: float) -> float:
    """Return what no field of a block is nearer than. ``dot``: cosine of the way to its middle."""
    chord2 = max(2.0 - 2.0 * dot, 0.0)  # its arc is longer than the first terms of the series
    return max(EARTH_RADIUS_KM * (math.sqrt(chord2) * (1.0 + chord2 / 24.0) - radius) - SLACK_KM, 0.0)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _off_course(aim: Floats, m: int, dot: float, d: float, b: Blocks) -> float:
    """Return what the angle off the course costs all fields of block ``m`` at least.

    ``dot``: cosine of the way to its middle; ``d``: none is nearer. Seen from here the block is a circle; the
    cosine of the angle to its edge comes from those to its middle and of its half width.
    """
    if aim[AIMED] == 0.0 or dot >= b.cos_around[m]:
        return 0.0
    sine = math.sqrt(1.0 - dot * dot)
    unit = b.unit
    along = (aim[AHEAD] * unit[m, 0] + aim[AHEAD + 1] * unit[m, 1] + aim[AHEAD + 2] * unit[m, 2]) / sine
    along, half = min(max(along, -1.0), 1.0), min(b.sin_radius[m] / sine, 1.0)
    across = math.sqrt(1.0 - half * half)
    if along >= across:
        return 0.0
    versine = 1.0 - (along * across + math.sqrt(1.0 - along * along) * half)
    width = 15.0 + 60.0 * 625.0 / (625.0 + d * d)
    off2 = 3283.0 * (2.0 * versine + versine * versine / 3.0)
    return float(aim[COURSE_WEIGHT] * max(math.log1p(off2 / (width * width)) - SLACK, 0.0))


@njit(cache=True)  # type: ignore[untyped-decorator]
def _dot(aim: Floats, unit: Floats, i: int) -> float:
    return float(aim[X] * unit[i, 0] + aim[X + 1] * unit[i, 1] + aim[X + 2] * unit[i, 2])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _roughly_sorted(above: Floats, m: int, top: float) -> Ints:
    """Return the numbers 0 … m - 1, the largest of ``above`` first, those within an eighth in any order."""
    step, count = np.empty(m, np.int64), np.zeros(BINS + 1, np.int64)
    for k in range(m):
        step[k] = min(int((top - above[k]) * 8.0), BINS - 1)
        count[step[k] + 1] += 1
    for k in range(BINS):
        count[k + 1] += count[k]
    out = np.empty(m, np.int64)
    for k in range(m):
        out[count[step[k]]] = k
        count[step[k]] += 1
    return out


@njit(cache=True)  # type: ignore[untyped-decorator]
def _judge(  # noqa: C901, PLR0912, PLR0915 - one walk over blocks, best first
    s: Floats, bases: Ints, b: Blocks, reach: Floats, cos_reach: float, keep: int, rows: Ints, score: Floats
) -> int:
    """Fill ``rows`` and rough scores of fields that may be among the ``keep`` best; return their number.

    ``reach``: the cosine below which a block is out of reach, per block.
    """
    aim = aim_of(s)
    n = 0
    for k in range(len(bases)):  # a liked field may win from far below: it is judged in any case
        i = bases[k]
        known = i < 0
        for j in range(n):
            if rows[j] == i:  # named twice, liked twice
                score[j] += BASE_APPEAL
                known = True
        if known:
            continue
        dot = _dot(aim, b.field_unit, i)
        if dot >= cos_reach:
            rows[n] = i
            score[n] = rough_score(aim, dot, b.field_unit, b.appeal, i, -math.inf) + BASE_APPEAL
            n += 1
    n_bases = n
    half = math.degrees(math.acos(cos_reach))
    first = np.searchsorted(b.lat, s[0] - half - 3.0)
    last = np.searchsorted(b.lat, s[0] + half + 1.0)
    block, above, way = np.empty(last - first, np.int64), np.empty(last - first), np.empty(last - first)
    m, top = 0, -math.inf
    for i in range(first, last):
        dot = _dot(aim, b.unit, i)
        if dot < reach[i]:
            continue
        d = _least_km(dot, b.radius[i])
        block[m], way[m] = i, dot
        above[m] = b.most[i, 0] * (1.0 - aim[FAST]) + b.most[i, 1] * aim[FAST] - d / aim[SCALE]
        top = max(top, above[m])
        m += 1
    least, fresh = -math.inf, 0
    for o in _roughly_sorted(above, m, top):
        if above[o] < least:
            continue
        i = block[o]
        if above[o] - _off_course(aim, i, way[o], _least_km(way[o], b.radius[i]), b) < least:
            continue
        for j in range(b.start[i], b.start[i + 1]):
            row = b.rows[j]
            dot = _dot(aim, b.field_unit, row)
            if dot < cos_reach:
                continue
            v = rough_score(aim, dot, b.field_unit, b.appeal, row, least)
            if v < least or v == -math.inf:
                continue
            known = False
            for k in range(n_bases):
                known |= rows[k] == row
            if known:
                continue
            rows[n], score[n] = row, v
            n += 1
            fresh += 1
        if n > keep and fresh > keep // 2:
            least, fresh = max(least, _nth_best(score[:n], keep)), 0
            kept = n_bases
            for j in range(n_bases, n):
                if score[j] >= least:
                    rows[kept], score[kept] = rows[j], score[j]
                    kept += 1
            n = kept
    return n


@njit(cache=True)  # type: ignore[untyped-decorator]
def prune(states: Floats, bases: Ints, must: Ints, b: Blocks, reach_km: float, keep: int) -> Ints:
    """Return (ends, keep) rows of the field table that are worth weighing, rising, -1 where there are fewer.

    ``must``: (ends, any number) rows that are kept if within reach, -1 for none. Of equal scores at the edge
    the first rows are taken.
    """
    out = np.full((len(states), keep), -1, dtype=np.int64)
    angle = reach_km / EARTH_RADIUS_KM
    cos_reach = math.cos(angle)
    reach = np.cos(np.minimum(b.radius + angle, math.pi)) - 1e-9
    size = len(b.rows) + must.shape[1]
    rows, score = np.empty(size, dtype=np.int64), np.empty(size)
    for e in range(len(states)):
        n = _judge(states[e], bases[e], b, reach, cos_reach, keep, rows, score)
        x = aim_of(states[e])
        for k in range(must.shape[1]):
            i = must[e, k]
            if i < 0 or _dot(x, b.field_unit, i) < cos_reach:
                continue
            at = 0
            while at < n and rows[at] != i:
                at += 1
            n = max(n, at + 1)
            rows[at], score[at] = i, MUST
        least = _nth_best(score[:n], keep) if n > keep else -math.inf
        wanted = np.sort(rows[:n][score[:n] >= least])[:keep]
        out[e, : len(wanted)] = wanted
    return out
