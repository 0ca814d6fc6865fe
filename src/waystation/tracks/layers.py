"""Better reception before worse: MLAT among ADS-B adds noise, MLAT where ADS-B fails adds the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.mask_bits import LOWER_SOURCE
from waystation.tracks.compiled import Array, kernel
from waystation.tracks.motion import Moves, distance, reachable

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["LayerRules", "mark_layers", "release_layers"]


@dataclass(frozen=True)
class LayerRules:
    """When a report of a worse kind is superfluous."""

    near_s: float = (
        20.0  # a better report this close before and after says all; one-sided, the end of a track would go
    )
    near_km: float = 15.0  # farther off it is no noise, and ``bodies`` has to say which of the two is false
    best_rank: int = 2  # ADS-B and its rebroadcast, where the aircraft itself says its place
    worst_rank: int = 6  # beyond it the kind is not known
    late_s: float = 5.0  # as in ``BodyRules``: what is let back in has to be within reach
    top_kt: float = 700.0


def mark_layers(c: Columns, mask: Array, rules: LayerRules = LayerRules()) -> None:
    """Set ``LOWER_SOURCE`` on reports between two better ones, each within ``near_s``, near the earlier."""
    _mark(c.start, c.t, c.lat, c.lon, c.rank, _limits(rules), mask)


def release_layers(
    c: Columns, m: Moves, mask: Array, branch: Array, rules: LayerRules = LayerRules()
) -> None:
    """Take ``LOWER_SOURCE`` back where the better reports were set aside, as false or jammed ones are.

    A row comes back to body 0, and only within reach of the used rows before and after.
    """
    again = mask.copy()
    again[again == LOWER_SOURCE] = 0
    _mark(c.start, c.t, c.lat, c.lon, c.rank, _limits(rules), again)
    freed = np.flatnonzero((mask == LOWER_SOURCE) & (again == 0))
    if len(freed):
        _release(c.start, m, freed, rules.late_s, rules.top_kt, mask, branch)


def _limits(r: LayerRules) -> tuple[float, float, int, int]:
    return r.near_s * 1000.0, r.near_km, r.best_rank, r.worst_rank


@kernel
def _mark(
    start: Array,
    t: Array,
    lat: Array,
    lon: Array,
    rank: Array,
    limits: tuple[float, float, int, int],
    mask: Array,
) -> None:
    near_ms, near_km, best, worst = limits
    for a in range(len(start) - 1):
        hi = start[a + 1]
        before, after = -1, start[a]
        for i in range(start[a], hi):
            if rank[i] <= best:
                if mask[i] == 0:
                    before = i
                continue
            if mask[i] != 0 or rank[i] > worst or before < 0 or t[i] - t[before] > near_ms:
                continue
            after = max(after, i + 1)
            while after < hi and (rank[after] > best or mask[after] != 0):
                after += 1
            soon = after < hi and t[after] - t[i] <= near_ms
            if soon and distance(lat[before], lon[before], lat[i], lon[i]) <= near_km:
                mask[i] |= LOWER_SOURCE


@kernel
def _release(
    start: Array, m: Moves, freed: Array, late: float, top: float, mask: Array, branch: Array
) -> None:
    a = 0
    for i in freed:
        while start[a + 1] <= i:
            a += 1
        j, k = i - 1, i + 1
        while j >= start[a] and (mask[j] != 0 or branch[j] != 0):
            j -= 1
        while k < start[a + 1] and (mask[k] != 0 or branch[k] != 0):
            k += 1
        if (j < start[a] or reachable(m, j, i, late, top)) and (
            k >= start[a + 1] or reachable(m, i, k, late, top)
        ):
            mask[i] = 0
