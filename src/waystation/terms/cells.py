"""Where, how high and when: the three keys under which reception is counted.

Where is an H3 cell of level 4 (about 45 km across), its surroundings the cell of level 3 above it (about
120 km). Places are first brought onto squares of a twentieth of a degree: a place belongs to the cell of the
middle of its square. So there are 26 million places on earth, and all of them were compared with the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BANDS",
    "BAND_TOPS_FT",
    "CELL_LEVEL",
    "N_BANDS",
    "N_SLOTS",
    "N_SQUARES",
    "SLOT_S",
    "SQUARES_PER_DEG",
    "SQUARES_ROUND",
    "SURROUNDINGS_LEVEL",
    "band_of",
    "cell_number",
    "cells_by_library",
    "cells_of_squares",
    "long_cells",
    "neighbours",
    "numbers_of",
    "short_bits",
    "short_cells_of",
    "short_of",
    "slot_of_hour",
    "squares_of",
    "surroundings_of",
]

CELL_LEVEL: Final = 4
SURROUNDINGS_LEVEL: Final = 3
SQUARES_PER_DEG: Final = 20  # 5.6 km: an eighth of a cell
SQUARES_ROUND: Final = 360 * SQUARES_PER_DEG  # squares once around the earth
N_SQUARES: Final = SQUARES_ROUND * 180 * SQUARES_PER_DEG
BAND_TOPS_FT: Final = (5000.0, 15000.0, 28000.0)  # pattern and approach, climb, regional cruise, cruise
BANDS: Final = ("0-5", "5-15", "15-28", "28+")  # thousands of feet
N_BANDS: Final = len(BANDS)
SLOT_S: Final = 10800  # three hours: receivers' owners and traffic follow the day
N_SLOTS: Final = 86400 // SLOT_S
_FINEST: Final = 15  # levels of H3: three bits of a number each, unused ones all set …
_BASE_BITS: Final = 7  # … after those of the base cell
_DIGITS: Final = 15  # of a name
_HEX: Final = "0123456789abcdef"
_NO_DIGIT: Final = 255
_DIGIT_OF: Final = np.array(
    [_HEX.index(chr(i)) if chr(i) in _HEX else _NO_DIGIT for i in range(256)], dtype=np.uint8
)


def squares_of(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.int64]:
    """Return the number of the square of each place, row by row from the south-west; -1 for no place."""
    p, q = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    there = np.isfinite(p) & np.isfinite(q)
    row = np.floor((np.where(there, p, 0.0) + 90.0) * SQUARES_PER_DEG).astype(np.int64)
    column = np.floor((np.where(there, q, 0.0) + 180.0) * SQUARES_PER_DEG).astype(np.int64) % SQUARES_ROUND
    row = np.clip(row, 0, 180 * SQUARES_PER_DEG - 1)
    return np.where(there, row * SQUARES_ROUND + column, -1)


def short_cells_of(squares: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the cell of the middle of each square, short: base cell and digits (``cell_kernel``)."""
    from waystation.terms.cell_kernel import UNSURE, grid, short_cells

    short = short_cells(np.ascontiguousarray(squares, dtype=np.int64), grid())
    unsure = np.flatnonzero(short == UNSURE)
    if len(unsure):
        asked, at = np.unique(squares[unsure], return_inverse=True)
        short[unsure] = short_of(cells_by_library(asked))[at]
    return np.asarray(short)


def short_bits(level: int) -> int:
    """Return how many bits a short cell of a level has: base cell and digits."""
    return _BASE_BITS + 3 * level


def cells_by_library(squares: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return what ``cells_of_squares`` returns, from the H3 library: a microsecond or two each."""
    from h3.api import basic_int

    lat = (squares // SQUARES_ROUND + 0.5) / SQUARES_PER_DEG - 90.0
    lon = (squares % SQUARES_ROUND + 0.5) / SQUARES_PER_DEG - 180.0
    cell = basic_int.latlng_to_cell
    found = (cell(p, q, CELL_LEVEL) for p, q in zip(lat.tolist(), lon.tolist(), strict=True))
    return np.fromiter(found, dtype=np.uint64, count=len(squares))


def short_of(cells: NDArray[np.uint64], level: int = CELL_LEVEL) -> NDArray[np.int64]:
    """Return the short cells of H3 numbers of a level."""
    rest = np.uint64(3 * (_FINEST - level))
    return (np.asarray(cells, dtype=np.uint64) >> rest).astype(np.int64) & (1 << short_bits(level)) - 1


def long_cells(short: NDArray[Any], level: int = CELL_LEVEL) -> NDArray[np.uint64]:
    """Return H3 numbers of short cells of a level: what is common to all cells of the level comes back."""
    rest = 3 * (_FINEST - level)
    common = 1 << 59 | level << 52 | (1 << rest) - 1  # a cell; its level; digits below are 7
    return np.asarray(short).astype(np.uint64) << np.uint64(rest) | np.uint64(common)


def cells_of_squares(squares: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the H3 cell of the middle of each square."""
    return long_cells(short_cells_of(squares))


def surroundings_of(cells: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the cell of level 3 around each cell of level 4."""
    return long_cells(short_of(cells) >> 3, SURROUNDINGS_LEVEL)


def neighbours(cell: int) -> list[int]:
    """Return the cell and those that touch it."""
    from h3.api import basic_int

    return sorted(basic_int.grid_disk(cell, 1))


def band_of(altitude_ft: ArrayLike) -> NDArray[np.int8]:
    """Return the index into ``BANDS`` of each altitude; -1 where it is unknown (nan)."""
    height = np.asarray(altitude_ft, dtype=np.float64)
    band = np.searchsorted(np.array(BAND_TOPS_FT), height, side="right")
    return np.where(np.isfinite(height), band, -1).astype(np.int8)


def slot_of_hour(hour: ArrayLike) -> NDArray[np.int64]:
    """Return the 3-hour slot (0 … 7) of each hour of the day, UTC; hours beyond 24 go on to the next day."""
    return np.floor(np.asarray(hour, dtype=np.float64) * 3600.0 / SLOT_S).astype(np.int64) % N_SLOTS


def cell_number(name: str) -> int:
    """Return the number of a cell from its hexadecimal name, as tables write it."""
    return int(name, 16)


def numbers_of(column: pa.ChunkedArray, number: Callable[[str], int]) -> NDArray[np.uint64]:
    """Return the number of each text of a column, working each distinct text out once."""
    coded = column.combine_chunks().dictionary_encode()
    distinct = None if number is not cell_number else _hexadecimal(coded.dictionary)
    if distinct is None:
        distinct = np.array([number(x) for x in coded.dictionary.to_pylist()], dtype=np.uint64)
    return distinct[np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)]


def _hexadecimal(words: pa.StringArray) -> NDArray[np.uint64] | None:
    """Return ``cell_number`` of each word, a digit of all of them at a time; None if not all are plain."""
    _, offsets, held = words.buffers()
    at = np.frombuffer(offsets, dtype=np.int32)[words.offset : words.offset + len(words) + 1]
    if words.null_count or held is None or not (np.diff(at) == _DIGITS).all():
        return None
    text = np.frombuffer(held, dtype=np.uint8)[at[0] : at[-1]].reshape(-1, _DIGITS)
    digit = _DIGIT_OF[text]
    if (digit == _NO_DIGIT).any():
        return None
    out = np.zeros(len(words), dtype=np.uint64)
    for k in range(_DIGITS):
        out = out << np.uint64(4) | digit[:, k]
    return out
