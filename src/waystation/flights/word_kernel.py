"""Numba kernel: sentences about the less likely airfields, written byte by byte into one buffer.

A day of the world has a million and a half of them, most of this form; other texts are copied in between.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from waystation.terms.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Small = NDArray[np.int32]
    Bytes = NDArray[np.uint8]

__all__ = ["MOST", "Rows", "Texts", "array_of", "texts_of", "write_rows"]

MOST: Final = 10**15  # larger numbers are not written here
_WORDS: Final = (" is ", " km ahead", " km away", ", ", "° off the course", "; ", " times less likely than ")
_IS, _AHEAD, _AWAY, _COMMA, _OFF, _THEN, _THAN = range(7)
_ROOM: Final = sum(len(w.encode()) for w in _WORDS) + 32  # the numbers have at most 6 + 3 + 20 digits, commas
_BYTES = np.frombuffer("".join(_WORDS).encode(), dtype=np.uint8)
_AT = np.cumsum([0, *(len(w.encode()) for w in _WORDS)])
_ZERO: Final = ord("0")
_THOUSANDS: Final = ord(",")


class Texts(NamedTuple):
    """Texts end to end; text ``i`` is ``held[at[i]:at[i + 1]]``."""

    at: Small
    held: Bytes


class Rows(NamedTuple):
    """What texts say. ``told``: per text, the number of one that is copied, or ``~i``: sentence ``i``.

    The others have an element per sentence. ``field``, ``leader``: numbers of airfields; ``off``: degrees off
    the course, nan unknown. Numbers are whole, not negative and below ``MOST``.
    """

    told: Ints
    field: Ints
    leader: Ints
    km: Floats
    off: Floats
    ahead: NDArray[np.bool_]
    times: Floats


def texts_of(array: pa.StringArray) -> Texts:
    """Return the buffers of an array without nulls."""
    _, offsets, held = array.buffers()
    if not len(array) or held is None:
        return Texts(np.zeros(len(array) + 1, dtype=np.int32), np.zeros(0, dtype=np.uint8))
    at = np.frombuffer(offsets, dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    return Texts(at, np.frombuffer(held, dtype=np.uint8))


def array_of(rows: Rows, told: Texts, idents: Texts) -> pa.StringArray:
    """Return the texts of all rows as an array."""
    longest = int(np.diff(idents.at).max(initial=0))
    copied = rows.told[rows.told >= 0]
    room = int((told.at[copied + 1] - told.at[copied]).sum(dtype=np.int64))
    held = np.empty(room + (len(rows.told) - len(copied)) * (_ROOM + 2 * longest), dtype=np.uint8)
    at = np.zeros(len(rows.told) + 1, dtype=np.int32)
    n = write_rows(rows, told, idents, held, at)
    return pa.StringArray.from_buffers(len(rows.told), pa.py_buffer(at), pa.py_buffer(held).slice(0, n))


@kernel()
def _number(v: int, out: Bytes, at: int) -> int:
    """Write ``f"{v:,d}"``; return where it ends."""
    n, rest = 1, v // 10
    while rest > 0:
        n, rest = n + 1, rest // 10
    end = at + n + (n - 1) // 3
    p = end
    for k in range(n):
        if k > 0 and k % 3 == 0:
            p -= 1
            out[p] = _THOUSANDS
        p -= 1
        out[p] = _ZERO + v % 10
        v //= 10
    return int(end)


@kernel()
def _copy(held: Bytes, a: int, b: int, out: Bytes, at: int) -> int:
    for k in range(a, b):
        out[at + k - a] = held[k]
    return int(at + b - a)


@kernel(inner=True)
def _word(i: int, out: Bytes, at: int) -> int:
    return int(_copy(_BYTES, _AT[i], _AT[i + 1], out, at))


@kernel()
def write_rows(rows: Rows, told: Texts, idents: Texts, out: Bytes, at: Small) -> int:
    """Write all texts into ``out`` and where each begins into ``at``; return where the last ends."""
    n = 0
    for r in range(len(rows.told)):
        k = rows.told[r]
        if k >= 0:
            n = _copy(told.held, told.at[k], told.at[k + 1], out, n)
            at[r + 1] = n
            continue
        s = ~k
        i, j = rows.field[s], rows.leader[s]
        n = _copy(idents.held, idents.at[i], idents.at[i + 1], out, n)
        n = _number(int(rows.km[s]), out, _word(_IS, out, n))
        n = _word(_AHEAD if rows.ahead[s] else _AWAY, out, n)
        if not math.isnan(rows.off[s]):
            n = _word(_OFF, out, _number(int(rows.off[s]), out, _word(_COMMA, out, n)))
        n = _word(_THAN, out, _number(int(rows.times[s]), out, _word(_THEN, out, n)))
        n = _copy(idents.held, idents.at[j], idents.at[j + 1], out, n)
        at[r + 1] = n
    return n
