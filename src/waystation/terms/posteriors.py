"""What counted things say of a share, and an interval of a chance."""

from __future__ import annotations

import numpy as np

from waystation.terms.counts import LEVEL

__all__ = ["chance_above", "share_interval"]


def share_interval(part: float, whole: float, level: float = LEVEL) -> tuple[float, float]:
    """Equal-tailed interval on a share, Jeffreys prior: Beta(part + ½, whole − part + ½).

    ``part`` of ``whole`` may be sums of probabilities. With none or all the bound is 0 or 1, as for counts.
    """
    from scipy.special import betaincinv

    if not 0.0 <= part <= whole + 1e-9:
        raise ValueError(f"a part lies between none and all: {part} of {whole}")
    rest = max(whole - part, 0.0)
    tail = (1.0 - level) / 2.0
    low = 0.0 if part == 0 else float(betaincinv(part + 0.5, rest + 0.5, tail))
    return low, 1.0 if rest == 0 else float(betaincinv(part + 0.5, rest + 0.5, 1.0 - tail))


def chance_above(bound: float, low: float, high: float, level: float = LEVEL) -> float:
    """P(rate > ``bound``) for the Gamma distribution with the equal-tailed interval ``low`` … ``high``.

    Such an interval is what a count with exposure leaves of a rate; whatever widened it (an exposure that
    is itself uncertain) widens this too. A low end of 0 stands for a count of none: shape ½.
    """
    from scipy.optimize import brentq
    from scipy.special import gammaincc, gammaincinv

    if not 0.0 <= low < high:
        raise ValueError(f"not an interval of a rate: {low} to {high}")
    tail = (1.0 - level) / 2.0

    def spread(log_shape: float) -> float:
        a = np.exp(log_shape)
        return float(np.log(gammaincinv(a, 1 - tail)) - np.log(gammaincinv(a, tail)) - np.log(high / low))

    narrow = low > 0.0 and spread(float(np.log(0.1))) > 0
    shape = 0.5 if not narrow else float(np.exp(brentq(spread, np.log(0.1), np.log(1e9))))
    scale = high / float(gammaincinv(shape, 1 - tail))
    return float(gammaincc(shape, bound / scale))
