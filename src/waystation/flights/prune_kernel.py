"""Numba kernel: the search for airfields worth weighing against an end.

A rough score is the appeal of a field, less for distance, height and course. Fields lie in blocks; a block
whose best field could not be among the ``keep`` best is passed by, and what is left is judged in full.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from waystation.flights.features import FT_PER_KM, MOVING_FPM, USUAL_KT
from waystation.terms.compiled import kernel
from waystation.terms.runs import kth_least
from waystation.terms.units import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.prune_blocks import Blocks

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Aim = tuple[float, float, float, float, float, float, float, float, float, float, float]

__all__ = ["aim_of", "prune", "rough_score"]

BASE_APPEAL = 2.0
MUST = 1e9
SLACK_KM = 0.1  # bounds of blocks: distances in ``rough_score`` come from a series, up to 30 m short
SLACK = 0.01  # … and logarithms are rounded
BINS = 256
FAST, NEED, SCALE, AIMED, COURSE_WEIGHT = 6, 7, 8, 9, 10  # in ``aim_of``, after place and course


@kernel(inner=True)
def _nth_best(score: Floats, n: int) -> float:
    return -float(kth_least(-score, len(score), n - 1))


@kernel()
def aim_of(s: Floats) -> Aim:
    """Return what ``rough_score`` asks of state ``s``: place and course as vectors, speed, height."""
    p, q = math.radians(s[0]), math.radians(s[1])
    course = s[6]
    if math.isnan(course):
        course = s[7]
    aimed = not math.isnan(course)
    c = math.radians(course) if aimed else 0.0
    ex, ey = -math.sin(q), math.cos(q)
    nx, ny, nh = -math.sin(p) * math.cos(q), -math.sin(p) * math.sin(q), math.cos(p)
    speed = s[14]
    if math.isnan(speed):
        speed = USUAL_KT
    fast = min(max((speed - 150.0) / 150.0, 0.0), 1.0)
    height = 10000.0 if math.isnan(s[2]) else max(s[2], 0.0)
    coming = s[4] < -MOVING_FPM
    scale = 30.0 + 150.0 * min(height / 35000.0, 1.0) * (0.6 if coming else 1.0) + (0.0 if coming else 60.0)
    return (
        math.cos(p) * math.cos(q),
        math.cos(p) * math.sin(q),
        math.sin(p),
        math.sin(c) * ex + math.cos(c) * nx,
        math.sin(c) * ey + math.cos(c) * ny,
        math.cos(c) * nh,
        fast,
        height / FT_PER_KM * 0.7 + 3.0,
        scale,
        1.0 if aimed else 0.0,
        0.7 + 1.3 * fast,
    )


@kernel()
def rough_score(aim: Aim, dot: float, along: float, slow: float, quick: float, least: float) -> float:
    """Return the rough score of a field, -inf if below ``least``.

    ``dot``: cosine of the way; ``along``: the field's share of the course; ``slow``, ``quick``: its appeal.
    Plain numbers all: to hand on an array is to count it, which costs as much as the score.
    """
    fast, need = aim[FAST], aim[NEED]
    chord2 = max(2.0 - 2.0 * dot, 1e-12)  # series instead of arcs: the order need only be roughly right
    d = EARTH_RADIUS_KM * math.sqrt(chord2) * (1.0 + chord2 / 24.0)
    score = slow * (1.0 - fast) + quick * fast - d / aim[SCALE]
    if score < least:
        return -math.inf
    if d < need:
        score -= 4.0 * min(math.log(need / (d + 3.0)) if need > d + 3.0 else 0.0, 3.0)
    if aim[AIMED] > 0.0:
        sine = math.sqrt(chord2 * (1.0 - chord2 / 4.0))
        versine = max(1.0 - along / sine, 0.0)
        off2 = 3283.0 * (2.0 * versine + versine * versine / 3.0)  # degrees squared, 2 % short at 90
        width = 15.0 + 60.0 * 625.0 / (625.0 + d * d)
        x = off2 / (width * width)
        floor = 3.0 if x > 20.0 else (2.0 if x > 6.5 else (1.0 if x > 1.75 else 0.0))  # ln(1 + x) is more
        if score - aim[COURSE_WEIGHT] * floor < least:
            return -math.inf
        score -= aim[COURSE_WEIGHT] * math.log1p(x)
    return float(score)


@kernel(inner=True)
def _least_km(dot: float, radius: float) -> float:
    """Return what no field of a block is nearer than. ``dot``: cosine of the way to its middle."""
    chord2 = max(2.0 - 2.0 * dot, 0.0)  # its arc is longer than the first terms of the series
    return max(EARTH_RADIUS_KM * (math.sqrt(chord2) * (1.0 + chord2 / 24.0) - radius) - SLACK_KM, 0.0)


@kernel(inner=True)
def _off_course(aim: Aim, dot: float, along: float, half: float, d: float) -> float:
    """Return what the angle off the course costs all fields of a block at least.

    ``dot``: cosine of the way to its middle, ``along``: the middle's share of the course, ``half``: sine of
    its radius, ``d``: none is nearer. Seen from here the block is a circle; the cosine of the angle to its
    edge comes from those to its middle and of its half width.
    """
    sine = math.sqrt(1.0 - dot * dot)
    to, half = min(max(along / sine, -1.0), 1.0), min(half / sine, 1.0)
    across = math.sqrt(1.0 - half * half)
    if to >= across:
        return 0.0
    versine = 1.0 - (to * across + math.sqrt(1.0 - to * to) * half)
    width = 15.0 + 60.0 * 625.0 / (625.0 + d * d)
    off2 = 3283.0 * (2.0 * versine + versine * versine / 3.0)
    return float(aim[COURSE_WEIGHT] * max(math.log1p(off2 / (width * width)) - SLACK, 0.0))


@kernel(inner=True)
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


@kernel(inner=True)
def _judge(  # noqa: C901, PLR0912, PLR0915 - one walk over blocks, best first
    s: Floats, bases: Ints, b: Blocks, reach: Floats, cos_reach: float, keep: int, rows: Ints, score: Floats
) -> int:
    """Fill ``rows`` and rough scores of fields that may be among the ``keep`` best; return their number.

    ``reach``: the cosine below which a block is out of reach, per block.
    """
    aim = aim_of(s)
    x, y, z, ahead_x, ahead_y, ahead_z = aim[:6]
    unit, appeal = b.field_unit, b.appeal
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
        dot = x * unit[i, 0] + y * unit[i, 1] + z * unit[i, 2]
        if dot >= cos_reach:
            along = ahead_x * unit[i, 0] + ahead_y * unit[i, 1] + ahead_z * unit[i, 2]
            rows[n] = i
            score[n] = rough_score(aim, dot, along, appeal[i, 0], appeal[i, 1], -math.inf) + BASE_APPEAL
            n += 1
    n_bases = n
    half = math.degrees(math.acos(cos_reach))
    first = np.searchsorted(b.lat, s[0] - half - 3.0)
    last = np.searchsorted(b.lat, s[0] + half + 1.0)
    block, above, way = np.empty(last - first, np.int64), np.empty(last - first), np.empty(last - first)
    m, top = 0, -math.inf
    unit, radius, most = b.unit, b.radius, b.most
    for i in range(first, last):
        dot = x * unit[i, 0] + y * unit[i, 1] + z * unit[i, 2]
        if dot < reach[i]:
            continue
        block[m], way[m] = i, dot
        d = _least_km(dot, radius[i])
        above[m] = most[i, 0] * (1.0 - aim[FAST]) + most[i, 1] * aim[FAST] - d / aim[SCALE]
        top = max(top, above[m])
        m += 1
    least, fresh = -math.inf, 0
    own, liking, all_rows = b.own_unit, b.own_appeal, b.rows
    for o in _roughly_sorted(above, m, top):
        if above[o] < least:
            continue
        i, dot = block[o], way[o]
        if aim[AIMED] > 0.0 and dot < b.cos_around[i]:  # nearer, it may lie in any direction
            along = ahead_x * unit[i, 0] + ahead_y * unit[i, 1] + ahead_z * unit[i, 2]
            if above[o] - _off_course(aim, dot, along, b.sin_radius[i], _least_km(dot, radius[i])) < least:
                continue
        for j in range(b.start[i], b.start[i + 1]):
            dot = x * own[j, 0] + y * own[j, 1] + z * own[j, 2]
            if dot < cos_reach:
                continue
            along = ahead_x * own[j, 0] + ahead_y * own[j, 1] + ahead_z * own[j, 2]
            v = rough_score(aim, dot, along, liking[j, 0], liking[j, 1], least)
            if v < least or v == -math.inf:
                continue
            row = all_rows[j]
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


@kernel()
def prune(states: Floats, bases: Ints, must: Ints, b: Blocks, reach_km: float, keep: int) -> Ints:
    """Return (ends, keep) rows of the field table that are worth weighing, rising, -1 where there are fewer.

    ``must``: (ends, any number) rows that are kept if within reach, -1 for none. Of equal scores at the edge
    the first rows are taken.
    """
    out = np.full((len(states), keep), -1, dtype=np.int64)
    angle = reach_km / EARTH_RADIUS_KM
    cos_reach = math.cos(angle)
    reach = np.cos(np.minimum(b.radius + angle, math.pi)) - 1e-9
    size, unit = len(b.rows) + must.shape[1], b.field_unit
    rows, score = np.empty(size, dtype=np.int64), np.empty(size)
    for e in range(len(states)):
        n = _judge(states[e], bases[e], b, reach, cos_reach, keep, rows, score)
        x, y, z = aim_of(states[e])[:3]
        for k in range(must.shape[1]):
            i = must[e, k]
            if i < 0 or x * unit[i, 0] + y * unit[i, 1] + z * unit[i, 2] < cos_reach:
                continue
            at = 0
            while at < n and rows[at] != i:
                at += 1
            n = max(n, at + 1)
            rows[at], score[at] = i, MUST
        least = _nth_best(score[:n], keep) if n > keep else -math.inf
        wanted = np.sort(rows[:n][score[:n] >= least])[:keep]
        for k in range(len(wanted)):
            out[e, k] = wanted[k]
    return out
