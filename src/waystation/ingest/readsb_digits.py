"""Numbers of few digits, without a loop: the digits of a word are counted and added up all at once.

Pairs, fours, eights: the way that D. Lemire describes for eight digits in one word, here for words that end
with something else. Numbers that do not fit, or that end the data, are left to ``number``.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from waystation.ingest.compiled import Array, leaf
from waystation.ingest.readsb_eight import eight, peek, zeros

__all__ = ["ROOM", "SCALES", "few_digits", "few_digits_end"]

ROOM: Final = 24  # bytes that have to lie behind a place before a number may be looked for there
_MOST: Final = 7  # digits before and behind the point: of eight nothing would be seen of what ends them
SCALES: Final = 10 ** np.arange(_MOST + 1)
_ZEROS: Final = np.uint64(0x3030303030303030)
_TO_HIGH: Final = np.uint64(0x7676767676767676)  # lifts 10 and more into the highest bit of their byte
_HIGH: Final = np.uint64(0x8080808080808080)
_PAIRS: Final = np.uint64(0x00FF00FF00FF00FF)
_FOURS: Final = np.uint64(0x0000FFFF0000FFFF)
_EIGHTS: Final = np.uint64(0x00000000FFFFFFFF)
_BYTE: Final = np.uint64(0xFF)
_NONE: Final = np.uint64(0)
_3, _8, _10, _16, _32, _64, _100, _10000 = (np.uint64(n) for n in (3, 8, 10, 16, 32, 64, 100, 10_000))
_STRANGE: Final = -1
_MINUS: Final = 45
_POINT: Final = 46


@leaf
def _count(word: np.uint64) -> int:
    """Return how many of the lowest bytes of a word are digits less 48, 0 to 8."""
    return np.int64(zeros(((word + _TO_HIGH) | word) & _HIGH) >> _3)  # type: ignore[return-value]


@leaf
def _sum(word: np.uint64, digits: int) -> int:
    """Return the number that the lowest 1 to 8 bytes make, digits less 48, the first one lowest."""
    word <<= _64 - np.uint64(digits) * _8
    word = (word * _10 + (word >> _8)) & _PAIRS
    word = (word * _100 + (word >> _16)) & _FOURS
    return np.int64((word * _10000 + (word >> _32)) & _EIGHTS)  # type: ignore[return-value]


@leaf
def few_digits(data: Array, at: int) -> tuple[int, int, int]:
    """Return the place after a number, its digits as a whole number, and how many are behind the point.

    At least ``ROOM`` bytes have to lie behind ``at``. ``STRANGE`` for what is no number or a longer one,
    and for minus zero.
    """
    negative = peek(data, at) == _MINUS
    at += 1 if negative else 0
    word = eight(data, at) ^ _ZEROS
    digits = _count(word)
    if digits == 0 or digits > _MOST or (digits > 1 and (word & _BYTE) == _NONE):
        return _STRANGE, 0, 0
    whole, places = _sum(word, digits), 0
    at += digits
    if peek(data, at) == _POINT:
        word = eight(data, at + 1) ^ _ZEROS
        places = _count(word)
        if places == 0 or places > _MOST:
            return _STRANGE, 0, 0
        whole = whole * SCALES[places] + _sum(word, places)
        at += 1 + places
    if negative:
        return (at if whole else _STRANGE), -whole, places
    return at, whole, places


@leaf
def few_digits_end(data: Array, at: int) -> int:
    """Return the place after such a number, without its value; minus zero is one."""
    at += 1 if peek(data, at) == _MINUS else 0
    word = eight(data, at) ^ _ZEROS
    digits = _count(word)
    if digits == 0 or digits > _MOST or (digits > 1 and (word & _BYTE) == _NONE):
        return _STRANGE
    at += digits
    if peek(data, at) == _POINT:
        places = _count(eight(data, at + 1) ^ _ZEROS)
        at = at + 1 + places if 0 < places <= _MOST else _STRANGE
    return at
