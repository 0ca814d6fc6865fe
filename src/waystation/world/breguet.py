"""A payload–range curve of Breguet's form, through points that contradict each other.

    R(P) = K · ln( W / (empty + P + reserve) ),   W = min(takeoff limit, empty + P + tanks)

K (km) holds speed, lift over drag and fuel consumption as one number. Two or three brochure points cannot
tell K from the reserve that the brochure kept, so the reserve has a prior and K the uncertainty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Curve", "FitRules", "fit_curve", "greatest_payload_t", "range_km", "takeoff_share"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FitRules:
    """How far brochures are believed."""

    sigma_sourced: float = 0.10  # of ln K: no winds, reserves unknown, empty weight of a new aircraft
    sigma_weak: float = 0.15  # secondary pages of one aircraft differ by up to 22 %, end to end
    reserve_share: float = 0.04  # of the takeoff limit: about an hour of holding for a four-engined jet
    reserve_spread: float = 0.02  # brochures keep from none to two hours
    reserve_most: float = 0.12  # more than this is a wrong empty weight, not a reserve
    step: float = 0.001  # of the search for the reserve: a tenth of a per cent of the takeoff limit


@dataclass(frozen=True)
class Curve:
    """A fitted curve. Weights in tonnes; ``sigma`` is the standard deviation of ln K.

    ``residuals``: ln(published / curve) of every fitted point, in order; ``rms`` of them.
    """

    mtow_t: float
    empty_t: float
    fuel_t: float
    k_km: float
    reserve_t: float
    sigma: float
    residuals: tuple[float, ...]
    rms: float


def fit_curve(
    mtow_t: float,
    empty_t: float,
    fuel_t: float,
    points: Sequence[tuple[float, float, float, float]],
    *,
    weak: bool,
    rules: FitRules = FitRules(),
) -> Curve:
    """Fit K and the reserve to ``(payload t, range km, takeoff limit t, weight)``; two or more.

    For every reserve the best ln K is a weighted mean; the reserve is searched on a grid: no starting point,
    no solver, the same answer everywhere. ``weak``: a weight or a point comes from a secondary page.
    The uncertainty is never smaller than how far the points lie from their curve.
    """
    payload, published, limit, weight = (np.array(c, dtype=np.float64) for c in zip(*points, strict=True))
    shares = np.arange(0.0, rules.reserve_most + rules.step / 2, rules.step)
    logs = _log_ratio(payload, limit, empty_t, fuel_t, shares[:, None] * mtow_t)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.log(published) - np.log(logs)
    ln_k = np.average(off, axis=1, weights=weight)
    misfit = (weight * ((off - ln_k[:, None]) / rules.sigma_sourced) ** 2).sum(axis=1)
    misfit += ((shares - rules.reserve_share) / rules.reserve_spread) ** 2
    best = int(np.nanargmin(misfit))
    residuals = off[best] - ln_k[best]
    rms = float(np.sqrt(np.mean(residuals**2)))
    return Curve(
        mtow_t=mtow_t,
        empty_t=empty_t,
        fuel_t=fuel_t,
        k_km=float(np.exp(ln_k[best])),
        reserve_t=float(shares[best] * mtow_t),
        sigma=max(rules.sigma_weak if weak else rules.sigma_sourced, rms),
        residuals=tuple(float(r) for r in residuals),
        rms=rms,
    )


def range_km(curve: Curve, payload_t: ArrayLike, takeoff_t: ArrayLike | None = None) -> Floats:
    """Still-air range in km of the curve's middle; 0 where the payload leaves no fuel. Arrays broadcast."""
    limit = curve.mtow_t if takeoff_t is None else takeoff_t
    logs = _log_ratio(payload_t, limit, curve.empty_t, curve.fuel_t, curve.reserve_t)
    return np.asarray(curve.k_km * np.maximum(logs, 0.0), dtype=np.float64)


def greatest_payload_t(curve: Curve, needed_km: ArrayLike, k_factor: ArrayLike = 1.0) -> Floats:
    """Payload in t that the curve carries over ``needed_km`` of still air; negative: not even an empty one.

    ``k_factor`` scales K. The structural limit is not applied. The inverse of ``range_km``: by weight,
    empty + P + reserve = W / e^(R/K); by tanks, (empty + P)(e^(R/K) - 1) = tanks - reserve · e^(R/K).
    """
    x = np.asarray(needed_km, dtype=np.float64) / (curve.k_km * np.asarray(k_factor, dtype=np.float64))
    by_weight = curve.mtow_t / np.exp(x) - curve.reserve_t - curve.empty_t
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        by_tanks = (curve.fuel_t - curve.reserve_t * np.exp(x)) / np.expm1(x) - curve.empty_t
    return np.asarray(np.minimum(by_weight, np.where(x > 0, by_tanks, np.inf)), dtype=np.float64)


def takeoff_share(curve: Curve, payload_t: float, leg_km: ArrayLike) -> Floats:
    """Takeoff weight for a leg as a share of the limit, at most 1: the payload, its fuel and the reserve.

    A leg of nan km counts as the longest.
    """
    ratio = np.exp(np.asarray(leg_km, dtype=np.float64) / curve.k_km)
    weight = (curve.empty_t + payload_t + curve.reserve_t) * np.nan_to_num(ratio, nan=np.inf)
    return np.asarray(np.minimum(weight / curve.mtow_t, 1.0), dtype=np.float64)


def _log_ratio(
    payload_t: ArrayLike, limit_t: ArrayLike, empty_t: float, fuel_t: float, reserve_t: ArrayLike
) -> Floats:
    loaded = empty_t + np.asarray(payload_t, dtype=np.float64)
    start = np.minimum(np.asarray(limit_t, dtype=np.float64), loaded + fuel_t)
    return np.asarray(np.log(start / (loaded + np.asarray(reserve_t, dtype=np.float64))), dtype=np.float64)
