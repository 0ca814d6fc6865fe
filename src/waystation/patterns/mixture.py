"""Shares of doubtful labels: the evidence of a mixture, and draws of its shares.

A unit i with weights P_ik says of shares θ what Σ_k θ_k P_ik says. What all labels share, min_k P_ik, says
nothing, for Σθ = 1. The evidence is the variational bound (Bishop 2006, section 10.2)

    Σ_i w_i log(min_k P_ik + Σ_k e_k (P_ik − min_k P_ik)) − KL(Dir(½ + C) ‖ Dir(½)),   e_k = exp E log θ_k

which is the evidence itself where labels are certain. docs/rules/changes.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import digamma, gammaln

from waystation.patterns.recursion import log_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["MixtureRules", "Soft", "bounds", "drawn_shares", "resampled", "slack", "soft_units"]

CHUNK: Final = 2_000_000  # cells of a table of units × segments held at once: 16 MB


@dataclass(frozen=True)
class MixtureRules:
    """How the bound is computed."""

    prior_count: float = 0.5
    """Of each category, as for certain labels."""
    max_rounds: int = 60
    """Of the bound; it only rises, so that fewer make less evidence, not more."""
    tolerance_nats: float = 0.01
    """A round that gains less in every segment is the last."""
    proposals: int = 400
    """Shares proposed, of which the posterior keeps fewer."""
    evidence_proposals: int = 2000
    """Shares proposed to see how loose the bound is, or to draw many at once."""


@dataclass(frozen=True)
class Soft:
    """Units: what each label has beyond the least (n, k); the least, weight (n,); probabilities (n, k)."""

    excess: Floats
    least: Floats
    weight: Floats
    chance: Floats

    def part(self, a: int, b: int) -> Soft:
        """Units a … b − 1."""
        return Soft(self.excess[a:b], self.least[a:b], self.weight[a:b], self.chance[a:b])

    def told(self) -> Floats:
        """How much of each unit tells anything of the shares."""
        out: Floats = self.weight * self.excess.sum(axis=1)
        return out


def soft_units(weights: Floats, spread: float = 1.0) -> Soft:
    """Read weights (n, k), each row ≤ 1 in sum; one unit counts 1 / ``spread``."""
    mass = weights.sum(axis=1)
    chance = weights / np.where(mass > 0, mass, 1.0)[:, None]
    least = chance.min(axis=1)
    return Soft(chance - least[:, None], np.where(mass > 0, least, 1.0), mass / spread, chance)


def bounds(soft: Soft, first: Ints, last: Ints, rules: MixtureRules) -> tuple[Floats, Floats]:
    """Bound on the log evidence of units first … last − 1, and expected counts, for each segment."""
    log_m, counts = np.zeros(len(first)), np.zeros((len(first), soft.excess.shape[1]))
    step = max(1, CHUNK // max(1, len(soft.weight)))
    for at in range(0, len(first), step):
        here = slice(at, at + step)
        a, b = int(first[here].min()), int(last[here].max())
        found = _chunk(soft.part(a, b), first[here] - a, last[here] - a, rules)
        log_m[here], counts[here] = found
    return log_m, counts


def _chunk(soft: Soft, first: Ints, last: Ints, rules: MixtureRules) -> tuple[Floats, Floats]:
    row = np.arange(len(soft.weight))[:, None]
    weight = np.where((row >= first) & (row < last), soft.weight[:, None], 0.0)  # (n, segments)
    counts = weight.T @ soft.excess
    log_m = np.full(len(first), -np.inf)
    k = counts.shape[1]
    for _ in range(rules.max_rounds):
        alpha = rules.prior_count + counts
        total = alpha.sum(axis=1)
        mean_log = digamma(alpha) - digamma(total)[:, None]
        each = np.exp(mean_log)
        z = soft.least[:, None] + soft.excess @ each.T
        z[z <= 0] = 1.0  # a unit of no weight
        apart = (
            gammaln(total)
            - gammaln(rules.prior_count * k)
            - (gammaln(alpha) - gammaln(rules.prior_count)).sum(axis=1)
        )
        apart += (counts * mean_log).sum(axis=1)
        new = (weight * np.log(z)).sum(axis=0) - apart
        done = bool((new - log_m < rules.tolerance_nats).all())
        log_m = new
        counts = each * ((weight / z).T @ soft.excess)
        if done:
            break
    return log_m, counts


def slack(soft: Soft, counts: Floats, log_m: float, rules: MixtureRules) -> float:
    """By how much the bound is below the log evidence: by importance sampling, always the same draws."""
    shares, logs = _proposed(counts, rules.evidence_proposals, np.random.default_rng(0))
    wide, prior = rules.prior_count + counts / 2, np.full(len(counts), rules.prior_count)
    worth = _log_likelihood(soft, shares) + _log_ratio(logs, prior, wide)
    return max(0.0, float(log_sum(worth) - np.log(rules.evidence_proposals)) - log_m)


def _log_ratio(logs: Floats, above: Floats, below: Floats) -> Floats:
    """Log of the ratio of two Dirichlet densities."""
    scale = gammaln(above.sum()) - gammaln(above).sum() - gammaln(below.sum()) + gammaln(below).sum()
    out: Floats = logs @ (above - below) + scale
    return out


def _log_likelihood(soft: Soft, shares: Floats) -> Floats:
    z = soft.least + shares @ soft.excess.T
    out: Floats = np.log(np.where(z > 0, z, 1.0)) @ soft.weight
    return out


def _proposed(counts: Floats, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Shares and their logs from a Dirichlet wider than the bound's, which is too sure."""
    gammas = rng.standard_gamma(MixtureRules().prior_count + counts / 2, size=(size, len(counts)))
    logs = np.log(np.maximum(gammas, 1e-300))
    logs -= log_sum(logs, axis=1)[:, None]
    return np.exp(logs), logs


def drawn_shares(weights: Floats, size: int, rng: np.random.Generator) -> Floats:
    """Draw shares (size, k) from their posterior, given the weights (n, k) of some units."""
    soft, rules = soft_units(weights), MixtureRules()
    n = np.array([len(weights)])
    _, counts = bounds(soft, np.zeros_like(n), n, rules)
    return resampled(soft, counts[0], rules.evidence_proposals, size, rng)


def resampled(soft: Soft, counts: Floats, proposals: int, size: int, rng: np.random.Generator) -> Floats:
    """Shares (size, k) proposed around the expected counts, kept by their true posterior."""
    shares, logs = _proposed(counts, proposals, rng)
    worth = _log_likelihood(soft, shares) - logs @ (counts / 2)
    chance = np.exp(worth - worth.max())
    return shares[rng.choice(proposals, size=size, p=chance / chance.sum())]
