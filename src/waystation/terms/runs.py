"""Arithmetic over runs: many short stretches of one long array, run i from ``start[i]`` up to ``stop[i]``.

Sums, medians and quantiles are those of NumPy over each run alone, to the last digit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "edges_of",
    "first_least",
    "kth_least",
    "pairwise_sum",
    "run_counts",
    "run_medians",
    "run_quantiles",
    "run_search",
    "run_sums",
    "spread",
]

BLOCK = 128  # np.sum adds up to so many values in one go, and longer runs in halves


def spread(start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """Return, for every element of every run in order, the number of its run and its index."""
    n = np.maximum(stop - start, 0)
    run = np.repeat(np.arange(len(n)), n)
    return run, np.arange(len(run)) - (np.cumsum(n) - n - start)[run]


def edges_of(run: Ints, n: int) -> Ints:
    """Return the n + 1 edges of runs, given the run (0 … n - 1, rising) of every element."""
    return np.searchsorted(run, np.arange(n + 1)).astype(np.int64)


def first_least(run: Ints, *values: Floats) -> Ints:
    """Return the element with the least value of each run that has one, in order of runs.

    ``run``: the run of every element. The first of ``values`` counts before the second; ties go to the
    element that comes first.
    """
    order = np.lexsort((*reversed(values), run))
    return np.asarray(order[np.flatnonzero(np.r_[True, np.diff(run[order]) != 0][: len(order)])])


@kernel(inner=True)
def _block_sum(v: Floats, a: int, b: int) -> float:
    """Add up to ``BLOCK`` values in the order of np.sum: eight by eight, then the rest."""
    n = b - a
    if n < 8:
        total = 0.0
        for i in range(a, b):
            total += v[i]
        return total
    r = v[a : a + 8].copy()
    end = a + n - n % 8
    for i in range(a + 8, end, 8):
        for j in range(8):
            r[j] += v[i + j]
    total = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
    for i in range(end, b):
        total += v[i]
    return float(total)


@kernel("float64(float64[::1], int64, int64)", inner=True)
def pairwise_sum(v: Floats, a: int, b: int) -> float:
    """Return the sum of ``v[a:b]``."""
    n = b - a
    if n <= BLOCK:
        return float(_block_sum(v, a, b))
    half = n // 2
    half -= half % 8
    return float(pairwise_sum(v, a, a + half) + pairwise_sum(v, a + half, b))


@kernel()
def run_sums(values: Floats, start: Ints, stop: Ints) -> Floats:
    """Return the sum of each run; 0 of an empty one."""
    out = np.empty(len(start))
    for i in range(len(start)):
        out[i] = pairwise_sum(values, start[i], stop[i])
    return out


@kernel()
def run_counts(true: NDArray[np.bool_], start: Ints, stop: Ints) -> Ints:
    """Return how often ``true`` holds in each run."""
    out = np.zeros(len(start), dtype=np.int64)
    for i in range(len(start)):
        for k in range(start[i], stop[i]):
            out[i] += true[k]
    return out


@kernel(inner=True)
def _known_sorted(values: Floats, a: int, b: int) -> Floats:
    part = values[a:b]
    return np.sort(part[~np.isnan(part)])


@kernel()
def run_medians(values: Floats, start: Ints, stop: Ints) -> Floats:
    """Return the median of each run; ``nan`` is left out, and comes back where nothing is left."""
    out = np.full(len(start), np.nan)
    for i in range(len(start)):
        s = _known_sorted(values, start[i], stop[i])
        n = len(s)
        if n:
            out[i] = s[n // 2] if n % 2 else (s[n // 2 - 1] + s[n // 2]) / 2.0
    return out


@kernel(inner=True)
def kth_least(v: Floats, n: int, k: int) -> float:
    """Return the k-th least of n values, moved to its place: none greater before it, none less after it.

    Hoare's way. No value may be nan. np.partition does the same, and takes 7 s to compile.
    """
    low, high = 0, n - 1
    while low < high:
        middle = (low + high) // 2
        a, b, c = v[low], v[middle], v[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while v[i] < pivot:
                i += 1
            while v[j] > pivot:
                j -= 1
            if i <= j:
                v[i], v[j] = v[j], v[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return float(v[k])


@kernel()
def run_quantiles(values: Floats, start: Ints, stop: Ints, q: float) -> Floats:
    """Return the quantile of each run, linear between neighbours; ``nan`` as in ``run_medians``."""
    out = np.full(len(start), np.nan)
    for i in range(len(start)):
        known = np.empty(max(stop[i] - start[i], 0))
        n = 0
        for k in range(start[i], stop[i]):
            known[n] = values[k]
            n += not np.isnan(values[k])
        if n == 0:
            continue
        at = (n - 1) * q
        k = min(int(at), n - 1)
        low = high = kth_least(known, n, k)
        part = at - k
        if k + 1 < n:
            high = known[k + 1 : n].min()
        step = high - low
        out[i] = high - step * (1.0 - part) if part >= 0.5 else low + step * part
    return out


@kernel()
def run_search(values: Floats, start: Ints, stop: Ints, wanted: Floats, right: bool) -> Ints:
    """Return where ``wanted[i]`` would stand in run i, whose values rise: before its equals, or after."""
    out = np.empty(len(start), dtype=np.int64)
    for i in range(len(start)):
        a, b = start[i], stop[i]
        while a < b:
            k = (a + b) // 2
            if values[k] < wanted[i] or (right and values[k] == wanted[i]):
                a = k + 1
            else:
                b = k
        out[i] = a
    return out
