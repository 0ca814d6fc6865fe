"""Reception by week: the table ``coverage_weeks``, in cells of 120 km.

A look is here a crossing of one H3 cell of level 3, band and 3-hour slot by one body, entered and left in the
air: the same rule as in ``looks.py`` with larger cells, because a week has fewer crossings than all time.
``after_silence`` counts looks whose body had crossed the cell before unheard: how many of them were seen
tells whether silence lasts, which a product of chances would not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from waystation.coverage.crossings import FIRST_MONDAY
from waystation.coverage.tallies import LOOKS, WEEK_COUNTS, add_weeks, tally
from waystation.coverage.texts import band_texts, cell_texts
from waystation.terms.cells import BANDS, N_BANDS, SURROUNDINGS_LEVEL, cell_number, numbers_of, short_of
from waystation.terms.reception import PriorRules, interval, posterior
from waystation.terms.schema import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.coverage.looks import LookRules

__all__ = ["build_weeks", "merge_weeks", "weeks_table"]

PRIOR: Final = PriorRules()


def build_weeks(positions: pa.Table, rules: LookRules = LOOKS) -> pa.Table:
    """Return ``coverage_weeks`` of whole aircraft: by cell of level 3, band and ISO week (its Monday).

    ``positions``: what ``tracks.build`` returns. Where nobody crossed there is no row, or one with no looks:
    reception there, in that week, is unmeasured.
    """
    return weeks_table(tally(positions, rules)["weeks"], PRIOR)


def merge_weeks(tables: Sequence[pa.Table], prior: PriorRules = PRIOR) -> pa.Table:
    """Add up ``coverage_weeks`` tables of disjoint aircraft."""
    return weeks_table(add_weeks([_tallied(t) for t in tables]), prior) if tables else empty("coverage_weeks")


def _tallied(table: pa.Table) -> pa.Table:
    cell = short_of(numbers_of(table.column("cell"), cell_number), SURROUNDINGS_LEVEL)
    band = numbers_of(table.column("altitude_band"), BANDS.index).astype(np.int64)
    week = (table.column("week_utc").cast(pa.int32()).to_numpy() - FIRST_MONDAY) // 7
    columns = {"key": pa.array(cell * N_BANDS + band, pa.int64()), "week": pa.array(week, pa.int64())}
    return pa.table(columns | {n: table.column(n) for n in WEEK_COUNTS})


def weeks_table(weeks: pa.Table, prior: PriorRules = PRIOR) -> pa.Table:
    """Return ``coverage_weeks`` of what was tallied, in the order of cells, bands and weeks."""
    if not weeks.num_rows:
        return empty("coverage_weeks")
    key, week, looks, seen = (weeks.column(n).to_numpy() for n in ("key", "week", "looks", "seen"))
    pool = [np.bincount(key, n)[key] for n in (looks, seen)]
    low, high = interval(*posterior(looks, seen, pool[0] - looks, pool[1] - seen, prior))
    unmeasured = pool[0] == 0
    columns = {
        "cell": cell_texts(key // N_BANDS, SURROUNDINGS_LEVEL),
        "altitude_band": band_texts(key % N_BANDS),
        "week_utc": pa.array((week * 7 + FIRST_MONDAY).astype(np.int32)).cast(pa.date32()),
        "low": pa.array(low, mask=unmeasured),
        "high": pa.array(high, mask=unmeasured),
    } | {n: weeks.column(n) for n in WEEK_COUNTS}
    return pa.table([columns[f.name] for f in TABLES["coverage_weeks"]], schema=TABLES["coverage_weeks"])
