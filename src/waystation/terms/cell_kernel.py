"""H3 cells of level 4, many at once: the geometry of the grid, compiled.

    square ─► face of the icosahedron ─► flat map of that face ─► nearest hexagon of level 4
           ─► its parents of levels 3 to 0, and which child of each (digits) ─► base cell, digits turned

A *short* cell is what of a cell's H3 number differs within a level: base cell and digits, for level 4 in 19
bits. Short cells order as cells do, and the one around is the same without its last three bits.

The geometry is H3's (h3geo.org): the faces and their axes, a gnomonic map, seven children a cell. Base cells
and turns are in ``cell_faces``. Where a place is so near the edge of a face or cell that rounding might
decide, the answer is ``UNSURE``: the library has to be asked.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waystation.terms.cell_faces import AXES_RAD, MIDDLES_RAD, base_cells, turns
from waystation.terms.cells import N_SQUARES, SQUARES_PER_DEG, SQUARES_ROUND
from waystation.terms.compiled import kernel
from waystation.terms.geodesy import unit_vectors

__all__ = ["UNSURE", "Grid", "grid", "short_cells"]

Array = NDArray[Any]
UNSURE: Final = -1
LEVEL: Final = 4
SCALE: Final = 7.0 ** (LEVEL / 2) / ((3.0 - math.sqrt(5.0)) / 2.0)  # flat map of a face, in cells of level 4
EDGE: Final = 1e-7  # of a cell: a million times what rounding does
FACE_EDGE: Final = 1e-9  # difference of two cosines: on the ground likewise
FOURTEENTH: Final = -(-(1 << 20) // 14)
HALF_ROOT_3: Final = math.sqrt(0.75)
COUNTERCLOCKWISE: Final = (0, 5, 3, 1, 6, 4, 2)  # a child's digit after a turn by 60°


class Grid(NamedTuple):
    """What the kernel looks up: sines and cosines of squares' middles, faces, base cells."""

    sin_lat: Array  # per row of squares
    cos_lat: Array
    sin_lon: Array  # per column
    cos_lon: Array
    faces: Array  # 20 × 9: unit vectors to the middle, along the first axis, and across
    beside: Array  # 20 × 3: the faces that share an edge with each
    base: Array  # 20 × 27
    turns: Array  # 20 × 27 × 7
    turned: Array  # 6 × 7: digits after so many turns


@lru_cache(maxsize=1)
def grid() -> Grid:
    """Return the arrays for squares of ``SQUARES_PER_DEG``."""
    rows = np.radians((np.arange(180 * SQUARES_PER_DEG) + 0.5) / SQUARES_PER_DEG - 90.0)
    columns = np.radians((np.arange(SQUARES_ROUND) + 0.5) / SQUARES_PER_DEG - 180.0)
    lat, lon = np.array(MIDDLES_RAD).T
    north = np.stack([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)], axis=1)
    east = np.stack([-np.sin(lon), np.cos(lon), np.zeros(len(lon))], axis=1)
    c, s = (f(np.array(AXES_RAD))[:, None] for f in (np.cos, np.sin))
    middle = unit_vectors(np.degrees(lat), np.degrees(lon))
    turned = [tuple(range(7))]
    for _ in range(5):
        turned.append(tuple(COUNTERCLOCKWISE[d] for d in turned[-1]))
    return Grid(
        *(np.sin(rows), np.cos(rows), np.sin(columns), np.cos(columns)),
        np.concatenate([middle, north * c + east * s, north * s - east * c], axis=1),
        np.argsort(-(middle @ middle.T), axis=1, kind="stable")[:, 1:4].astype(np.int64),
        np.array(base_cells(), dtype=np.int16),
        np.array(turns(), dtype=np.int8),
        np.array(turned, dtype=np.int8),
    )


@kernel(inner=True)
def _face(x: float, y: float, z: float, faces: Array) -> int:
    """Return the face whose middle is nearest, -1 where two are."""
    best, second, at = -1.0, -1.0, -1
    for n in range(len(faces)):
        d = x * faces[n, 0] + y * faces[n, 1] + z * faces[n, 2]
        if d > best:
            best, second, at = d, best, n
        elif d > second:
            second = d
    return at if best - second > FACE_EDGE else -1


@kernel(inner=True)
def _hexagon(u: float, v: float) -> tuple[bool, int, int]:
    """Return whether it is clear, and the two axial numbers of the hexagon at (u, v) of a flat map.

    Axes at 120°: the first along u. Rounded in three numbers that add up to nil; the worst gives way.
    """
    r = v / HALF_ROOT_3
    s = -(u + 0.5 * r)
    q = -s - r
    whole_q, whole_r, whole_s = math.floor(q + 0.5), math.floor(r + 0.5), math.floor(s + 0.5)
    if whole_q + whole_r + whole_s != 0:
        off_q, off_r, off_s = abs(whole_q - q), abs(whole_r - r), abs(whole_s - s)
        if off_q > off_r and off_q > off_s:
            whole_q = -whole_r - whole_s
        elif off_r > off_s:
            whole_r = -whole_q - whole_s
        else:
            whole_s = -whole_q - whole_r
    q, r, s = q - whole_q, r - whole_r, s - whole_s
    clear = max(abs(q - r), abs(r - s), abs(s - q)) < 1.0 - EDGE
    return clear, int(-whole_s), int(whole_r)


@kernel(inner=True)
def _seventh(n: int) -> int:
    """Return n / 7 rounded, for |n| < 10,000. It never lies half way: (2 n + 7) / 14 is never whole."""
    return (2 * n + 7) * FOURTEENTH >> 20


@kernel(inner=True)
def _digits(a: int, b: int) -> tuple[int, int, int]:
    """Return the digits of a hexagon of level 4, the first that is not 0, and the place of its base cell.

    The place is that of ``cell_faces``, -1 where there is none.
    """
    digits, lead, bits = 0, 0, 0
    for level in (4, 3, 2, 1):
        if level % 2 == 1:  # each level's axes are turned against the one above by 19.1°, to and fro
            up_a, up_b = _seventh(3 * a - b), _seventh(a + 2 * b)
            da, db = a - (2 * up_a + up_b), b - (3 * up_b - up_a)
        else:
            up_a, up_b = _seventh(2 * a + b), _seventh(3 * b - a)
            da, db = a - (3 * up_a - up_b), b - (up_a + 2 * up_b)
        third = max(0, -da, -db)
        digit = 4 * (da + third) + 2 * (db + third) + third
        if digit:
            lead = digit
        digits |= digit << bits
        bits += 3
        a, b = up_a, up_b
    third = max(0, -a, -b)
    i, j = a + third, b + third
    return digits, lead, 9 * i + 3 * j + third if max(i, j, third) <= 2 else -1


@kernel()
def short_cells(squares: Array, g: Grid) -> Array:
    """Return the short cell (int32) of the middle of each square (int64).

    Only numbers are handed on to others: tables of arrays would be copied each time.
    """
    out = np.empty(len(squares), dtype=np.int32)
    face = 0
    for n in range(len(squares)):
        square = squares[n]
        if n > 0 and square == squares[n - 1]:
            out[n] = out[n - 1]
            continue
        out[n] = UNSURE
        if square < 0 or square >= N_SQUARES:
            continue
        row, column = square // SQUARES_ROUND, square % SQUARES_ROUND
        x, y = g.cos_lat[row] * g.cos_lon[column], g.cos_lat[row] * g.sin_lon[column]
        z = g.sin_lat[row]
        others = -1.0  # who is on the right side of its three edges is in a face
        for k in range(3):
            f = g.beside[face, k]
            others = max(others, x * g.faces[f, 0] + y * g.faces[f, 1] + z * g.faces[f, 2])
        here = x * g.faces[face, 0] + y * g.faces[face, 1] + z * g.faces[face, 2]
        if here <= others + FACE_EDGE:
            found = _face(x, y, z, g.faces)
            if found < 0:
                continue
            face = found
            here = x * g.faces[face, 0] + y * g.faces[face, 1] + z * g.faces[face, 2]
        u = x * g.faces[face, 3] + y * g.faces[face, 4] + z * g.faces[face, 5]
        v = x * g.faces[face, 6] + y * g.faces[face, 7] + z * g.faces[face, 8]
        clear, a, b = _hexagon(u * (SCALE / here), v * (SCALE / here))
        digits, lead, at = _digits(a, b)
        if not clear or at < 0:
            continue
        base, turn = int(g.base[face, at]), g.turns[face, at, lead]
        if base >= 0 and turn >= 0:
            for bits in (9, 6, 3, 0):
                base = base << 3 | g.turned[turn, digits >> bits & 7]
            out[n] = base
    return out
