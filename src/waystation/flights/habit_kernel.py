"""Numba kernels: one walk over visits and ends in time order, with the counts of each group as they stand."""

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

__all__ = ["habits", "usual_fields"]


@kernel(inner=True)
def _count(visit_pairs: Ints, weight: Floats, at: int, sums: Floats, seen: Ints, pair_group: Ints) -> None:
    """Add visit ``at`` to the pairs of (group, airfield) that it belongs to."""
    for level in range(visit_pairs.shape[1]):
        pair = visit_pairs[at, level]
        if pair >= 0:
            if sums[pair] < 0.0:  # its first visit
                sums[pair] = 0.0
                seen[pair_group[pair]] += 1
            sums[pair] += weight[at]


@kernel(inner=True)
def _looks(score: Floats, airfield: Ints, out: Floats) -> None:
    """Fill ``out`` with what the looks of the candidates alone would make of them; it adds up to 1."""
    top = -math.inf
    for c in range(len(score)):
        if airfield[c] >= 0:
            top = max(top, score[c])
    top = top if math.isfinite(top) else 0.0
    for c in range(len(score)):
        out[c] = math.exp(score[c] - top) if airfield[c] >= 0 else 0.0
    total = max(pairwise_sum(out, 0, len(out)), 1e-300)
    for c in range(len(score)):
        out[c] /= total


@kernel()
def habits(  # noqa: C901, PLR0912, PLR0917 - one walk in time; Numba takes no dataclasses
    order: Ints,
    before: Ints,
    now: Floats,
    groups: Ints,
    airfield: Ints,
    field_score: Floats,
    visit_pairs: Ints,
    pair_group: Ints,
    pair_airfield: Ints,
    group_start: Ints,
    weight: Floats,
    n_airfields: int,
    kappa: float,
    odds: Floats,
) -> None:
    """Write into ``odds``, ones of (ends, candidates), habits over looks where any visit tells of an end.

    Levels go from the general to the special. ``order``: the ends in time; ``before``: visits older than
    each; ``now``: what turns a sum into a count then. Pairs of a group stand from ``group_start``, by first
    visit. ``field_score``: of it looks are made.
    """
    sums, seen = np.full(len(pair_airfield), -1.0), np.zeros(len(group_start) - 1, dtype=np.int64)
    column = np.full(n_airfields, -1, dtype=np.int64)
    width = airfield.shape[1]
    looks, habit = np.empty(width), np.empty(width)
    at = 0
    for s in range(len(order)):
        e = order[s]
        while at < before[s]:
            _count(visit_pairs, weight, at, sums, seen, pair_group)
            at += 1
        told = False
        for level in range(groups.shape[1]):
            g = groups[e, level]
            if g < 0 or seen[g] == 0:
                continue
            if not told:
                told = True
                _looks(field_score[e], airfield[e], looks)
                for c in range(width):
                    habit[c] = looks[c]
                    if airfield[e, c] >= 0:
                        column[airfield[e, c]] = c
            total = 0.0
            for pair in range(group_start[g], group_start[g] + seen[g]):
                total += sums[pair] * now[s]
            total += kappa
            for c in range(width):
                habit[c] *= kappa / total
            for pair in range(group_start[g], group_start[g] + seen[g]):
                c = column[pair_airfield[pair]]
                if c >= 0:
                    habit[c] += sums[pair] * now[s] / total
        if told:
            for c in range(width):
                if airfield[e, c] >= 0:
                    odds[e, c] = habit[c] / max(looks[c], 1e-12)
                    column[airfield[e, c]] = -1


@kernel()
def usual_fields(
    before: Ints,
    now: Floats,
    group: Ints,
    visit_pairs: Ints,
    pair_group: Ints,
    pair_airfield: Ints,
    group_start: Ints,
    weight: Floats,
    out: Ints,
) -> None:
    """Fill ``out``, (ends, n), with the fields that each end's group has most of; the first seen wins."""
    sums, seen = np.full(len(pair_airfield), -1.0), np.zeros(len(group_start) - 1, dtype=np.int64)
    at, best = 0, np.empty(out.shape[1])
    for e in range(len(before)):
        while at < before[e]:
            _count(visit_pairs, weight, at, sums, seen, pair_group)
            at += 1
        g, n = group[e], 0
        if g < 0:
            continue
        for pair in range(group_start[g], group_start[g] + seen[g]):
            v = sums[pair] * now[e]
            if n == out.shape[1] and v <= best[n - 1]:
                continue
            n = min(n + 1, out.shape[1])
            k = n - 1
            while k > 0 and best[k - 1] < v:
                best[k], out[e, k] = best[k - 1], out[e, k - 1]
                k -= 1
            best[k], out[e, k] = v, pair_airfield[pair]
