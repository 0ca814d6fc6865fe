"""Kernels: rows as plain numbers, put together from many files; folded small while they wait."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from waystation.terms.compiled import kernel

__all__ = ["fold", "folded_room", "gather", "renumber", "unfold"]

Array = NDArray[Any]
_U: Any = np.uint64  # of an index: its sign is not looked at, and loops run on many at once
_FEW, _SOME, _MANY = 1 << 8, 1 << 16, 1 << 32  # numbers that one, two and four bytes tell apart
_kernel = kernel(nogil=True, error_model="numpy", _nrt=False)


@_kernel
def gather(  # noqa: C901 - three plain copies
    instant: Array,
    values: Array,
    there: Array,
    start: Array,
    rows: Array,
    into: Array,
    instant_out: Array,
    values_out: Array,
    there_out: Array,
) -> bool:
    """Copy stretches of rows to other places; False where one does not fit. Times (n), columns (c, n).

    Stretch k: ``rows[k]`` rows from ``start[k]``, put from ``into[k]`` on.
    """
    have, room = len(instant), len(instant_out)
    if values.shape[1] < have or there.shape[1] < have:
        return False
    if values_out.shape[1] < room or there_out.shape[1] < room:
        return False
    if values_out.shape[0] < values.shape[0] or there_out.shape[0] < there.shape[0]:
        return False
    for r in range(len(start)):
        a, n, b = start[r], rows[r], into[r]
        if a < 0 or n < 0 or b < 0 or a + n > have or b + n > room:
            return False
        from_, to = _U(a), _U(b)  # no slices: these take seconds to compile
        for k in range(_U(n)):
            instant_out[to + k] = instant[from_ + k]
        for c in range(_U(values.shape[0])):
            for k in range(_U(n)):
                values_out[c, to + k] = values[c, from_ + k]
        for c in range(_U(there.shape[0])):
            for k in range(_U(n)):
                there_out[c, to + k] = there[c, from_ + k]
    return True


@_kernel
def renumber(codes: Array, there: Array, place: Array, used: Array) -> int:
    """Number codes anew by first use, in their place; return how many are used, -1 where one is unknown.

    ``place``: -1 for every code that there is; ``used``: filled with those that are used. Codes of rows that
    are not ``there`` become 0.
    """
    m, before = 0, -1
    now: Any = -1
    for k in range(len(codes)):
        code = np.int64(codes[k])
        if not there[k]:
            codes[k] = 0
            continue
        if code != before:
            if not 0 <= code < len(place):
                return -1
            if place[code] < 0:
                place[code], used[m] = m, code
                m += 1
            before, now = int(code), np.int64(place[code])
        codes[k] = now
    return m


def folded_room(rows: int, columns: int) -> int:
    """Return how many bytes ``rows`` of ``columns`` columns and their times take at most, in whole eights."""
    return (columns + 1) * (rows // 8 + 16) // 8 * 8 + (columns + 2) * 16 + rows * (8 + 4 * columns)


@_kernel
def fold(  # noqa: C901, PLR0912 - a branch for each width
    instant: Array,
    values: Array,
    there: Array,
    first: int,
    stop: int,
    ones: Array,
    twos: Array,
    fours: Array,
    eights: Array,
    about: Array,
) -> int:
    """Fold rows ``first`` … ``stop`` - 1 of times (n) and columns (c, n) into bytes; return how many.

    Of each column only what goes beyond its least value, in 0, 1, 2, 4 or 8 bytes a row, and bits where some
    rows have a value and some have none. ``ones``, ``twos``, ``fours``, ``eights``: the same memory, as
    unsigned numbers of so many bytes. ``about`` (2 c + 2, 3): filled with where a column begins, its width
    and its least value; columns, times, then which are there. -1 where something does not fit.
    """
    c, n = values.shape[0], stop - first
    if not (0 <= first <= stop <= len(instant) and stop <= values.shape[1] and stop <= there.shape[1]):
        return -1
    if there.shape[0] < c + 1 or about.shape[0] < 2 * c + 2:
        return -1
    if (c + 1) * (n // 8 + 9) + (c + 2) * 8 + n * (8 + 4 * c) > len(ones) or n < 1:
        return -1
    at = 0
    for r in range(c):
        least, most = values[r, first], values[r, first]
        for k in range(_U(first), _U(stop)):
            least, most = min(least, values[r, k]), max(most, values[r, k])
        low = np.int64(least)
        wide = np.int64(most) - low
        width = 0 if wide == 0 else 1 if wide < _FEW else 2 if wide < _SOME else 4
        about[r, 0], about[r, 1], about[r, 2] = at, width, low
        if width == 1:
            for k in range(n):
                ones[_U(at + k)] = np.uint8(np.int64(values[r, _U(first + k)]) - low)
        elif width == 2:
            for k in range(n):
                twos[_U((at >> 1) + k)] = np.uint16(np.int64(values[r, _U(first + k)]) - low)
        elif width == 4:
            for k in range(n):
                fours[_U((at >> 2) + k)] = np.uint32(np.int64(values[r, _U(first + k)]) - low)
        at = (at + n * width + 7) & -8
    begin, end = instant[first], instant[first]
    for k in range(_U(first), _U(stop)):
        begin, end = min(begin, instant[k]), max(end, instant[k])
    width = 4 if 0 <= end - begin < _MANY else 8  # a difference that wraps is no small one
    about[c, 0], about[c, 1], about[c, 2] = at, width, begin
    if width == 4:
        for k in range(n):
            fours[_U((at >> 2) + k)] = np.uint32(instant[_U(first + k)] - begin)
    else:
        for k in range(n):
            eights[_U((at >> 3) + k)] = np.uint64(instant[_U(first + k)] - begin)
    at = (at + n * width + 7) & -8
    for r in range(c + 1):
        have = 0
        for k in range(_U(first), _U(stop)):
            have += there[r, k]
        about[c + 1 + r, 0], about[c + 1 + r, 1], about[c + 1 + r, 2] = at, 0, 1 if have else 0
        if 0 < have < n:
            about[c + 1 + r, 1] = 1
            for k in range(0, n, 8):
                bits: Any = 0
                for b in range(min(8, n - k)):
                    bits |= np.int64(there[r, _U(first + k + b)]) << b
                ones[_U(at + (k >> 3))] = np.uint8(bits)
            at = (at + (n >> 3) + 8) & -8
    return int(at)


@_kernel
def unfold(  # noqa: C901, PLR0912 - a branch for each width
    ones: Array,
    twos: Array,
    fours: Array,
    eights: Array,
    about: Array,
    have: int,
    first: int,
    stop: int,
    instant: Array,
    values: Array,
    there: Array,
) -> bool:
    """Unfold rows ``first`` … ``stop`` - 1 of ``have`` that ``fold`` folded; False where they do not fit."""
    c, n = values.shape[0], stop - first
    if not (0 <= first <= stop <= have and n <= len(instant) and n <= values.shape[1]):
        return False
    if n > there.shape[1] or there.shape[0] < c + 1 or about.shape[0] < 2 * c + 2:
        return False
    for r in range(2 * c + 2):
        width = about[r, 1]
        known = width in (0, 1) or (r < c and width in (2, 4))
        if not (width in (4, 8) if r == c else known):
            return False
        need = have * width if r <= c else (have + 7) // 8 * width
        if about[r, 0] < 0 or need > len(ones) or about[r, 0] > len(ones) - need:
            return False
    for r in range(c):
        at, width, low = about[r, 0], about[r, 1], about[r, 2]
        if width == 0:
            for k in range(n):
                values[r, k] = low
        elif width == 1:
            for k in range(n):
                values[r, k] = np.int64(ones[_U(at + first + k)]) + low
        elif width == 2:
            for k in range(n):
                values[r, k] = np.int64(twos[_U((at >> 1) + first + k)]) + low
        else:
            for k in range(n):
                values[r, k] = np.int64(fours[_U((at >> 2) + first + k)]) + low
    at, width, low = about[c, 0], about[c, 1], about[c, 2]
    if width == 4:
        for k in range(n):
            instant[k] = np.int64(fours[_U((at >> 2) + first + k)]) + low
    else:
        for k in range(n):
            instant[k] = np.int64(eights[_U((at >> 3) + first + k)]) + low
    for r in range(c + 1):
        at, width, all_or_none = about[c + 1 + r, 0], about[c + 1 + r, 1], about[c + 1 + r, 2]
        if width == 0:
            for k in range(n):
                there[r, k] = all_or_none
        else:
            for k in range(n):
                j = first + k
                there[r, k] = (ones[_U(at + (j >> 3))] >> np.uint8(j & 7)) & np.uint8(1)
    return True
