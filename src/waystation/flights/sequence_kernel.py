"""Numba kernel: a hidden landing and the takeoff after it, decoded together, for many pairs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.compiled import kernel
from waystation.terms.runs import pairwise_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["tie_all"]

LEAST_PRIOR = 1e-12


@kernel(inner=True)
def _prior(score: Floats, airfield: Ints) -> Floats:
    """Return what the looks of the candidates alone would make of them; they add up to 1."""
    top = -math.inf
    for c in range(len(score)):
        if airfield[c] >= 0:
            top = max(top, score[c])
    w = np.zeros(len(score))
    for c in range(len(score)):
        if airfield[c] >= 0:
            w[c] = math.exp(score[c] - top)
    total = pairwise_sum(w, 0, len(w))
    for c in range(len(w)):
        w[c] /= total
    return w


@kernel()
def tie_all(  # noqa: C901, PLR0912 - one walk over pairs
    p: Floats, airfield: Ints, field_score: Floats, pairs: Ints, hop: Floats, n_airfields: int, out: Floats
) -> None:
    """Write into ``out``, a copy of ``p``, what ``tie_pairs`` says of both ends of each pair."""
    width = p.shape[1]
    column = np.full(n_airfields, -1, dtype=np.int64)
    name, at_e, at_f = (np.empty(width, np.int64), np.empty(width, np.int64), np.empty(width, np.int64))
    joint = np.empty(width)
    for k in range(len(pairs)):
        e, f = pairs[k, 0], pairs[k, 1]
        for c in range(width):
            if airfield[f, c] >= 0:
                column[airfield[f, c]] = c
        m = 0
        for c in range(width):
            a = airfield[e, c]
            if a >= 0 and column[a] >= 0:
                j = m  # sums hang on the order: rising airfields
                while j > 0 and name[j - 1] > a:
                    name[j], at_e[j], at_f[j] = name[j - 1], at_e[j - 1], at_f[j - 1]
                    j -= 1
                name[j], at_e[j], at_f[j] = a, c, column[a]
                m += 1
        for c in range(width):
            if airfield[f, c] >= 0:
                column[airfield[f, c]] = -1
        mass_e, mass_f = pairwise_sum(p[e], 0, width), pairwise_sum(p[f], 0, width)
        if m == 0 or mass_e <= 0 or mass_f <= 0:
            continue
        looks_e, looks_f = _prior(field_score[e], airfield[e]), _prior(field_score[f], airfield[f])
        for j in range(m):
            ce, cf = at_e[j], at_f[j]
            prior = 0.5 * (looks_e[ce] + looks_f[cf])
            joint[j] = (p[e, ce] / mass_e) * (p[f, cf] / mass_f) / max(prior, LEAST_PRIOR)
        z, h = pairwise_sum(joint, 0, m), hop[e]
        same = (1.0 - h) * z / ((1.0 - h) * z + h) if z > 0 else 0.0
        for c in range(width):
            out[e, c] = (1.0 - same) * p[e, c]
            out[f, c] = (1.0 - same) * p[f, c]
        if z > 0:
            for j in range(m):
                out[e, at_e[j]] += same * mass_e * joint[j] / z
                out[f, at_f[j]] += same * mass_f * joint[j] / z
