"""Closed areas as rings on the sphere: joined, with a strip around them, thinned without touching the inside.

    rings of the rules → grouped (a hemisphere holds each group) → azimuthal equidistant plane
    → union → outward by 20 km → thinned by at most 10 km → rings, the closed side on the left

The plane stretches lengths across the radius by c/sin c; the strip is widened by as much, so it is nowhere
narrower than asked. Thinned by 10 km, a way keeps at least 10 km from every area itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient

from waystation.terms.errors import InputError
from waystation.terms.geodesy import unit_vectors
from waystation.terms.units import EARTH_RADIUS_KM
from waystation.world.planes import Plane

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ClosedAreas", "Rings", "ShapeRules", "close"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LatLon = tuple[float, float]


@dataclass(frozen=True)
class ShapeRules:
    """How closed areas become obstacles."""

    buffer_km: float = 20.0  # the twelve miles of territorial sea are 22 km; and nobody files along a border
    tolerance_km: float = 10.0  # thins Europe to 600 outward corners; half the strip stays whatever happens
    group_radius_deg: float = 45.0  # how far from its centre a group reaches: the plane stretches 11 % there
    max_radius_deg: float = 80.0  # a single area larger than this has no clear inside
    step_km: float = (
        50.0  # edges are great circles; at this spacing they and the plane's lines agree to metres
    )


@dataclass(frozen=True, eq=False)
class Rings:
    """Closed rings. ``points``: unit vectors (n, 3); edge k goes from point ``start[k]`` to ``end[k]``.

    ``ring`` numbers the ring of every point and edge, ``label`` the area or group of every ring;
    ``outside[label]`` is a unit vector that lies outside of all rings of that label.
    """

    points: Floats
    start: Ints
    end: Ints
    ring: Ints
    label: Ints
    outside: Floats


@dataclass(frozen=True, eq=False)
class ClosedAreas:
    """What is closed. Compared and hashed by identity: one rule set, one object.

    ``names[i]`` names area i; ``areas`` are the areas as given, ``obstacles`` the same joined in groups with
    their strip of ``rules.buffer_km``; their rings have the closed side on the left.
    """

    names: tuple[str, ...]
    areas: Rings
    obstacles: Rings
    rules: ShapeRules


def close(named_rings: Sequence[tuple[str, Sequence[LatLon]]], rules: ShapeRules) -> ClosedAreas:
    """Return the closed areas made of ``(name, [(lat, lon), …])``; rings of one name are one area.

    Raises ``InputError`` for a ring of fewer than three points or one that is larger than a hemisphere.
    """
    names = tuple(dict.fromkeys(name for name, _ in named_rings))
    rings = [_ring(name, pairs, rules) for name, pairs in named_rings]
    labels = [names.index(name) for name, _ in named_rings]
    outlines = [_strip(group, rules) for group in _groups(rings, rules)]
    return ClosedAreas(
        names=names,
        areas=_rings(rings, labels),
        obstacles=_rings([r for o in outlines for r in o], [k for k, o in enumerate(outlines) for _ in o]),
        rules=rules,
    )


def _ring(name: str, pairs: Sequence[LatLon], rules: ShapeRules) -> Floats:
    """Unit vectors of one ring, no two neighbours further apart than ``step_km``."""
    given = unit_vectors([p[0] for p in pairs], [p[1] for p in pairs])
    if len(given) > 1:
        given = given[np.linalg.norm(given - np.roll(given, 1, axis=0), axis=1) > 1e-9]
    if len(given) < 3:
        raise InputError(f"closed area {name!r} has {len(given)} corners: it needs three or more")
    dense = _densified(given, rules.step_km)
    if _radius_rad(dense, _centre(dense)) > np.radians(rules.max_radius_deg):
        raise InputError(
            f"closed area {name!r} reaches further than {rules.max_radius_deg:g}° from its middle: split it"
        )
    return dense


def _densified(points: Floats, step_km: float) -> Floats:
    """Points along the great circles of a closed ring."""
    after = np.roll(points, -1, axis=0)
    angle = 2 * np.arcsin(np.clip(np.linalg.norm(after - points, axis=1) / 2, 0.0, 1.0))
    n = np.maximum(1, np.ceil(angle * EARTH_RADIUS_KM / step_km)).astype(np.int64)
    edge = np.repeat(np.arange(len(points)), n)
    t = (np.arange(len(edge)) - np.repeat(np.cumsum(n) - n, n)) / n[edge]
    w = angle[edge]
    near, far = np.sin((1 - t) * w) / np.sin(w), np.sin(t * w) / np.sin(w)
    return np.asarray(near[:, None] * points[edge] + far[:, None] * after[edge], dtype=np.float64)


def _centre(points: Floats) -> Floats:
    mean = points.mean(axis=0)
    length = np.linalg.norm(mean)
    return np.asarray(mean / length if length > 1e-6 else points[0], dtype=np.float64)


def _radius_rad(points: Floats, centre: Floats) -> float:
    return float(np.arccos(np.clip(points @ centre, -1.0, 1.0)).max())


def _groups(rings: list[Floats], rules: ShapeRules) -> list[list[Floats]]:
    """Groups that fit a plane: the largest ring gathers all within the radius, then the next."""
    left = sorted(range(len(rings)), key=lambda k: (-_radius_rad(rings[k], _centre(rings[k])), k))
    groups = []
    while left:
        centre = _centre(rings[left[0]])
        near = np.radians(rules.group_radius_deg)
        mine = [k for k in left if k == left[0] or _radius_rad(rings[k], centre) < near]
        left = [k for k in left if k not in mine]
        groups.append([rings[k] for k in mine])
    return groups


def _strip(group: list[Floats], rules: ShapeRules) -> list[Floats]:
    """Return the rings of one group's union with its strip, thinned, the closed side on the left."""
    plane = Plane.around(_centre(group[0]))
    radius = max(_radius_rad(ring, plane.centre) for ring in group)
    flat = [shapely.make_valid(Polygon(plane.flat(ring))) for ring in group]
    wide = shapely.union_all(flat).buffer(rules.buffer_km * radius / np.sin(radius), quad_segs=4)
    thin = wide.simplify(rules.tolerance_km, preserve_topology=True)
    polygons = [orient(p) for p in _polygons(thin)]
    return [
        plane.round(np.asarray(ring.coords)[:-1])
        for p in polygons
        for ring in (p.exterior, *p.interiors)
        if len(ring.coords) > 3
    ]


def _polygons(shape: Any) -> list[Polygon]:  # noqa: ANN401 - shapely carries no types
    if isinstance(shape, Polygon):
        return [] if shape.is_empty else [shape]
    parts = shape.geoms if isinstance(shape, MultiPolygon) else getattr(shape, "geoms", [])
    return [p for part in parts for p in _polygons(part)]


def _rings(rings: list[Floats], labels: list[int]) -> Rings:
    points = np.concatenate([*rings, np.zeros((0, 3))])
    lengths = [len(r) for r in rings]
    firsts = np.cumsum([0, *lengths])[:-1]
    end = np.concatenate(
        [np.zeros(0), *(f + (np.arange(n) + 1) % n for f, n in zip(firsts, lengths, strict=True))]
    )
    n_labels = max(labels, default=-1) + 1
    return Rings(
        points=points,
        start=np.arange(len(points)),
        end=end.astype(np.int64),
        ring=np.repeat(np.arange(len(rings)), lengths).astype(np.int64),
        label=np.asarray(labels, dtype=np.int64),
        outside=np.array([_outside(rings, labels, k) for k in range(n_labels)]).reshape(-1, 3),
    )


def _outside(rings: list[Floats], labels: list[int], label: int) -> Floats:
    """A point that no ring of this label encloses: far from all of them, on an odd bearing."""
    own = np.concatenate([r for r, k in zip(rings, labels, strict=True) if k == label])
    tries = _SPREAD
    nearest = (own @ tries.T).max(axis=0)  # cosine to the nearest corner
    return np.asarray(tries[int(np.argmin(nearest))], dtype=np.float64)


def _spread(n: int = 200) -> Floats:
    """``n`` points spread evenly over the sphere (a golden spiral): where to look for an outside."""
    k = np.arange(n) + 0.5
    z = 1 - 2 * k / n
    turn = np.pi * (1 + 5**0.5) * k
    r = np.sqrt(1 - z * z)
    return np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=-1)


_SPREAD = _spread()
