"""The shortest way on the sphere around closed areas (method: docs/rules/ways.md).

    way = shortest_way(55.88, 38.06, 35.40, 35.95, closed_areas(date(2024, 12, 15), "russian-state"))

Exact for the obstacles as drawn: a visibility graph over their outward corners. Only groups of obstacles that
the way meets are looked at: a way that is shortest among fewer walls and touches no other is shortest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.terms.geodesy import unit_vectors
from waystation.world.crossings import crossed, inside_labels, times_crossed, walls_of
from waystation.world.way_graph import WayGraph, arc_km, way_graph

if TYPE_CHECKING:
    from waystation.world.closed_shapes import ClosedAreas

__all__ = ["Way", "shortest_way"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Way:
    """``lat``, ``lon``: degrees (n,) with both ends, great circles between; empty where there is no way.

    ``distance_km``: its length, nan where there is none. ``reason``: what it goes around, or what forbids it.
    """

    lat: Floats
    lon: Floats
    distance_km: float
    reason: str


@dataclass(frozen=True, eq=False)
class _End:
    """One end of the way: its unit vector, and the groups in whose strip it stands."""

    at: Floats
    groups: tuple[int, ...]

    @property
    def strips(self) -> int:
        """How many strips it has to leave."""
        return len(self.groups)


def shortest_way(lat1: float, lon1: float, lat2: float, lon2: float, closed: ClosedAreas) -> Way:
    """Return the shortest way from the first to the second point (degrees) around ``closed``.

    An end inside a closed area, or no way at all, gives an empty way with its reason. An end in the strip
    around an area (an airfield near a closed border) may leave the strip once and not come back.
    """
    ends = unit_vectors([lat1, lat2], [lon1, lon2])
    within = inside_labels(ends, closed.areas)
    for name, row, k in (("start", within[0], 0), ("end", within[1], 1)):
        if row.any():
            place = f"{(lat1, lat2)[k]:.3f}, {(lon1, lon2)[k]:.3f}"
            return _none(f"the {name} ({place}) lies inside {_listed(closed, row)}, which is closed")
    strips = [tuple(np.flatnonzero(row).tolist()) for row in inside_labels(ends, closed.obstacles)]
    a, b = _End(ends[0], strips[0]), _End(_not_opposite(ends[0], ends[1]), strips[1])
    return _searched(a, b, closed)


def _searched(a: _End, b: _End, closed: ClosedAreas) -> Way:
    """Add groups of obstacles until the shortest way among them meets no other."""
    groups = tuple(
        sorted({*a.groups, *b.groups})
    )  # edges that must be crossed have to be among those counted
    every = walls_of(closed.obstacles)
    direct = _crossed_names(a.at, b.at, closed)
    while True:
        points = _around(a, b, closed, groups)
        if points is None:
            return _none(f"no way around {direct or 'the closed areas'}: one end is shut in")
        hit = crossed(points[:-1], points[1:], every)
        met = tuple(sorted(set(groups) | set(every.label[hit.any(axis=0)].tolist())))
        if met == groups:
            return _way(points, closed, direct, a, b)
        groups = met


def _free(
    a: _End, to: Floats, strips: int, closed: ClosedAreas, groups: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Which arcs from ``a`` to ``to`` (n, 3) cross no edge but those of the strips that they leave."""
    walls = walls_of(closed.obstacles, groups)
    leave = a.strips + strips
    free = times_crossed(a.at, to, walls, leave) <= leave
    if leave and free.any():  # the areas themselves have ten times the edges: only where the strips allow
        free[free] = times_crossed(a.at, to[free], walls_of(closed.areas), 0) == 0
    return np.asarray(free)


def _around(a: _End, b: _End, closed: ClosedAreas, groups: tuple[int, ...]) -> Floats | None:
    """Return the corners (n, 3) of the shortest way around these groups, None where there is none."""
    if not groups or _free(a, b.at[None, :], b.strips, closed, groups)[0]:
        return np.stack([a.at, b.at])
    graph = way_graph(closed, groups)
    from_a = np.where(_free(a, graph.nodes, 0, closed, groups), arc_km(a.at, graph.nodes), np.inf)
    to_b = np.where(_free(b, graph.nodes, 0, closed, groups), arc_km(b.at, graph.nodes), np.inf)
    seen_a, seen_b = np.flatnonzero(np.isfinite(from_a)), np.flatnonzero(np.isfinite(to_b))
    if not len(seen_a) or not len(seen_b):
        return None
    total = from_a[seen_a, None] + graph.between_km[np.ix_(seen_a, seen_b)] + to_b[None, seen_b]
    i, j = np.unravel_index(int(np.argmin(total)), total.shape)
    if not np.isfinite(total[i, j]):
        return None
    return np.stack([a.at, *_nodes_between(graph, int(seen_a[i]), int(seen_b[j])), b.at])


def _nodes_between(graph: WayGraph, i: int, j: int) -> Floats:
    path = [j]
    while path[-1] != i:
        path.append(int(graph.before[i, path[-1]]))
    return graph.nodes[path[::-1]]


def _way(points: Floats, closed: ClosedAreas, direct: str, a: _End, b: _End) -> Way:
    km = float(arc_km(points[:-1], points[1:]).sum())
    straight = float(arc_km(points[0], points[-1]))
    if len(points) == 2:
        reason = "the great circle is open"
    else:
        what = direct or "the strip beside a closed area"
        reason = f"around {what}: {km - straight:,.0f} km more than the great circle"
    near = [name for name, end in (("start", a), ("end", b)) if end.strips]
    if near:
        strip = f"{closed.rules.buffer_km:g} km"
        reason += (
            f"; the {' and the '.join(near)} within {strip} of a closed border, which the way leaves at once"
        )
    lat = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    return Way(lat, np.degrees(np.arctan2(points[:, 1], points[:, 0])), km, reason)


def _none(reason: str) -> Way:
    return Way(np.zeros(0), np.zeros(0), float("nan"), reason)


def _crossed_names(a: Floats, b: Floats, closed: ClosedAreas) -> str:
    walls = walls_of(closed.areas)
    labels = np.unique(walls.label[crossed(a, b, walls)[0]])
    return _listed(closed, np.isin(np.arange(len(closed.names)), labels))


def _listed(closed: ClosedAreas, which: NDArray[np.bool_]) -> str:
    return ", ".join(n for n, yes in zip(closed.names, which, strict=True) if yes)


def _not_opposite(a: Floats, b: Floats) -> Floats:
    """Antipodes have no one great circle between them: move the second by a metre."""
    if a @ b > -1 + 1e-12:
        return b
    moved = b + np.array([1e-7, 2e-7, -1e-7])
    return np.asarray(moved / np.linalg.norm(moved), dtype=np.float64)
