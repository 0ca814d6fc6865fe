"""Do new itineraries fit the earlier ones? A posterior predictive test with its power.

Every earlier itinerary is scored against the others, every new one against all of them: how surprising is its
motif, its stays, the pause before it, its aircraft, its stopovers (−log probability each). The predictive
distribution of a group's scores is drawn by the Bayesian bootstrap (Rubin 1981): weights from a flat
Dirichlet over the earlier itineraries, then as many of them as are new. Scores of one itinerary stay
together, so that nothing is assumed about their dependence. docs/rules/rotations.md
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["PARTS", "Features", "Fit", "RotationRules", "fit_of", "fits_each", "scores_of"]

PARTS: Final = ("motif", "stays", "pause", "aircraft", "stopovers")


@dataclass(frozen=True)
class RotationRules:
    """When an itinerary fits."""

    draws: int = 2000
    """From the predictive distribution, and worlds for the power."""
    no_below: float = 0.01
    """``no`` needs a smaller p-value: the wording is strong."""
    yes_from: float = 0.05
    """``yes`` needs at least this; between, nobody can tell."""
    min_earlier: int = 10
    """Fewer itineraries make no pattern."""
    min_power: float = 0.5
    """Below it the test could not have told a strong change from none."""
    power_level: float = 0.05
    """Level at which the power is stated; the reasons give it at ``no_below`` too."""
    strong_keeps: float = 1.0 / 7.0
    """A strong change leaves the commonest motif so much of its share (.70 → .10)."""
    motif_part: float = 0.9
    """Of the allowed error is spent on the motif, the rest on all other parts together: routes are what a
    lost hub must change, stays and pauses follow."""
    novelty: float = 0.5
    """Weight, in earlier itineraries, of a motif or an aircraft that nobody had before (Jeffreys' half):
    without it, an earlier time of many alike would forbid anything new."""
    min_same_place: int = 5
    """Earlier stays at an airfield, to say whether one is odd there."""


@dataclass(frozen=True)
class Features:
    """One itinerary. ``stays``: (airfield, hours); ``pause_h``: since the aircraft was last out, or nan."""

    motif: str
    aircraft: str
    stays: tuple[tuple[str, float], ...] = ()
    pause_h: float = float("nan")
    stopovers: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Fit:
    """``p_value`` of the whole, of each part, the power at two levels."""

    p_value: float
    p_parts: Mapping[str, float]
    power: float
    power_strict: float


def scores_of(earlier: Sequence[Features], new: Sequence[Features]) -> tuple[Floats, Floats]:
    """(earlier, parts) each against the others, (new, parts) each against all earlier ones."""
    columns = (_motifs, _stays, _pauses, _aircraft, _stopovers)
    pairs = [column(earlier, new) for column in columns]
    return np.stack([p[0] for p in pairs], axis=1), np.stack([p[1] for p in pairs], axis=1)


def fit_of(
    earlier: Sequence[Features], new: Sequence[Features], *, seed: int, rules: RotationRules | None = None
) -> Fit:
    """Test a group of new itineraries at once. Deterministic for a seed; both groups must not be empty."""
    _, scores = scores_of(earlier, new)
    return _fits(earlier, scores.sum(axis=0)[None, :], len(new), seed, rules or RotationRules())[0]


def fits_each(
    earlier: Sequence[Features], new: Sequence[Features], *, seed: int, rules: RotationRules | None = None
) -> list[Fit]:
    """Test each new itinerary alone; all against the same predictive draws."""
    return _fits(earlier, scores_of(earlier, new)[1], 1, seed, rules or RotationRules()) if new else []


def _fits(
    earlier: Sequence[Features], totals: Floats, size: int, seed: int, rules: RotationRules
) -> list[Fit]:
    """``totals``: (groups, parts) summed scores of groups of ``size`` itineraries."""
    rng = np.random.default_rng(seed)
    scores = scores_of(earlier, [])[0]
    weights = rng.standard_exponential((rules.draws, len(earlier)))
    null = _with_novelty(earlier, scores, weights, size, rules, rng).sum(axis=1)
    null_parts = _tail(null, null)
    power_p = _whole(null_parts, _tail(null, _strong(earlier, scores, size, rules, rng)), rules)
    power, strict = float((power_p <= rules.power_level).mean()), float((power_p < rules.no_below).mean())
    parts = _tail(null, totals)
    return [
        Fit(float(p), dict(zip(PARTS, part.tolist(), strict=True)), power, strict)
        for p, part in zip(_whole(null_parts, parts, rules), parts, strict=True)
    ]


def _with_novelty(
    earlier: Sequence[Features],
    scores: Floats,
    weights: Floats,
    size: int,
    rules: RotationRules,
    rng: np.random.Generator,
) -> Floats:
    """(draws, size, parts): scores drawn with ``weights``; now and then a motif or an aircraft nobody had."""
    n = len(earlier)
    fresh = rng.standard_gamma(rules.novelty, (len(weights), 2))
    picked = _picked(np.concatenate([weights, fresh], axis=1), size, rng)
    out = scores[np.where(picked < n, picked, rng.integers(0, n, picked.shape))]
    new = _fresh(earlier)
    out[picked == n, 0], out[picked == n, 4] = new[0], new[2]
    out[picked == n + 1, 3] = new[1]
    return out


def _fresh(earlier: Sequence[Features]) -> tuple[float, float, float]:
    """Scores of a motif, an aircraft and a stopover that are none of the earlier ones."""
    motifs, aircraft = (Counter(getattr(f, name) for f in earlier) for name in ("motif", "aircraft"))
    return _surprise(motifs, ""), _surprise(aircraft, ""), 1.0


def _picked(weights: Floats, size: int, rng: np.random.Generator) -> Ints:
    """(draws, size) indices, each row from its own weights."""
    ends = np.cumsum(weights, axis=1)
    ends /= ends[:, -1:]
    flat = (ends + np.arange(len(ends))[:, None]).ravel()
    u = rng.random((len(ends), size)) + np.arange(len(ends))[:, None]
    n = weights.shape[1]
    at: Ints = np.searchsorted(flat, u, side="right") - np.arange(len(ends))[:, None] * n
    return np.clip(at, 0, n - 1)


def _tail(null: Floats, scores: Floats) -> Floats:
    """P(a predictive draw scores at least this), per part; (n, parts)."""
    out = np.empty_like(scores)
    for k in range(null.shape[1]):
        ordered = np.sort(null[:, k])
        above = len(ordered) - np.searchsorted(ordered, scores[:, k] - 1e-9, side="left")
        out[:, k] = (above + 1.0) / (len(ordered) + 1.0)
    return np.minimum(out, 1.0)


def _whole(null_parts: Floats, parts: Floats, rules: RotationRules) -> Floats:
    """Return the motif's, or the other parts' by Fisher (calibrated on the draws), each at its price."""
    null_rest = -np.log(null_parts[:, 1:]).sum(axis=1)
    rest = _tail(null_rest[:, None], -np.log(parts[:, 1:]).sum(axis=1)[:, None])[:, 0]
    cheapest = np.minimum(parts[:, 0] / rules.motif_part, rest / (1.0 - rules.motif_part))
    null_rest_p = _tail(null_rest[:, None], null_rest[:, None])[:, 0]
    null_cheapest = np.minimum(null_parts[:, 0] / rules.motif_part, null_rest_p / (1.0 - rules.motif_part))
    return _tail(-null_cheapest[:, None], -cheapest[:, None])[:, 0]


def _strong(
    earlier: Sequence[Features], scores: Floats, size: int, rules: RotationRules, rng: np.random.Generator
) -> Floats:
    """Scores of groups after a strong change: the commonest motif rare, its share with the other motifs."""
    motifs = [f.motif for f in earlier]
    main, often = min(Counter(motifs).items(), key=lambda t: (-t[1], t[0]))
    is_main = np.array([m == main for m in motifs])
    share = often / len(motifs)
    weights = rng.standard_exponential((rules.draws, len(motifs)))
    if is_main.all():
        picked = _picked(weights, size, rng)
        out = scores[picked]
        fresh = rng.random(picked.shape) > rules.strong_keeps
        out[:, :, 0] = np.where(fresh, _fresh(earlier)[0], out[:, :, 0])
        return np.asarray(out.sum(axis=1), dtype=np.float64)
    keeps = share * rules.strong_keeps
    weights[:, is_main] *= keeps / weights[:, is_main].sum(axis=1, keepdims=True)
    weights[:, ~is_main] *= (1.0 - keeps) / weights[:, ~is_main].sum(axis=1, keepdims=True)
    return np.asarray(scores[_picked(weights, size, rng)].sum(axis=1), dtype=np.float64)


def _surprise(counts: Mapping[str, int], kind: str) -> float:
    """P(a commoner kind than this one) among ``counts``: 0 for the commonest, near 1 for one never seen.

    Bounded, so that one rare motif among many usual ones does not stand for a change of all: in a simulated
    loss of the main motif this had more power than −log probability (0.84 against 0.74, 5 new and 50 old).

    Unseen kinds together come as often as those seen once (Good & Turing), by Jeffreys' half away from 0.
    """
    n, own = sum(counts.values()), counts.get(kind, 0)
    fresh = (sum(c == 1 for c in counts.values()) + 0.5) / (n + 1.0)
    seen = sum(c for c in counts.values() if c <= own) / max(n, 1)
    return float((1.0 - fresh) * (1.0 - seen))


def _kinds(earlier: Sequence[str], new: Sequence[str]) -> tuple[Floats, Floats]:
    counts = Counter(earlier)
    own = {kind: _surprise({**counts, kind: c - 1}, kind) for kind, c in counts.items()}
    return np.array([own[kind] for kind in earlier]), np.array([_surprise(counts, kind) for kind in new])


def _motifs(earlier: Sequence[Features], new: Sequence[Features]) -> tuple[Floats, Floats]:
    return _kinds([f.motif for f in earlier], [f.motif for f in new])


def _aircraft(earlier: Sequence[Features], new: Sequence[Features]) -> tuple[Floats, Floats]:
    """Only whether the aircraft is a new one: which of the known ones flies is no pattern."""
    counts = Counter(f.aircraft for f in earlier)
    pairs = _kinds([f.aircraft for f in earlier], [f.aircraft for f in new])
    known = [np.array([counts[f.aircraft] > n for f in some]) for n, some in ((1, earlier), (0, new))]
    return np.where(known[0], 0.0, pairs[0]), np.where(known[1], 0.0, pairs[1])


def _stopovers(earlier: Sequence[Features], new: Sequence[Features]) -> tuple[Floats, Floats]:
    """How many stopovers nobody of the earlier ones used."""
    counts = Counter(a for f in earlier for a in f.stopovers)
    own = [float(sum(counts[a] == 1 for a in f.stopovers)) for f in earlier]
    return np.array(own), np.array([float(sum(counts[a] == 0 for a in f.stopovers)) for f in new])


def _pauses(earlier: Sequence[Features], new: Sequence[Features]) -> tuple[Floats, Floats]:
    return _ranked([[("", f.pause_h)] for f in earlier], [[("", f.pause_h)] for f in new])


def _stays(earlier: Sequence[Features], new: Sequence[Features]) -> tuple[Floats, Floats]:
    return _ranked([f.stays for f in earlier], [f.stays for f in new])


def _ranked(
    earlier: Sequence[Iterable[tuple[str, float]]], new: Sequence[Iterable[tuple[str, float]]]
) -> tuple[Floats, Floats]:
    """Sum of −log two-sided rank probability of hours among the earlier ones at the same place."""
    known: dict[str, list[float]] = {}
    for row in earlier:
        for place, hours in row:
            if np.isfinite(hours):
                known.setdefault(place, []).append(hours)
    ordered = {place: np.sort(np.array(v)) for place, v in known.items()}
    own = [sum(_odd(h, ordered[p], 1) for p, h in row if np.isfinite(h)) for row in earlier]
    fresh = [sum(_odd(h, ordered[p], 0) for p, h in row if np.isfinite(h) and p in ordered) for row in new]
    return np.array(own, dtype=np.float64), np.array(fresh, dtype=np.float64)


def _odd(hours: float, ordered: Floats, itself: int) -> float:
    """``itself``: 1 if the value is one of those it is ranked among."""
    n = len(ordered)
    if n < RotationRules().min_same_place:
        return 0.0
    below = float(np.searchsorted(ordered, hours, side="left"))
    above = float(n - np.searchsorted(ordered, hours, side="right"))
    rank = (below + 0.5 * (n - itself - below - above) + 0.5) / (n + 1.0 - itself)
    # beyond all of them a new value is as odd as the oddest of them, not odder: one of n + 1 has to be
    return float(-np.log(2.0 * max(min(rank, 1.0 - rank), 0.5 / n)))
