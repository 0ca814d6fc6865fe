"""Crossings of great-circle arcs with edges, compiled (the rule of sides: ``crossings.py``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from waystation.terms.compiled import kernel

__all__ = ["count_crossed", "parities"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel(inner=True)
def _left(n: Floats, p: Floats) -> bool:
    """Whether ``p`` is on the left of the circle with normal ``n``, or on it."""
    return bool(n[0] * p[0] + n[1] * p[1] + n[2] * p[2] >= 0.0)


@kernel(inner=True)
def _normal(a: Floats, b: Floats, out: Floats) -> None:
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]


@kernel()
def count_crossed(
    a: Floats, b: Floats, points: Floats, start: Ints, end: Ints, normals: Floats, limit: int
) -> Ints:
    """Return for every arc from ``a`` (3,) to ``b[i]`` (n, 3) its crossings, up to ``limit`` + 1."""
    left_a = np.empty(len(start), dtype=np.bool_)
    for e in range(len(start)):
        left_a[e] = _left(normals[e], a)
    counts = np.zeros(len(b), dtype=np.int64)
    n = np.empty(3)
    for i in range(len(b)):
        _normal(a, b[i], n)
        for e in range(len(start)):
            if _left(normals[e], b[i]) == left_a[e]:
                continue
            left_d = _left(n, points[end[e]])
            if left_d == left_a[e] and _left(n, points[start[e]]) != left_d:
                counts[i] += 1
                if counts[i] > limit:
                    break
    return counts


@kernel()
def parities(
    p: Floats,
    outside: Floats,
    points: Floats,
    start: Ints,
    end: Ints,
    normals: Floats,
    label: Ints,
) -> NDArray[np.bool_]:
    """Return (labels,): is label k crossed an odd number of times from ``p`` to its outside."""
    n = np.empty_like(outside)
    for k in range(len(outside)):
        _normal(p, outside[k], n[k])
    odd = np.zeros(len(outside), dtype=np.bool_)
    for e in range(len(start)):
        k = label[e]
        left_a = _left(normals[e], p)
        if _left(normals[e], outside[k]) == left_a:
            continue
        left_d = _left(n[k], points[end[e]])
        if left_d == left_a and _left(n[k], points[start[e]]) != left_d:
            odd[k] = not odd[k]
    return odd
