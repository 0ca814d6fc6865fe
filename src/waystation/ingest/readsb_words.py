"""Kernels for the few short texts of a trace: callsigns, squawks, and how a position was heard."""

from __future__ import annotations

from typing import Final

import numpy as np

from waystation.ingest.compiled import Array, leaf
from waystation.ingest.readsb_eight import eight
from waystation.ingest.readsb_json import QUOTE, STRANGE, byte, literal, text_end

__all__ = ["SLOTS", "kind_code", "short_text", "word_code"]

SLOTS: Final = 1 << 15  # places of the table of words; half of them may be taken
_LONGEST: Final = 8  # bytes of a callsign or squawk: one 64-bit number
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(49)  # leaves 15 bits, as many as SLOTS has
_EIGHT: Final = np.uint64(8)


@leaf
def short_text(data: Array, at: int) -> tuple[int, bool, np.uint64]:
    """Return the place after a text of at most eight bytes or null, whether it is null, and the text.

    Of the text the first byte stands lowest.
    """
    packed = np.uint64(0)
    if byte(data, at) != QUOTE:
        end = literal(data, at)
        return (end if byte(data, at) == 110 else STRANGE), True, packed
    end = text_end(data, at + 1)
    if end < 0 or end - at - 1 > _LONGEST:
        return STRANGE, False, packed
    for i in range(at + 1, end):
        packed |= np.uint64(byte(data, i)) << (_EIGHT * np.uint64(i - at - 1))
    return end + 1, False, packed


@leaf
def word_code(word: np.uint64, slots: Array, codes: Array, found: Array, n: Array) -> int:
    """Return the code of a word, a new one where it was not seen before; ``STRANGE`` where the table is full.

    ``slots``, ``codes``: the hash table; ``found``: the words in the order of their codes; ``n``: how many.
    """
    at = np.int64((word * _GOLDEN) >> _SHIFT)
    for _ in range(SLOTS):
        code = int(codes[at])
        if code < 0:
            break
        if slots[at] == word:
            return code
        at = (at + 1) & (SLOTS - 1)
    code = int(n[0])
    if code >= found.size:
        return STRANGE
    slots[at], codes[at], found[code] = word, code, word
    n[0] = code + 1
    return code


@leaf
def _same_kind(data: Array, at: int, end: int, kinds: Array, kind: int) -> bool:
    """Whether a kind of 8 to 15 letters stands there: the first eight bytes, and the last eight."""
    n = end - at
    if n < _LONGEST or n >= kinds.shape[1] or end > data.size or kinds[kind, n] != 0:
        return False
    row = kinds[kind]
    return bool(eight(data, at) == eight(row, 0)) and bool(eight(data, end - 8) == eight(row, n - 8))


@leaf
def kind_code(data: Array, at: int, end: int, kinds: Array, last: int) -> int:
    """Return which of ``kinds`` (bytes, padded with 0) stands there; their number where none does.

    ``last``: the code of the record before, which is tried first, and mostly right.
    """
    n, width = int(kinds.shape[0]), int(kinds.shape[1])
    if end - at > width:
        return n
    if 0 <= last < n and _same_kind(data, at, end, kinds, last):
        return last
    for kind in range(n):
        same = end - at == width or kinds[kind, end - at] == 0
        for j in range(at, end):
            if byte(data, j) != kinds[kind, j - at]:
                same = False
                break
        if same:
            return kind
    return n
