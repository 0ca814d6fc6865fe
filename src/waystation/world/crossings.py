"""Which great-circle arcs cross which edges, and what lies inside a ring: exact up to rounding, vectorised.

Two arcs ab and cd, each shorter than half the globe, cross iff c and d lie on different sides of the circle
of ab, a and b on different sides of the circle of cd, and the crossing is not on the far side of the globe:

    side(a, cd) ≠ side(b, cd)   side(c, ab) ≠ side(d, ab)   side(d, ab) = side(a, cd)

A point that lies on a circle counts as on its left, for every arc that asks: a way through a corner crosses
one of the two edges that meet there, or none, as a way shifted by a hair would.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.world.sight_kernel import count_crossed, parities

if TYPE_CHECKING:
    from waystation.world.closed_shapes import Rings

__all__ = ["Walls", "crossed", "inside_labels", "times_crossed", "walls_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Walls:
    """Edges to test against: ``points`` (n, 3), ``start`` and ``end`` number them, normals (e, 3)."""

    points: Floats
    start: Ints
    end: Ints
    normals: Floats
    label: Ints


@lru_cache(maxsize=256)
def walls_of(rings: Rings, labels: tuple[int, ...] | None = None) -> Walls:
    """Return the edges of ``rings``, or only of those with the given labels."""
    label = rings.label[rings.ring] if len(rings.ring) else np.zeros(0, dtype=np.int64)
    keep = np.ones(len(label), dtype=bool) if labels is None else np.isin(label, labels)
    start, end = rings.start[keep], rings.end[keep]
    # an edge and its two corners have one ring: corners keep their order, so their places are a running count
    place = np.cumsum(keep) - 1
    points = rings.points[keep]
    start, end = place[start], place[end]
    return Walls(points, start, end, np.cross(points[start], points[end]), label[keep])


def crossed(a: Floats, b: Floats, walls: Walls) -> Bools:
    """Return (n, e): does arc i from ``a[i]`` to ``b[i]`` cross edge e? ``a`` and ``b``: (n, 3) or (3,)."""
    a, b = np.atleast_2d(a), np.atleast_2d(b)
    side_a = a @ walls.normals.T >= 0
    side_b = b @ walls.normals.T >= 0
    corner = np.cross(a, b) @ walls.points.T >= 0
    side_d = corner[:, walls.end]
    # & of (b ≠ a), (c ≠ d), (d = a)
    return np.asarray((side_a ^ side_b) & (corner[:, walls.start] ^ side_d) & ~(side_d ^ side_a))


def times_crossed(a: Floats, b: Floats, walls: Walls, limit: int) -> Ints:
    """Return (n,): how many edges the arc from ``a`` (3,) to ``b[i]`` crosses; counts to ``limit`` + 1."""
    found: Ints = count_crossed(a, b, walls.points, walls.start, walls.end, walls.normals, limit)
    return found


def inside_labels(points: Floats, rings: Rings) -> Bools:
    """Return (n, labels): is point i inside that label? Then odd crossings lead outside."""
    walls = walls_of(rings)
    found = np.zeros((len(points), len(rings.outside)), dtype=bool)
    for i, p in enumerate(points):
        far = _not_opposite(p, rings.outside)
        found[i] = parities(p, far, walls.points, walls.start, walls.end, walls.normals, walls.label)
    return found


def _not_opposite(point: Floats, outside: Floats) -> Floats:
    """The outside points, nudged where they are the antipode: an arc of half the globe has no direction."""
    opposite = outside @ point < -1 + 1e-12
    if not opposite.any():
        return outside
    far = outside + np.where(opposite[:, None], np.array([1e-5, 2e-5, -1e-5]), 0.0)
    return np.asarray(far / np.linalg.norm(far, axis=1, keepdims=True), dtype=np.float64)
