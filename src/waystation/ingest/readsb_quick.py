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
from waystation.ingest.readsb_eight import eight, peek
from waystation.ingest.readsb_json import CLOSE_LIST, COMMA, OPEN_LIST, QUOTE, STRANGE

__all__ = ["quick_record"]

_POWERS: Final = 10.0 ** np.arange(SCALES.size)
_NULL: Final = np.uint64(0x6C6C756E)
_FOUR: Final = np.uint64(0xFFFFFFFF)
_GROUND: Final = np.uint64(int.from_bytes(b'"ground"', "little"))
_NULLS: Final = (
    np.uint64(int.from_bytes(b",null,nu", "little")),
    np.uint64(int.from_bytes(b"ll,null]", "little")),
)


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
    if at >= limit or peek(data, at) != OPEN_LIST:
        return STRANGE
    at, whole, places = few_digits(data, at + 1)
    if at < 0 or at >= limit or places > 3 or peek(data, at) != COMMA:
        return STRANGE
    times[to] = whole * SCALES[3 - places]
    at, lat = _micro(data, at + 1)
    if at < 0 or at >= limit or peek(data, at) != COMMA:
        return STRANGE
    at, lon = _micro(data, at + 1)
    if at < 0 or at >= limit or peek(data, at) != COMMA:
        return STRANGE
    if abs(lat) > 90_000_000 or abs(lon) > 180_000_000 or (abs(lat) <= rules[5] and abs(lon) <= rules[5]):
        return STRANGE
    ints[LAT, to], ints[LON, to] = lat, lon
    ground, height = 0, MISSING
    if eight(data, at + 1) == _GROUND:
        ground, at = 1, at + 9
    else:
        at, height = _whole_or_null(data, at + 1)
        if height == MISSING:
            ground = NOTHING
        elif not rules[1] <= height <= rules[2]:
            return STRANGE
    if at < 0 or at >= limit or peek(data, at) != COMMA:
        return STRANGE
    ints[ALTITUDE, to], smalls[GROUND, to] = height, ground
    at, speed = _real_or_null(data, at + 1)
    if at < 0 or at >= limit or peek(data, at) != COMMA or speed < 0.0 or speed > rules[3]:
        return STRANGE
    reals[SPEED, to] = speed
    at, angle = _real_or_null(data, at + 1)
    if at < 0 or at >= limit or peek(data, at) != COMMA or angle < 0.0 or angle >= 360.0:
        return STRANGE
    narrow = np.float32(angle)
    reals[TRACK, to] = narrow if narrow < 360.0 or angle != angle else np.float32(0.0)  # noqa: PLR0124 - null
    at, flags = _whole_or_null(data, at + 1)
    if (
        at < 0
        or at >= limit
        or peek(data, at) != COMMA
        or (flags != MISSING and (flags < 0 or flags > 32_767))
    ):
        return STRANGE
    ints[FLAGS, to] = flags
    at, rate = _whole_or_null(data, at + 1)
    if at < 0 or at >= limit or peek(data, at) != COMMA or (rate != MISSING and abs(rate) > rules[4]):
        return STRANGE
    ints[RATE, to] = rate
    ints[CALLSIGN, to] = ints[SQUAWK, to] = NOTHING
    smalls[NIC, to] = smalls[NAC_P, to] = NOTHING
    last = int(smalls[HEARD, row - 1]) if row else 0
    said, kind = NOTHING, NOTHING
    at += 1
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
