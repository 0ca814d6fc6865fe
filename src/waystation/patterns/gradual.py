"""Was it a step or a drift? A change on one date against a share that slides over weeks, on the same visits.

Categories are put together into those that rose and the rest, so a unit is a yes or a no. Under both the
share goes from θ₀ to θ₁, each Beta(½, ½) before the data; a step does so at once, a drift in a straight line
over ``durations_days``, and the middle may fall anywhere in the window with equal probability. The Beta
integrals are Gauss–Chebyshev sums, for that quadrature has exactly the weights of the arcsine law.
docs/rules/changes.md
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import gammaln

from waystation.patterns.dates import DateInterval, date_interval
from waystation.patterns.recursion import evidences, log_sum
from waystation.terms.drifts import GRADUAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_AT_ONCE: Final = 16  # places: their evidences stay in the processor's cache

__all__ = ["Drift", "DriftRules", "drift_of", "drift_text"]


@dataclass(frozen=True)
class DriftRules:
    """What counts as a drift, and when one is told from a step."""

    durations_days: tuple[float, ...] = (28.0, 56.0, 112.0, 182.0)
    """Four weeks to half a year, equally probable: shorter is a step to a weekly count, longer is a trend."""
    bayes_factor: float = 10.0
    """What either has to have over the other to be said (the price of a change too)."""
    nodes: int = 64
    """Of each Beta integral; a hundred visits and more are still resolved."""
    levels: int = 20
    """Steps into which the way from θ₀ to θ₁ is cut: units on the way are put to the nearest."""
    places: int = 128
    """Dates that the middle may have, evenly over the window."""
    step_places: int = 512
    """Dates that a step may have: it is dated by single visits, where a drift is not."""
    draws: int = 10
    """Of doubtful labels, evenly chosen; the mean of their logs counts."""
    level: float = 0.9
    """Of the interval on the middle."""


@dataclass(frozen=True)
class Drift:
    """A drift against so many steps: log10 of the Bayes factor (nan: nothing to test), and what it was.

    ``log10_against_none``: against shares that stay. ``days``: its most probable duration. ``middle``: when
    half of it was done.
    """

    log10_bayes_factor: float
    log10_against_none: float = float("nan")
    days: float = float("nan")
    middle: DateInterval | None = None

    def told(self, rules: DriftRules | None = None) -> bool:
        """Whether it fits so much better that it is said."""
        return self.log10_bayes_factor > math.log10((rules or DriftRules()).bayes_factor)


def drift_of(
    times: Floats,
    labels: Ints,
    rose: NDArray[np.bool_],
    window: tuple[float, float],
    *,
    steps: int = 1,
    spread: float = 1.0,
    rules: DriftRules | None = None,
) -> Drift:
    """Weigh one drift against ``steps`` steps within ``window``.

    ``times``: days (n,). ``labels``: (draws, n), −1 for no unit. ``rose``: per category. ``window``: days,
    between the changes before and after. ``spread``: units that stand for one independent unit.
    """
    limits = rules or DriftRules()
    inside = (times >= window[0]) & (times < window[1])
    chosen = np.linspace(0, len(labels) - 1, min(len(labels), limits.draws)).astype(np.int64)
    if not inside.any() or window[1] <= window[0] or not len(chosen):
        return Drift(float("nan"))
    middle = np.linspace(*window, limits.places + 1)
    centre = (middle[1:] + middle[:-1]) / 2.0
    place = window[0] + (np.arange(limits.step_places) + 0.5) / limits.step_places * (window[1] - window[0])
    edge = np.r_[-np.inf, place, np.inf]
    t = times[inside]
    log_shares = _log_shares(limits) / spread
    found = []
    for row in labels[chosen]:
        unit = row[inside] >= 0
        at, yes = t[unit], rose[row[inside][unit]]
        before = np.array([np.searchsorted(at[yes], edge), np.searchsorted(at[~yes], edge)]).T / spread
        found.append((_drifts(at, yes, centre, log_shares, limits), *_steps(before, steps)))
    drifts = np.mean([f[0] for f in found], axis=0)  # (durations, places), of logs: no lucky draw decides
    stepped, none = (float(np.mean([f[k] for f in found])) for k in (1, 2))
    whole = float(log_sum(drifts.ravel()) - np.log(drifts.size))
    mass = np.exp(log_sum(drifts, axis=0) - log_sum(drifts.ravel()))
    return Drift(
        (whole - stepped) / np.log(10.0),
        (whole - none) / np.log(10.0),
        limits.durations_days[int(np.argmax(log_sum(drifts, axis=1)))],
        date_interval(middle[:-1], middle[1:], mass, limits.level),
    )


def _log_shares(rules: DriftRules) -> Floats:
    """Log share of a yes at every level of the way, below those of a no: (2 × levels, θ₀ × θ₁)."""
    theta = (1.0 - np.cos((2.0 * np.arange(rules.nodes) + 1.0) * np.pi / (2.0 * rules.nodes))) / 2.0
    way = np.linspace(0.0, 1.0, rules.levels + 1)[:, None, None]
    share = ((1.0 - way) * theta[:, None] + way * theta).reshape(rules.levels + 1, -1)
    return np.concatenate([np.log(share), np.log1p(-share)])


def _drifts(
    t: Floats, yes: NDArray[np.bool_], centre: Floats, log_shares: Floats, rules: DriftRules
) -> Floats:
    """Log evidence of a drift, by duration and place of its middle."""
    n_levels = rules.levels + 1
    cells = 2 * n_levels * np.arange(len(centre))[:, None] + n_levels * ~yes
    drifts = np.empty((len(rules.durations_days), len(centre)))
    for of_duration, days in zip(drifts, rules.durations_days, strict=True):
        gone = np.clip((t - centre[:, None]) / days + 0.5, 0.0, 1.0)
        cell = np.rint(gone * rules.levels).astype(np.int64) + cells
        counts = np.bincount(cell.ravel(), minlength=2 * n_levels * len(centre)).astype(np.float64)
        counts = counts.reshape(len(centre), -1)
        for k in range(0, len(centre), _AT_ONCE):
            logs = counts[k : k + _AT_ONCE] @ log_shares
            top = logs.max(axis=1, keepdims=True)
            logs -= top
            np.exp(logs, out=logs)
            of_duration[k : k + _AT_ONCE] = np.log(logs.sum(axis=1)) + top[:, 0]
    return np.asarray(drifts - 2.0 * np.log(rules.nodes))


def _steps(counts: Floats, steps: int) -> tuple[float, float]:
    """Log evidence of exactly so many steps, and of none. ``counts``: yes and no before each edge (e, 2)."""
    between = counts[None, :, :] - counts[:, None, :]
    n = between.sum(axis=-1)
    log_m = gammaln(0.5 + between.clip(0)).sum(axis=-1) - 2 * gammaln(0.5) - gammaln(1.0 + n.clip(0))
    log_m[np.tril_indices(len(counts))] = -np.inf
    n_places = len(counts) - 2
    log_prior = np.full(len(counts), -np.inf)
    log_prior[1:-1] = -np.log(n_places)
    logs = evidences(log_m, log_prior, steps)
    return float(logs[min(steps, len(logs) - 1)]), float(logs[0])


def drift_text(drift: Drift, rules: DriftRules | None = None) -> str:
    """Say which of the two it was, if that can be said."""
    limits = rules or DriftRules()
    log10 = drift.log10_bayes_factor
    if not np.isfinite(log10):
        return ""
    least, longest = min(limits.durations_days), max(limits.durations_days)
    if drift.told(limits):
        return (
            f"{GRADUAL} {drift.days:.0f} days fits better than a step on one date "
            f"(Bayes factor {_factor(log10)}), and the date is its middle"
        )
    if -log10 > np.log10(limits.bayes_factor):
        return (
            f"a step on one date fits better than a drift over {least:.0f} to {longest:.0f} days "
            f"(Bayes factor {_factor(-log10)})"
        )
    return f"a step and a drift over {least:.0f} to {longest:.0f} days cannot be told apart"


def _factor(log10: float) -> str:
    return "over 1000" if log10 > 3 else f"{10**log10:.0f}"
