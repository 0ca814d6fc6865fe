"""Positions → the table ``coverage``: looks, how many were seen, and between which limits reception lies.

``tallies`` counts; names and limits are given here (by hour of the day) and in ``weeks`` (by week).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from waystation.coverage.looks import LookRules
from waystation.coverage.tallies import HOUR_COUNTS, add_hours, add_up, tally
from waystation.coverage.texts import band_texts, cell_texts
from waystation.coverage.weeks import weeks_table
from waystation.terms.cells import (
    BANDS,
    CELL_LEVEL,
    N_BANDS,
    N_SLOTS,
    SLOT_S,
    cell_number,
    numbers_of,
    short_of,
)
from waystation.terms.reception import PriorRules, interval, posterior
from waystation.terms.schema import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CoverageRules", "build", "build_both", "merge", "tables_of"]


PRIOR: Final = PriorRules()


@dataclass(frozen=True)
class CoverageRules:
    """The rules of the two steps."""

    look: LookRules = field(default_factory=LookRules)
    prior: PriorRules = field(default_factory=PriorRules)


def build(positions: pa.Table, rules: CoverageRules = CoverageRules()) -> pa.Table:
    """Return the table ``coverage`` of whole aircraft, by cell, band and hour.

    ``positions``: what ``tracks.build`` returns, all traffic that there is. Tables of disjoint aircraft
    add up: ``merge`` of the parts is the table of the whole. A cell, band and hour without a row, or with
    no looks, is unmeasured: its reception is unknown, not nil.
    """
    return _hours_table(tally(positions, rules.look)["hours"], rules.prior)


def build_both(positions: pa.Table, rules: CoverageRules = CoverageRules()) -> tuple[pa.Table, pa.Table]:
    """Return the tables ``coverage`` and ``coverage_weeks`` of whole aircraft, from one pass.

    Both add up over disjoint aircraft: ``merge`` and ``weeks.merge_weeks``. ``tally`` and ``tables_of`` are
    the quicker way to the same.
    """
    tables = tables_of([tally(positions, rules.look)], rules.prior)
    return tables["coverage"], tables["coverage_weeks"]


def tables_of(tallies: Sequence[Mapping[str, pa.Table]], prior: PriorRules = PRIOR) -> dict[str, pa.Table]:
    """Return ``coverage`` and ``coverage_weeks`` of all that was tallied, of disjoint aircraft."""
    if not tallies:
        return {"coverage": empty("coverage"), "coverage_weeks": empty("coverage_weeks")}
    total = tallies[0] if len(tallies) == 1 else add_up(tallies)
    return {
        "coverage": _hours_table(total["hours"], prior),
        "coverage_weeks": weeks_table(total["weeks"], prior),
    }


def merge(tables: Sequence[pa.Table], rules: CoverageRules = CoverageRules()) -> pa.Table:
    """Add up ``coverage`` tables of disjoint aircraft."""
    return _hours_table(add_hours([_tallied(t) for t in tables]), rules.prior)


def _tallied(table: pa.Table) -> pa.Table:
    cell = short_of(numbers_of(table.column("cell"), cell_number))
    band = numbers_of(table.column("altitude_band"), BANDS.index).astype(np.int64)
    slot = table.column("hour_utc").to_numpy() // (SLOT_S // 3600)
    key = pa.array((cell * N_BANDS + band) * N_SLOTS + slot, pa.int64())
    return pa.table({"key": key} | {n: table.column(n) for n in HOUR_COUNTS})


def _hours_table(hours: pa.Table, prior: PriorRules) -> pa.Table:
    if not hours.num_rows:
        return empty("coverage")
    key, looks, seen = (hours.column(n).to_numpy() for n in ("key", "looks", "seen"))
    cell, band, slot = key // (N_BANDS * N_SLOTS), key // N_SLOTS % N_BANDS, key % N_SLOTS
    around = (cell >> 3) * N_BANDS + band
    pool = [np.bincount(around, n)[around] for n in (looks, seen)]
    low, high = interval(*posterior(looks, seen, pool[0] - looks, pool[1] - seen, prior))
    unmeasured = looks == 0
    columns = {
        "cell": cell_texts(cell, CELL_LEVEL),
        "altitude_band": band_texts(band),
        "hour_utc": pa.array((slot * (SLOT_S // 3600)).astype(np.int32)),
        "low": pa.array(low, mask=unmeasured),
        "high": pa.array(high, mask=unmeasured),
    } | {n: hours.column(n) for n in HOUR_COUNTS}
    return pa.table([columns[f.name] for f in TABLES["coverage"]], schema=TABLES["coverage"])
