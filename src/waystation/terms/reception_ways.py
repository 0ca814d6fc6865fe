"""What reception promises along a way through the air: the chance to be heard, and that of silence.

Neighbouring cells are heard by the same receivers, so a stretch within one surroundings (120 km), band and
slot is one look at its mean reception, and of a stay under a minute a part of one. Stretches where
nothing was measured say nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from waystation.terms.cells import N_BANDS, N_SLOTS
from waystation.terms.reception import beta_at, interval, posterior, surroundings_at

if TYPE_CHECKING:
    from waystation.terms.reception import Reception

__all__ = ["Way", "heard_along", "silence_log_probability"]

Floats = NDArray[np.float64]
POOR_HIGH = 0.8  # with the upper limit of reception above this, poor reception is not shown
FULL_LOOK_S = 60.0  # what coverage takes for a chance to be heard: coverage/looks.py, min_inside_s


def silence_log_probability(
    reception: Reception,
    lat: ArrayLike,
    lon: ArrayLike,
    altitude_ft: ArrayLike,
    hour: ArrayLike,
    duration_s: ArrayLike,
) -> Floats:
    """Return ln P(no position) along ways through the air: shape (…, n) → (…).

    The last axis runs along the way; each sample stands for ``duration_s`` there (nan places or heights
    pad). Unmeasured stretches add nothing: silence there says nothing.
    """
    a, b, place, band, slot = beta_at(reception, lat, lon, altitude_ft, hour)
    if place.size == 0:
        return np.zeros(place.shape[:-1])
    mean = a / (a + b)
    way, look, p = _stretches(reception, mean, place, band, slot, duration_s)
    out = np.bincount(way, weights=look * np.log1p(-p), minlength=place.size // place.shape[-1])
    return np.asarray(out.reshape(place.shape[:-1]), dtype=np.float64)


class Way(NamedTuple):
    """What reception along one way promises: the chance to be heard at least once, with its 90 % limits."""

    mean: float
    low: float
    high: float
    looks: int  # crossings that this rests on
    measured: float  # share of the time for which reception is measured
    below: float  # share of that where crossings go unheard more often than not
    poor: float  # … and surely enough: the upper limit is below ``POOR_HIGH``


def heard_along(
    reception: Reception,
    lat: ArrayLike,
    lon: ArrayLike,
    altitude_ft: ArrayLike,
    hour: ArrayLike,
    duration_s: ArrayLike,
    *,
    own: bool = False,
) -> Way:
    """Return the chance to be heard at least once on one way, counted as in ``silence_log_probability``.

    Arrays of n samples. The limits take reception at its low or high end everywhere at once. ``own``: this
    silence is itself among the looks, one unseen in each cell that it crosses, and is left out. Samples of
    no duration do not count, but tell which cells those are.
    """
    a, b, place, band, slot = beta_at(reception, lat, lon, altitude_ft, hour)
    if own:
        a, b = _without_own(reception, place, band, slot)
    known = np.isfinite(a)
    seconds = np.broadcast_to(np.asarray(duration_s, dtype=np.float64), known.shape)
    share = float(seconds[known].sum() / max(float(seconds.sum()), 1e-9))
    if not known.any():
        return Way(float("nan"), float("nan"), float("nan"), 0, 0.0, 0.0, 0.0)
    low, high = np.full(a.shape, np.nan), np.full(a.shape, np.nan)
    low[known], high[known] = interval(a[known], b[known])
    chance = []
    for value in (a / (a + b), low, high):
        _, look, p = _stretches(reception, value, place, band, slot, seconds)
        chance.append(-float(np.expm1(np.sum(look * np.log1p(-np.minimum(p, 1.0 - 1e-12))))))
    used = known & (seconds > 0)
    outer, height = np.unique(np.stack([surroundings_at(reception, place[used]), band[used]]), axis=1)
    looks = int(reception.pool[0, outer, height].sum())
    total = max(float(seconds[known].sum()), 1e-9)
    below = known & (a < b)
    poor = below & (high < POOR_HIGH)
    shares = (share, float(seconds[below].sum()) / total, float(seconds[poor].sum()) / total)
    return Way(chance[0], chance[1], chance[2], looks, *shares)


def _without_own(
    r: Reception, place: NDArray[np.int64], band: NDArray[np.int64], slot: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return the Beta parameters with one unseen look less in each cell, band and slot of a way."""
    known = (place >= 0) & (band >= 0)
    inner = known & (place < len(r.cells))
    p, h, outer = (
        np.where(inner, place, 0),
        np.where(known, band, 0),
        surroundings_at(r, np.maximum(place, 0)),
    )
    if not known.any():
        return np.full(place.shape, np.nan), np.full(place.shape, np.nan)
    looks, seen = (np.where(inner, x[p, h, slot], 0) for x in r.own)
    mine = (looks > seen).astype(np.int64)  # its look was one of the unseen
    taken = np.zeros(r.pool.shape[1:], dtype=np.int64)
    _, once = np.unique((p * N_BANDS + h) * N_SLOTS + slot, return_index=True)
    np.add.at(taken, (outer[once], h[once]), mine[once])
    others, others_seen = r.pool[0, outer, h] - taken[outer, h], r.pool[1, outer, h]
    looks = looks - mine
    a, b = posterior(looks, seen, others - looks, others_seen - seen)
    nothing = ~known | (others == 0)
    return np.where(nothing, np.nan, a), np.where(nothing, np.nan, b)


def _stretches(
    r: Reception,
    value: Floats,
    place: NDArray[np.int64],
    band: NDArray[np.int64],
    slot: NDArray[np.int64],
    duration_s: ArrayLike,
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return per stretch the number of its way, its part of a look and its mean reception (unknown: 0)."""
    n = place.shape[-1]
    known = np.isfinite(value)
    key = np.where(known, (surroundings_at(r, place) * N_BANDS + band) * N_SLOTS + slot, -1).reshape(-1, n)
    seconds = np.broadcast_to(np.asarray(duration_s, dtype=np.float64), place.shape)
    seconds = np.where(known, np.nan_to_num(seconds), 0.0).ravel()
    new = np.ones(key.shape, dtype=np.bool_)
    new[:, 1:] = key[:, 1:] != key[:, :-1]
    first = np.flatnonzero(new)
    inside = np.add.reduceat(seconds, first)
    mean = np.add.reduceat(seconds * np.where(known, value, 0.0).ravel(), first) / np.maximum(inside, 1e-9)
    return first // n, np.minimum(1.0, inside / FULL_LOOK_S), np.minimum(mean, 1.0)
