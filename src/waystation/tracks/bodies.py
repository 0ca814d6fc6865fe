"""One address, one body? Positions out of reach of each other cannot be one aircraft.

Positions are cut into runs wherever two neighbours are out of reach, and a run is cut again where the
other side of such a break is within reach of its inside (a false place may begin without a jump and
end with one). The heaviest chain of runs within reach of each other is body 0; what is left forms
further bodies if it is long enough to be an aircraft, otherwise it is a teleport. Runs that were left out
although plainly flown from and to the runs of a body come back to it (``bridges.restore``); where there are
several bodies, ``sharing`` says whose is each piece of them.

    a1 ──── a2 ╳         a2: a circle flown by nobody: a1 reaches c, a2 does not
      ╲             c ── the chain a1 → c outweighs a1 → a2
       ────────────
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.mask_bits import TELEPORT
from waystation.tracks.bridges import BODIES, BRIDGE, bridged, number_bodies, restore
from waystation.tracks.compiled import Array, inner, kernel
from waystation.tracks.motion import Moves, chord, leaps, misses, reachable, repeated_since
from waystation.tracks.runs import cut_runs, stands, weigh_runs
from waystation.tracks.sharing import SharingRules, share_out

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["BodyRules", "split_bodies"]


@dataclass(frozen=True)
class BodyRules:
    """When positions are out of reach of each other, and what makes a body of its own."""

    top_kt: float = 700.0  # jet cruise of 500 kt and 200 kt of wind
    late_s: float = 5.0  # places arrive that late without a word; measured, docs/rules/cleaning.md
    look_back_s: float = 7200.0  # how long a false place may last that began without a jump
    high_ft: float = (
        10000.0  # above it nothing that we follow stands still; gliders in waves do, without a jump
    )
    miss_cost_s: float = 120.0  # a step straight against the reported motion outweighs two minutes of track
    min_rows: int = 20  # fewer positions are stray messages, not an aircraft
    min_body_s: float = 600.0  # as are those of a moment
    max_bodies: int = 8  # more is noise
    sharing: SharingRules = field(default_factory=SharingRules)
    max_links: int = 5000  # runs that one run is compared with; beyond it silence makes everything reachable


def split_bodies(c: Columns, m: Moves, mask: Array, branch: Array, rules: BodyRules = BodyRules()) -> None:
    """Number the bodies behind each address in ``branch`` and set ``TELEPORT`` on what belongs to none."""
    _split(
        c.start,
        m,
        (rules.late_s, rules.top_kt, rules.look_back_s, rules.high_ft, rules.miss_cost_s, rules.min_body_s),
        (rules.min_rows, rules.max_bodies, rules.max_links),
        mask,
        branch,
    )
    if branch.any():
        for a in np.flatnonzero(np.maximum.reduceat(branch, c.start[:-1])):
            lo, hi = c.start[a], c.start[a + 1]
            _share(m, lo + np.flatnonzero(mask[lo:hi] == 0), mask, branch, rules)


def _share(m: Moves, rows: Array, mask: Array, branch: Array, rules: BodyRules) -> None:
    """Say anew whose each piece is; what is left of a body must still be one."""
    body = share_out(m, rows, branch[rows], rules.sharing)
    counts = np.bincount(body)
    began = m.t[rows[np.unique(body, return_index=True)[1]]]
    ended = m.t[rows[len(rows) - 1 - np.unique(body[::-1], return_index=True)[1]]]
    sound = (counts >= rules.min_rows) & (ended - began >= rules.min_body_s * 1000.0)
    sound[np.argmax(counts)] = True
    sound &= np.cumsum(sound) <= BODIES
    mask[rows[~sound[body]]] |= TELEPORT
    kept = sound[body]
    branch[rows] = np.where(kept, np.cumsum(sound)[body] - 1, 0)
    number_bodies(m, rows[kept], branch)


FAIR_MISS = 0.3  # turns, wind and rounded angles make as much
Reals = tuple[float, float, float, float, float, float]
Wholes = tuple[int, int, int]


@kernel
def _split(start: Array, m: Moves, reals: Reals, wholes: Wholes, mask: Array, branch: Array) -> None:
    late, top = reals[0], reals[1]
    for a in range(len(start) - 1):
        last, whole = -1, True
        for i in range(start[a], start[a + 1]):
            if mask[i] == 0:
                if last >= 0 and not reachable(m, last, i, late, top):
                    whole = False
                    break
                last = i
        if not whole:
            rows = start[a] + np.flatnonzero(mask[start[a] : start[a + 1]] == 0)
            _split_one(m, rows, reals, wholes, mask, branch)


@inner
def _split_one(m: Moves, rows: Array, reals: Reals, wholes: Wholes, mask: Array, branch: Array) -> None:
    late, top, back, high, miss_cost, min_body = reals
    min_rows, max_bodies, max_links = wholes
    repeated_since(m, rows)
    cut, broken, ring = cut_runs(m, rows, late, top, back)
    first = np.flatnonzero(cut)
    runs = len(first) - 1
    weight = weigh_runs(m, rows, first, ring, high)
    free = np.ones(runs, dtype=np.bool_)
    came = np.full(runs, -1, dtype=np.int64)
    for body in range(max_bodies):
        heaviest, total = _heaviest(
            m, rows, first, broken, weight, free, (late, top, miss_cost), max_links, came
        )
        if heaviest < 0:
            break
        chain, within = np.zeros(runs, dtype=np.bool_), np.zeros(len(rows), dtype=np.bool_)
        links, flown, r, pace = 0, 0, heaviest, -1.0
        while r >= 0:
            chain[r] = True
            within[first[r] : first[r + 1]] = True
            s = came[r]
            if s >= 0:
                links += 1
                i, j = rows[first[s + 1] - 1], rows[first[r]]
                now = chord(m, i, j) / max(1, m.t[j] - m.t[i])
                known = not (np.isnan(m.speed[i]) or np.isnan(m.speed[j]))
                even = bridged(m, i, j) > 0.0 if known else abs(now - pace) < 0.3 * max(now, pace)
                flown += (s + 1 == r and not broken[first[r]]) or even
                pace = now
            r = s
        part = rows[within]
        lasted = (m.t[part[-1]] - m.t[part[0]]) / 1000.0
        if body > 0 and (
            len(part) < min_rows
            or lasted < min_body
            or total < 0.1 * min_body
            or 2 * flown < links
            or stands(m, part, high)
        ):
            break
        free &= ~chain
        branch[part] = body
    for b in range(body + 1):
        restore(m, rows, first, branch, b, free, late, top)
    for r in range(runs):
        if free[r]:
            mask[rows[first[r] : first[r + 1]]] |= TELEPORT


@inner
def _heaviest(
    m: Moves,
    rows: Array,
    first: Array,
    broken: Array,
    weight: Array,
    free: Array,
    costs: tuple[float, float, float],
    max_links: int,
    came: Array,
) -> tuple[int, float]:
    """Return the last run of the heaviest chain of free runs and its weight; ``came`` leads back along it."""
    late, top, miss_cost = costs
    best = np.full(len(weight), -np.inf)
    ahead = np.full(len(weight) + 1, -np.inf)  # the best of all runs before
    heaviest = -1
    for r in range(len(weight)):
        ahead[r + 1] = ahead[r]
        if not free[r]:
            continue
        best[r], came[r] = weight[r], -1
        for s in range(r - 1, max(-1, r - 1 - max_links), -1):
            if ahead[s + 1] + weight[r] + 60.0 * BRIDGE <= best[r]:
                break
            joined = best[s] + weight[r]
            if joined + 60.0 * BRIDGE <= best[r]:
                continue
            i, j = rows[first[s + 1] - 1], rows[first[r]]
            if s + 1 == r and not broken[first[r]]:
                joined += BRIDGE * min((m.t[j] - m.t[i]) / 1000.0, 60.0)
            elif reachable(m, i, j, late, top):
                joined += bridged(m, i, j)
            else:
                continue
            joined -= miss_cost * (max(0.0, misses(m, i, j) - FAIR_MISS) + 0.5 * leaps(m, i, j))
            if joined > best[r]:
                best[r], came[r] = joined, s
        ahead[r + 1] = max(ahead[r], best[r])
        if heaviest < 0 or best[r] > best[heaviest]:
            heaviest = r
    return heaviest, best[heaviest] if heaviest >= 0 else 0.0
