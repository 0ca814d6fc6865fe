"""When did shares change, if labels are doubtful? A mixture: each unit weighs its possible labels.

As share_change.py, with the evidence of mixture.py: a bound weighs all places of a change, the evidence
itself the most probable one. The shares are drawn from the posterior. docs/rules/changes.md
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from waystation.patterns.dates import date_interval
from waystation.patterns.mixture import MixtureRules, bounds, resampled, slack, soft_units
from waystation.patterns.recursion import log_sum, number_and_places, settled
from waystation.patterns.share_change import ShareChange, ShareRules, ShareTest, design_effect

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from waystation.patterns.mixture import Soft

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["DoubtRules", "doubtful_share_changes"]


@dataclass(frozen=True)
class DoubtRules:
    """Of doubtful labels, beside ``ShareRules``."""

    max_blocks: int = 40
    """Places between which the number of changes is weighed; each change is dated on finer ones."""
    loose: float = 5.0
    """The bound may lack so much of a Bayes factor: what pays less by more than that is not weighed again."""
    date_draws: int = 25
    """Places of the change from which shares are drawn."""
    mixture: MixtureRules = field(default_factory=MixtureRules)
    """How the evidence is computed."""


def doubtful_share_changes(
    times: Floats,
    weights: Floats,
    *,
    labels: Ints | None = None,
    groups: Ints | None = None,
    seed: int = 0,
    rules: ShareRules | None = None,
    doubt: DoubtRules | None = None,
) -> ShareTest:
    """Find the changes in a sequence of doubtful categories.

    ``times``: days, ascending (n,). ``weights``: (n, k), what each category weighs; what is missing to 1 is
    no unit. ``labels``: (n,) one draw of them, and ``groups``: which units hang together, for the design
    effect. Deterministic for a given seed. Too few units or one category: nothing to test.
    """
    limits, how = rules or ShareRules(), doubt or DoubtRules()
    n_units, k = float(weights.sum()), weights.shape[1]
    if n_units < 2 * limits.min_units_each_side or k < 2 or times[-1] <= times[0]:
        return ShareTest(n_units, float("nan"))
    spread = 1.0 if groups is None or labels is None else design_effect(labels, groups, k)
    soft = soft_units(weights, spread)
    if soft.told().sum() * spread < 2 * limits.min_units_each_side:
        return ShareTest(n_units, float("nan"))

    def one(a: int, b: int) -> _One:
        return _one(times[a:b], soft.part(a, b), spread, limits, how)

    cuts, p_number = _cuts(times, soft, spread, limits, how)
    found = settled(_moved(cuts, len(times), one), len(times), one, limits.bayes_factor)
    rng = np.random.default_rng(seed)
    changes = tuple(_described(f, rng, limits, how) for f in found)
    return ShareTest(n_units, one(0, len(times)).log_bf / np.log(10.0), changes, p_number, spread)


@dataclass(frozen=True)
class _One:
    """One change in one window: evidence, where it may be, and the expected counts around each place."""

    log_bf: float
    start: Floats
    stop: Floats
    mass: Floats
    places: Ints
    before: Floats
    after: Floats
    soft: Soft

    def most(self) -> int:
        """The unit before which the change most probably is."""
        return int(self.places[np.argmax(self.mass)])


def _one(times: Floats, soft: Soft, spread: float, rules: ShareRules, how: DoubtRules) -> _One:
    n = len(times)
    places = np.unique(np.linspace(0, n - 1, min(n, rules.max_blocks + 1)).astype(np.int64))
    start, stop, places = times[places[:-1]], times[places[1:]], places[1:]
    zero, end = np.zeros_like(places), np.full_like(places, n)
    early, before = bounds(soft, zero, places, how.mixture)
    late, after = bounds(soft, places, end, how.mixture)
    none, whole = bounds(soft, zero[:1], end[:1], how.mixture)
    gaps = stop - start
    log_prior = np.log(gaps, out=np.full(len(gaps), -np.inf), where=gaps > 0) - np.log(gaps.sum() or 1.0)
    score = early + late + log_prior
    told = np.cumsum(soft.told()) * spread
    least = np.minimum(told[places - 1], told[-1] - told[places - 1])
    score[least < rules.min_units_each_side] = -np.inf
    total = log_sum(score)
    if not np.isfinite(total):
        return _One(-np.inf, start, stop, np.zeros(len(places)), places, before, after, soft)
    mass = np.exp(score - total)
    top = int(np.argmax(mass))
    move = _shares(after[top], rules) - _shares(before[top], rules)
    plain = _log_bf_of_weights(soft, int(places[top]), move)
    log_bf = float(total - none[0])
    if log_bf > np.log(rules.bayes_factor / how.loose):
        # what the bound lacks, where the change most probably is: two sides lack more than the whole
        cut = int(places[top])
        log_bf += slack(soft.part(0, cut), before[top], float(early[top]), how.mixture)
        log_bf += slack(soft.part(cut, n), after[top], float(late[top]), how.mixture)
        log_bf -= slack(soft, whole[0], float(none[0]), how.mixture)
    log_bf = min(log_bf, plain)
    return _One(log_bf, start, stop, mass, places, before, after, soft)


def _shares(counts: Floats, rules: ShareRules) -> Floats:
    out: Floats = (counts + rules.prior_count) / (counts + rules.prior_count).sum()
    return out


def _log_bf_of_weights(soft: Soft, at: int, move: Floats) -> float:
    """Whether the weights themselves moved that way at that place: log Bayes factor by Schwarz (1978).

    Weights that already hold the usual shares would make the mixture count these twice, where doubt is
    large; then their mean stays when the doubt changes. A change has to show in both readings.
    """
    x, w = soft.chance @ move, soft.weight
    usual = float(np.average((x - np.average(x, weights=w)) ** 2, weights=w))
    means, errors = [], []
    for side in (slice(0, at), slice(at, len(w))):
        n = w[side].sum()
        mean = float(np.average(x[side], weights=w[side]))
        means.append(mean)
        errors.append((float((w[side] * (x[side] - mean) ** 2).sum()) + usual) / (n + 1.0) / n)
    z = max(0.0, means[1] - means[0]) / np.sqrt(max(sum(errors), 1e-12))
    return float((z**2 - np.log(max(w.sum(), 1.0))) / 2)


def _cuts(
    times: Floats, soft: Soft, spread: float, rules: ShareRules, how: DoubtRules
) -> tuple[list[int], tuple[float, ...]]:
    """Most probable places (unit indices) of the changes, and P(number); places as in ``share_change``."""
    n, span = len(times), float(times[-1] - times[0])
    edges = np.unique(np.linspace(0, n, min(n, how.max_blocks) + 1).astype(np.int64))
    i, j = np.nonzero(np.triu(np.ones((len(edges),) * 2, dtype=bool), 1))
    told = np.concatenate([[0.0], np.cumsum(soft.told())])[edges] * spread
    log_m = np.full((len(edges),) * 2, -np.inf)
    log_m[i, j] = bounds(soft, edges[i], edges[j], how.mixture)[0]
    log_m[told[None, :] - told[:, None] < rules.min_units_each_side] = -np.inf
    lengths = np.diff(np.concatenate([[times[0]], times[edges[1:-1]]]))
    log_prior = np.full(len(edges), -np.inf)
    log_prior[1:-1] = np.log(lengths / span, out=log_prior[1:-1].copy(), where=lengths > 0)
    cuts, p_number = number_and_places(
        log_m,
        log_prior,
        most=rules.max_changes,
        mean_number=span / rules.mean_segment_days,
        bayes_factor=rules.bayes_factor / how.loose,
    )
    return [int(edges[c]) for c in cuts], p_number


def _moved(cuts: list[int], n: int, one: Callable[[int, int], _One]) -> list[int]:
    """Put each cut, one after the other, at its most probable place between its neighbours."""
    out = list(cuts)
    for c in range(len(out)):
        a, b = ([0, *out, n][c], [0, *out, n][c + 2])
        found = one(a, b)
        out[c] = a + found.most() if np.isfinite(found.log_bf) else out[c]
    return out


def _described(one: _One, rng: np.random.Generator, rules: ShareRules, how: DoubtRules) -> ShareChange:
    each = -(-rules.samples // how.date_draws)
    early, late = [], []
    for at in rng.choice(len(one.mass), size=how.date_draws, p=one.mass / one.mass.sum()):
        cut, n = int(one.places[at]), len(one.soft.weight)
        early.append(resampled(one.soft.part(0, cut), one.before[at], how.mixture.proposals, each, rng))
        late.append(resampled(one.soft.part(cut, n), one.after[at], how.mixture.proposals, each, rng))
    before, after = np.concatenate(early), np.concatenate(late)
    tails = ((1 - rules.level) / 2, (1 + rules.level) / 2)
    return ShareChange(
        date=date_interval(one.start, one.stop, one.mass, rules.level),
        log10_bayes_factor=one.log_bf / np.log(10.0),
        before=before.mean(axis=0),
        after=after.mean(axis=0),
        before_interval=np.quantile(before, tails, axis=0),
        after_interval=np.quantile(after, tails, axis=0),
        p_rose=(after > before).mean(axis=0),
        counts_before=one.mass @ one.before,
        counts_after=one.mass @ one.after,
    )
