"""One address, one body? Positions out of reach of each other cannot be one aircraft.

Positions are cut into runs wherever two neighbours are out of reach, and a run is cut again where the
other side of such a break is within reach of its inside (a false place may begin without a jump and
end with one). The heaviest chain of runs within reach of each other is body 0; what is left forms
further bodies if it is long enough to be an aircraft, otherwise it is a teleport.

    a1 ──── a2 ╳         a2: a circle flown by nobody: a1 reaches c, a2 does not
      ╲             c ── the chain a1 → c outweighs a1 → a2
       ────────────
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from waystation.tracks.columns import Columns
from waystation.tracks.mask_bits import TELEPORT
from waystation.tracks.motion import SPEED_UNIT, distance, reach_km

__all__ = ["BodyRules", "split_bodies"]

Array = NDArray[Any]


@dataclass(frozen=True)
class BodyRules:
    """When positions are out of reach of each other, and what makes a body of its own."""

    top_kt: float = 700.0  # jet cruise of 500 kt and 200 kt of wind
    late_s: float = 12.0  # places arrive that late without a word; readsb's own limit is 15
    look_back_s: float = 7200.0  # how long a false place may last that began without a jump
    min_rows: int = 20  # fewer positions are stray messages, not an aircraft
    min_body_s: float = 600.0  # as are those of a moment
    max_bodies: int = 8  # more is noise
    max_links: int = 200  # runs that one run is compared with; beyond it silence makes everything reachable


def split_bodies(c: Columns, mask: Array, branch: Array, rules: BodyRules = BodyRules()) -> None:
    """Number the bodies behind each address in ``branch`` and set ``TELEPORT`` on what belongs to none."""
    _split(
        c.start, c.t, c.lat, c.lon, c.gs, c.rank,
        (rules.top_kt, rules.late_s, rules.look_back_s, rules.min_body_s),
        (rules.min_rows, rules.max_bodies, rules.max_links),
        mask, branch,
    )  # fmt: skip


@njit(cache=True)
def _linked(
    i: int, j: int, t: Array, lat: Array, lon: Array, gs: Array, rank: Array, top: float, late: float
) -> bool:
    """Whether row j is within reach of the earlier row i."""
    dt = (t[j] - t[i]) / 1000.0
    reach = reach_km(dt, gs[i], gs[j], max(rank[i], rank[j]), late, top)
    if abs(lat[j] - lat[i]) * 111.2 > reach:
        return False
    return distance(lat[i], lon[i], lat[j], lon[j]) <= reach


@njit(cache=True)
def _split(
    start: Array,
    t: Array,
    lat: Array,
    lon: Array,
    gs: Array,
    rank: Array,
    reals: tuple[float, float, float, float],
    wholes: tuple[int, int, int],
    mask: Array,
    branch: Array,
) -> None:
    top, late, _, _ = reals
    for a in range(len(start) - 1):
        last, breaks = -1, 0
        for i in range(start[a], start[a + 1]):
            if mask[i] == 0:
                if last >= 0 and not _linked(last, i, t, lat, lon, gs, rank, top, late):
                    breaks += 1
                last = i
        if breaks:
            rows = np.array([i for i in range(start[a], start[a + 1]) if mask[i] == 0], dtype=np.int64)
            _split_one(rows, t, lat, lon, gs, rank, reals, wholes, mask, branch)


@njit(cache=True)
def _cuts(
    rows: Array,
    t: Array,
    lat: Array,
    lon: Array,
    gs: Array,
    rank: Array,
    top: float,
    late: float,
    back: float,
) -> Array:
    """Where runs begin: True at the first row of each."""
    n = len(rows)
    broken = np.zeros(n + 1, dtype=np.bool_)
    broken[0] = True
    for p in range(1, n):
        broken[p] = not _linked(rows[p - 1], rows[p], t, lat, lon, gs, rank, top, late)
    cut = broken.copy()
    for p in range(1, n):
        if not broken[p]:
            continue
        q, step = p - 2, 1
        while q >= 0 and not broken[q + 1] and (t[rows[p]] - t[rows[q]]) / 1000.0 <= back:
            if _linked(rows[q], rows[p], t, lat, lon, gs, rank, top, late):
                cut[q + 1] = True
                break
            q -= step
        q = p + 1
        while q < n and not broken[q] and (t[rows[q]] - t[rows[p - 1]]) / 1000.0 <= back:
            if _linked(rows[p - 1], rows[q], t, lat, lon, gs, rank, top, late):
                cut[q] = True
                break
            q += 1
    return cut


@njit(cache=True)
def _weights(rows: Array, first: Array, t: Array, lat: Array, lon: Array, gs: Array) -> Array:
    """Seconds that each run accounts for; little where the places do not move as the reported speed says."""
    weight = np.zeros(len(first) - 1)
    for r in range(len(first) - 1):
        heard, flown, said = 0.0, 0.0, 0.0
        for p in range(first[r] + 1, first[r + 1]):
            i, j = rows[p - 1], rows[p]
            dt = (t[j] - t[i]) / 1000.0
            heard += min(dt, 60.0)
            if gs[i] > 100.0 and gs[j] > 100.0 and dt < 120.0:
                flown += distance(lat[i], lon[i], lat[j], lon[j])
                said += dt * (gs[i] + gs[j]) / 2.0 * SPEED_UNIT
        weight[r] = heard + 1.0
        if said > 5.0 and not 0.5 < flown / said < 1.6:
            weight[r] *= 0.1
    return weight


@njit(cache=True)
def _split_one(
    rows: Array,
    t: Array,
    lat: Array,
    lon: Array,
    gs: Array,
    rank: Array,
    reals: tuple[float, float, float, float],
    wholes: tuple[int, int, int],
    mask: Array,
    branch: Array,
) -> None:
    top, late, back, min_body = reals
    min_rows, max_bodies, max_links = wholes
    cut = _cuts(rows, t, lat, lon, gs, rank, top, late, back)
    cut[len(rows)] = True
    first = np.flatnonzero(cut)
    runs = len(first) - 1
    weight = _weights(rows, first, t, lat, lon, gs)
    free = np.ones(runs, dtype=np.bool_)
    best = np.zeros(runs)
    came = np.full(runs, -1, dtype=np.int64)
    for body in range(max_bodies):
        heaviest = -1
        for r in range(runs):
            if not free[r]:
                continue
            best[r], came[r] = weight[r], -1
            links = 0
            for s in range(r - 1, -1, -1):
                if not free[s]:
                    continue
                links += 1
                if links > max_links:
                    break
                if best[s] + weight[r] > best[r] and _linked(
                    rows[first[s + 1] - 1], rows[first[r]], t, lat, lon, gs, rank, top, late
                ):
                    best[r], came[r] = best[s] + weight[r], s
            if heaviest < 0 or best[r] > best[heaviest]:
                heaviest = r
        if heaviest < 0:
            return
        held, r, head = 0, heaviest, heaviest
        while r >= 0:
            held += first[r + 1] - first[r]
            head, r = r, came[r]
        lasted = (t[rows[first[heaviest + 1] - 1]] - t[rows[first[head]]]) / 1000.0
        if body > 0 and (held < min_rows or lasted < min_body):
            break
        r = heaviest
        while r >= 0:
            free[r] = False
            for p in range(first[r], first[r + 1]):
                branch[rows[p]] = body
            r = came[r]
    for r in range(runs):
        if free[r]:
            for p in range(first[r], first[r + 1]):
                mask[rows[p]] |= TELEPORT
