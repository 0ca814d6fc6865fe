"""Numba kernel: the search for airfields worth weighing against an end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit, prange

from waystation.flights.features import FT_PER_KM, MOVING_FPM, USUAL_KT
from waystation.terms.units import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["prune"]

BASE_APPEAL = 2.0
MUST = 1e9


@njit(cache=True)  # type: ignore[untyped-decorator]
def _nth_best(score: Floats, n: int) -> float:
    return -float(np.partition(-score, n - 1)[n - 1])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _rough(  # noqa: C901, PLR0912, PLR0915 - unit vectors spare the trigonometry
    s: Floats,
    bases: Ints,
    must: Ints,
    first: int,
    last: int,
    unit: Floats,
    appeal: Floats,
    reach_km: float,
    keep: int,
    rows: Ints,
    score: Floats,
    chords: Floats,
) -> int:
    """Fill rows and rough scores of all fields within reach; return their number.

    Scores are right for those that may be among the ``keep`` best, and no higher than right for the others.
    """
    p, q = math.radians(s[0]), math.radians(s[1])
    x, y, h = math.cos(p) * math.cos(q), math.cos(p) * math.sin(q), math.sin(p)
    course = s[6]
    if math.isnan(course):
        course = s[7]
    aimed = not math.isnan(course)
    c = math.radians(course) if aimed else 0.0
    ex, ey = -math.sin(q), math.cos(q)
    nx, ny, nh = -math.sin(p) * math.cos(q), -math.sin(p) * math.sin(q), math.cos(p)
    ax, ay, ah = math.sin(c) * ex + math.cos(c) * nx, math.sin(c) * ey + math.cos(c) * ny, math.cos(c) * nh
    speed = s[14]
    if math.isnan(speed):
        speed = USUAL_KT
    fast = min(max((speed - 150.0) / 150.0, 0.0), 1.0)
    height = 10000.0 if math.isnan(s[2]) else max(s[2], 0.0)
    coming = s[4] < -MOVING_FPM
    scale = 30.0 + 150.0 * min(height / 35000.0, 1.0) * (0.6 if coming else 1.0) + (0.0 if coming else 60.0)
    cos_reach = math.cos(reach_km / EARTH_RADIUS_KM)
    need = height / FT_PER_KM * 0.7 + 3.0
    n = 0
    for i in range(first, last):
        dot = x * unit[i, 0] + y * unit[i, 1] + h * unit[i, 2]
        if dot < cos_reach:
            continue
        chord2 = max(2.0 - 2.0 * dot, 1e-12)  # series instead of arcs: the order need only be roughly right
        d = EARTH_RADIUS_KM * math.sqrt(chord2) * (1.0 + chord2 / 24.0)
        rows[n], chords[n] = i, chord2
        score[n] = appeal[i, 0] * (1.0 - fast) + appeal[i, 1] * fast - d / scale
        n += 1
    if n <= keep:  # all are kept, whatever their scores
        return n
    liked, done = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    for k in range(len(bases)):
        j = np.searchsorted(rows[:n], bases[k])  # rows rise
        liked[j if j < n else 0] |= j < n and rows[j] == bases[k]
    bar = _nth_best(score[:n], min(2 * keep, n))
    for last_round in (False, True):  # whoever is too bad straight ahead need not be looked at closely
        for j in range(n):
            if done[j] or not (score[j] >= bar or liked[j]):
                continue
            done[j] = True
            chord2, u = chords[j], unit[rows[j]]
            d = EARTH_RADIUS_KM * math.sqrt(chord2) * (1.0 + chord2 / 24.0)
            if d < need:
                score[j] -= 4.0 * min(math.log(need / (d + 3.0)) if need > d + 3.0 else 0.0, 3.0)
            if aimed:
                sine = math.sqrt(chord2 * (1.0 - chord2 / 4.0))
                versine = max(1.0 - (ax * u[0] + ay * u[1] + ah * u[2]) / sine, 0.0)
                off2 = 3283.0 * (2.0 * versine + versine * versine / 3.0)  # degrees squared, 2 % short at 90
                width = 15.0 + 60.0 * 625.0 / (625.0 + d * d)
                score[j] -= (0.7 + 1.3 * fast) * math.log1p(off2 / (width * width))
        if not last_round:
            bar = _nth_best(score[:n][done], keep)
    for j in range(n):
        if not done[j]:
            score[j] = -math.inf
    for k in range(len(bases)):
        j = np.searchsorted(rows[:n], bases[k])
        if j < n and rows[j] == bases[k]:
            score[j] += BASE_APPEAL
    for k in range(len(must)):
        j = np.searchsorted(rows[:n], must[k])
        if j < n and rows[j] == must[k]:
            score[j] = MUST
    return n


@njit(cache=True, parallel=True)  # type: ignore[untyped-decorator]
def prune(
    states: Floats,
    bases: Ints,
    must: Ints,
    lat: Floats,
    unit: Floats,
    appeal: Floats,
    reach_km: float,
    keep: int,
) -> Ints:
    """Return (ends, keep) rows of the field table that are worth weighing, -1 where there are fewer.

    ``must``: (ends, any number) rows that are kept if within reach, -1 for none.
    """
    n = len(states)
    half = math.degrees(reach_km / EARTH_RADIUS_KM)
    out = np.full((n, keep), -1, dtype=np.int64)
    for e in prange(n):
        first = np.searchsorted(lat, states[e, 0] - half)
        last = np.searchsorted(lat, states[e, 0] + half)
        rows, score = np.empty(last - first, dtype=np.int64), np.empty(last - first)
        chords = np.empty(last - first)
        k = _rough(
            states[e], bases[e], must[e], first, last, unit, appeal, reach_km, keep, rows, score, chords
        )  # fmt: skip
        if k <= keep:
            out[e, :k] = rows[:k]
            continue
        least = _nth_best(score[:k], keep)
        filled = 0
        for j in range(k):
            if score[j] >= least and filled < keep:
                out[e, filled] = rows[j]
                filled += 1
    return out
