"""Trends: how the odds of a country's share of the departures move, week by week.

A straight line in log odds, fitted to weekly counts. The posterior is summed on a grid (the line's middle and
its rise over the whole span), not approximated, so that a share of 0 or 1 is no trouble. Weeks that scatter
more than counts do lower the evidence of each. docs/rules/trends.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from waystation.patterns.asked import time_of
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from waystation.patterns.asked import ShareAsked

    Floats = NDArray[np.float64]

__all__ = ["Trend", "TrendRules", "trend_of", "trends_of", "trends_table"]

_MONDAY = 4  # 1970-01-05


@dataclass(frozen=True)
class TrendRules:
    """How a line is fitted."""

    level: float = 0.9
    """Of the interval on the odds ratio."""
    rise_sd: float = 3.0
    """Prior sd of the rise over the whole span, in log odds: 95 % within a factor e⁶ = 400 of the odds."""
    middle_sd: float = 3.0
    """Prior sd of the log odds at mid-span."""
    min_weeks: int = 4
    """With departures; fewer make no line."""
    steps: int = 61
    """Of the grid, each way."""


@dataclass(frozen=True)
class Trend:
    """Odds ratio per week with its interval, fitted shares of the first and last week, P(rising)."""

    odds_ratio: float
    low: float
    high: float
    first_share: float
    last_share: float
    p_rising: float


def trend_of(weeks: Floats, own: Floats, total: Floats, rules: TrendRules | None = None) -> Trend | None:
    """Fit a line to the log odds of ``own`` of ``total`` units a week; None with too few weeks.

    ``weeks``: numbers of the weeks, ascending; empty weeks may be there or not.
    """
    limits = rules or TrendRules()
    used = total > 0
    x, y, n = weeks[used], own[used], total[used]
    if len(x) < limits.min_weeks or x[-1] <= x[0]:
        return None
    span = float(x[-1] - x[0])
    place = (x - x[0]) / span - 0.5
    middle = np.linspace(-4 * limits.middle_sd, 4 * limits.middle_sd, limits.steps)
    rise = np.linspace(-4 * limits.rise_sd, 4 * limits.rise_sd, limits.steps)
    for _ in range(2):  # the second time around where the first found the mass
        weight = _posterior(place, y, n, middle, rise, limits)
        middle, rise = _closer(middle, weight.sum(axis=1)), _closer(rise, weight.sum(axis=0))
    weight = _posterior(place, y, n, middle, rise, limits)
    share = (
        weight[:, :, None] * _inverse(middle[:, None, None] + rise[None, :, None] * np.array([-0.5, 0.5]))
    ).sum(axis=(0, 1))
    mass = weight.sum(axis=0)
    tails = ((1 - limits.level) / 2, 0.5, (1 + limits.level) / 2)
    low, mid, high = (_quantile(rise, mass, q) / span for q in tails)
    p = float(mass[rise > 0].sum() + 0.5 * mass[rise == 0].sum())
    odds = np.exp([mid, low, high])
    return Trend(float(odds[0]), float(odds[1]), float(odds[2]), float(share[0]), float(share[1]), p)


def _inverse(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -40, 40)))


def _posterior(x: Floats, y: Floats, n: Floats, middle: Floats, rise: Floats, rules: TrendRules) -> Floats:
    logit = middle[:, None, None] + rise[None, :, None] * x
    p = np.clip(_inverse(logit), 1e-12, 1 - 1e-12)
    fit = (y * np.log(p) + (n - y) * np.log1p(-p)).sum(axis=2)
    prior = -0.5 * ((middle / rules.middle_sd)[:, None] ** 2 + (rise / rules.rise_sd)[None, :] ** 2)
    best = np.unravel_index(int(np.argmax(fit + prior)), fit.shape)
    fit = fit / _scatter(y, n, p[best]) + prior
    out = np.exp(fit - fit.max())
    return np.asarray(out / out.sum(), dtype=np.float64)


def _scatter(y: Floats, n: Floats, p: Floats) -> float:
    """Pearson's variance ratio of the weeks around the line, at least 1."""
    usual = n * p * (1 - p)
    expected = usual > 0.05  # a week that hardly could show the country says nothing of scatter
    free = int(expected.sum()) - 2
    return max(1.0, float((((y - n * p) ** 2)[expected] / usual[expected]).sum() / free)) if free > 0 else 1.0


def _closer(grid: Floats, mass: Floats) -> Floats:
    mean = float((grid * mass).sum())
    sd = float(np.sqrt(((grid - mean) ** 2 * mass).sum())) + (grid[1] - grid[0])
    return np.linspace(mean - 6 * sd, mean + 6 * sd, len(grid))


def _quantile(grid: Floats, mass: Floats, q: float) -> float:
    half = np.cumsum(mass) - 0.5 * mass
    return float(np.interp(q, half, grid))


def trends_of(asked: ShareAsked, rules: TrendRules | None = None) -> Iterator[dict[str, Any]]:
    """Yield a row per subject over the whole span, and one from each event on. Weeks begin on Monday."""
    units = asked.drawn
    if not asked.trend or not len(units.times):
        return
    week = np.floor((units.times - _MONDAY) / 7.0)
    starts = {float("-inf"), *(float((e.date - time_of(0.0).date()).days) for e in asked.events)}
    for start in sorted(starts):
        inside = units.times >= start
        if not inside.any():
            continue
        numbers, place = np.unique(week[inside], return_inverse=True)
        labels = units.labels[:, inside]
        total = np.bincount(place, weights=(labels >= 0).mean(axis=0)).astype(np.float64)
        for k, subject in enumerate(asked.subjects):
            own = np.bincount(place, weights=(labels == k).mean(axis=0)).astype(np.float64)
            trend = trend_of(numbers, own, total, rules) if subject else None
            if trend is None:
                continue
            yield {
                "subject": subject,
                "from_utc": time_of(max(start, numbers[0] * 7 + _MONDAY)),
                "to_utc": time_of(numbers[-1] * 7 + _MONDAY + 7),
                "n_expected": float(own.sum()),
                "first_share": trend.first_share,
                "last_share": trend.last_share,
                "odds_ratio_per_week": trend.odds_ratio,
                "low": trend.low,
                "high": trend.high,
                "probability_rising": trend.p_rising,
            }


def trends_table(rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Return ``trends``, by subject and start."""
    return pa.Table.from_pylist(
        sorted(rows, key=lambda r: (r["subject"], r["from_utc"])), schema=TABLES["trends"]
    )
