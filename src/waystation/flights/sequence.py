"""An aircraft takes off where it landed: a hidden landing and the takeoff after it are decoded together.

    flight k ──▶ ? · · · ? ──▶ flight k + 1        same field, unless a whole flight between them went unseen

Every end has at most one such neighbour, so going forward and backward once along each pair is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.flights.reach import ReachRules, hop_probability

if TYPE_CHECKING:
    from waystation.flights.states import EndStates

__all__ = ["tie_pairs"]

REACH_RULES = ReachRules()

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def tie_pairs(
    p: Floats,
    airfield: Ints,
    field_score: Floats,
    pairs: Ints,
    states: EndStates,
    rules: ReachRules = REACH_RULES,
) -> Floats:
    """Return posteriors (ends, candidates) after tying each (landing, takeoff) of ``pairs`` (m, 2).

    Both posteriors contain what the fields look like; that prior (``field_score``) is taken out once, or a
    large airport would be liked twice. With Z = Σ p·q / prior, "same field" against "unseen hop" has the odds
    (1 - hop) Z : hop. Rows keep their sums.
    """
    from waystation.flights.sequence_kernel import tie_all

    out = p.copy()
    if len(pairs):
        n = int(airfield.max(initial=-1)) + 1
        tie_all(p, airfield, field_score, pairs, hop_probability(states.next_after_s, rules), n, out)
    return out
