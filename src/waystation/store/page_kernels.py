"""Kernels: a stretch of one column → the bytes of a Parquet page, as the format's own page on encodings says.

Every ``…_page`` writes into ``out`` and returns how many bytes there are, how many nulls, and least and
greatest value where it knows them. A page begins with its definition levels (which rows are null), then come
the values that are there. ``bits``, ``bit``: validity as Arrow keeps it, from that bit on; an empty ``bits``:
no nulls. ``out`` has to have room for ``room_of(n)`` bytes, ``spare`` for ``n`` and 64 numbers.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from waystation.terms.compiled import kernel

__all__ = ["Array", "bits_page", "delta_page", "reals_page", "room_of", "words_page"]

Array = NDArray[Any]

_BLOCK: Final = 128  # values of a block of deltas, in four parts
_PART: Final = 32
_LOW: Final = np.uint64(0xFF)
_7BITS: Final = np.uint64(0x7F)
_SEVEN, _EIGHT, _32, _63, _64 = (np.uint64(n) for n in (7, 8, 32, 63, 64))
_FOUR: Final = np.uint64(0xFFFFFFFF)
_NONE: Final = np.uint64(0)
_ONE: Final = np.uint64(1)
_TOP_32: Final = 1 << 31
_SIGN: Final = 1 << 31
_U: Any = np.uint64  # of an index: its sign is not looked at

_kernel = kernel(nogil=True, error_model="numpy", _nrt=False)
_inner = kernel(inner=True, nogil=True, error_model="numpy", _nrt=False)


def room_of(n: int) -> int:
    """Return how many bytes no page of ``n`` rows exceeds."""
    return 12 * n + 4096


@_inner
def _number(out: Array, at: int, value: np.uint64) -> int:
    """Write a whole number in as many bytes as it needs, seven bits each."""
    while value > _7BITS:
        out[at] = np.uint8((value & _7BITS) | np.uint64(0x80))
        value >>= _SEVEN
        at += 1
    out[at] = np.uint8(value)
    return at + 1


@_inner
def _signed(out: Array, at: int, value: int) -> int:
    """Write a number with its sign in the lowest bit."""
    v = np.int64(value)
    return _number(out, at, np.uint64(v << 1) ^ np.uint64(v >> 63))


@_inner
def _eights(out: Array, at: int, codes: Array, begin: int, stop: int, n: int, width: int) -> int:
    """Pack codes, ``width`` bits each, in groups of eight; beyond ``n`` come zeros."""
    held, bits = _NONE, 0
    for i in range(begin, stop):
        held |= np.uint64(codes[i] if i < n else 0) << np.uint64(bits)
        bits += width
        while bits >= 8:
            out[at] = np.uint8(held & _LOW)
            held >>= _EIGHT
            at += 1
            bits -= 8
    return at


@_inner
def _runs(out: Array, at: int, codes: Array, n: int, width: int) -> int:
    """Write codes as runs of one value and as packed groups of eight, whichever is shorter."""
    i = begin = 0
    while i < n:
        value, stop = codes[i], i + 1
        while stop < n and codes[stop] == value:
            stop += 1
        if stop - i < 8:
            i += 8
            continue
        if i > begin:
            at = _number(out, at, np.uint64((i - begin) // 8 * 2 + 1))
            at = _eights(out, at, codes, begin, i, n, width)
        at = _number(out, at, np.uint64((stop - i) * 2))
        for k in range((width + 7) // 8):
            out[at] = np.uint8((np.uint64(value) >> np.uint64(8 * k)) & _LOW)
            at += 1
        i = begin = stop
    if i > begin:
        at = _number(out, at, np.uint64((i - begin + 7) // 8 * 2 + 1))
        at = _eights(out, at, codes, begin, i, n, width)
    return at


@_inner
def _window(bits: Array, at: int) -> int:
    """Return eight bits from bit ``at`` on, the first one lowest; beyond the end there are zeros."""
    place = _U(at >> 3)
    held = np.int64(bits[place])
    if at & 7:
        if place + _ONE < _U(bits.size):
            held |= np.int64(bits[place + _ONE]) << 8
        held = (held >> (at & 7)) & 255
    return held  # type: ignore[return-value]


@_inner
def _count(window: int) -> int:
    """Return how many of eight bits are set."""
    window -= (window >> 1) & 0x55
    window = (window & 0x33) + ((window >> 2) & 0x33)
    return (window + (window >> 4)) & 15


@_inner
def _packed(out: Array, at: int, bits: Array, begin: int, stop: int, end: int) -> tuple[int, int]:
    """Write bits ``begin`` to ``stop`` in eights, zeros from ``end`` on; return also how many are set."""
    at = _number(out, at, np.uint64((stop - begin + 7) // 8 * 2 + 1))
    there = 0
    for i in range(begin, stop, 8):
        held = _window(bits, i)
        if end - i < 8:
            held &= (1 << (end - i)) - 1
        out[_U(at)] = held
        at += 1
        there += _count(held)
    return at, there


@_inner
def _levels(out: Array, bits: Array, bit: int, n: int) -> tuple[int, int]:
    """Write which rows are there, as ``_runs`` would; return the place behind, and how many are not."""
    there, at = n, 4
    if bits.size == 0:
        at = _number(out, at, np.uint64(2 * n))
        out[at] = 1
        at += 1
    else:
        there, end = 0, bit + n
        i = begin = bit
        while i < end:
            held, left = _window(bits, i), end - i
            if (held != 0 and held != 255) or left < 8:  # noqa: PLR1714 - a tuple here costs the kernel
                i += 8
                continue
            stop = i + 8
            while stop + 8 <= end and _window(bits, stop) == held:
                stop += 8
            value = held & 1
            while stop < end and (bits[stop >> 3] >> (stop & 7)) & 1 == value:
                stop += 1
            if i > begin:
                at, some = _packed(out, at, bits, begin, i, end)
                there += some
            at = _number(out, at, np.uint64((stop - i) * 2))
            out[at] = value
            at += 1
            there += value * (stop - i)
            i = begin = stop
        if i > begin:
            at, some = _packed(out, at, bits, begin, i, end)
            there += some
    size = at - 4
    for k in range(4):
        out[k] = (size >> (8 * k)) & 255
    return at, n - there


@_inner
def _kept(values: Array, first: int, n: int, bits: Array, bit: int, kept: Array) -> int:
    """Put the values that are there into ``kept``; return how many."""
    given = values[first : first + n]
    if bits.size == 0:
        for i in range(n):
            kept[i] = given[i]
        return n
    m = _U(0)
    for i in range(0, n - 7, 8):
        held, at = _window(bits, bit + i), _U(i)
        if held == 255:
            for k in range(_U(8)):
                kept[m + k] = given[at + k]
            m += _U(8)
        elif held:
            for k in range(_U(8)):
                kept[m] = given[at + k]
                m += _U((held >> np.int64(k)) & 1)
    for i in range(n & ~7, n):
        kept[m] = given[i]
        m += _U((bits[(bit + i) >> 3] >> ((bit + i) & 7)) & 1)
    return np.int64(m)  # type: ignore[return-value]


@_inner
def _span(values: Array, m: int) -> tuple[int, int]:
    low = high = np.int64(0)
    if m:
        low = high = np.int64(values[0])
    for i in range(m):
        low, high = min(low, values[i]), max(high, values[i])
    return low, high  # type: ignore[return-value]


@_kernel
def words_page(
    values: Array,
    first: int,
    n: int,
    bits: Array,
    bit: int,
    out: Array,
    spare: Array,
    places: Array,
    used: Array,
) -> tuple[int, int, int]:
    """Write small whole numbers as codes of a dictionary; return also how long the dictionary is.

    ``used``: filled with it, rising; ``places``: room for greatest less least value, and one.
    """
    at, nulls = _levels(out, bits, bit, n)
    m = _kept(values, first, n, bits, bit, spare)
    low, high = _span(spare, m)
    places[: high - low + 1] = 0
    for i in range(m):
        places[spare[i] - low] = 1
    count = 0
    if m:
        for k in range(high - low + 1):
            if places[k]:
                used[count] = low + k
                places[k] = count
                count += 1
    for i in range(m):
        spare[i] = places[spare[i] - low]
    width = 0
    while (1 << width) < count:
        width += 1
    out[at] = width
    return _runs(out, at + 1, spare, m, width), nulls, count


@_inner
def _four(out: Array, at: int, held: np.uint64) -> int:
    for k in range(_U(4)):
        out[_U(at) + k] = np.uint8((held >> (_EIGHT * k)) & _LOW)
    return at + 4


@_inner
def _narrow_part(out: Array, at: int, steps: Array, begin: int, low: int, mask: np.uint64, width: int) -> int:
    """Pack 32 deltas of at most 16 bits, four at a time."""
    held, bits, wide = _NONE, _NONE, _U(width)
    for i in range(_U(begin), _U(begin + _PART), _U(4)):
        four = np.uint64(steps[i] - low) & mask
        for k in range(_ONE, _U(4)):
            four |= (np.uint64(steps[i + k] - low) & mask) << (wide * k)
        held |= four << bits
        after = bits + _U(4) * wide
        if after >= _64:
            at = _four(out, _four(out, at, held), held >> _32)
            held = (four >> _ONE) >> (_63 - bits)
            after -= _64
        bits = after
    return _four(out, at, held) if bits else at


@_inner
def _part(out: Array, at: int, steps: Array, begin: int, low: int, mask: np.uint64) -> tuple[int, int]:
    """Pack 32 deltas less the lowest of their block; return the place behind and the width of each."""
    every = _NONE
    for i in range(begin, begin + _PART):
        every |= np.uint64(steps[i] - low) & mask
    width = 0
    while every:
        every >>= _ONE
        width += 1
    if width == 0:
        return at, 0
    if width <= 16:
        return _narrow_part(out, at, steps, begin, low, mask, width), width
    held, bits = _NONE, 0
    small = min(width, 32)
    for i in range(begin, begin + _PART):  # 32 numbers end with a whole number of four bytes
        value = np.uint64(steps[i] - low) & mask
        held |= (value & _FOUR) << np.uint64(bits)
        bits += small
        if bits >= 32:
            at, held, bits = _four(out, at, held), held >> _32, bits - 32
        if width > 32:
            held |= (value >> _32) << np.uint64(bits)
            bits += width - 32
            if bits >= 32:
                at, held, bits = _four(out, at, held), held >> _32, bits - 32
    return at, width


@_kernel
def delta_page(
    values: Array, first: int, n: int, bits: Array, bit: int, out: Array, spare: Array, narrow: bool
) -> tuple[int, int, int, int]:
    """Write whole numbers as differences; ``narrow``: of 32 bits, in which differences then wrap."""
    at, nulls = _levels(out, bits, bit, n)
    m = _kept(values, first, n, bits, bit, spare)
    low, high = _span(spare, m)
    at = _number(out, at, np.uint64(_BLOCK))
    at = _number(out, at, np.uint64(_BLOCK // _PART))
    at = _number(out, at, np.uint64(m))
    at = _signed(out, at, spare[0] if m else 0)
    mask = np.uint64(0xFFFFFFFF) if narrow else np.uint64(0xFFFFFFFFFFFFFFFF)
    for i in range(m - 1):
        step = spare[i + 1] - spare[i]
        spare[i] = ((step + _TOP_32) & 0xFFFFFFFF) - _TOP_32 if narrow else step
    for begin in range(0, m - 1, _BLOCK):
        stop = min(begin + _BLOCK, m - 1)
        least = spare[begin]
        for i in range(begin, stop):
            least = min(least, spare[i])
        end = begin + (stop - begin + _PART - 1) // _PART * _PART
        for i in range(stop, end):
            spare[i] = least
        at = _signed(out, at, least)
        widths = at
        at += 4
        for k in range(4):
            out[widths + k] = 0
            if begin + k * _PART < stop:
                at, width = _part(out, at, spare, begin + k * _PART, least, mask)
                out[widths + k] = width
    return at, nulls, low, high


@_inner
def _rank(bits: int) -> int:
    """Return a number that rises as the one does whose 32 bits these are."""
    return np.int64(bits) ^ (np.int64(0xFFFFFFFF) if bits & _SIGN else np.int64(_SIGN))  # type: ignore[return-value]


@_kernel
def reals_page(
    values: Array, first: int, n: int, bits: Array, bit: int, out: Array, spare: Array
) -> tuple[int, int, int, int, int]:
    """Write numbers of 32 bits, given as whole ones, their first bytes, then their second, third, fourth.

    Returns also how many values stand in ``spare``, and the least and greatest of them as ``_rank`` has them.
    """
    at, nulls = _levels(out, bits, bit, n)
    m = _kept(values, first, n, bits, bit, spare)
    for k in range(4):
        place, shift = out[at + k * m : at + (k + 1) * m], np.uint64(8 * k)
        for i in range(m):
            place[i] = np.uint8((np.uint64(spare[i]) >> shift) & _LOW)
    low: Any = np.int64(1 << 32)
    high: Any = np.int64(-1)
    for i in range(m):
        rank = _rank(spare[i])
        low, high = min(low, rank), max(high, rank)
    return at + 4 * m, nulls, m, low, high


@_kernel
def bits_page(
    values: Array, first: int, n: int, bits: Array, bit: int, out: Array
) -> tuple[int, int, int, int]:
    """Write truths, given as bits from bit ``first`` on, eight in a byte."""
    at, nulls = _levels(out, bits, bit, n)
    held, m, true = 0, 0, 0
    for begin in range(0, n, 8):
        if n - begin >= 8 and (bits.size == 0 or _window(bits, bit + begin) == 255):
            window = _window(values, first + begin)  # all eight are there
            held |= window << (m & 7)
            out[_U(at)] = held & 255
            held >>= 8
            at, m, true = at + 1, m + 8, true + _count(window)
            continue
        for i in range(begin, min(begin + 8, n)):
            if bits.size and not (bits[(bit + i) >> 3] >> ((bit + i) & 7)) & 1:
                continue
            value = (values[(first + i) >> 3] >> ((first + i) & 7)) & 1
            true += value
            held |= value << (m & 7)
            m += 1
            if m & 7 == 0:
                out[at] = held
                at += 1
                held = 0
    if m & 7:
        out[at] = held
        at += 1
    return at, nulls, int(true == m and m > 0), int(true > 0)
