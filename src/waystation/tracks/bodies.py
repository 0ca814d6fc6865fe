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
        for a in np.flatnonzero(np.maximum.reduceat(np.abs(branch), c.start[:-1])):
            lo, hi = c.start[a], c.start[a + 1]
            rows = lo + np.flatnonzero((mask[lo:hi] == 0) | (branch[lo:hi] < 0))
            body = branch[rows].copy()
            branch[rows[body < 0]] = 0
            _share(m, rows, body, mask, branch, rules)


def _share(m: Moves, rows: Array, chain: Array, mask: Array, branch: Array, rules: BodyRules) -> None:
    """Say anew whose each piece is; what is left of a body must still be one.

    ``chain``: the body of each row, below 0 where it is too short to be one. Such pieces are given out, too:
    a chain that went over to the other aircraft leaves them. Where no second aircraft comes of it, they go.
    """
    body = share_out(m, rows, chain, rules.sharing)
    sound = _sound(m, rows, body, rules)
    if chain.min() < 0 and sound.sum() < 2:
        rows = rows[chain >= 0]
        if not chain.max() > 0:
            return
        body = share_out(m, rows, chain[chain >= 0], rules.sharing)
        sound = _sound(m, rows, body, rules)
    mask[rows] &= ~TELEPORT
    mask[rows[~sound[body]]] |= TELEPORT
    kept = sound[body]
    branch[rows] = np.where(kept, np.cumsum(sound)[body] - 1, 0)
    number_bodies(m, rows[kept], branch)


def _sound(m: Moves, rows: Array, body: Array, rules: BodyRules) -> Array:
    """Whether each body is long enough to be an aircraft; the longest is."""
    counts = np.bincount(body)
    began = m.t[rows[np.unique(body, return_index=True)[1]]]
    ended = m.t[rows[len(rows) - 1 - np.unique(body[::-1], return_index=True)[1]]]
    sound = (counts >= rules.min_rows) & (ended - began >= rules.min_body_s * 1000.0)
    sound[np.argmax(counts)] = True
    return np.asarray(sound & (np.cumsum(sound) <= BODIES))


HEARD = 0.1  # of the time that a body lasts at least
ROLLED_KM = 0.3  # places on the ground err and repeat by as much, so that no pace is even
TURNS, TURN_S = 6, 60.0  # fewer are a receiver's strays; later the one may have become the other
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
    costs = (late, top, miss_cost)
    bodies = 0
    for body in range(max_bodies):
        last, total = _heaviest(m, rows, first, broken, weight, free, costs, max_links, came)
        if last < 0:
            break
        chain, within, flown = _chain(m, rows, first, broken, came, last)
        part = rows[within]
        if body > 0 and (
            not flown
            or total < HEARD * min_body
            or len(part) < min_rows
            or m.t[part[-1]] - m.t[part[0]] < 1000.0 * min_body
            or (stands(m, part, high) and not _turns(m, rows, first, chain, free)[1])
        ):
            break
        free &= ~chain
        branch[part] = body
        restore(m, rows, first, branch, body, free, late, top)
        bodies = body + 1
    for r in range(runs):
        if free[r]:
            mask[rows[first[r] : first[r + 1]]] |= TELEPORT
    for body in range(bodies, max_bodies):
        last, total = _heaviest(m, rows, first, broken, weight, free, costs, max_links, came)
        if last < 0 or total < HEARD * min_body:
            break
        chain, within, flown = _chain(m, rows, first, broken, came, last)
        part = rows[within]
        by_turns, apart = _turns(m, rows, first, chain, free)
        free &= ~chain
        if flown and by_turns and (apart or not stands(m, part, high)):
            branch[part] = -body  # too short for a body; ``_share`` asks whose it is


@inner
def _turns(m: Moves, rows: Array, first: Array, chain: Array, free: Array) -> tuple[bool, bool]:
    """Whether a chain is heard by turns with bodies before it, and whether also at another height.

    A transponder tells one place at a time, and a false one with the aircraft's own height.
    """
    turns, known, apart = 0, 0, 0
    for r in range(1, len(chain)):
        i, j = rows[first[r] - 1], rows[first[r]]
        dt = (m.t[j] - m.t[i]) / 1000.0
        if chain[r] == chain[r - 1] or free[r - 1 if chain[r] else r] or dt > TURN_S:
            continue
        turns += 1
        if not np.isnan(m.alt[i] + m.alt[j]):
            known += 1
            apart += abs(m.alt[j] - m.alt[i]) > 300.0 + 100.0 * dt
    return turns >= TURNS, apart >= TURNS and apart > 0.8 * known


@inner
def _chain(
    m: Moves, rows: Array, first: Array, broken: Array, came: Array, last: int
) -> tuple[Array, Array, bool]:
    """Return runs and rows of the chain that ends in run ``last``, and whether half its links were flown."""
    chain, within = np.zeros(len(came), dtype=np.bool_), np.zeros(len(rows), dtype=np.bool_)
    links, flown, r, pace = 0, 0, last, -1.0
    while r >= 0:
        chain[r] = True
        within[first[r] : first[r + 1]] = True
        s = came[r]
        if s >= 0:
            links += 1
            i, j = rows[first[s + 1] - 1], rows[first[r]]
            way = chord(m, i, j)
            now = way / max(1, m.t[j] - m.t[i])
            known = not (np.isnan(m.speed[i]) or np.isnan(m.speed[j]))
            even = bridged(m, i, j) > 0.0 if known else abs(now - pace) < 0.3 * max(now, pace)
            rolled = m.ground[i] == 1 and m.ground[j] == 1 and way < ROLLED_KM
            flown += (s + 1 == r and not broken[first[r]]) or even or rolled
            pace = now
        r = s
    return chain, within, 2 * flown >= links


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
