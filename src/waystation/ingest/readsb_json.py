"""Kernels that walk JSON bytes. Every byte is asked for through ``byte``, which knows where the end is.

A place is an index; a kernel takes the place where its thing begins and returns the place after it, or
``STRANGE`` for whatever is not plain: escapes, bytes beyond ASCII, exponents, more digits than a double
holds, nesting deeper than a real detail. Strange is not wrong: the exact reader judges it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from waystation.ingest.compiled import Array, kernel, leaf
from waystation.ingest.readsb_eight import text_run

__all__ = ["STRANGE", "blank", "byte", "literal", "number", "plain", "skip", "text_end"]

STRANGE: Final = -1
_POWERS: Final = 10.0 ** np.arange(19)  # exact in a double up to 10^22
_DIGITS: Final = 18  # so many never overflow 64 bits
_EXACT: Final = 1 << 53  # whole numbers up to here are doubles; one division then rounds correctly
_DEEPEST: Final = 60  # bits of the stack below
QUOTE: Final = 34
COMMA: Final = 44
COLON: Final = 58
OPEN_LIST: Final = 91
CLOSE_LIST: Final = 93
OPEN_OBJECT: Final = 123
CLOSE_OBJECT: Final = 125


@leaf
def byte(data: Array, at: int) -> int:
    """Return the byte at a place, 0 beyond the end: no rule accepts a 0."""
    place = np.uint64(at)  # of a negative one: beyond any end
    if place < np.uint64(data.size):
        return np.int64(data[place])  # type: ignore[return-value]
    return 0


@leaf
def blank(data: Array, at: int) -> int:
    """Return the first place that is no blank."""
    b = byte(data, at)
    while b <= 32 and (b == 32 or b == 10 or b == 13 or b == 9):  # noqa: PLR1714 - a tuple costs the kernel
        at += 1
        b = byte(data, at)
    return at


@leaf
def text_end(data: Array, at: int) -> int:
    """Return the place of the closing quote of a text whose first byte is at ``at``."""
    at = text_run(data, at)
    b = byte(data, at)
    while b != QUOTE:
        if b < 32 or b == 92 or b > 127:
            return STRANGE
        at += 1
        b = byte(data, at)
    return at


@leaf
def _whole(data: Array, at: int, value: int) -> tuple[int, int]:
    """Return the place after a run of digits, and the number they make behind those of ``value``."""
    b = byte(data, at)
    while 48 <= b <= 57:
        value = value * 10 + (b - 48)
        at += 1
        b = byte(data, at)
    return at, value


@leaf
def _digits_end(data: Array, at: int) -> int:
    b = byte(data, at)
    while 48 <= b <= 57:
        at += 1
        b = byte(data, at)
    return at


@leaf
def number(data: Array, at: int) -> tuple[int, float]:
    """Return the place after a number, and the double nearest to it."""
    negative = byte(data, at) == 45
    if negative:
        at += 1
    first = at
    at, whole = _whole(data, at, 0)
    digits, places = at - first, 0
    if digits == 0 or (digits > 1 and byte(data, first) == 48):
        return STRANGE, 0.0
    b = byte(data, at)
    if b == 46:
        first = at + 1
        at, whole = _whole(data, first, whole)
        places = at - first
        if places == 0:
            return STRANGE, 0.0
        b = byte(data, at)
    if digits + places > _DIGITS or whole > _EXACT or b | 32 == 101:  # e, E
        return STRANGE, 0.0
    value = float(whole)
    if places:
        value /= _POWERS[places]
        return at, -value if negative else value
    return at, -value if negative and whole else value


@leaf
def number_end(data: Array, at: int) -> int:
    """Return the place after a number that ``number`` takes, without its value."""
    if byte(data, at) == 45:
        at += 1
    first = at
    at = _digits_end(data, at)
    digits = at - first
    if digits == 0 or (digits > 1 and byte(data, first) == 48):
        return STRANGE
    b = byte(data, at)
    if b == 46:
        places = at + 1
        at = _digits_end(data, places)
        if at == places:
            return STRANGE
        b = byte(data, at)
    return STRANGE if at - first > _DIGITS or b | 32 == 101 else at  # e, E


@leaf
def literal(data: Array, at: int) -> int:
    """Return the place after ``null``, ``true`` or ``false``."""
    b = byte(data, at)
    second, third, fourth = byte(data, at + 1), byte(data, at + 2), byte(data, at + 3)
    if b == 110 and second == 117 and third == 108 and fourth == 108:
        return at + 4
    if b == 116 and second == 114 and third == 117 and fourth == 101:
        return at + 4
    if b == 102 and second == 97 and third == 108 and fourth == 115 and byte(data, at + 4) == 101:
        return at + 5
    return STRANGE


@leaf
def plain(data: Array, at: int) -> int:
    """Return the place after a text, number or literal."""
    b = byte(data, at)
    if b == QUOTE:
        end = text_end(data, at + 1)
        return STRANGE if end < 0 else end + 1
    if b == 45 or 48 <= b <= 57:
        return number_end(data, at)
    return literal(data, at)


@leaf
def _key(data: Array, at: int) -> int:
    """Return the place of the value behind a key."""
    if byte(data, at) != QUOTE:
        return STRANGE
    at = text_end(data, at + 1)
    if at < 0:
        return STRANGE
    at = blank(data, at + 1)
    return blank(data, at + 1) if byte(data, at) == COLON else STRANGE


@kernel
def skip(data: Array, at: int) -> int:  # noqa: C901, PLR0911, PLR0912 - a kernel is one function, or slow
    """Return the place after any value, checked by the grammar of JSON."""
    b = byte(data, at)
    if b not in (OPEN_LIST, OPEN_OBJECT):
        return plain(data, at)
    stack, depth = 0, 0  # a bit a level: 1 for an object
    opening = True  # a value, or the end of an empty list or object, comes next
    while True:
        if opening:
            b = byte(data, at)
            if b in (OPEN_LIST, OPEN_OBJECT):
                depth += 1
                if depth > _DEEPEST:
                    return STRANGE
                stack = stack * 2 + (1 if b == OPEN_OBJECT else 0)
                at = blank(data, at + 1)
                close = CLOSE_OBJECT if stack & 1 else CLOSE_LIST
                if byte(data, at) != close:
                    if stack & 1:
                        at = _key(data, at)
                        if at < 0:
                            return STRANGE
                    continue
            else:
                at = plain(data, at)
                if at < 0:
                    return STRANGE
                at = blank(data, at)
        opening = False
        b = byte(data, at)
        if b == (CLOSE_OBJECT if stack & 1 else CLOSE_LIST):
            depth -= 1
            stack >>= 1
            at += 1
            if depth == 0:
                return at
            at = blank(data, at)
        elif b == COMMA:
            at = blank(data, at + 1)
            if stack & 1:
                at = _key(data, at)
                if at < 0:
                    return STRANGE
            opening = True
        else:
            return STRANGE
