"""Kernels: the bytes of a Parquet page → the numbers of a column. What ``store.page_kernels`` writes.

Bytes may come from anybody, so every kernel looks at each length before it believes it, and refuses what it
does not know (``REFUSED``): then pyarrow reads. ``words`` and ``octets`` are one stretch of memory, as eights
and as single bytes, with 16 bytes to spare behind the page. Layout: parquet-format 2.10, its pages on
encodings and on parquet.thrift; the LZ4 block format 1.6.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from waystation.store.page_marks import DELTA, DICTIONARY, PLAIN, SPLIT
from waystation.terms.compiled import kernel

__all__ = ["HEADER", "REFUSED", "header", "page", "unpacked"]

Array = NDArray[Any]
Whole: TypeAlias = Any  # a whole number of 64 bits, with its sign or without

REFUSED: Final = -1
HEADER: Final = 8  # numbers that ``header`` tells
_SPARE: Final = 16
_BLOCK, _WIDE_BLOCK, _PARTS = 128, 256, 4  # of deltas: ours and pyarrow's, and pyarrow's of 64 bits
_ZERO, _ONE, _ALL = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)
_6, _63, _64 = np.uint64(6), np.uint64(63), np.uint64(64)
_U = np.uint64  # of an index: what is never negative needs no look at its sign, and loops run on many at once


_kernel = kernel(nogil=True, error_model="numpy", _nrt=False)
_inner = kernel(inner=True, nogil=True, error_model="numpy", _nrt=False)
_with_memory = kernel(nogil=True, error_model="numpy")  # of its own


@_kernel
def _number(octets: Array, at: Whole, stop: Whole) -> tuple[Whole, Whole]:
    """Read a whole number of seven bits a byte; return also the place behind it, ``REFUSED`` for none."""
    value, bits = np.uint64(0), 0
    while 0 <= at < stop and bits < 64:
        octet = np.int64(octets[at])
        at += 1
        value |= np.uint64(octet & 127) << np.uint64(bits)
        if octet < 128:
            return value, at
        bits += 7
    return np.uint64(0), REFUSED


@_inner
def _signed(octets: Array, at: Whole, stop: Whole) -> tuple[Whole, Whole]:
    """Read a number with its sign in the lowest bit."""
    value, at = _number(octets, at, stop)
    return np.int64(value >> _ONE) ^ -np.int64(value & _ONE), at


@_with_memory
def header(octets: Array, at: Whole, stop: Whole, told: Array) -> Whole:  # noqa: C901, PLR0912 - one walk over a tree
    """Read the header of a page; return the place behind it, or ``REFUSED``.

    ``told`` (8 numbers): kind of page, bytes when unpacked, bytes as they are, then for what it holds: how
    many values, encoding, encoding of its levels; -1 where a number is not there.
    """
    told[:] = -1
    depth, inside = 0, 0
    field: Whole = 0
    before = np.zeros(4, dtype=np.int64)
    while 0 <= at < stop:
        mark = np.int64(octets[at])
        at += 1
        if mark == 0:
            if depth == 0:
                return at
            depth -= 1
            field = before[depth]
            continue
        kind, step = mark & 15, mark >> 4
        if step:
            field += step
        else:
            field, at = _signed(octets, at, stop)
        if kind in (5, 6):
            value, at = _signed(octets, at, stop)
            if depth == 0 and 1 <= field <= 3:
                told[field - 1] = value
            elif depth == 1 and inside in (5, 7) and 1 <= field <= 3:
                told[2 + field] = value
        elif kind == 8:
            size, at = _number(octets, at, stop)
            if at < 0 or size > np.uint64(stop - at):
                return REFUSED
            at += np.int64(size)
        elif kind == 12:
            if depth == 3:
                return REFUSED
            before[depth] = field
            if depth == 0:
                inside = field
            depth, field = depth + 1, 0
        elif kind not in (1, 2):
            return REFUSED
    return REFUSED


@_inner
def _longer(packed: Array, at: Whole, stop: Whole, count: Whole) -> tuple[Whole, Whole]:
    """Add what bytes say that go on while they are 255; return also the place behind them."""
    while at < stop:
        more = np.int64(packed[at])
        at, count = at + 1, count + more
        if more < 255:
            return count, at
    return count, REFUSED


@_kernel
def unpacked(  # noqa: C901 - one walk over the block
    packed: Array, at: Whole, stop: Whole, out: Array, size: Whole
) -> bool:
    """Unpack an LZ4 block into exactly ``size`` bytes of ``out``; False where it is none."""
    if not (0 <= at <= stop <= len(packed) and 0 <= size <= len(out)):
        return False
    n: Whole = 0
    while at < stop:
        token = np.int64(packed[at])
        at += 1
        count = token >> 4
        if count == 15:
            count, at = _longer(packed, at, stop, count)
        if at < 0 or count > stop - at or count > size - n:
            return False
        for k in range(count):
            out[_U(n + k)] = packed[_U(at + k)]
        n, at = n + count, at + count
        if at == stop:
            break
        if at + 2 > stop:
            return False
        back = np.int64(packed[at]) | np.int64(packed[at + 1]) << 8
        at += 2
        count = (token & 15) + 4
        if count == 19:
            count, at = _longer(packed, at, stop, count)
        if at < 0 or back == 0 or back > n or count > size - n:
            return False
        for k in range(count):
            out[_U(n + k)] = out[_U(n + k - back)]
        n += count
    return bool(n == size)


@_inner
def _bits(words: Array, p: Whole, mask: Whole) -> Whole:
    """Return the bits from bit ``p`` on."""
    i, s = p >> _6, p & _63
    return ((words[i] >> s) | ((words[i + _ONE] << _ONE) << (_63 - s))) & mask


@_inner
def _codes(  # noqa: C901, PLR0911 - one walk, and every length is doubted
    words: Array, octets: Array, at: Whole, stop: Whole, width: Whole, m: Whole, out: Array
) -> Whole:
    """Read m codes of ``width`` bits, in runs of one value or groups of eight; return the place behind."""
    if not 0 <= width <= 32:
        return REFUSED
    mask, step = _ALL >> (_64 - np.uint64(width)) if width else _ZERO, np.uint64(width)
    n = 0
    while n < m:
        said, at = _number(octets, at, stop)
        if at < 0:
            return REFUSED
        count = np.int64(said >> _ONE)
        if count <= 0:
            return REFUSED
        if said & _ONE:
            if count > (stop - at) // width if width else count > m:
                return REFUSED
            p, some = np.uint64(at * 8), min(8 * count, m - n)
            for k in range(some):
                out[_U(n + k)] = _bits(words, p, mask)
                p += step
            at += count * width
        else:
            size = (width + 7) // 8
            if at + size > stop:
                return REFUSED
            value = np.int64(0)
            for k in range(size):
                value |= np.int64(octets[at + k]) << (8 * k)
            if np.uint64(value) > mask:
                return REFUSED
            at += size
            some = min(count, m - n)
            for k in range(some):
                out[_U(n + k)] = value
        n += some
    return at


@_inner
def _deltas(  # noqa: C901 - one walk, and every length is doubted
    words: Array, octets: Array, at: Whole, stop: Whole, m: Whole, every: Whole, widest: Whole, out: Array
) -> bool:
    """Read the first m of all numbers from their differences; sums wrap."""
    block, at = _number(octets, at, stop)
    parts, at = _number(octets, at, stop)
    count, at = _number(octets, at, stop)
    value, at = _signed(octets, at, stop)
    if at < 0 or parts != np.uint64(_PARTS) or count != np.uint64(every):
        return False
    if block != np.uint64(_BLOCK) and block != np.uint64(_WIDE_BLOCK):
        return False
    size = np.int64(block) // _PARTS
    if m:
        out[0] = value
    n = 1
    while n < m:
        low, at = _signed(octets, at, stop)
        if at < 0 or at + _PARTS > stop:
            return False
        widths = at
        at += _PARTS
        for part in range(_PARTS):
            if n >= m:
                break
            width, some = np.int64(octets[widths + part]), min(size, m - n)
            if width > widest or at + size // 8 * width > stop:
                return False
            if width == 0:
                for k in range(some):
                    value += low
                    out[_U(n + k)] = value
            else:
                mask, p, step = _ALL >> (_64 - np.uint64(width)), np.uint64(at * 8), np.uint64(width)
                for k in range(some):
                    value += low + np.int64(_bits(words, p, mask))
                    out[_U(n + k)] = value
                    p += step
            at += size // 8 * width
            n += some
    return True


@_inner
def _split(octets: Array, at: Whole, m: Whole, every: Whole, out: Array) -> None:
    """Join the first, second, third and fourth bytes of the first m of all numbers."""
    one, two = octets[at : at + m], octets[at + every : at + every + m]
    three, four = octets[at + 2 * every : at + 2 * every + m], octets[at + 3 * every : at + 3 * every + m]
    for k in range(m):
        low = np.uint32(one[k]) | np.uint32(two[k]) << np.uint32(8)
        out[k] = low | np.uint32(three[k]) << np.uint32(16) | np.uint32(four[k]) << np.uint32(24)


@_inner
def _values(  # noqa: C901, PLR0911 - a branch for each encoding
    words: Array,
    octets: Array,
    at: Whole,
    stop: Whole,
    m: Whole,
    every: Whole,
    encoding: Whole,
    wide: bool,
    ids: Array,
    out: Array,
) -> bool:
    """Read the first m of all values that are there."""
    if encoding == DELTA:
        return _deltas(words, octets, at, stop, m, every, 64 if wide else 32, out)
    if wide:
        return False
    if encoding == DICTIONARY:
        if at >= stop or _codes(words, octets, at + 1, stop, np.int64(octets[at]), m, out) < 0:
            return False
        known = len(ids)
        for k in range(m):
            if not 0 <= out[k] < known:
                return False
            out[k] = ids[_U(out[k])]
        return True
    if encoding == SPLIT:
        if stop - at != 4 * every:
            return False
        _split(octets, at, m, every, out)
        return True
    if encoding == PLAIN:  # truths
        if stop - at != (every + 7) // 8:
            return False
        for k in range(m):
            out[k] = (octets[_U(at + (k >> 3))] >> np.uint8(k & 7)) & np.uint8(1)
        return True
    return False


@_kernel
def page(  # noqa: C901, PLR0912 - levels, values, and how they are laid out
    words: Array,
    octets: Array,
    stop: Whole,
    n: Whole,
    some: Whole,
    encoding: Whole,
    wide: bool,
    ids: Array,
    spare: Array,
    there: Array,
    narrow_out: Array,
    wide_out: Array,
) -> Whole:
    """Read the first ``some`` of the n rows of a page; return how many have a value, or ``REFUSED``.

    Numbers go to ``wide_out`` (64 bits) where ``wide``, else to ``narrow_out`` (32; of floats the bits), 0
    where a row has none; ``there``: whether it has. ``ids``: what stands for each code of the dictionary.
    ``stop``: bytes of the page; ``spare``: room for n numbers.
    """
    if not (4 <= stop <= len(octets) - _SPARE and len(words) * 8 >= len(octets)):
        return REFUSED
    if some > n or n > len(spare) or n > len(there) or n > (len(wide_out) if wide else len(narrow_out)):
        return REFUSED
    size = np.int64(words[0] & np.uint64(0xFFFFFFFF))
    at = 4 + size
    if at > stop or _codes(words, octets, 4, at, 1, n, there) < 0:
        return REFUSED
    m = 0
    for k in range(some):
        m += there[k]
    every = m
    for k in range(some, n):
        every += there[k]
    if not _values(words, octets, at, stop, m, every, encoding, wide, ids, spare):
        return REFUSED
    if m < some:  # then there is room in ``spare`` for one number more than there are
        i = _ZERO
        if wide:
            for k in range(some):
                wide_out[k] = spare[i] * there[k]
                i += np.uint64(there[k])
        else:
            for k in range(some):
                narrow_out[k] = np.int32(spare[i]) * np.int32(there[k])
                i += np.uint64(there[k])
    elif wide:
        for k in range(some):
            wide_out[k] = spare[k]
    else:
        for k in range(some):
            narrow_out[k] = np.int32(spare[k])
    return m
