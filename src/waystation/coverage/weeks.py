"""Reception by week: the table ``coverage_weeks``, in cells of 120 km.

A look is here a crossing of one H3 cell of level 3, band and 3-hour slot by one body, entered and left in the
air: the same rule as in ``looks.py`` with larger cells, because a week has fewer crossings than all time.
``after_silence`` counts looks whose body had crossed the cell before unheard: how many of them were seen
tells whether silence lasts, which a product of chances would not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.coverage.heard import heard_of
from waystation.coverage.looks import LookRules, Visits, groups_of, visits_of
from waystation.terms.cells import (
    BANDS,
    N_BANDS,
    N_SLOTS,
    cell_number,
    cells_of_squares,
    numbers_of,
    surroundings_of,
)
from waystation.terms.reception import PriorRules, interval, posterior
from waystation.terms.schema import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["build_weeks", "merge_weeks", "weeks_of"]

Array = NDArray[Any]
COUNTS: Final = ("looks", "seen", "bodies", "after_silence", "after_silence_seen")
LOOKS: Final = LookRules()
PRIOR: Final = PriorRules()
FIRST_MONDAY: Final = -3  # days from 1970-01-01, a Thursday, to the Monday of its week


def build_weeks(positions: pa.Table, rules: LookRules = LOOKS) -> pa.Table:
    """Return ``coverage_weeks`` of whole aircraft: by cell of level 3, band and ISO week (its Monday).

    ``positions``: what ``tracks.build`` returns. Where nobody crossed there is no row, or one with no looks:
    reception there, in that week, is unmeasured.
    """
    visits = visits_of(heard_of(positions), rules)
    squares, at = np.unique(visits.square, return_inverse=True)
    around, outer = np.unique(surroundings_of(cells_of_squares(squares)), return_inverse=True)
    return weeks_of(visits, around, outer[at], rules)


def merge_weeks(tables: Sequence[pa.Table], prior: PriorRules = PRIOR) -> pa.Table:
    """Add up ``coverage_weeks`` tables of disjoint aircraft."""
    keys = ["cell", "altitude_band", "week_utc"]
    whole = pa.concat_tables([t.select([*keys, *COUNTS]) for t in tables]) if tables else None
    if whole is None or not whole.num_rows:
        return empty("coverage_weeks")
    cells, cell = np.unique(numbers_of(whole.column("cell"), cell_number), return_inverse=True)
    band = numbers_of(whole.column("altitude_band"), BANDS.index).astype(np.int64)
    day = whole.column("week_utc").cast(pa.int32()).to_numpy()
    weeks, week = np.unique((day - FIRST_MONDAY) // 7, return_inverse=True)
    key, row = np.unique((cell * N_BANDS + band) * len(weeks) + week, return_inverse=True)
    counts = np.zeros((len(key), len(COUNTS)), dtype=np.int64)
    for i, name in enumerate(COUNTS):
        np.add.at(counts[:, i], row, whole.column(name).to_numpy())
    return _table(cells, weeks, key, counts, prior)


def weeks_of(v: Visits, around: Array, outer: Array, rules: LookRules, prior: PriorRules = PRIOR) -> pa.Table:
    """Count visits by week. ``around``: sorted cells of level 3; ``outer``: the one of each visit."""
    known = np.flatnonzero(v.band >= 0)
    if not len(known):
        return empty("coverage_weeks")
    keys = [c[known].astype(np.int64) for c in (v.body, outer, v.band, v.slot)]
    order, first = groups_of(*keys)  # the first of a group is its earliest visit
    at = known[order]
    inside = np.add.reduceat(v.inside_s[at], first)
    heard, opened = (np.logical_or.reduceat(f[at], first) for f in (v.heard, v.open))
    timely = np.argsort(order[first], kind="stable")  # crossings in the order in which they began
    body, cell, band, slot = (c[order[first]][timely] for c in keys)
    heard, look = heard[timely], (~opened & (inside >= rules.min_inside_s))[timely]
    missed = look & ~heard
    after = look & np.r_[False, missed[:-1] & (body[1:] == body[:-1])]
    weeks, week = np.unique((slot // N_SLOTS - FIRST_MONDAY) // 7, return_inverse=True)
    key = (cell * N_BANDS + band) * len(weeks) + week
    met, row = np.unique(key, return_inverse=True)
    counts = np.zeros((len(met), len(COUNTS)), dtype=np.int64)
    _, once = np.unique(body[heard] * len(met) + row[heard], return_index=True)
    for i, rows in enumerate((look, look & heard, None, after, after & heard)):
        np.add.at(counts[:, i], row[heard][once] if rows is None else row[rows], 1)
    use = counts[:, :3].any(axis=1)
    return _table(around, weeks, met[use], counts[use], prior)


def _table(cells: Array, weeks: Array, key: Array, counts: Array, prior: PriorRules) -> pa.Table:
    """Rows in the order of key = (cell × bands + band) × weeks + week."""
    height, week = key // len(weeks), key % len(weeks)
    looks, seen = counts[:, 0], counts[:, 1]
    pool = np.zeros((len(cells) * N_BANDS, 2), dtype=np.int64)
    np.add.at(pool, height, counts[:, :2])
    others = pool[height] - counts[:, :2]
    low, high = interval(*posterior(looks, seen, others[:, 0], others[:, 1], prior))
    unmeasured = pool[height, 0] == 0
    names = np.array([f"{c:x}" for c in cells.tolist()], dtype=object)
    day = (weeks[week] * 7 + FIRST_MONDAY).astype(np.int32)
    columns = {
        "cell": pa.array(names[height // N_BANDS], pa.string()),
        "altitude_band": pa.array(np.array(BANDS, dtype=object)[height % N_BANDS], pa.string()),
        "week_utc": pa.array(day).cast(pa.date32()),
        "low": pa.array(low, mask=unmeasured),
        "high": pa.array(high, mask=unmeasured),
    } | {name: pa.array(counts[:, i]) for i, name in enumerate(COUNTS)}
    return pa.table([columns[f.name] for f in TABLES["coverage_weeks"]], schema=TABLES["coverage_weeks"])
