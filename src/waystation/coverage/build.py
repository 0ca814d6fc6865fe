"""Positions → the table ``coverage``: looks, how many were seen, and between which limits reception lies.

``build_both`` follows the bodies once and counts twice: by hour of the day here, by week in ``weeks.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.coverage.heard import heard_of
from waystation.coverage.looks import LookRules, Visits, groups_of, visits_of
from waystation.coverage.weeks import weeks_of
from waystation.terms.cells import (
    BANDS,
    N_BANDS,
    N_SLOTS,
    SLOT_S,
    cell_number,
    cells_of_squares,
    numbers_of,
    surroundings_of,
)
from waystation.terms.reception import PriorRules, interval, posterior
from waystation.terms.schema import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CoverageRules", "build", "build_both", "merge"]

Array = NDArray[Any]
COUNTS: Final = ("looks", "seen", "bodies", "ends")


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
    return _hours(visits_of(heard_of(positions), rules.look), rules)[0]


def build_both(positions: pa.Table, rules: CoverageRules = CoverageRules()) -> tuple[pa.Table, pa.Table]:
    """Return the tables ``coverage`` and ``coverage_weeks`` of whole aircraft, from one pass.

    Both add up over disjoint aircraft: ``merge`` and ``weeks.merge_weeks``.
    """
    visits = visits_of(heard_of(positions), rules.look)
    table, cells, cell = _hours(visits, rules)
    around, outer = np.unique(surroundings_of(cells), return_inverse=True)
    return table, weeks_of(visits, around, outer[cell], rules.look, rules.prior)


def _hours(visits: Visits, rules: CoverageRules) -> tuple[pa.Table, Array, Array]:
    """Return the table, the cells met (sorted), and which of them each visit was in."""
    squares, at = np.unique(visits.square, return_inverse=True)
    cells, cell_at = np.unique(cells_of_squares(squares), return_inverse=True)
    if not len(visits.body):
        return empty("coverage"), cells, at
    return _table(*_counted(visits, cells, cell_at[at], rules.look), rules.prior), cells, cell_at[at]


def merge(tables: Sequence[pa.Table], rules: CoverageRules = CoverageRules()) -> pa.Table:
    """Add up ``coverage`` tables of disjoint aircraft."""
    whole = pa.concat_tables([t.select(["cell", "altitude_band", "hour_utc", *COUNTS]) for t in tables])
    if not whole.num_rows:
        return empty("coverage")
    cell = numbers_of(whole.column("cell"), cell_number)
    band = numbers_of(whole.column("altitude_band"), BANDS.index).astype(np.int64)
    slot = whole.column("hour_utc").to_numpy() // (SLOT_S // 3600)
    cells, at = np.unique(cell, return_inverse=True)
    key, row = np.unique((at * N_BANDS + band) * N_SLOTS + slot, return_inverse=True)
    counts = np.zeros((len(key), len(COUNTS)), dtype=np.int64)
    for i, name in enumerate(COUNTS):
        np.add.at(counts[:, i], row, whole.column(name).to_numpy())
    return _table(cells, key, counts, rules.prior)


def _counted(v: Visits, cells: Array, cell: Array, rules: LookRules) -> tuple[Array, Array, Array]:
    """Return (cells, keys, counts): key = (cell × bands + band) × slots + slot; counts as in ``COUNTS``.

    One body in one cell, band and 3-hour slot of one day is one look, however often it came back: an
    orbit over a border of two cells is not a hundred looks. Bodies and ends count a body once for cell and
    band, so that the hours add up to distinct bodies.
    """
    known = v.band >= 0
    keys_of = [c[known].astype(np.int64) for c in (v.body, cell, v.band, v.slot)]
    order, first = groups_of(*keys_of)
    if not len(first):
        return cells, np.zeros(0, dtype=np.int64), np.zeros((0, len(COUNTS)), dtype=np.int64)
    inside = np.add.reduceat(v.inside_s[known][order], first)
    heard, opened, ends = (np.logical_or.reduceat(f[known][order], first) for f in (v.heard, v.open, v.ends))
    body, cell, band, slot = (c[order[first]] for c in keys_of)
    look = ~opened & (inside >= rules.min_inside_s)
    key = (cell * N_BANDS + band) * N_SLOTS + slot % N_SLOTS
    use = look | heard
    keys = np.unique(key[use])
    counts = np.zeros((len(keys), len(COUNTS)), dtype=np.int64)
    for i, rows in enumerate((look, look & heard)):
        np.add.at(counts[:, i], np.searchsorted(keys, key[rows]), 1)
    for i, rows in enumerate((heard, heard & ends), 2):  # once a body, in the hour of its first time here
        here = np.flatnonzero(rows)
        _, once = np.unique(
            body[here] * len(cells) * N_BANDS + cell[here] * N_BANDS + band[here], return_index=True
        )
        np.add.at(counts[:, i], np.searchsorted(keys, key[here[once]]), 1)
    return cells, keys, counts


def _table(cells: Array, key: Array, counts: Array, prior: PriorRules) -> pa.Table:
    cell, band, slot = key // (N_BANDS * N_SLOTS), key // N_SLOTS % N_BANDS, key % N_SLOTS
    looks, seen = counts[:, 0], counts[:, 1]
    around, at = np.unique(surroundings_of(cells), return_inverse=True)
    pool = np.zeros((len(around), N_BANDS, 2))
    np.add.at(pool, (at[cell], band), counts[:, :2])
    others = pool[at[cell], band] - counts[:, :2]
    low, high = interval(*posterior(looks, seen, others[:, 0], others[:, 1], prior))
    unmeasured = looks == 0
    names = np.array([f"{c:x}" for c in cells.tolist()], dtype=object)
    columns = {
        "cell": pa.array(names[cell], pa.string()),
        "altitude_band": pa.array(np.array(BANDS, dtype=object)[band], pa.string()),
        "hour_utc": pa.array((slot * (SLOT_S // 3600)).astype(np.int32)),
        "low": pa.array(low, mask=unmeasured),
        "high": pa.array(high, mask=unmeasured),
    } | {name: pa.array(counts[:, i]) for i, name in enumerate(COUNTS)}
    return pa.table([columns[f.name] for f in TABLES["coverage"]], schema=TABLES["coverage"])
