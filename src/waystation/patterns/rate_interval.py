"""The interval on a rate when neither the count nor the exposure is known for sure.

    count      each flight is the subject's with its own probability     Poisson binomial
    mean       behind a count k, Jeffreys                                Gamma(k + ½)
    exposure   a Beta share of the window, mean and limits as given      Beta(a, b)
    rate       mean / exposure

The three are drawn together at the points of one fixed, evenly spread sequence: the same input gives the same
figures, in any order of rows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waystation.terms.counts import LEVEL, count_distribution, poisson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Exposed", "exposure_draws", "rate_interval"]

Floats = NDArray[np.float64]
N: Final = 2048
_TAIL_SPAN: Final = 2 * 1.6448536269514722  # standard deviations between the 5 % and the 95 % point
_CERTAIN: Final = 1e-9


class Exposed(NamedTuple):
    """Fully observed days of a window of ``days``: mean and 90 % limits."""

    days: float
    mean: float
    low: float
    high: float


def rate_interval(
    probabilities: Sequence[float], exposed: Exposed, level: float = LEVEL
) -> tuple[float, float, float]:
    """Return (flights a day, low, high). ``probabilities``: of each flight to be the subject's.

    The rate is expected flights over mean exposure. With no flight for sure the low end is 0, as in
    ``poisson_interval``, which this equals where nothing is uncertain.
    """
    expected = float(sum(probabilities))
    doubtful = [p for p in probabilities if _CERTAIN < p < 1.0 - _CERTAIN]
    sure = sum(p >= 1.0 - _CERTAIN for p in probabilities)
    if not doubtful and exposed.high - exposed.low <= _CERTAIN * exposed.mean:
        low, high = poisson_interval(sure, level)
        return sure / exposed.mean, low / exposed.mean, high / exposed.mean
    u = _points()
    count = sure + np.searchsorted(np.cumsum(count_distribution(doubtful)), u[0] * (1.0 - 1e-12))
    exposure = exposure_draws(exposed)
    kinds, at = np.unique(count, return_inverse=True)
    rate = np.stack([_means(int(k)) for k in kinds])[at, np.arange(N)] / exposure
    tail = (1.0 - level) / 2.0
    low = float(np.quantile(np.where(count == 0, 0.0, rate), tail))
    return expected / exposed.mean, low, float(np.quantile(rate, 1.0 - tail))


def exposure_draws(exposed: Exposed) -> Floats:
    """Return draws of the fully observed days: a Beta share of the window with this mean and spread."""
    mean = min(max(exposed.mean / exposed.days, 1e-6), 1.0 - 1e-9)
    spread = (exposed.high - exposed.low) / exposed.days / _TAIL_SPAN
    return exposed.days * _shares(round(mean, 12), round(spread, 12))


@lru_cache(maxsize=4096)
def _shares(mean: float, spread: float) -> Floats:
    from scipy.special import betaincinv

    if spread <= _CERTAIN:
        return np.full(N, mean)
    size = max(mean * (1.0 - mean) / spread**2 - 1.0, 0.5)
    nodes = (np.arange(64) + 0.5) / 64
    drawn = np.interp(_points()[2], nodes, betaincinv(mean * size, (1.0 - mean) * size, nodes))
    return np.asarray(np.maximum(drawn, 1e-9))


@lru_cache(maxsize=4096)
def _means(count: int) -> Floats:
    from scipy.special import gammaincinv

    return np.asarray(gammaincinv(count + 0.5, _points()[1]), dtype=np.float64)


@lru_cache(maxsize=1)
def _points() -> Floats:
    """3 × N numbers in 0 … 1: the additive sequence of the generalised golden ratio (Roberts 2018)."""
    golden = 1.2207440846057596  # root of x⁴ = x + 1
    return (0.5 + np.arange(1, N + 1) * (1.0 / golden ** np.arange(1, 4))[:, None]) % 1.0
