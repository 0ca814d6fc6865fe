"""The kernel: bytes of one readsb trace → rows of column buffers, where all of it is plain.

Plain: the shape that readsb writes, each number exact in a double. Anything else is ``STRANGE`` as a whole
file, and the exact reader's business. Records that ``accept`` would refuse and values that it would set to
null are left out here too, and the place of the record is noted: ``odd`` says where, ``accept`` says why.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from waystation.ingest.compiled import Array, kernel, leaf
from waystation.ingest.readsb_columns import (
    ALTITUDE,
    CALLSIGN,
    FLAGS,
    GEOMETRIC,
    GROUND,
    HEARD,
    LAT,
    LON,
    MISSING,
    NAC_P,
    NIC,
    NOTHING,
    RATE,
    RECORD,
    SPEED,
    SQUAWK,
    TRACK,
)
from waystation.ingest.readsb_json import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    STRANGE,
    blank,
    byte,
    literal,
    number,
    plain,
    skip,
    text_end,
)
from waystation.ingest.readsb_quick import quick_record
from waystation.ingest.readsb_words import kind_code, short_text, word_code

__all__ = ["FULL", "REFUSED", "trace_rows"]

FULL: Final = -2  # no room left in the buffers
GOOD, ODD, REFUSED = range(3)  # a record: kept whole, kept with a value set to null, left out
_LATEST_S: Final = 1e9  # seconds after the header: beyond it times are no longer sums of exact numbers
_LAST_READ: Final = 10  # element of a record


@leaf
def _number_or_null(data: Array, at: int) -> tuple[int, float]:
    if byte(data, at) == 110:
        return literal(data, at), np.nan
    return number(data, at)


@leaf
def _any(data: Array, at: int) -> int:
    """Return the place after any value; what has no brackets is not worth a call."""
    b = byte(data, at)
    if b == OPEN_LIST or b == OPEN_OBJECT:  # noqa: PLR1714, SIM109 - a tuple here costs the kernel
        return skip(data, at)
    return plain(data, at)


@leaf
def _whole(value: float, low: float, high: float) -> int:
    """Return a number rounded, ``MISSING`` for none or one outside."""
    return int(np.rint(value)) if low <= value <= high else MISSING


@leaf
def _detail(  # noqa: C901, PLR0911, PLR0912 - a kernel is one function, or slow
    data: Array, at: int, row: int, ints: Array, smalls: Array, kinds: Array, tables: tuple[Array, ...]
) -> tuple[int, int]:
    """Read the details whose bracket is at ``at``; return the place after and the code of their type."""
    heard, seen = NOTHING, 0
    at = blank(data, at + 1)
    if byte(data, at) == CLOSE_OBJECT:
        return at + 1, heard
    while True:
        if byte(data, at) != QUOTE:
            return STRANGE, heard
        key = at + 1
        end = text_end(data, key)
        if end < 0:
            return STRANGE, heard
        at = blank(data, end + 1)
        if byte(data, at) != COLON:
            return STRANGE, heard
        at = blank(data, at + 1)
        which = _watched(data, key, end)
        if which and seen & which:
            return STRANGE, heard
        seen |= which
        if which == 1 or which == 2:  # noqa: PLR1714 - a tuple here costs the kernel
            at, null, word = short_text(data, at)
            if at >= 0 and not null:
                if which == 1:
                    code = word_code(word, tables[0], tables[1], tables[2], tables[3])
                else:
                    code = word_code(word, tables[4], tables[5], tables[6], tables[7])
                if code < 0:
                    return STRANGE, heard
                ints[CALLSIGN if which == 1 else SQUAWK, row] = code
        elif which == 4 or which == 8:  # noqa: PLR1714 - the same
            at, value = _number_or_null(data, at)
            if 0.0 <= value <= 15.0:
                smalls[NIC if which == 4 else NAC_P, row] = int(np.rint(value))
        elif which == 16 and byte(data, at) == QUOTE:
            end = text_end(data, at + 1)
            if end < 0:
                return STRANGE, heard
            heard = kind_code(data, at + 1, end, kinds, int(smalls[HEARD, row - 1]) if row else 0)
            at = end + 1
        elif which == 16:
            at = literal(data, at) if byte(data, at) == 110 else STRANGE
        else:
            at = _any(data, at)
        if at < 0:
            return STRANGE, heard
        at = blank(data, at)
        b = byte(data, at)
        if b == COMMA:
            at = blank(data, at + 1)
        elif b == CLOSE_OBJECT:
            return at + 1, heard
        else:
            return STRANGE, heard


@leaf
def _watched(data: Array, at: int, end: int) -> int:
    """Return 1 for ``flight``, 2 ``squawk``, 4 ``nic``, 8 ``nac_p``, 16 ``type``, else 0."""
    n, first = end - at, byte(data, at)
    if n == 6 and first == 102:
        return 1 if _is(data, at, 108, 105, 103, 104) and byte(data, at + 5) == 116 else 0
    if n == 6 and first == 115:
        return 2 if _is(data, at, 113, 117, 97, 119) and byte(data, at + 5) == 107 else 0
    if n == 3 and first == 110:
        return 4 if byte(data, at + 1) == 105 and byte(data, at + 2) == 99 else 0
    if n == 5 and first == 110:
        return 8 if _is(data, at, 97, 99, 95, 112) else 0
    if n == 4 and first == 116:
        return 16 if _is(data, at, 121, 112, 101, QUOTE) else 0
    return 0


@leaf
def _is(data: Array, at: int, b1: int, b2: int, b3: int, b4: int) -> bool:
    return (
        byte(data, at + 1) == b1
        and byte(data, at + 2) == b2
        and byte(data, at + 3) == b3
        and byte(data, at + 4) == b4
    )


@kernel
def _record(  # noqa: C901, PLR0911, PLR0912, PLR0915 - the same
    data: Array, at: int, row: int, times: Array, ints: Array, smalls: Array, reals: Array,
    kinds: Array, tables: tuple[Array, ...], rules: Array,
) -> tuple[int, int]:  # fmt: skip
    """Read one record, of which ``at`` is the bracket; return the place after it, and how good it is."""
    quality = GOOD
    if byte(data, at) != OPEN_LIST:
        return STRANGE, quality
    ints[ALTITUDE, row] = ints[GEOMETRIC, row] = ints[RATE, row] = ints[FLAGS, row] = MISSING
    ints[CALLSIGN, row] = ints[SQUAWK, row] = NOTHING
    smalls[GROUND, row] = smalls[NIC, row] = smalls[NAC_P, row] = NOTHING
    reals[SPEED, row] = reals[TRACK, row] = np.nan
    last = int(smalls[HEARD, row - 1]) if row else 0
    said, kind = NOTHING, NOTHING  # how it was heard, by the details and by the record
    lat, lon, field = 0.0, 0.0, 0
    while True:
        at = blank(data, at + 1)
        b = byte(data, at)
        if field == 8:
            if b == OPEN_OBJECT:
                at, said = _detail(data, at, row, ints, smalls, kinds, tables)
            else:
                at = literal(data, at) if b == 110 else STRANGE
        elif field == 9:
            if b == QUOTE:
                end = text_end(data, at + 1)
                if end < 0:
                    return STRANGE, quality
                kind = kind_code(data, at + 1, end, kinds, last)
                at = end + 1
            else:
                at = literal(data, at) if b == 110 else STRANGE
        elif field > _LAST_READ:
            at = _any(data, at)
        elif field == 3 and b == QUOTE:
            end = text_end(data, at + 1)
            ground = end - at == 7 and byte(data, at + 1) == 103 and _is(data, at + 1, 114, 111, 117, 110)
            if not ground or byte(data, at + 6) != 100:
                return STRANGE, quality
            smalls[GROUND, row] = 1
            at = end + 1
        else:
            at, value = _number_or_null(data, at)
            if at < 0:
                return STRANGE, quality
            if field == 0:
                if abs(value) > _LATEST_S:
                    return STRANGE, quality
                if value != value:  # noqa: PLR0124 - null
                    quality, value = REFUSED, 0.0
                times[row] = int(np.rint(value * 1e3))
            elif field == 1:
                lat = value
            elif field == 2:
                lon = value
                if not (abs(lat) <= 90.0 and abs(lon) <= 180.0) or (
                    abs(lat) <= rules[0] and abs(lon) <= rules[0]
                ):
                    quality, lat, lon = REFUSED, 0.0, 0.0
                ints[LAT, row], ints[LON, row] = int(np.rint(lat * 1e6)), int(np.rint(lon * 1e6))
            elif value != value:  # noqa: PLR0124 - null: nothing to keep
                pass
            elif field == 3 or field == 10:  # noqa: PLR1714 - a tuple here costs the kernel
                if rules[1] <= value <= rules[2]:
                    ints[ALTITUDE if field == 3 else GEOMETRIC, row] = int(np.rint(value))
                else:
                    quality = max(quality, ODD)
                if field == 3:
                    smalls[GROUND, row] = 0
            elif field == 4:
                if 0.0 <= value <= rules[3]:
                    reals[SPEED, row] = value
                else:
                    quality = max(quality, ODD)
            elif field == 5:
                if not 0.0 <= value <= 360.0:
                    return STRANGE, quality
                narrow = np.float32(value)
                reals[TRACK, row] = narrow if 0.0 < narrow < 360.0 else np.float32(0.0)
            elif field == 6:
                ints[FLAGS, row] = _whole(value, 0.0, 32_767.0)
            elif field == 7:
                if -rules[4] <= value <= rules[4]:
                    ints[RATE, row] = int(np.rint(value))
                else:
                    quality = max(quality, ODD)
        if at < 0:
            return STRANGE, quality
        at = blank(data, at)
        b = byte(data, at)
        field += 1
        if b == CLOSE_LIST:
            break
        if b != COMMA:
            return STRANGE, quality
    if field < 3:
        return STRANGE, quality
    heard = kind if kind != NOTHING else said
    smalls[HEARD, row] = heard if heard != NOTHING else kinds.shape[0]
    return at + 1, quality


@leaf
def _is_trace_key(data: Array, key: int, end: int) -> bool:
    return end - key == 5 and byte(data, key) == 116 and _is(data, key, 114, 97, 99, 101)


@kernel
def trace_rows(  # noqa: C901, PLR0911, PLR0912 - the same
    data: Array, first: int, times: Array, ints: Array, smalls: Array, reals: Array,
    kinds: Array, words: Array, tables: tuple[Array, ...], rules: Array, odd: Array, memory: Array,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Read a whole document into rows from ``first`` on.

    Returns the row after the last, where the array of records begins and ends, and how many places of ``odd``
    were filled (record, begin, end, quality). Instead of the row ``STRANGE`` for a document that is not plain
    or has more oddities than ``odd`` has places, ``FULL`` where the buffers end before it does.
    """
    n_odd, record = 0, 0
    memory[:] = 0  # what another document said is nothing to this one
    row, start, stop, capacity = first, STRANGE, STRANGE, times.size
    at = blank(data, 0)
    if byte(data, at) != OPEN_OBJECT:
        return STRANGE, start, stop, n_odd
    while True:
        key = blank(data, at + 1) + 1
        if byte(data, key - 1) != QUOTE:
            return STRANGE, start, stop, n_odd
        end = text_end(data, key)
        if end < 0:
            return STRANGE, start, stop, n_odd
        at = blank(data, end + 1)
        if byte(data, at) != COLON:
            return STRANGE, start, stop, n_odd
        at = blank(data, at + 1)
        if not _is_trace_key(data, key, end):
            at = _head_value(data, at)
        elif start >= 0 or byte(data, at) != OPEN_LIST:
            return STRANGE, start, stop, n_odd
        else:
            start = at
            while True:
                if row >= capacity:
                    return FULL, start, stop, n_odd
                begin = blank(data, at + 1)
                quality = GOOD
                at = quick_record(
                    data, begin, row, times, ints, smalls, reals, kinds, words, tables, rules, memory
                )
                if at < 0:
                    at, quality = _record(data, begin, row, times, ints, smalls, reals, kinds, tables, rules)
                    if at < 0:
                        return STRANGE, start, stop, n_odd
                if quality != GOOD:
                    if n_odd >= len(odd):
                        return STRANGE, start, stop, n_odd
                    odd[n_odd, 0], odd[n_odd, 1], odd[n_odd, 2], odd[n_odd, 3] = record, begin, at, quality
                    n_odd += 1
                ints[RECORD, row] = record
                record += 1
                if quality != REFUSED:
                    row += 1
                at = blank(data, at)
                if byte(data, at) != COMMA:
                    break
            if byte(data, at) != CLOSE_LIST:
                return STRANGE, start, stop, n_odd
            at += 1
            stop = at
        if at < 0:
            return STRANGE, start, stop, n_odd
        at = blank(data, at)
        if byte(data, at) == COMMA:
            continue
        if start < 0 or byte(data, at) != CLOSE_OBJECT or blank(data, at + 1) != data.size:
            return STRANGE, start, stop, n_odd
        return row, start, stop, n_odd


@leaf
def _head_value(data: Array, at: int) -> int:
    """Skip a value outside the records. Texts there may hold any letters: the exact decoder reads them."""
    if byte(data, at) != QUOTE:
        return skip(data, at)
    at += 1
    b = byte(data, at)
    while b != QUOTE:
        if b < 32:
            return STRANGE
        at += 2 if b == 92 else 1  # whether the escape is a good one is the decoder's question too
        b = byte(data, at)
    return at + 1
