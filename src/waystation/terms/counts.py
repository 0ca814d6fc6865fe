"""What a count says: exact intervals on a Poisson mean, and counts of uncertain things."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["LEVEL", "at_least", "count_distribution", "poisson_interval"]

LEVEL = 0.9  # the level of every interval we print, unless it says otherwise


def poisson_interval(n: int, level: float = LEVEL) -> tuple[float, float]:
    """Equal-tailed interval on the mean behind a count of ``n``, Jeffreys prior Gamma(½, 0).

    The posterior is Gamma(n + ½, 1). With n = 0 the low end is 0 rather than the lower quantile: nothing
    seen must not exclude nothing there (Brown, Cai & DasGupta 2003 make the same exception).
    Returns (low, high) in counts. Divide by an exposure for a rate.
    """
    from scipy.special import gammaincinv

    if n < 0:
        raise ValueError(f"a count cannot be negative: {n}")
    tail = (1.0 - level) / 2.0
    low = 0.0 if n == 0 else float(gammaincinv(n + 0.5, tail))
    return low, float(gammaincinv(n + 0.5, 1.0 - tail))


def count_distribution(probabilities: Iterable[float]) -> NDArray[np.float64]:
    """P(exactly k of these are so), k = 0 … n, for independent events (Poisson binomial).

    Doubtful ones are convolved one by one; certain ones (p = 1) only shift the result.
    """
    p = np.asarray(list(probabilities), dtype=np.float64)
    if np.any((p < 0) | (p > 1) | ~np.isfinite(p)):
        raise ValueError(f"probabilities must lie in 0 … 1: {p[(p < 0) | (p > 1) | ~np.isfinite(p)][:5]}")
    out = np.ones(1)
    for q in p[p < 1.0]:
        out = np.concatenate([out * (1.0 - q), [0.0]]) + np.concatenate([[0.0], out * q])
    return np.concatenate([np.zeros(int(np.count_nonzero(p == 1.0))), out])


def at_least(probabilities: Iterable[float], assurance: float) -> tuple[int, float]:
    """Largest k with P(count ≥ k) ≥ ``assurance``, and that probability. (0, 1.0) where nothing is sure."""
    mass = count_distribution(probabilities)
    tail = np.cumsum(mass[::-1])[::-1]
    k = int(np.flatnonzero(tail >= assurance - 1e-12)[-1])
    return k, float(min(1.0, tail[k]))
