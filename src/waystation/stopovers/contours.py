"""Where a field on a grid is at least so high: polygons, with straight lines between the grid's values.

Every cell is two triangles; a triangle is cut where its plane crosses the level. The union of what is left
has no ambiguous cells and no table of cases. Every cut is reckoned from the lower-numbered corner, so that
the two triangles at an edge agree to the last bit and the union needs no tolerance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["at_least", "filled"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def at_least(values: Floats, x: Floats, y: Floats, level: float) -> Any:  # noqa: ANN401 - shapely has no types
    """Return the area (a shapely geometry, perhaps empty) where ``values`` (len(y), len(x)) reach ``level``.

    ``values`` must be finite.
    """
    r, c = (a.ravel() for a in np.meshgrid(np.arange(len(y) - 1), np.arange(len(x) - 1), indexing="ij"))
    cells = np.stack([(r + i) * len(x) + (c + j) for i, j in ((0, 0), (0, 1), (1, 1), (1, 0))], axis=-1)
    place = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    height = values.ravel() - level
    n_high = (height[cells] >= 0).sum(axis=1)
    mixed = cells[(n_high > 0) & (n_high < 4)]
    triangles = np.concatenate([mixed[:, [0, 1, 2]], mixed[:, [0, 2, 3]]])
    parts = [shapely.polygons(place[cells[n_high == 4]])]
    parts += [shapely.polygons(p) for p in _cut(triangles, place, height)]
    shapes = np.concatenate(parts)
    return shapely.coverage_union_all(shapes[shapely.area(shapes) > 0])


def _cut(triangles: Ints, place: Floats, height: Floats) -> list[Floats]:
    """Return the parts of triangles at or above zero: stacks of polygons of three and of four corners."""
    high = height[triangles] >= 0
    out = [place[triangles[high.all(axis=1)]]]
    for alone, wanted in ((True, 1), (False, 2)):
        these = high.sum(axis=1) == wanted
        # turn each triangle so that the corner which is alone on its side comes first
        first = np.argmax(high[these] == alone, axis=1)
        a, b, c = (triangles[these, :][np.arange(len(first)), (first + k) % 3] for k in range(3))
        ab, ac = _crossing(a, b, place, height), _crossing(a, c, place, height)
        corners = [place[a], ab, ac] if alone else [ab, place[b], place[c], ac]
        out.append(np.stack(corners, axis=1))
    return [o for o in out if len(o)]


def _crossing(a: Ints, b: Ints, place: Floats, height: Floats) -> Floats:
    low, top = np.minimum(a, b), np.maximum(a, b)
    part = height[low] / (height[low] - height[top])
    return np.asarray(place[low] + (place[top] - place[low]) * part[:, None], dtype=np.float64)


def filled(field: Floats, holes: Bools) -> Floats:
    """Return a field in the shape of ``holes``, which it takes from their neighbours; all holes: zeros."""
    out, left = np.where(holes, np.nan, field.reshape(holes.shape)), holes.copy()
    while left.any() and not left.all():
        padded = np.pad(out, 1, constant_values=np.nan)
        near = np.stack(
            [
                padded[1 + i : 1 + i + out.shape[0], 1 + j : 1 + j + out.shape[1]]
                for i, j in ((0, 1), (0, -1), (1, 0), (-1, 0))
            ]
        )
        known = np.isfinite(near).sum(axis=0)
        mean = np.nansum(near, axis=0) / np.maximum(known, 1)
        grown = left & (known > 0)
        out[grown] = mean[grown]
        left &= ~grown
    return np.nan_to_num(out, nan=0.0)
