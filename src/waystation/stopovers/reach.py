"""Can it fly both legs with that payload? Draws of the curve and of the wind, the same ones every time.

One aircraft flies both legs, so one draw of K holds for both; the wind is another one on each leg.
The draws are quantiles, not random numbers: n equal parts of each distribution, mixed with a fixed seed that
comes from the variant's name. More draws would change the third digit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from waystation.world.breguet import greatest_payload_t, range_km

if TYPE_CHECKING:
    from waystation.world.performance import Performance

__all__ = ["Draws", "Reach", "ReachRules", "draws_of", "legs_reach", "reachable_km"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReachRules:
    """How reach is drawn."""

    n_draws: int = 512  # a probability of 0.5 is then known to 0.02, less than the sources leave open
    headwind_kt: float = 0.0  # the scenario: the same mean on each leg; negative is a tailwind
    wind_spread_kt: float = 20.0  # of the mean along a leg of some thousand km, winter and summer
    band: tuple[float, float] = (0.05, 0.95)  # of the payload: a 90 % band


@dataclass(frozen=True)
class Draws:
    """``k``: factors on K (n,). ``gust_kt``: what the wind is over its mean on either leg (2, n)."""

    k: Floats
    gust_kt: Floats

    def ground(self, headwind_kt: ArrayLike, cruise_kt: float, leg: int = 0) -> Floats:
        """Return still-air km → ground km on one leg: (…, n) for mean headwinds of shape (…)."""
        head = np.asarray(headwind_kt, dtype=np.float64)[..., None] + self.gust_kt[leg]
        return np.asarray(np.maximum(1.0 - head / cruise_kt, 0.05))


@dataclass(frozen=True)
class Reach:
    """One element an airfield (m,). Payloads in tonnes, nan where not even an empty aircraft arrives.

    ``probability``: of both legs at the payload asked for; ``each``: of either leg alone (legs, m).
    """

    probability: Floats
    each: Floats
    payload_t: Floats
    payload_low_t: Floats
    payload_high_t: Floats
    margin_km: Floats


def draws_of(aircraft: Performance, rules: ReachRules) -> Draws:
    """Return the draws of one variant. Raises ``ValueError`` for one without a curve."""
    if aircraft.curve is None:
        raise ValueError(f"{aircraft.variant} has no curve: {aircraft.reason}")
    scores = np.asarray(ndtri((np.arange(rules.n_draws) + 0.5) / rules.n_draws), dtype=np.float64)
    seed = int.from_bytes(hashlib.sha256(aircraft.variant.encode()).digest()[:8], "big")
    mix = np.random.default_rng(seed)
    winds = np.stack([mix.permutation(scores) for _ in range(2)])
    return Draws(k=np.exp(aircraft.curve.sigma * scores), gust_kt=rules.wind_spread_kt * winds)


def reachable_km(
    aircraft: Performance, payload_t: float, probability: float, rules: ReachRules, tailwind_kt: float = 0.0
) -> float:
    """Return the longest leg on the ground flown with at least this probability: the edge of the search.

    Where one leg has less, both together have less. ``tailwind_kt``: the most that a scenario's wind helps.
    """
    draws = draws_of(aircraft, rules)
    assert aircraft.curve is not None
    ground = draws.ground(rules.headwind_kt - tailwind_kt, aircraft.cruise_kt)
    factor = float(np.quantile(draws.k * ground, 1.0 - probability, method="higher"))
    return float(range_km(aircraft.curve, payload_t)) * factor


def legs_reach(
    aircraft: Performance,
    payload_t: float,
    legs_km: Floats,
    rules: ReachRules,
    headwind_kt: Floats | None = None,
) -> Reach:
    """Return what the aircraft can do over ``legs_km`` (legs, m): one leg, or two with fuel between them.

    A leg of nan km cannot be flown at all. ``headwind_kt`` (legs, m): its mean on each leg, None that of the
    rules on all.
    """
    draws = draws_of(aircraft, rules)
    curve = aircraft.curve
    assert curve is not None
    needed = np.where(np.isnan(legs_km), np.inf, legs_km)
    head = np.full(needed.shape, rules.headwind_kt) if headwind_kt is None else headwind_kt
    still_air = float(range_km(curve, payload_t)) if payload_t <= aircraft.payload_t else 0.0
    flown, most = [], np.full((needed.shape[1], len(draws.k)), np.inf)
    for leg, km in enumerate(needed):
        ground = draws.ground(head[leg], aircraft.cruise_kt, leg)  # (m, n)
        flown.append(still_air * draws.k * ground >= km[:, None])
        most = np.minimum(most, greatest_payload_t(curve, km[:, None] / ground, draws.k))
    low, middle, high = np.quantile(most, [rules.band[0], 0.5, rules.band[1]], axis=1)
    steady = np.maximum(1.0 - head / aircraft.cruise_kt, 0.05)
    margin = (float(range_km(curve, payload_t)) * steady - needed).min(axis=0)
    return Reach(
        probability=np.logical_and.reduce(flown).mean(axis=1),
        each=np.stack([f.mean(axis=1) for f in flown]),
        payload_t=_within(middle, aircraft.payload_t),
        payload_low_t=_within(low, aircraft.payload_t),
        payload_high_t=_within(high, aircraft.payload_t),
        margin_km=np.where(np.isinf(needed).any(axis=0), np.nan, margin),
    )


def _within(payload: Floats, most: float) -> Floats:
    return np.asarray(np.where(payload < 0, np.nan, np.minimum(payload, most)), dtype=np.float64)
