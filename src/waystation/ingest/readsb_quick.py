"""The short way through a record: the form in which readsb writes it, without a blank, all of it good.

One element after the other, no loop over bytes, hardly a branch that depends on what a number is. Whatever is
not of this form, near the end of the data, or would be refused or set to null, is ``STRANGE`` here and goes
the long way (``readsb_rows``), which reads the record again from its bracket. So this file may give up at any
place, but must not take anything that the long way takes otherwise.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from waystation.ingest.compiled import Array, leaf
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
    SPEED,
    SQUAWK,
    TRACK,
)
from waystation.ingest.readsb_detail import quick_detail, quick_kind
from waystation.ingest.readsb_digits import ROOM, SCALES, few_digits, few_digits_end
from waystation.ingest.readsb_eight import commas, eight, peek, zeros
from waystation.ingest.readsb_json import CLOSE_LIST, COMMA, OPEN_LIST, QUOTE, STRANGE

__all__ = ["quick_record"]

_POWERS: Final = 10.0 ** np.arange(SCALES.size)
_LOOK: Final = 64  # bytes in which eight elements end: none of them has more than eleven, most five
_ONE, _NO_STOP = np.uint64(1), np.uint64(0)
_NULL: Final = np.uint64(0x6C6C756E)
_FOUR: Final = np.uint64(0xFFFFFFFF)
_GROUND: Final = np.uint64(int.from_bytes(b'"ground"', "little"))
_NULLS: Final = (
    np.uint64(int.from_bytes(b",null,nu", "little")),
    np.uint64(int.from_bytes(b"ll,null]", "little")),
)


@leaf
def _next_stop(first: int, stops: np.uint64) -> tuple[int, np.uint64]:
    """Return the place of the lowest bit, counted from ``first``, and the bits without it."""
    return first + np.int64(zeros(stops)), stops & (stops - _ONE)  # type: ignore[return-value]


@leaf
def _whole_or_null(data: Array, at: int) -> tuple[int, int]:
    """Return the place after null or a number without a point; ``MISSING`` for null."""
    if eight(data, at) & _FOUR == _NULL:
        return at + 4, MISSING
    at, whole, places = few_digits(data, at)
    return (at if places == 0 else STRANGE), whole


@leaf
def _real_or_null(data: Array, at: int) -> tuple[int, float]:
    if eight(data, at) & _FOUR == _NULL:
        return at + 4, np.nan
    at, whole, places = few_digits(data, at)
    return at, whole / _POWERS[places]


@leaf
def _micro(data: Array, at: int) -> tuple[int, int]:
    """Return the place after degrees of at most six places, and them in micro-degrees, exactly."""
    at, whole, places = few_digits(data, at)
    if places > 6:
        return STRANGE, 0
    return at, whole * SCALES[6 - places]


@leaf
def quick_record(  # noqa: C901, PLR0911, PLR0912, PLR0915 - a kernel is one function, or slow
    data: Array, at: int, row: int, times: Array, ints: Array, smalls: Array, reals: Array,
    kinds: Array, words: Array, tables: tuple[Array, ...], rules: Array, memory: Array,
) -> int:  # fmt: skip
    """Read the record whose bracket is at ``at`` into a row; return the place after it.

    ``words``: the kinds as words (``readsb_detail.kind_words``); ``memory``: of details (``quick_detail``).
    """
    limit, to = data.size - ROOM, np.uint64(row)
    if at >= limit - _LOOK - 1 or peek(data, at) != OPEN_LIST:
        return STRANGE
    # where the first eight elements end is found at once: then no number waits for the one before it
    first, stops = at + 1, commas(data, at + 1)
    end0, stops = _next_stop(first, stops)
    end1, stops = _next_stop(first, stops)
    end2, stops = _next_stop(first, stops)
    end3, stops = _next_stop(first, stops)
    end4, stops = _next_stop(first, stops)
    end5, stops = _next_stop(first, stops)
    end6, stops = _next_stop(first, stops)
    if stops == _NO_STOP:
        return STRANGE
    end7, stops = _next_stop(first, stops)
    end, whole, places = few_digits(data, first)
    if end != end0 or places > 3:
        return STRANGE
    times[to] = whole * SCALES[3 - places]
    end, lat = _micro(data, end0 + 1)
    if end != end1:
        return STRANGE
    end, lon = _micro(data, end1 + 1)
    if end != end2:
        return STRANGE
    if abs(lat) > 90_000_000 or abs(lon) > 180_000_000 or (abs(lat) <= rules[5] and abs(lon) <= rules[5]):
        return STRANGE
    ints[LAT, to], ints[LON, to] = lat, lon
    ground, height = 0, MISSING
    if eight(data, end2 + 1) == _GROUND:
        ground, end = 1, end2 + 9
    else:
        end, height = _whole_or_null(data, end2 + 1)
        if height == MISSING:
            ground = NOTHING
        elif not rules[1] <= height <= rules[2]:
            return STRANGE
    if end != end3:
        return STRANGE
    ints[ALTITUDE, to], smalls[GROUND, to] = height, ground
    end, speed = _real_or_null(data, end3 + 1)
    if end != end4 or speed < 0.0 or speed > rules[3]:
        return STRANGE
    reals[SPEED, to] = speed
    end, angle = _real_or_null(data, end4 + 1)
    if end != end5 or angle < 0.0 or angle >= 360.0:
        return STRANGE
    narrow = np.float32(angle)
    reals[TRACK, to] = narrow if narrow < 360.0 or angle != angle else np.float32(0.0)  # noqa: PLR0124 - null
    end, flags = _whole_or_null(data, end5 + 1)
    if end != end6 or (flags != MISSING and (flags < 0 or flags > 32_767)):
        return STRANGE
    ints[FLAGS, to] = flags
    end, rate = _whole_or_null(data, end6 + 1)
    if end != end7 or (rate != MISSING and abs(rate) > rules[4]):
        return STRANGE
    ints[RATE, to] = rate
    ints[CALLSIGN, to] = ints[SQUAWK, to] = NOTHING
    smalls[NIC, to] = smalls[NAC_P, to] = NOTHING
    last = int(smalls[HEARD, row - 1]) if row else 0
    said, kind = NOTHING, NOTHING
    at = end7 + 1
    if eight(data, at) & _FOUR == _NULL:
        at += 4
    else:
        at, said = quick_detail(data, at, row, last, ints, smalls, words, tables, memory)
    if at < 0 or at >= limit or peek(data, at) != COMMA:
        return STRANGE
    at += 1
    if peek(data, at) == QUOTE:
        at, kind = quick_kind(data, at, words, last)
    elif eight(data, at) & _FOUR == _NULL:
        at += 4
    else:
        return STRANGE
    if at < 0 or at >= limit or peek(data, at) != COMMA:
        return STRANGE
    heard = kind if kind != NOTHING else said
    smalls[HEARD, to] = heard if heard != NOTHING else kinds.shape[0]
    at, height = _whole_or_null(data, at + 1)
    if at < 0 or at >= limit or (height != MISSING and not rules[1] <= height <= rules[2]):
        return STRANGE
    ints[GEOMETRIC, to] = height
    if eight(data, at) == _NULLS[0] and eight(data, at + 8) == _NULLS[1]:
        return at + 16
    while peek(data, at) == COMMA:
        at = at + 5 if eight(data, at + 1) & _FOUR == _NULL else few_digits_end(data, at + 1)
        if at < 0 or at >= limit:
            return STRANGE
    return at + 1 if peek(data, at) == CLOSE_LIST else STRANGE
