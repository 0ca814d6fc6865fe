"""Sight from many ends, compiled: which arcs are free, and the first corner that each end sees.

The rule of sides is that of ``crossings.py``; an arc may cross as many edges of the strips as there are
strips to leave, and where there are any it must not cross an area itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from waystation.terms.compiled import kernel

__all__ = ["arcs_free", "first_seen"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel(inner=True)
def _left(n: Floats, p: Floats) -> bool:
    return bool(n[0] * p[0] + n[1] * p[1] + n[2] * p[2] >= 0.0)


@kernel(inner=True)
def _free(a: Floats, b: Floats, points: Floats, start: Ints, end: Ints, normals: Floats, limit: int) -> bool:
    """Whether the arc from a to b crosses at most ``limit`` edges."""
    n = np.empty(3)
    n[0] = a[1] * b[2] - a[2] * b[1]
    n[1] = a[2] * b[0] - a[0] * b[2]
    n[2] = a[0] * b[1] - a[1] * b[0]
    count = 0
    for e in range(len(start)):
        left_a = _left(normals[e], a)
        if _left(normals[e], b) == left_a:
            continue
        left_d = _left(n, points[end[e]])
        if left_d == left_a and _left(n, points[start[e]]) != left_d:
            count += 1
            if count > limit:
                return False
    return True


@kernel()
def arcs_free(
    a: Floats,
    b: Floats,
    strips: Ints,
    points: Floats,
    start: Ints,
    end: Ints,
    normals: Floats,
    area_points: Floats,
    area_start: Ints,
    area_end: Ints,
    area_normals: Floats,
) -> NDArray[np.bool_]:
    """Return whether each arc from ``a`` (3,) to ``b[i]`` (n, 3) is free; ``strips``: of both its ends."""
    free = np.zeros(len(b), dtype=np.bool_)
    for i in range(len(b)):
        if _free(a, b[i], points, start, end, normals, strips[i]):
            free[i] = strips[i] == 0 or _free(a, b[i], area_points, area_start, area_end, area_normals, 0)
    return free


@kernel()
def first_seen(  # noqa: PLR0917 - Numba takes no dataclasses
    ends: Floats,
    strips: Ints,
    nodes: Floats,
    order: Ints,
    n_open: Ints,
    points: Floats,
    start: Ints,
    end: Ints,
    normals: Floats,
    area_points: Floats,
    area_start: Ints,
    area_end: Ints,
    area_normals: Floats,
) -> Ints:
    """Return for every end (m, 3) the first of ``order[i, :n_open[i]]`` that it sees, -1 where none."""
    seen = np.full(len(ends), -1)
    for i in range(len(ends)):
        for k in range(n_open[i]):
            node = nodes[order[i, k]]
            if not _free(ends[i], node, points, start, end, normals, strips[i]):
                continue
            if strips[i] == 0 or _free(ends[i], node, area_points, area_start, area_end, area_normals, 0):
                seen[i] = order[i, k]
                break
    return seen
