"""Visits → crossings, compiled: all that one body did in one cell, band and 3-hour slot of one day.

A body's slots never fall, so of a cell and band one crossing is still going on, and those before it are over:
a crossing is found in a table of cells and bands, and nothing is sorted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waystation.terms.cells import N_BANDS, N_SLOTS
from waystation.terms.compiled import kernel
from waystation.terms.runs import pairwise_sum

if TYPE_CHECKING:
    from waystation.coverage.follow import Visits

__all__ = ["FIRST_MONDAY", "HOUR_BITS", "WEEK_BITS", "Crossings", "crossings_of", "hour_bits", "week_bits"]

Array = NDArray[Any]
HEARD, OPEN, ENDS = 1, 2, 4  # flags, as of visits
HOUR_BITS, WEEK_BITS = 4, 5  # one for each count of a table
FIRST_MONDAY = -3  # days from 1970-01-01, a Thursday, to the Monday of its week
NO_WEEK = -(2**40)


class Crossings(NamedTuple):
    """Equal-length arrays, by body and by when each began.

    ``place``: short cell (``terms.cells``), times the number of bands, plus the band. ``earlier``: the
    crossing of the same body and place before, -1 if none.
    """

    body: Array
    place: Array
    slot: Array
    flags: Array
    inside_s: Array
    earlier: Array


def crossings_of(visits: Visits, short: NDArray[np.int32], bits: int) -> Crossings:
    """Return the crossings of cells; visits of unknown height are in none.

    ``short``: the cell of each visit, a short one of so many ``bits``.
    """
    n = len(visits.body)
    out = Crossings(
        np.empty(n, dtype=np.int32),
        np.empty(n, dtype=np.int32),
        np.empty(n, dtype=np.int64),
        np.empty(n, dtype=np.int8),
        np.empty(n),
        np.empty(n, dtype=np.int32),
    )
    going_on = np.zeros(N_BANDS << bits, dtype=np.int32)  # pages that nobody asks for cost no memory
    of = np.full(n, -1, dtype=np.int32)
    m = _cross(visits, short, going_on, of, out)
    _add_up(of, visits.inside_s, m, out.inside_s)
    return Crossings(*(column[:m] for column in out))


@kernel()
def _cross(v: Visits, short: Array, going_on: Array, of: Array, out: Crossings) -> int:
    """Write the crossings, and ``of`` which each visit is; return how many there are.

    ``going_on``: 1 + the last crossing of each place.
    """
    n, first, body = 0, 0, -1
    for k in range(len(short)):
        if v.band[k] < 0:
            continue
        if v.body[k] != body:
            body, first = v.body[k], n
        place = short[k] * N_BANDS + v.band[k]
        before = going_on[place] - 1
        if before < first or out.slot[before] != v.slot[k]:
            out.body[n], out.place[n], out.slot[n] = body, place, v.slot[k]
            out.flags[n], out.earlier[n] = 0, before if before >= first else -1
            going_on[place] = n + 1
            before = n
            n += 1
        out.flags[before] |= v.flags[k]
        of[k] = before
    return n


@kernel()
def _add_up(of: Array, value: Array, n: int, out: Array) -> None:
    """Add up the values of each of n groups (-1: none): the first and the sum of the rest, as NumPy adds."""
    at = np.zeros(n + 1, dtype=np.int64)
    for k in range(len(of)):
        if of[k] >= 0:
            at[of[k] + 1] += 1
    for g in range(n):
        at[g + 1] += at[g]
    held = np.empty(at[n])
    for k in range(len(of)):
        if of[k] >= 0:
            held[at[of[k]]] = value[k]
            at[of[k]] += 1
    start = 0
    for g in range(n):
        out[g] = held[start]
        if at[g] > start + 1:
            out[g] += pairwise_sum(held, start + 1, at[g])
        start = at[g]


@kernel()
def hour_bits(c: Crossings, min_inside_s: float) -> Array:
    """Return what crossings add to ``coverage``: place, slot of the day, a bit for each count, in one number.

    Bits: a look, a look that was seen, a body heard there (once for the place), one whose track ends there.
    """
    out = np.empty(len(c.body), dtype=np.int64)
    told = np.zeros(len(c.body), dtype=np.int8)  # what earlier crossings of the place have counted
    n = 0
    for k in range(len(c.body)):
        flags = c.flags[k]
        heard = flags & HEARD
        ends = 2 if heard and flags & ENDS else 0
        look = int(not flags & OPEN and c.inside_s[k] >= min_inside_s)
        was = told[c.earlier[k]] if c.earlier[k] >= 0 else 0
        told[k] = was | heard | ends
        if look or heard:
            bits = look | (look & heard) << 1 | (heard & ~was) << 2 | (ends & ~was) << 2
            out[n] = (c.place[k] * N_SLOTS + c.slot[k] % N_SLOTS) << HOUR_BITS | bits
            n += 1
    return out[:n]


@kernel()
def week_bits(c: Crossings, min_inside_s: float) -> tuple[Array, Array]:
    """Return what crossings add to ``coverage_weeks``: place and a bit for each count, and weeks since 1970.

    Bits: a look, a look that was seen, a body (once a place and week), a look after a crossing that nobody
    heard, one such that was seen.
    """
    out, weeks = np.empty(len(c.body), dtype=np.int64), np.empty(len(c.body), dtype=np.int64)
    told = np.empty(len(c.body), dtype=np.int64)  # the last week in which a body was counted there
    missed = 0
    n = 0
    for k in range(len(c.body)):
        week = (c.slot[k] // N_SLOTS - FIRST_MONDAY) // 7
        heard = c.flags[k] & HEARD
        look = int(not c.flags[k] & OPEN and c.inside_s[k] >= min_inside_s)
        was = told[c.earlier[k]] if c.earlier[k] >= 0 else NO_WEEK
        told[k] = week if heard else was
        after = look & missed if k > 0 and c.body[k] == c.body[k - 1] else 0
        missed = look & ~heard
        once = int(heard and was != week)
        bits = look | (look & heard) << 1 | once << 2 | after << 3 | (after & heard) << 4
        if bits:
            out[n], weeks[n] = c.place[k] << WEEK_BITS | bits, week
            n += 1
    return out[:n], weeks[:n]
