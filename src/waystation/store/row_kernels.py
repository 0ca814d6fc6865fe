"""Kernels: rows as plain numbers, put together from many files."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["gather", "renumber"]

Array = NDArray[Any]
F = TypeVar("F")
_U: Any = np.uint64  # of an index: its sign is not looked at, and loops run on many at once


def _kernel(function: F) -> F:
    return cast("F", njit(cache=True, nogil=True, error_model="numpy")(function))


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
