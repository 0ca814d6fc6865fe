"""Runs: stretches of positions each within reach of the next, and how much each deserves belief."""

from __future__ import annotations

import numpy as np

from waystation.tracks.circles import fit_circle
from waystation.tracks.compiled import Array, kernel
from waystation.tracks.motion import SPEED_UNIT, STEADY_S, Moves, chord, missed_km, reachable

__all__ = ["cut_runs", "weigh_runs"]


@kernel
def cut_runs(m: Moves, rows: Array, late: float, top: float, back_s: float) -> tuple[Array, Array]:
    """Return where runs begin and where neighbours are out of reach, as flags of len(rows) + 1.

    A run ends where the next row is out of reach. It is cut inside, too, at the last row within reach
    of what follows the break, and behind a break at the first row within reach of what came before. Silences cut, too: what lies behind
    one is judged by itself.
    """
    n = len(rows)
    broken = np.zeros(n + 1, dtype=np.bool_)
    broken[0] = broken[n] = True
    for p in range(1, n):
        broken[p] = not reachable(m, rows[p - 1], rows[p], late, top)
    cut = broken.copy()
    for p in range(1, n):
        cut[p] |= m.t[rows[p]] - m.t[rows[p - 1]] > STEADY_S * 1000.0
    for p in range(1, n):
        if not broken[p]:
            continue
        q = p - 2
        while q >= 0 and not broken[q + 1] and m.t[rows[p]] - m.t[rows[q]] <= back_s * 1000.0:
            if reachable(m, rows[q], rows[p], late, top):
                cut[q + 1] = True
                break
            q -= 1
        q = p + 1
        while q < n and not broken[q] and m.t[rows[q]] - m.t[rows[p - 1]] <= back_s * 1000.0:
            if reachable(m, rows[p - 1], rows[q], late, top):
                cut[q] = True
                break
            q += 1
    return cut, broken


@kernel
def weigh_runs(m: Moves, rows: Array, first: Array, high_ft: float) -> Array:
    """Return the seconds that each run accounts for; a fiftieth where it does not fly as it says.

    That is: most of it goes elsewhere than speed and track say, or stands still at ``high_ft``, or is
    one even circle there at speed.
    """
    weight = np.zeros(len(first) - 1)
    for r in range(len(first) - 1):
        part = rows[first[r] : first[r + 1]]
        heard = 0.0
        for k in range(1, len(part)):
            heard += min((m.t[part[k]] - m.t[part[k - 1]]) / 1000.0, 60.0)
        false = _strays(m, part) or _stands(m, part, heard, high_ft) or _circles(m, part, high_ft)
        weight[r] = 1.0 + (0.02 if false else 1.0) * heard
    return weight


@kernel
def _strays(m: Moves, rows: Array) -> bool:
    """Whether the steps of 10 to 30 s disagree with reported speed and track by more than half, on average."""
    anchor, off, way = 0, 0.0, 0.0
    for k in range(1, len(rows)):
        i, j = rows[anchor], rows[k]
        dt = (m.t[j] - m.t[i]) / 1000.0
        if dt < 10.0 and k < len(rows) - 1:
            continue
        if 2.0 <= dt <= 30.0 and min(m.speed[i], m.speed[j]) > 100.0 and m.ground[j] != 1:
            run = dt * SPEED_UNIT * (m.speed[i] + m.speed[j]) / 2.0
            off += missed_km(m, i, j)
            way += run + 0.3
        anchor = k
    return off > 0.5 * way and way > 1.0


@kernel
def _stands(m: Moves, rows: Array, heard: float, high_ft: float) -> bool:
    """Whether most of it moves by less than 60 kt, over 45 s and more, at height."""
    anchor, still = 0, 0.0
    for k in range(1, len(rows)):
        waited = (m.t[rows[k]] - m.t[rows[anchor]]) / 1000.0
        if waited >= 45.0 or (k == len(rows) - 1 and waited >= 5.0):
            if m.alt[rows[k]] > high_ft and chord(m, rows[anchor], rows[k]) < 60.0 * SPEED_UNIT * waited:
                still += min(waited, 60.0)
            anchor = k
    return still > 0.5 * heard


@kernel
def _circles(m: Moves, rows: Array, high_ft: float) -> bool:
    """Whether all of it is one even circle at height and speed."""
    middle = rows[len(rows) // 2]
    if len(rows) < 6 or m.t[rows[-1]] - m.t[rows[0]] < 120_000:
        return False
    if not (m.alt[middle] > high_ft and m.speed[middle] > 250.0):
        return False
    _, _, radius, off, turned = fit_circle(m.t[rows], m.lat[rows], m.lon[rows])
    return radius < 15.0 and off < 0.03 * radius + 0.1 and turned > 300.0
