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
    out = p.copy()
    hop = hop_probability(states.next_after_s, rules)
    for e, f in pairs:
        ce, cf = _common(airfield[e], airfield[f])
        if not len(ce):
            continue
        prior = 0.5 * (_prior(field_score[e], airfield[e])[ce] + _prior(field_score[f], airfield[f])[cf])
        mass_e, mass_f = p[e].sum(), p[f].sum()
        if mass_e <= 0 or mass_f <= 0:
            continue
        joint = (p[e, ce] / mass_e) * (p[f, cf] / mass_f) / np.maximum(prior, 1e-12)
        z = joint.sum()
        h = float(hop[e])
        same = (1.0 - h) * z / ((1.0 - h) * z + h) if z > 0 else 0.0
        for end, columns, mass in ((e, ce, mass_e), (f, cf, mass_f)):
            out[end] = (1.0 - same) * p[end]
            if z > 0:
                out[end, columns] += same * mass * joint / z
    return out


def _common(a: Ints, b: Ints) -> tuple[Ints, Ints]:
    _, at_a, at_b = np.intersect1d(a, b, return_indices=True)
    real = a[at_a] >= 0
    return at_a[real].astype(np.int64), at_b[real].astype(np.int64)


def _prior(score: Floats, airfield: Ints) -> Floats:
    s = np.where(airfield >= 0, score, -np.inf)
    w = np.exp(s - s.max())
    return np.asarray(w / w.sum())
