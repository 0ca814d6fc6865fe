"""When did shares change? Exact Bayesian change points of a categorical sequence, uniform in time.

One segment of counts C over K categories has the marginal likelihood of a Dirichlet(½)–multinomial

    log m(C) = lgΓ(A) − lgΓ(A + n) + Σ [lgΓ(½ + C_k) − lgΓ(½)],      A = K/2

A change may fall anywhere in time with equal probability, so a gap between two neighbours weighs its length
times m(before)·m(after). Several changes: Fearnhead's recursion (2006) over the number of changes.
Uncertain labels come as draws, one row a draw. docs/rules/changes.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import eigh
from scipy.special import gammaln

from waystation.patterns.dates import DateInterval, date_interval
from waystation.patterns.recursion import log_sum, number_and_places, settled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "ShareChange",
    "ShareRules",
    "ShareTest",
    "design_effect",
    "levels",
    "log_evidence",
    "share_changes",
]


@dataclass(frozen=True)
class ShareRules:
    """When a change of shares is one."""

    prior_count: float = 0.5
    """Of each category (Jeffreys): says least about the shares."""
    min_units_each_side: int = 3
    """Fewer cannot show a share; one odd last visit after a long silence is no change."""
    bayes_factor: float = 10.0
    """Every change must pay this much evidence ("strong" for Jeffreys, 1961)."""
    level: float = 0.9
    """Of the interval on the date and on the shares."""
    mean_segment_days: float = 180.0
    """Prior number of changes: Poisson(span / this). Half a year between two moves of a hub."""
    max_changes: int = 5
    """In one sequence; more would be a trend or noise."""
    max_blocks: int = 256
    """Places between which the number of changes is weighed; dates are refined unit by unit after."""
    recursion_draws: int = 20
    """Draws of the labels that weigh the number of changes; dates use all of them."""
    samples: int = 1000
    """Of the shares before and after."""


@dataclass(frozen=True)
class ShareChange:
    """One change. Arrays run over categories: mean share, its interval, P(the share rose)."""

    date: DateInterval
    log10_bayes_factor: float
    before: Floats
    after: Floats
    before_interval: Floats
    after_interval: Floats
    p_rose: Floats
    counts_before: Floats  # of independent units
    counts_after: Floats


@dataclass(frozen=True)
class ShareTest:
    """What was found. ``log10_bayes_factor``: of one change at any date against none; nan: no test."""

    n_units: float
    log10_bayes_factor: float
    changes: tuple[ShareChange, ...] = ()
    p_number: tuple[float, ...] = ()
    design_effect: float = 1.0


def log_evidence(counts: Floats | Ints, prior: float = 0.5) -> Floats:
    """Log marginal likelihood of counts (…, K) under Dirichlet(prior)–multinomial, of one given order."""
    counts = np.asarray(counts, dtype=np.float64)
    total = prior * counts.shape[-1]
    ways = gammaln(prior + counts).sum(axis=-1) - counts.shape[-1] * gammaln(prior)
    return np.asarray(gammaln(total) - gammaln(total + counts.sum(axis=-1)) + ways, dtype=np.float64)


def share_changes(
    times: Floats,
    labels: Ints,
    n_categories: int,
    *,
    groups: Ints | None = None,
    seed: int = 0,
    rules: ShareRules | None = None,
) -> ShareTest:
    """Find the changes in a sequence of categories.

    ``times``: days, ascending (n,). ``labels``: (draws, n), 0 … n_categories − 1, or −1 for "not a unit in
    this draw". ``groups``: (n,) which units hang together; where they do, each counts less. Deterministic
    for a given seed. Too few units, one category or no time: nothing to test.
    """
    limits = rules or ShareRules()
    n_units = float((labels >= 0).sum() / max(1, len(labels)))
    enough = n_units >= 2 * limits.min_units_each_side and n_categories > 1
    if not enough or times[-1] <= times[0]:
        return ShareTest(n_units, float("nan"))
    spread = 1.0 if groups is None else design_effect(labels[0], groups, n_categories)
    table = _Table(n_categories, labels.shape[1], limits.prior_count, spread)
    cuts, p_number = _cuts(times, labels, table, limits)
    whole = _one(times, labels, table, limits)
    found = settled(
        cuts, len(times), lambda a, b: _one(times[a:b], labels[:, a:b], table, limits), limits.bayes_factor
    )
    rng = np.random.default_rng(seed)
    changes = tuple(_described(f, spread, rng, limits) for f in found)
    return ShareTest(n_units, whole.log_bf / np.log(10.0), changes, p_number, spread)


class _Table:
    """Looked-up log-gammas: counts are whole, so each is computed once; one unit counts 1 / ``spread``."""

    def __init__(self, k: int, n: int, prior: float, spread: float) -> None:
        whole = np.arange(n + 1) / spread
        self.spread = spread
        self.k = k
        self.part = gammaln(prior + whole) - gammaln(prior)
        self.total = gammaln(prior * k) - gammaln(prior * k + whole)

    def log_m(self, counts: Ints) -> Floats:
        out: Floats = self.total[counts.sum(axis=-1)] + self.part[counts].sum(axis=-1)
        return out


def _cumulated(labels: Ints, k: int) -> Ints:
    """Counts of each category before each unit: (n + 1, k)."""
    out = np.zeros((len(labels) + 1, k), dtype=np.int64)
    np.cumsum(labels[:, None] == np.arange(k), axis=0, out=out[1:])
    return out


@dataclass(frozen=True)
class _One:
    """One change in one window: evidence, gaps and their mass, and per draw where it may be."""

    log_bf: float
    start: Floats
    stop: Floats
    mass: Floats
    by_draw: tuple[tuple[Ints, Floats], ...]


def _one(times: Floats, labels: Ints, table: _Table, rules: ShareRules) -> _One:
    gaps = np.diff(times)
    log_prior = np.log(gaps, out=np.full(len(gaps), -np.inf), where=gaps > 0) - np.log(gaps.sum() or 1.0)
    bayes, mass, by_draw = [], np.zeros(len(gaps)), []
    for row in labels:
        counts = _cumulated(row, table.k)
        early, late = counts[1:-1], counts[-1] - counts[1:-1]
        score = table.log_m(early) + table.log_m(late) + log_prior
        least = np.minimum(early.sum(axis=1), late.sum(axis=1))
        score[least < rules.min_units_each_side] = -np.inf
        total = log_sum(score) if len(score) else -np.inf
        bayes.append(float(total - table.log_m(counts[-1])))
        if np.isfinite(total):
            here = np.exp(score - total)
            mass += here
            by_draw.append((counts, here))
    # the mean of logs over the draws: no single lucky set of labels makes a change
    log_bf = float(np.mean(bayes)) if len(by_draw) == len(labels) else -np.inf
    return _One(log_bf, times[:-1], times[1:], mass, tuple(by_draw))


def design_effect(labels: Ints, groups: Ints, n_categories: int) -> float:
    """By how much the evidence of units that come in groups has to be cut: 1 if they might as well be alone.

    The largest ratio, over all contrasts of categories, of the variance between groups to that of independent
    units; from differences of neighbouring groups, so that a change does not look like correlation; less
    half of what chance alone would show; at most the mean size of a unit's group.
    """
    kept = labels >= 0
    _, first, inverse = np.unique(groups[kept], return_index=True, return_inverse=True)
    counts = np.zeros((len(first), n_categories))
    np.add.at(counts, (inverse, labels[kept]), 1.0)
    counts = counts[np.argsort(first, kind="stable")]
    size = counts.sum(axis=1)
    if len(counts) < 10 or size.max() <= 1:
        return 1.0
    p = (counts.sum(axis=0) + 0.5) / (size.sum() + 0.5 * n_categories)
    steps = np.diff(counts - size[:, None] * p, axis=0)
    between = (steps.T @ steps / (2 * len(steps)))[:-1, :-1]
    alone = (size.mean() * (np.diag(p) - np.outer(p, p)))[:-1, :-1]
    ratio = float(eigh(between, alone, eigvals_only=True)[-1])
    chance = 1.0 + np.sqrt((n_categories - 1) / len(counts))
    return float(np.clip(ratio / chance, 1.0, (size**2).sum() / size.sum()))


def _described(one: _One, spread: float, rng: np.random.Generator, rules: ShareRules) -> ShareChange:
    each = -(-rules.samples // len(one.by_draw))
    early, late = [], []
    for counts, here in one.by_draw:
        at = rng.choice(len(here), size=each, p=here / here.sum()) + 1
        early.append(counts[at])
        late.append(counts[-1] - counts[at])
    before, after = np.concatenate(early) / spread, np.concatenate(late) / spread
    return ShareChange(
        date=date_interval(one.start, one.stop, one.mass, rules.level),
        log10_bayes_factor=one.log_bf / np.log(10.0),
        **levels(before, after, rng, rules),
        counts_before=before.mean(axis=0),
        counts_after=after.mean(axis=0),
    )


def levels(
    before: Floats, after: Floats, rng: np.random.Generator, rules: ShareRules | None = None
) -> dict[str, Floats]:
    """Return mean shares, intervals and P(rose) by field name. Counts: (samples or 1, K)."""
    limits = rules or ShareRules()
    shares = []
    for counts in (before, after):
        rows = np.broadcast_to(counts, (max(len(counts), limits.samples), counts.shape[-1]))
        shares.append(_dirichlet(rows + limits.prior_count, rng))
    tails = ((1 - limits.level) / 2, (1 + limits.level) / 2)
    return {
        "before": shares[0].mean(axis=0),
        "after": shares[1].mean(axis=0),
        "before_interval": np.quantile(shares[0], tails, axis=0),
        "after_interval": np.quantile(shares[1], tails, axis=0),
        "p_rose": (shares[1] > shares[0]).mean(axis=0),
    }


def _dirichlet(alpha: NDArray[np.floating[Any]], rng: np.random.Generator) -> Floats:
    gammas = rng.standard_gamma(alpha)
    return np.asarray(gammas / gammas.sum(axis=1, keepdims=True), dtype=np.float64)


def _cuts(
    times: Floats, labels: Ints, table: _Table, rules: ShareRules
) -> tuple[list[int], tuple[float, ...]]:
    """Most probable places (unit indices) of the changes, and P(number).

    A place stands for the time since the place before it; exact up to ``max_blocks`` units.
    """
    n, span = len(times), float(times[-1] - times[0])
    edges = np.unique(np.linspace(0, n, min(n, rules.max_blocks) + 1).astype(np.int64))
    log_m, least = _segments(labels[: rules.recursion_draws], edges, table)
    log_m[least < rules.min_units_each_side] = -np.inf
    lengths = np.diff(np.concatenate([[times[0]], times[edges[1:-1]]]))
    log_prior = np.full(len(edges), -np.inf)
    log_prior[1:-1] = np.log(lengths / span, out=log_prior[1:-1].copy(), where=lengths > 0)
    cuts, p_number = number_and_places(
        log_m,
        log_prior,
        most=rules.max_changes,
        mean_number=span / rules.mean_segment_days,
        bayes_factor=rules.bayes_factor,
    )
    return [int(edges[c]) for c in cuts], p_number


def _segments(labels: Ints, edges: Ints, table: _Table) -> tuple[Floats, Floats]:
    """Mean over the draws of log m and of the number of units, for every segment (from edge, to edge)."""
    log_m = np.full((len(edges), len(edges)), -np.inf)
    size = np.zeros_like(log_m)
    i, j = np.nonzero(np.triu(np.ones(log_m.shape, dtype=bool), 1))
    logs, sizes = np.zeros(len(i)), np.zeros(len(i))
    for row in labels:
        counts = _cumulated(row, table.k)[edges]
        inside = counts[j] - counts[i]
        logs += table.log_m(inside)
        sizes += inside.sum(axis=1)
    log_m[i, j], size[i, j] = logs / len(labels), sizes / len(labels)
    return log_m, size
