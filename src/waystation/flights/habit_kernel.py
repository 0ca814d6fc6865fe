"""Numba kernels: one walk over visits and ends in time order, with the counts of each group as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["habits", "usual_fields"]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _count(visit_pairs: Ints, weight: Floats, at: int, sums: Floats, seen: Ints, pair_group: Ints) -> None:
    """Add visit ``at`` to the pairs of (group, airfield) that it belongs to."""
    for level in range(visit_pairs.shape[1]):
        pair = visit_pairs[at, level]
        if pair >= 0:
            if sums[pair] < 0.0:  # its first visit
                sums[pair] = 0.0
                seen[pair_group[pair]] += 1
            sums[pair] += weight[at]


@njit(cache=True)  # type: ignore[untyped-decorator]
def habits(  # noqa: C901, PLR0917 - one walk in time; Numba takes no dataclasses
    before: Ints,
    now: Floats,
    groups: Ints,
    airfield: Ints,
    visit_pairs: Ints,
    pair_group: Ints,
    pair_airfield: Ints,
    group_start: Ints,
    weight: Floats,
    n_airfields: int,
    kappa: float,
    habit: Floats,
    told: NDArray[np.bool_],
) -> None:
    """Turn ``habit``, (ends, candidates), from looks into habits under the counts of each level.

    Levels go from the general to the special. Ends are in time order; ``before``: visits older than each;
    ``now``: what turns a sum into a count then. Pairs of a group stand from ``group_start``, by first visit.
    ``told``: ends of which any visit tells.
    """
    sums, seen = np.full(len(pair_airfield), -1.0), np.zeros(len(group_start) - 1, dtype=np.int64)
    column = np.full(n_airfields, -1, dtype=np.int64)
    at = 0
    for e in range(len(before)):
        while at < before[e]:
            _count(visit_pairs, weight, at, sums, seen, pair_group)
            at += 1
        for c in range(airfield.shape[1]):
            if airfield[e, c] >= 0:
                column[airfield[e, c]] = c
        for level in range(groups.shape[1]):
            g = groups[e, level]
            if g < 0 or seen[g] == 0:
                continue
            told[e] = True
            total = 0.0
            for pair in range(group_start[g], group_start[g] + seen[g]):
                total += sums[pair] * now[e]
            total += kappa
            for c in range(airfield.shape[1]):
                habit[e, c] *= kappa / total
            for pair in range(group_start[g], group_start[g] + seen[g]):
                c = column[pair_airfield[pair]]
                if c >= 0:
                    habit[e, c] += sums[pair] * now[e] / total
        for c in range(airfield.shape[1]):
            if airfield[e, c] >= 0:
                column[airfield[e, c]] = -1


@njit(cache=True)  # type: ignore[untyped-decorator]
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
