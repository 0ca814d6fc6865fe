"""Steps across what was left out, and whether one run plainly goes on in another."""

from __future__ import annotations

import numpy as np

from waystation.tracks.compiled import Array, kernel
from waystation.tracks.motion import SPEED_UNIT, Moves, chord, leaps, misses

__all__ = ["BRIDGE", "bridged", "untangle"]

BRIDGE = 0.1  # share of a step between runs that counts as heard; more would reward leaving rows out
LEAP_KM = 20.0  # beyond any lag
NEAR_KM, SLOW_KT = 5.0, 60.0  # the other body was left on this field
STEADY_S = 120.0  # a body that was not heard flying that long is an accident of stray rows
SOUND_STEPS = 3  # a body whose last steps do not hang together holds strays
BODIES = 128  # as many as an int8 can number


@kernel
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
def untangle(m: Moves, rows: Array, branch: Array) -> None:
    """Exchange the tails of bodies that swapped identities; number the one heard longest 0.

    The heaviest chain may go on in another body's tail once silence has brought that within reach. Where
    a row leaps from its body's last over more than a minute, and another body's last lies within a fifth
    of the way, on the spot or plainly flown from in half the time, the two exchange what follows.
    """
    label = np.arange(BODIES)
    last = np.full(BODIES, -1, dtype=np.int64)
    heard = np.zeros(BODIES)
    streak = np.zeros(BODIES, dtype=np.int64)
    for i in rows:
        mine = label[branch[i]]
        wait = m.t[i] - m.t[last[mine]] if last[mine] >= 0 else 1_000_000_000_000
        leap = chord(m, last[mine], i) if last[mine] >= 0 else 0.0
        if wait > 60_000 and leap > LEAP_KM:
            best, nearest = -1, 0.2 * leap
            for b in range(BODIES):
                if b == mine or last[b] < 0 or heard[b] < STEADY_S or leaps(m, last[b], i):
                    continue
                away = chord(m, last[b], i)
                recent = streak[b] >= SOUND_STEPS and m.t[i] - m.t[last[b]] <= min(120_000, wait // 2)
                left_here = away < NEAR_KM and m.speed[last[b]] < SLOW_KT and m.speed[i] < SLOW_KT
                goes_on = away < NEAR_KM or bridged(m, last[b], i) > 0.0
                if away < nearest and (left_here or (recent and goes_on)):
                    best, nearest = b, away
            if best >= 0:
                here, there = label == mine, label == best
                label[here], label[there] = best, mine
                mine = best
        branch[i] = mine
        if last[mine] >= 0:
            step = bridged(m, last[mine], i) / BRIDGE
            heard[mine] += step
            streak[mine] = streak[mine] + 1 if step > 0.0 else 0
        last[mine] = i
    order = np.argsort(-heard, kind="mergesort")
    place = np.empty(BODIES, dtype=np.int64)
    place[order] = np.arange(BODIES)
    for i in rows:
        branch[i] = place[branch[i]]
