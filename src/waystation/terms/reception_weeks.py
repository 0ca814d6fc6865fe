"""Reception week by week: questions to the table ``coverage_weeks``.

What is known of one cell, band and week is a Beta distribution: its own looks, on a prior that the other
weeks of the same cell and band give (worth ten looks at most), that on what the whole way gives (one look).
A week in which a busy cell, or a way, has lost most of its looks borrows nothing: where all traffic falls
silent for more than an hour there are no looks at all, and the other weeks would vouch for receivers that are
gone.

Chances to be heard are carried as exponents of silence, x = -ln(1 - p), which add up along a way. Their mean
and variance under a Beta distribution are exact (digamma and trigamma differences).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waystation.terms.cells import BANDS, N_BANDS, cell_number, numbers_of
from waystation.terms.reception import PriorRules

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Exponents", "WeekReception", "WeekRules", "exponents_at", "week_reception_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_PRIOR = PriorRules()
_GRID = np.linspace(0.03, 1.2, 40)  # of ``persistence``; beyond 1 so that 1 is not an edge that pulls it down


@dataclass(frozen=True)
class WeekRules:
    """When a week speaks for itself."""

    prior: PriorRules = _PRIOR
    busy_looks: float = 10.0  # a cell with fewer looks a week can lose them by chance
    way_looks: float = 3.0  # all cells of a way: with so many expected, none is no accident
    lost_share: float = 0.2  # of the usual looks: below it the traffic that was heard there is gone
    part_of_week: float = 0.5  # an archive that holds less of a week needs a look of that week on the way
    archive_looks: int = 100  # of a week, everywhere: below it the archive held next to nothing


@dataclass(frozen=True)
class WeekReception:
    """An index over ``coverage_weeks``: k cells × bands × n weeks."""

    cells: NDArray[np.uint64]  # sorted
    mondays: Ints  # days since 1970, sorted
    looks: Ints  # k × bands × n
    seen: Ints
    persistence: float  # c: silence after silence has chance (1 - p)^c; 1 = cells are independent
    persistence_sd: float


class Exponents(NamedTuple):
    """Of m cells in n weeks: x = -ln(1 - p), nan where nothing was measured."""

    mean: Floats  # m × n
    variance: Floats
    borrowed: Floats  # share of what is known that other weeks say, 0 to 1
    usual: Floats  # m: the mean over all weeks together, nan where never measured
    looks: Ints  # m: in all weeks


def week_reception_of(coverage_weeks: pa.Table) -> WeekReception:
    """Build the index."""
    import pyarrow as pa

    cells, cell = np.unique(numbers_of(coverage_weeks.column("cell"), cell_number), return_inverse=True)
    band = numbers_of(coverage_weeks.column("altitude_band"), BANDS.index).astype(np.int64)
    days = coverage_weeks.column("week_utc").cast(pa.int32()).to_numpy().astype(np.int64)
    mondays, week = np.unique(days, return_inverse=True)
    counts = np.zeros((4, len(cells), N_BANDS, len(mondays)), dtype=np.int64)
    for i, name in enumerate(("looks", "seen", "after_silence", "after_silence_seen")):
        np.add.at(counts[i], (cell, band, week), coverage_weeks.column(name).to_numpy())
    looks, seen = counts[:2].sum(axis=3)
    after, after_seen = counts[2:].sum(axis=3)
    use = after > 0
    poor = np.array([looks[use].sum(), seen[use].sum()])
    mean = (seen + poor[1] / max(poor[0], 1)) / (looks + 1.0)
    c, sd = _persistence(after[use], after_seen[use], mean[use])
    return WeekReception(cells, mondays, counts[0], counts[1], c, sd)


def _persistence(after: Ints, seen: Ints, mean: Floats) -> tuple[float, float]:
    """Posterior mean and spread of c over a flat prior, from looks that follow an unseen one."""
    x = -np.log1p(-np.clip(mean, 1e-6, 1 - 1e-6))
    silent = np.exp(-_GRID[:, None] * x)
    log_likelihood = ((after - seen) * np.log(silent) + seen * np.log1p(-silent)).sum(axis=1)
    weight = np.exp(log_likelihood - log_likelihood.max())
    weight /= weight.sum()
    c = float(weight @ _GRID)
    return c, float(np.sqrt(weight @ (_GRID - c) ** 2))


def exponents_at(
    r: WeekReception,
    cells: NDArray[np.uint64],
    bands: Ints,
    mondays: Ints,
    present: Floats,
    rules: WeekRules = WeekRules(),
) -> Exponents:
    """Return the exponents of m cells and bands in n weeks.

    ``mondays``: days since 1970. ``present``: the share of each week that the archive holds, for what looks
    to expect.
    """
    from scipy.special import digamma, polygamma

    place = np.minimum(np.searchsorted(r.cells, cells), max(len(r.cells) - 1, 0))
    there = r.cells[place] == cells if len(r.cells) else np.zeros(len(cells), dtype=np.bool_)
    own = [np.zeros((len(cells), len(mondays)), dtype=np.int64) for _ in range(2)]
    total = np.zeros((2, len(cells)), dtype=np.int64)
    known, at = np.isin(mondays, r.mondays), np.searchsorted(r.mondays, mondays)
    for i, counts in enumerate((r.looks, r.seen)):
        rows = counts[place[there], bands[there]]
        total[i, there] = rows.sum(axis=1)
        own[i][np.ix_(there, known)] = rows[:, at[known]]
    looks, seen = own
    expected, on_way = present * _usual(looks, present), looks.sum(axis=0, keepdims=True)
    lost = (expected >= rules.busy_looks) & (looks < rules.lost_share * expected)
    expected = present * _usual(on_way, present)
    lost |= (expected >= rules.way_looks) & (on_way < rules.lost_share * expected)
    lost |= (on_way == 0) & (present < rules.part_of_week)
    every = np.zeros(len(mondays), dtype=np.int64)
    every[known] = r.looks.sum(axis=(0, 1))[at[known]]
    lost |= every < rules.archive_looks
    others = total[:, :, None] - np.stack([looks, seen])
    a, b, strength = _posterior(own, others, total, rules)
    unknown = lost | (total[0] == 0)[:, None]
    mean = np.where(unknown, np.nan, digamma(a + b) - digamma(b))
    variance = np.where(unknown, np.nan, polygamma(1, b) - polygamma(1, a + b))
    borrowed = strength / (strength + looks)
    way = _way_mean(total, rules)
    a, b = total[1] + way, total[0] - total[1] + 1.0 - way
    usual = np.where(total[0] == 0, np.nan, digamma(a + b) - digamma(b))
    return Exponents(mean, variance, borrowed, usual, total[0])


def _way_mean(total: Ints, rules: WeekRules) -> float:
    looks, seen = total.sum(axis=1)
    return float((seen + rules.prior.jeffreys) / (looks + 2 * rules.prior.jeffreys))


def _posterior(own: list[Ints], others: Ints, total: Ints, rules: WeekRules) -> tuple[Floats, Floats, Floats]:
    """Return a and b of each cell and week, and how many looks its prior is worth.

    One look is worth what the whole way says, up to ten what the cell's other weeks say. Jeffreys' half look
    is given once, to the way: given to each of twenty silent cells, it would make a way well heard.
    """
    mean = (others[1] + _way_mean(total, rules)) / (others[0] + 1.0)
    strength = np.maximum(1.0, np.minimum(others[0], rules.prior.strength))
    return own[1] + strength * mean, own[0] - own[1] + strength * (1.0 - mean), strength


def _usual(looks: Ints, present: Floats) -> Floats:
    """Return the looks of a whole week: what three of four weeks do not reach, or the mean: m × 1."""
    held = present > 0
    if not held.any():
        return np.zeros((len(looks), 1))
    share = np.maximum(present[held], 1 / 7)
    most = np.quantile(looks[:, held] / share, 0.75, axis=1)
    return np.asarray(np.maximum(most, looks[:, held].sum(axis=1) / share.sum())[:, None])
