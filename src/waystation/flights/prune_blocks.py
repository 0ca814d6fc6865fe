"""Airfields in blocks of two degrees: the search for those worth weighing passes whole blocks by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from waystation.terms.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.field_table import FieldTable

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Blocks", "blocks_of"]

BLOCK_DEG: Final = 2.0  # finer blocks bound better and are more to look at; measured on a day of the world
CLASSES: Final = (-1.0, 0.5)  # of appeal: water | strips | the rest. One airport would lift a block of strips


class Blocks(NamedTuple):
    """Fields of block ``m`` are ``rows[start[m]:start[m + 1]]`` of the field table; blocks rise in latitude.

    ``unit``, ``radius``: middle of a block on the unit sphere and the angle (radians) that holds its fields.
    ``most``: (blocks, 2), the largest appeal in it. The others run over the field table: latitude in radians,
    its sine and cosine.
    ``own_unit``, ``own_appeal``: of ``rows``, as they stand there.
    ``cos_around``: from nearer than this, a block may lie in any direction.
    """

    rows: Ints
    start: Ints
    lat: Floats
    unit: Floats
    radius: Floats
    most: Floats
    field_unit: Floats
    appeal: Floats
    own_unit: Floats
    own_appeal: Floats
    sin_radius: Floats
    cos_around: Floats
    lat_rad: Floats
    sin_lat: Floats
    cos_lat: Floats


_LAST: list[tuple[FieldTable, Blocks]] = []


def blocks_of(table: FieldTable) -> Blocks:
    """Return the blocks of a field table; the last one's are kept."""
    if not _LAST or _LAST[0][0] is not table:
        _LAST[:] = [(table, _build(table))]
    return _LAST[0][1]


def _build(t: FieldTable) -> Blocks:
    kind = np.searchsorted(np.array(CLASSES), t.appeal.max(axis=1), side="left")
    row = np.floor((t.lat + 90.0) / BLOCK_DEG).astype(np.int64)
    column = np.floor((t.lon + 180.0) / BLOCK_DEG).astype(np.int64)
    key = (row * 1000 + column) * 10 + kind
    order = np.argsort(key, kind="stable").astype(np.int64)  # rows of a block rise
    start = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0][: len(order)])
    edges = np.r_[start, len(order)].astype(np.int64)
    size = np.diff(edges)
    middle = np.add.reduceat(t.unit[order], start, axis=0) if len(order) else np.zeros((0, 3))
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-12)
    dot = np.clip((t.unit[order] * np.repeat(middle, size, axis=0)).sum(axis=1), -1.0, 1.0)
    far = np.arccos(np.minimum.reduceat(dot, start)) if len(order) else np.zeros(0)
    most = np.maximum.reduceat(t.appeal[order], start, axis=0) if len(order) else np.zeros((0, 2))
    lat = np.floor((t.lat[order[start]] + 90.0) / BLOCK_DEG) * BLOCK_DEG - 90.0
    radius = far + 1e-6  # the last metres: arcs of nearly nil round badly
    around = np.sin(radius), np.cos(1.01 * radius)
    own = np.ascontiguousarray(t.unit[order]), np.ascontiguousarray(t.appeal[order])
    return Blocks(order, edges, lat, middle, radius, most, t.unit, t.appeal, *own, *around, *_angles(t.lat))


@kernel("UniTuple(float64[::1], 3)(float64[::1])")
def _angles(lat: Floats) -> tuple[Floats, Floats, Floats]:
    """Return latitude in radians, sine, cosine: by the functions that the kernels themselves use."""
    rad = np.empty(len(lat))
    sine, cosine = np.empty(len(lat)), np.empty(len(lat))
    for i in range(len(lat)):
        rad[i] = np.radians(lat[i])
        sine[i], cosine[i] = np.sin(rad[i]), np.cos(rad[i])
    return rad, sine, cosine
