"""The visibility graph over the corners of closed areas: made once per set of areas, kept, asked often.

A shortest way bends only at outward corners. Each such corner is moved outward by ten metres: no node then
lies on an edge, and an arc between two nodes is allowed exactly when it crosses no edge. (Both ends of it
are outside; to enter an area it would have to cross an edge.) Ways between all pairs of nodes are kept, so
that a question costs only the sight from its two ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from waystation.terms.units import EARTH_RADIUS_KM
from waystation.world.crossings import Walls, inside_labels, times_crossed, walls_of

if TYPE_CHECKING:
    from waystation.world.closed_shapes import ClosedAreas, Rings

__all__ = ["WayGraph", "arc_km", "way_graph"]

Floats = NDArray[np.float64]
_NUDGE_KM: Final = 0.01


@dataclass(frozen=True, eq=False)
class WayGraph:
    """``nodes``: unit vectors (v, 3). ``between_km``: shortest allowed ways (v, v), inf where there is none.

    ``before[i, j]``: the node before j on the way from i, negative where there is none.
    """

    nodes: Floats
    walls: Walls
    between_km: Floats
    before: NDArray[np.int32]


def arc_km(a: Floats, b: Floats) -> Floats:
    """Great-circle lengths (km) between unit vectors, broadcast over all but the last axis."""
    half = np.linalg.norm(a - b, axis=-1) / 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.clip(half, 0.0, 1.0)), dtype=np.float64)


@lru_cache(maxsize=64)
def way_graph(closed: ClosedAreas, groups: tuple[int, ...]) -> WayGraph:
    """Return the graph around these groups of obstacles of ``closed`` (kept: both compare by identity)."""
    walls = walls_of(closed.obstacles, groups)
    nodes = _nodes(closed.obstacles, groups)
    n = len(nodes)
    length = np.zeros((n, n))
    for i in range(n - 1):
        others = nodes[i + 1 :]
        free = times_crossed(nodes[i], others, walls, 0) == 0
        length[i, i + 1 :] = np.where(free, arc_km(nodes[i], others), 0.0)
    between, before = (
        dijkstra(csr_matrix(length), directed=False, return_predecessors=True) if n else (length, length)
    )
    return WayGraph(nodes, walls, between, before.astype(np.int32))


def _nodes(rings: Rings, groups: tuple[int, ...]) -> Floats:
    """Outward corners of these groups, moved out by a hair, without those that another group swallows."""
    points, nxt = rings.points, rings.points[rings.end]
    previous = np.empty_like(points)
    previous[rings.end] = points
    # the closed side is on the left: a left turn is a corner that sticks out
    mine = np.isin(rings.label[rings.ring], groups)
    outward = mine & (np.einsum("ij,ij->i", np.cross(previous, points), nxt) > 0)
    p, u, w = points[outward], previous[outward], nxt[outward]
    away = -(_tangent(p, u) + _tangent(p, w))
    right = np.cross(_tangent(p, w), p)  # of the direction of travel
    short = np.linalg.norm(away, axis=1, keepdims=True) < 1e-6
    away = np.where(short, right, away)
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    nodes = p + away * (_NUDGE_KM / EARTH_RADIUS_KM)
    nodes /= np.linalg.norm(nodes, axis=1, keepdims=True)
    swallowed = inside_labels(nodes, rings)[:, list(groups)].any(axis=1)
    return np.asarray(nodes[~swallowed], dtype=np.float64)


def _tangent(at: Floats, toward: Floats) -> Floats:
    flat = toward - at * np.einsum("ij,ij->i", at, toward)[:, None]
    return np.asarray(flat / np.linalg.norm(flat, axis=1, keepdims=True), dtype=np.float64)
