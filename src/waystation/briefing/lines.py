"""Geometry of lines on a page: clip, thin, great circles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.terms.geodesy import unit_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["clip_ring", "densify", "great_circle", "thin", "world_copies"]

Line = NDArray[np.float64]


def clip_ring(ring: Line, box: tuple[float, float, float, float]) -> Line:
    """Sutherland–Hodgman: the part of a closed ring (x, y) inside ``(x0, x1, y0, y1)``; may be empty."""
    out = ring
    for axis, limit, sign in ((0, box[0], 1.0), (0, box[1], -1.0), (1, box[2], 1.0), (1, box[3], -1.0)):
        if len(out) < 3:
            return np.empty((0, 2))
        out = _half_plane(out, axis, limit, sign)
    return out


def _half_plane(ring: Line, axis: int, limit: float, sign: float) -> Line:
    side = sign * (ring[:, axis] - limit)
    if np.all(side >= 0):
        return ring
    if np.all(side < 0):
        return np.empty((0, 2))
    following = np.roll(ring, -1, axis=0)
    after = np.roll(side, -1)
    inside = side >= 0
    crossing = inside != (after >= 0)
    span = np.where(crossing, side - after, 1.0)
    cut = ring + (side / span)[:, None] * (following - ring)
    pairs = np.stack([ring, cut], axis=1).reshape(-1, 2)
    keep = np.stack([inside, crossing], axis=1).reshape(-1)
    return np.asarray(pairs[keep], dtype=np.float64)


def densify(line: Line, step: float) -> Line:
    """Add points so that no stride is longer than ``step``: straight in degrees is bent on the page."""
    stride = np.hypot(*np.diff(line, axis=0).T)
    n = np.maximum(1, np.ceil(stride / step).astype(int))
    if np.all(n == 1):
        return line
    parts = [
        a + np.linspace(0, 1, k, endpoint=False)[:, None] * (b - a)
        for a, b, k in zip(line[:-1], line[1:], n.tolist(), strict=True)
    ]
    return np.concatenate([*parts, line[-1:]])


def world_copies(line: Line, west: float, east: float) -> Iterator[Line]:
    """The line and its copies a turn away, where they touch ``west`` … ``east`` (x = longitude)."""
    for turn in (-360.0, 0.0, 360.0):
        if line[:, 0].max() + turn >= west and line[:, 0].min() + turn <= east:
            yield line + np.array([turn, 0.0])


def thin(xy: Line, tolerance: float) -> NDArray[np.intp]:
    """Douglas–Peucker: indices to keep so that no dropped point is further than ``tolerance`` away."""
    keep = np.zeros(len(xy), dtype=bool)
    keep[[0, -1]] = True
    stack = [(0, len(xy) - 1)]
    while stack:
        a, b = stack.pop()
        if b - a < 2:
            continue
        chord, rel = xy[b] - xy[a], xy[a + 1 : b] - xy[a]
        length = float(np.hypot(*chord))
        far = (
            np.abs(chord[0] * rel[:, 1] - chord[1] * rel[:, 0]) / length
            if length > 0
            else np.hypot(rel[:, 0], rel[:, 1])
        )
        i = int(np.argmax(far))
        if far[i] > tolerance:
            k = a + 1 + i
            keep[k] = True
            stack += [(a, k), (k, b)]
    return np.flatnonzero(keep)


def great_circle(lat1: float, lon1: float, lat2: float, lon2: float, n: int = 33) -> tuple[Line, Line]:
    """``n`` points (latitudes, longitudes, degrees) along the shortest way over the sphere."""
    a, b = unit_vectors([lat1], [lon1])[0], unit_vectors([lat2], [lon2])[0]
    angle = float(np.arccos(np.clip(a @ b, -1, 1)))
    t = np.linspace(0, 1, n)[:, None]
    s = np.sin(angle)
    v = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / s if s > 1e-9 else a + t * (b - a)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    return np.degrees(np.arcsin(np.clip(v[:, 2], -1, 1))), np.degrees(np.arctan2(v[:, 1], v[:, 0]))
