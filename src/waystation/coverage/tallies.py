"""Positions → tallies: the bare counts of ``coverage`` and ``coverage_weeks``, under whole numbers.

Tallies of disjoint aircraft add up. The sum gets names and limits of reception (``build``, ``weeks``),
so whoever counts a few aircraft at a time works them out once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.coverage.crossings import HOUR_BITS, WEEK_BITS, crossings_of, hour_bits, week_bits
from waystation.coverage.heard import heard_of
from waystation.coverage.looks import LookRules, visits_of
from waystation.terms.cells import (
    CELL_LEVEL,
    N_SQUARES,
    SURROUNDINGS_LEVEL,
    short_bits,
    short_cells_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["HOUR_COUNTS", "LOOKS", "WEEK_COUNTS", "add_hours", "add_up", "add_weeks", "tally"]

Array = NDArray[Any]
HOUR_COUNTS: Final = ("looks", "seen", "bodies", "ends")
WEEK_COUNTS: Final = ("looks", "seen", "bodies", "after_silence", "after_silence_seen")
LOOKS: Final = LookRules()
_CELLS: Final[list[Array]] = []  # 1 + cell by square, 100 MB at most: pages that nobody asks for cost nothing


def tally(positions: pa.Table, rules: LookRules = LOOKS) -> dict[str, pa.Table]:
    """Return the counts of whole aircraft: tables ``hours`` and ``weeks``.

    ``positions``: what ``tracks.build`` returns. ``key`` of hours: (short cell × bands + band) × slots + slot
    of the day; of weeks: short cell of level 3 × bands + band, beside ``week``, weeks since 1970.
    """
    visits = visits_of(heard_of(positions), rules)
    short = _short_cells(visits.square)
    hours = hour_bits(crossings_of(visits, short, short_bits(CELL_LEVEL)), rules.min_inside_s)
    around = short >> 3
    outer = crossings_of(visits, around, short_bits(SURROUNDINGS_LEVEL))
    weeks, week = week_bits(outer, rules.min_inside_s)
    return {
        "hours": _told(*_counted(hours, HOUR_BITS), None, HOUR_COUNTS),
        "weeks": _by_week(weeks, week),
    }


def _short_cells(squares: Array) -> Array:
    """Return the short cell of each square; one that was asked for before is remembered."""
    if not len(squares) or squares.min() < 0:
        return short_cells_of(squares)
    if not _CELLS:
        _CELLS.append(np.zeros(N_SQUARES, dtype=np.int32))
    short = _CELLS[0][squares]
    new = np.flatnonzero(short == 0)
    found = short_cells_of(squares[new])
    _CELLS[0][squares[new]] = found + 1
    short -= 1
    short[new] = found
    return short


def _counted(bits: Array, n: int) -> tuple[Array, Array]:
    """Return the distinct keys, rising, and how often each of their n lowest bits is set."""
    bits = np.sort(bits)
    key = bits >> n
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]][: len(key)])
    if not len(first):
        return key, np.zeros((0, n), dtype=np.int64)
    counts = [np.add.reduceat(bits >> k & 1, first) for k in range(n)]
    return key[first], np.stack(counts, axis=1)


def _by_week(bits: Array, week: Array) -> pa.Table:
    first, n = _span(week)
    place, low = bits >> WEEK_BITS, bits & (1 << WEEK_BITS) - 1
    key, counts = _counted((place * n + (week - first)) << WEEK_BITS | low, WEEK_BITS)
    return _told(key // n, counts, key % n + first, WEEK_COUNTS)


def _span(week: Array) -> tuple[int, int]:
    """Return the first week and the number of weeks from it to the last; 54 bits hold them and a place."""
    return (int(week.min()), int(week.max()) - int(week.min()) + 1) if len(week) else (0, 1)


def _told(key: Array, counts: Array, week: Array | None, names: Sequence[str]) -> pa.Table:
    columns = {"key": pa.array(key, pa.int64())}
    if week is not None:
        columns["week"] = pa.array(week, pa.int64())
    return pa.table(columns | {n: pa.array(counts[:, i], pa.int64()) for i, n in enumerate(names)})


def add_up(tallies: Sequence[Mapping[str, pa.Table]]) -> dict[str, pa.Table]:
    """Return the tally of disjoint aircraft together. At least one."""
    return {
        "hours": add_hours([t["hours"] for t in tallies]),
        "weeks": add_weeks([t["weeks"] for t in tallies]),
    }


def add_hours(tallies: Sequence[pa.Table]) -> pa.Table:
    """Return the sum of tallies ``hours``. At least one."""
    c = _columns(tallies)
    return _told(*_summed(c["key"], [c[n] for n in HOUR_COUNTS]), None, HOUR_COUNTS)


def add_weeks(tallies: Sequence[pa.Table]) -> pa.Table:
    """Return the sum of tallies ``weeks``. At least one."""
    c = _columns(tallies)
    first, n = _span(c["week"])
    key, counts = _summed(c["key"] * n + (c["week"] - first), [c[n] for n in WEEK_COUNTS])
    return _told(key // n, counts, key % n + first, WEEK_COUNTS)


def _columns(tallies: Sequence[pa.Table]) -> dict[str, Array]:
    whole = pa.concat_tables(tallies)
    return {n: whole.column(n).to_numpy() for n in whole.column_names}


def _summed(key: Array, counts: Sequence[Array]) -> tuple[Array, Array]:
    """Return the distinct keys, rising, and the sums of each column of counts for them."""
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]][: len(key)])
    if not len(first):
        return key, np.zeros((0, len(counts)), dtype=np.int64)
    return key[first], np.stack([np.add.reduceat(c[order], first) for c in counts], axis=1)
