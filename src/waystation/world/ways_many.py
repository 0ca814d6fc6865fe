"""The shortest ways from one place to many around closed airspace: one search of the graph, one look each.

    km, reasons = ways_from(55.88, 38.06, "RU", lats, lons, countries, on=…, operator_class="russian-state")

The same obstacles and the same answer as ``world.ways.shortest_way`` (a test compares them). From the one end
every corner has its distance; each of the many ends then takes the corner with the smallest sum that it sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from waystation.terms.geodesy import unit_vectors
from waystation.world.airspace import closed_areas
from waystation.world.crossings import Walls, crossed, inside_labels, walls_of
from waystation.world.sight_many import arcs_free, first_seen
from waystation.world.way_graph import arc_km, way_graph

if TYPE_CHECKING:
    from datetime import date

    from waystation.world.airspace import AirspaceRule
    from waystation.world.closed_shapes import ClosedAreas

__all__ = ["INSIDE", "ways_around", "ways_from"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]

INSIDE: Final = "the airfield lies inside closed airspace"
_CHUNK: Final = 2000  # arcs at a time: 2000 × 3000 edges are 6 MB of flags


def ways_from(
    lat: float,
    lon: float,
    country: str,
    lats: Floats,
    lons: Floats,
    countries: Texts,
    /,
    *,
    on: date,
    operator_class: str,
    more: tuple[AirspaceRule, ...] = (),
) -> tuple[Floats, Texts]:
    """Return (km, reason) of the ways from one place to m others; km is nan where there is none.

    Countries are ISO codes of the ends: some closures hold only for flights to one country. ``more``: rules
    of a scenario beside ours.
    """
    km, reasons = np.full(len(lats), np.nan), np.full(len(lats), "", dtype=object)
    by_rules: dict[int, tuple[ClosedAreas, list[str]]] = {}
    for other in sorted(set(countries)):
        closed = closed_areas(on, operator_class, to=(country, str(other)), more=more)
        by_rules.setdefault(id(closed), (closed, []))[1].append(other)
    for closed, these in by_rules.values():
        mine = np.isin(countries, these)
        km[mine], reasons[mine] = ways_around(lat, lon, lats[mine], lons[mine], closed)
    return km, reasons


def ways_around(
    lat: float, lon: float, lats: Floats, lons: Floats, closed: ClosedAreas
) -> tuple[Floats, Texts]:
    """Return (km, reason) of the shortest ways from one place to m others (degrees) around ``closed``."""
    start, ends = unit_vectors(lat, lon).reshape(3), unit_vectors(lats, lons).reshape(-1, 3)
    km, reasons = np.full(len(ends), np.nan), np.full(len(ends), "", dtype=object)
    shut, strips = _where(ends.tobytes(), closed)
    reasons[shut] = INSIDE
    if inside_labels(start[None, :], closed.areas).any():
        reasons[:] = f"the start ({lat:.3f}, {lon:.3f}) lies inside closed airspace"
        return km, reasons
    open_ends = np.flatnonzero(~shut)
    straight, found = _search(start, ends[open_ends], strips[open_ends], closed)
    km[open_ends] = found
    for i, a, b in zip(open_ends, straight, found, strict=True):
        reasons[i] = _reason(float(a), float(b))
    return km, reasons


@lru_cache(maxsize=8)
def _where(ends: bytes, closed: ClosedAreas) -> tuple[Bools, Ints]:
    """Return which ends lie in a closed area, and in how many strips each lies; kept for the second search.

    The strips hold the areas, so only what lies in a strip can lie in an area: a tenth of the edges decides.
    """
    points = np.frombuffer(ends, dtype=np.float64).reshape(-1, 3)
    strips = inside_labels(points, closed.obstacles).sum(axis=1)
    shut = strips > 0
    shut[shut] = inside_labels(points[shut], closed.areas).any(axis=1)
    return shut, strips


def _reason(straight: float, found: float) -> str:
    if np.isnan(found):
        return "no way around closed airspace: one end is shut in"
    if found - straight < 0.5:  # km; less is rounding
        return "the great circle is open"
    return f"around closed airspace: {found - straight:,.0f} km more than the great circle"


@dataclass(frozen=True, eq=False)
class _Sight:
    """Edges to cross, and those of the areas themselves."""

    walls: Walls
    areas: Walls

    @property
    def edges(self) -> tuple[Floats, Ints, Ints, Floats, Floats, Ints, Ints, Floats]:
        """Return the arrays that the kernels take."""
        w, a = self.walls, self.areas
        return w.points, w.start, w.end, w.normals, a.points, a.start, a.end, a.normals


def _search(start: Floats, ends: Floats, strips: Ints, closed: ClosedAreas) -> tuple[Floats, Floats]:
    """Return (great circle, way) in km for ends that lie in no closed area, in ``strips`` strips."""
    every, areas = walls_of(closed.obstacles), walls_of(closed.areas)
    own = int(inside_labels(start[None, :], closed.obstacles).sum())
    straight = arc_km(start, ends)
    direct = arcs_free(start, ends, strips + own, *_Sight(every, areas).edges)
    km = np.where(direct, straight, np.nan)
    blocked = np.flatnonzero(~direct)
    groups: tuple[int, ...] = ()
    met = _met(np.broadcast_to(start, (len(blocked), 3)), ends[blocked], every)
    while len(blocked) and met != groups:
        groups = met
        km[blocked], hit = _around(start, own, ends[blocked], strips[blocked], closed, groups)
        met = tuple(sorted({*groups, *hit}))
    return straight, km


def _met(a: Floats, b: Floats, walls: Walls) -> tuple[int, ...]:
    """Return the groups of obstacles that the arcs a→b meet."""
    hit = np.zeros(len(walls.label), dtype=bool)
    for i in range(0, len(b), _CHUNK):
        hit |= crossed(a[i : i + _CHUNK], b[i : i + _CHUNK], walls).any(axis=0)
    return tuple(np.unique(walls.label[hit]).tolist())


def _around(
    start: Floats, own: int, ends: Floats, strips: Ints, closed: ClosedAreas, groups: tuple[int, ...]
) -> tuple[Floats, tuple[int, ...]]:
    """Return the ways around these groups, and other groups that these ways still meet."""
    graph = way_graph(closed, groups)
    sight = _Sight(walls_of(closed.obstacles, groups), walls_of(closed.areas))
    seen = arcs_free(start, graph.nodes, np.full(len(graph.nodes), own), *sight.edges)
    first = np.where(seen, arc_km(start, graph.nodes), np.inf)
    to_node = np.min(first[:, None] + graph.between_km, axis=0)
    km, last = _nearest_seen(to_node, graph.nodes, ends, strips, sight)
    others = tuple(k for k in range(len(closed.obstacles.outside)) if k not in groups)
    walls = walls_of(closed.obstacles, others)
    arcs = [(graph.nodes[last[last >= 0]], ends[last >= 0])]
    for node in np.unique(last[last >= 0]):
        path = _corners(int(np.argmin(first + graph.between_km[:, node])), int(node), graph.before)
        points = np.stack([start, *graph.nodes[path]])
        arcs.append((points[:-1], points[1:]))
    a, b = (np.concatenate([arc[k] for arc in arcs]) for k in (0, 1))
    return km, _met(a, b, walls)


def _corners(i: int, j: int, before: NDArray[np.int32]) -> list[int]:
    path = [j]
    while path[-1] != i:
        path.append(int(before[i, path[-1]]))
    return path[::-1]


def _nearest_seen(
    to_node: Floats, nodes: Floats, ends: Floats, strips: Ints, sight: _Sight
) -> tuple[Floats, Ints]:
    """Return for every end the smallest to_node + arc over the nodes that it sees, and that node (-1: none).

    Nodes are tried in the order of the sum, so the first that is seen is the best.
    """
    km, last = np.full(len(ends), np.nan), np.full(len(ends), -1, dtype=np.int64)
    for i in range(0, len(ends), _CHUNK):
        these = slice(i, i + _CHUNK)
        total = to_node[None, :] + arc_km(ends[these, None, :], nodes[None, :, :])
        order = np.argsort(total, axis=1, kind="stable")
        n_open = np.isfinite(total).sum(axis=1)
        last[these] = first_seen(ends[these], strips[these], nodes, order, n_open, *sight.edges)
        found = last[these] >= 0
        km[these][found] = total[np.flatnonzero(found), last[these][found]]
    return km, last
