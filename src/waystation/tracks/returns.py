"""What was set aside for the sake of a place that proved false comes back.

○──○            after hours of silence either may be true, and the longer stretch is taken;
    ╲ leap      it stands at a height and is a spoof: then the places before the leap were good
     ◌◌◌◌◌
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waystation.terms.mask_bits import SPOOF, TELEPORT
from waystation.tracks.compiled import Array, inner, kernel
from waystation.tracks.motion import FLIES_KT, Moves, chord, reachable

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["ReturnRules", "take_back"]


@dataclass(frozen=True)
class ReturnRules:
    """When a row that was out of reach of a spoof is good."""

    spot_km: float = 20.0  # nearer to the false place a row may be part of it: circles are as wide
    late_s: float = 5.0  # as in ``BodyRules``: what comes back has to be within reach
    top_kt: float = 700.0


def take_back(c: Columns, m: Moves, mask: Array, branch: Array, rules: ReturnRules = ReturnRules()) -> None:
    """Take ``TELEPORT`` back next to a ``SPOOF``, out of its reach, within that of body 0 and flying.

    Only rows between the spoof and the nearest used row of body 0, on either side.
    """
    if (mask & SPOOF).any():
        _take_back(c.start, m, (rules.spot_km, rules.late_s, rules.top_kt), mask, branch)


@kernel
def _take_back(start: Array, m: Moves, rules: tuple[float, float, float], mask: Array, branch: Array) -> None:
    for a in range(len(start) - 1):
        for step in (1, -1):
            i, stop = (start[a], start[a + 1]) if step == 1 else (start[a + 1] - 1, start[a] - 1)
            tip, waiting = -1, -1  # the last used row, and the first teleport behind it
            while i != stop:
                if mask[i] == 0 and branch[i] == 0:
                    tip, waiting = i, -1
                elif mask[i] == TELEPORT and tip >= 0 and waiting < 0:
                    waiting = i
                elif mask[i] & SPOOF:
                    while waiting >= 0 and waiting != i:
                        if mask[waiting] == TELEPORT and _good(m, (tip, waiting, i), step, rules):
                            mask[waiting] = 0
                            branch[waiting] = 0
                            tip = waiting
                        waiting += step
                    waiting = -1
                i += step


@inner
def _good(m: Moves, at: tuple[int, int, int], step: int, rules: tuple[float, float, float]) -> bool:
    """Whether the middle row flies, in reach of the first, out of that of the last; the last is a spoof."""
    tip, k, spoof = at
    near_km, late, top = rules
    if not (m.speed[k] > FLIES_KT and chord(m, k, spoof) > near_km):
        return False
    if step == 1:
        return reachable(m, tip, k, late, top) and not reachable(m, k, spoof, late, top)
    return reachable(m, k, tip, late, top) and not reachable(m, spoof, k, late, top)
