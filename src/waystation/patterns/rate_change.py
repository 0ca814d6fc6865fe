"""When did a rate change? Exact Bayesian change points of a Poisson rate under uncertain exposure.

A segment with C flights in E fully observed days has the marginal likelihood of a Gamma–Poisson

    log m(C, E) = a ln b − lgΓ(a) + lgΓ(a + C) − (a + C) ln(b + E),      a = ½,  b = ½ / mean rate

(the terms that every segmentation shares are left out). The exposure is not known but has an interval:
it is drawn, and evidence is averaged over the draws. docs/rules/changes.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from waystation.patterns.dates import DateInterval, date_interval
from waystation.patterns.recursion import log_sum, number_and_places, settled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["RateChange", "RateChangeRules", "RateTest", "dispersion", "rate_changes"]


@dataclass(frozen=True)
class RateChangeRules:
    """When a change of a rate is one."""

    shape: float = 0.5
    """Of the Gamma prior (Jeffreys); its mean is the rate over the whole period."""
    bayes_factor: float = 10.0
    """Every change must pay this much evidence, as for shares."""
    level: float = 0.9
    """Of the intervals."""
    mean_segment_days: float = 180.0
    """Prior number of changes: Poisson(span / this), as for shares."""
    max_changes: int = 4
    """In one sequence."""
    min_days_each_side: int = 7
    """A rate per week cannot be told from less than one."""
    recursion_draws: int = 10
    """Draws that weigh the number of changes; dates use all of them."""
    max_places: int = 72
    """Days between which the number of changes is weighed."""


@dataclass(frozen=True)
class RateChange:
    """One change: flights a fully observed day before and after, their intervals, P(it rose)."""

    date: DateInterval
    log10_bayes_factor: float
    before: float
    after: float
    before_interval: tuple[float, float]
    after_interval: tuple[float, float]
    p_rose: float


@dataclass(frozen=True)
class RateTest:
    """What was found. ``log10_bayes_factor``: of one change at any date against none; nan: no test."""

    n_flights: float
    log10_bayes_factor: float
    changes: tuple[RateChange, ...] = ()
    overdispersion: float = 1.0


def rate_changes(
    days: Floats,
    counts: Floats,
    exposure: Floats,
    *,
    bunched: float = 1.0,
    seed: int = 0,
    rules: RateChangeRules | None = None,
) -> RateTest:
    """Find the changes of a rate.

    ``days``: starts of consecutive days (n,). ``counts``: flights a day, (draws, n) or (n,). ``exposure``:
    fully observed days in each day, likewise; 0 where nothing could be seen, and counts there are not used.
    Flights that come in bunches count less: counts and exposure are divided by their overdispersion, or by
    ``bunched`` where that is larger: what is known of flights that belong together.
    """
    limits = rules or RateChangeRules()
    e = np.atleast_2d(np.asarray(exposure, dtype=np.float64))
    c = np.where(e > 0, np.atleast_2d(np.asarray(counts, dtype=np.float64)), 0.0)
    draws = max(len(e), len(c))
    e, c = np.broadcast_to(e, (draws, e.shape[1])), np.broadcast_to(c, (draws, c.shape[1]))
    n_flights = float(c.sum(axis=1).mean())
    if len(days) < 2 * limits.min_days_each_side or n_flights <= 0 or not (e.sum(axis=1) > 0).all():
        return RateTest(n_flights, float("nan"))
    spread = max(bunched, dispersion(c.mean(axis=0), e.mean(axis=0)))
    total_c, total_e = _ahead(c / spread), _ahead(e / spread)
    whole = _one(days, total_c, total_e, 0, len(days), limits)
    cuts = _cuts(total_c, total_e, limits)
    found = settled(
        cuts,
        len(days),
        lambda a, b: _one(days, total_c, total_e, a, b, limits),
        limits.bayes_factor,
    )
    rng = np.random.default_rng(seed)
    changes = tuple(_described(f, total_c, total_e, rng, limits) for f in found)
    return RateTest(n_flights, whole.log_bf / np.log(10.0), changes, spread)


def dispersion(counts: Floats, exposure: Floats, width: int = 7) -> float:
    """Variance over mean of weekly counts, at least 1, from differences of neighbouring weeks.

    Differences, so that a change of the rate does not look like bunching. 1 with fewer than 8 pairs of weeks.
    """
    n = len(counts) // width
    c = counts[: n * width].reshape(n, width).sum(axis=1)
    e = exposure[: n * width].reshape(n, width).sum(axis=1)
    good = (e[1:] > 0) & (e[:-1] > 0)
    if good.sum() < 8:
        return 1.0
    a, b, ea, eb = c[:-1][good], c[1:][good], e[:-1][good], e[1:][good]
    spread = (a / ea - b / eb) ** 2
    usual = (a + b) / (ea + eb) * (1 / ea + 1 / eb)
    ratio = spread.sum() / usual.sum() if usual.sum() > 0 else 1.0
    # neighbours share a week, so the ratio of Poisson counts varies like χ² with about 2/3 as many degrees
    noise = np.sqrt(3.0 / good.sum())
    return float(ratio) if ratio > 1.0 + 1.645 * noise else 1.0


def _ahead(x: Floats) -> Floats:
    out = np.zeros((len(x), x.shape[1] + 1))
    np.cumsum(x, axis=1, out=out[:, 1:])
    return out


def _log_m(c: Floats, e: Floats, shape: float, scale: Floats) -> Floats:
    """``scale``: b = shape / mean rate of each draw."""
    out: Floats = (
        shape * np.log(scale) - gammaln(shape) + gammaln(shape + c) - (shape + c) * np.log(scale + e)
    )
    return out


@dataclass(frozen=True)
class _One:
    log_bf: float
    start: Floats
    stop: Floats
    weight: Floats  # (draws, places), adds up to 1
    places: NDArray[np.int64]
    first: int
    last: int


def _one(days: Floats, c: Floats, e: Floats, first: int, last: int, rules: RateChangeRules) -> _One:
    """One change between days ``first`` and ``last`` (indices), at any midnight in between."""
    margin = min(rules.min_days_each_side, (last - first) // 2)
    places = np.arange(first + margin, last - margin + 1)
    scale = _scale(c, e, rules)
    c1, e1 = c[:, places] - c[:, [first]], e[:, places] - e[:, [first]]
    c0, e0 = c[:, [last]] - c[:, [first]], e[:, [last]] - e[:, [first]]
    split = _log_m(c1, e1, rules.shape, scale) + _log_m(c0 - c1, e0 - e1, rules.shape, scale)
    split = np.where((e1 > 0) & (e0 - e1 > 0), split, -np.inf) - np.log(len(places))
    none = _log_m(c0, e0, rules.shape, scale)
    total = log_sum(split)
    at = days[np.minimum(places, len(days) - 1)]
    weight = np.exp(split - total) if np.isfinite(total) else np.zeros_like(split)
    return _One(float(total - log_sum(none)), at - 0.5, at + 0.5, weight, places, first, last)


def _scale(c: Floats, e: Floats, rules: RateChangeRules) -> Floats:
    return np.asarray(rules.shape * e[:, -1:] / np.maximum(c[:, -1:], 0.5), dtype=np.float64)


def _described(
    one: _One, c: Floats, e: Floats, rng: np.random.Generator, rules: RateChangeRules
) -> RateChange:
    flat = one.weight.ravel()
    draw, place = np.divmod(rng.choice(len(flat), size=1000, p=flat / flat.sum()), len(one.places))
    at, scale = one.places[place], _scale(c, e, rules)[draw, 0]
    rates = []
    for a, b in ((one.first, at), (at, one.last)):
        n, days = c[draw, b] - c[draw, a], e[draw, b] - e[draw, a]
        rates.append(rng.standard_gamma(rules.shape + n) / (scale + days))
    tails = ((1 - rules.level) / 2, (1 + rules.level) / 2)
    low_high = [np.quantile(r, tails) for r in rates]
    return RateChange(
        date_interval(one.start, one.stop, one.weight.sum(axis=0), rules.level),
        one.log_bf / np.log(10.0),
        float(rates[0].mean()),
        float(rates[1].mean()),
        (float(low_high[0][0]), float(low_high[0][1])),
        (float(low_high[1][0]), float(low_high[1][1])),
        float((rates[1] > rates[0]).mean()),
    )


def _cuts(c: Floats, e: Floats, rules: RateChangeRules) -> list[int]:
    """Most probable days (indices) of the changes, for the number that the evidence pays for."""
    n = c.shape[1] - 1
    edges = np.unique(np.linspace(0, n, min(n, rules.max_places) + 1).astype(np.int64))
    few = slice(0, rules.recursion_draws)
    i, j = np.nonzero(edges[None, :] - edges[:, None] >= rules.min_days_each_side)
    c_in = c[few][:, edges[j]] - c[few][:, edges[i]]
    e_in = e[few][:, edges[j]] - e[few][:, edges[i]]
    score = np.where(e_in > 0, _log_m(c_in, e_in, rules.shape, _scale(c, e, rules)[few]), -np.inf)
    log_m = np.full((len(edges), len(edges)), -np.inf)
    log_m[i, j] = log_sum(score, axis=0) - np.log(len(score))
    log_prior = np.full(len(edges), -np.log(max(1, len(edges) - 2)))
    log_prior[[0, -1]] = -np.inf
    cuts, _ = number_and_places(
        log_m,
        log_prior,
        most=rules.max_changes,
        mean_number=n / rules.mean_segment_days,
        bayes_factor=rules.bayes_factor,
    )
    return [int(edges[k]) for k in cuts]
