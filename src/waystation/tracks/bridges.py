"""Steps across what was left out, and what is plainly flown all the same."""

from __future__ import annotations

import numpy as np

from waystation.tracks.compiled import Array, inner, kernel
from waystation.tracks.motion import SPEED_UNIT, Moves, chord, missed_km, misses, reachable

__all__ = ["BODIES", "BRIDGE", "bridged", "number_bodies", "restore"]

BRIDGE = 0.1  # share of a step between runs that counts as heard; more would reward leaving rows out
BODIES = 128  # as many as an int8 can number


@inner
def bridged(m: Moves, i: int, j: int) -> float:
    """Seconds that count between two runs: a share of up to 60 where it plainly flew across."""
    dt = (m.t[j] - m.t[i]) / 1000.0
    if dt > 120.0:  # beyond two minutes any two places may fit
        return 0.0
    v = m.speed[i] if np.isnan(m.speed[j]) else m.speed[j]
    way = dt * SPEED_UNIT * v
    unknown = np.isnan(way) and chord(m, i, j) < 600.0 * SPEED_UNIT * dt
    if unknown or (misses(m, i, j) < 0.3 and 0.5 * way - 1.0 < chord(m, i, j) < 1.3 * way + 1.0):
        return float(BRIDGE * min(dt, 60.0))
    return 0.0


@kernel
def restore(
    m: Moves, rows: Array, first: Array, branch: Array, body: int, free: Array, late: float, top: float
) -> None:
    """Give a body the runs between two of its own that were plainly flown from the one and to the other.

    They were left out for being slow, or for a height that leaps; what lies off the way is passed over.
    """
    taken = np.empty(len(free), dtype=np.int64)
    n = 0
    tip = -1
    for r in range(len(free)):
        i, j = rows[first[r]], rows[first[r + 1] - 1]
        if free[r]:
            if tip >= 0 and _plain(m, tip, i, late, top):
                taken[n] = r
                n += 1
                tip = j
            continue
        if branch[i] != body:
            continue
        if n > 0 and _plain(m, tip, i, late, top):
            for k in range(n):
                free[taken[k]] = False
                branch[rows[first[taken[k]] : first[taken[k] + 1]]] = body
        n = 0
        tip = j


@inner
def _plain(m: Moves, i: int, j: int, late: float, top: float) -> bool:
    """Whether row j lies where row i was flying to, within a minute."""
    dt = (m.t[j] - m.t[i]) / 1000.0
    if dt > 60.0 or not reachable(m, i, j, late, top):
        return False
    v = m.speed[i] if np.isnan(m.speed[j]) else m.speed[j]
    if np.isnan(v):
        return bool(chord(m, i, j) < 0.1 + 0.02 * dt)
    way = dt * SPEED_UNIT * v
    if np.isnan(m.track[i]) and np.isnan(m.track[j]):
        return bool(chord(m, i, j) < 0.3 + 1.25 * way)
    return bool(missed_km(m, i, j) < 0.3 + 0.25 * way)


@kernel
def number_bodies(m: Moves, rows: Array, branch: Array) -> None:
    """Number the body that was heard flying longest 0, and so on."""
    last = np.full(BODIES, -1, dtype=np.int64)
    heard = np.zeros(BODIES)
    for i in rows:
        b = branch[i]
        if last[b] >= 0:
            heard[b] += bridged(m, last[b], i) / BRIDGE
        last[b] = i
    order = np.argsort(-heard, kind="mergesort")
    place = np.empty(BODIES, dtype=np.int64)
    place[order] = np.arange(BODIES)
    for i in rows:
        branch[i] = place[branch[i]]
