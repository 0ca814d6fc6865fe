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
from waystation.terms.runs import edges_of, run_sums

if TYPE_CHECKING:
    from waystation.terms.reception import Reception

__all__ = ["Way", "heard_along", "silence_log_probability"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
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
    n = place.shape[-1]
    seconds = np.broadcast_to(np.asarray(duration_s, dtype=np.float64), place.shape).ravel()
    mean, of = (a / (a + b)).ravel(), np.arange(place.size) // n
    way, look, p = _stretches(reception, mean, place.ravel(), band.ravel(), slot.ravel(), seconds, of)
    out = np.bincount(way, weights=look * np.log1p(-p), minlength=place.size // n)
    return np.asarray(out.reshape(place.shape[:-1]), dtype=np.float64)


class Way(NamedTuple):
    """What reception along ways promises: the chance to be heard at least once, with its 90 % limits."""

    mean: Floats
    low: Floats
    high: Floats
    looks: Ints  # crossings that this rests on
    measured: Floats  # share of the time for which reception is measured
    below: Floats  # share of that where crossings go unheard more often than not
    poor: Floats  # … and surely enough: the upper limit is below ``POOR_HIGH``


def heard_along(
    reception: Reception,
    lat: Floats,
    lon: Floats,
    altitude_ft: Floats,
    hour: Floats,
    duration_s: Floats,
    *,
    start: Ints,
    own: NDArray[np.bool_],
) -> Way:
    """Return the chance to be heard at least once on each way, counted as in ``silence_log_probability``.

    Way i is the samples from ``start[i]`` up to ``start[i + 1]``. The limits take reception at its low or
    high end everywhere at once. ``own``: the silence of a way is itself among the looks, one unseen in each
    cell that it crosses, and is left out. Samples of no duration do not count, but tell which cells
    those are.
    """
    n = len(start) - 1
    way = np.repeat(np.arange(n), np.diff(start))
    a, b, place, band, slot = beta_at(reception, lat, lon, altitude_ft, hour)
    mine = np.flatnonzero(own[way])
    if len(mine):
        a, b = a.copy(), b.copy()
        a[mine], b[mine] = _without_own(reception, place[mine], band[mine], slot[mine], way[mine])
    known = np.isfinite(a)
    low, high = np.full(a.shape, np.nan), np.full(a.shape, np.nan)
    pairs, at = np.unique(a[known] + 1j * b[known], return_inverse=True)
    low[known], high[known] = (limit[at] for limit in interval(pairs.real, pairs.imag))
    chance = []
    for value in (a / (a + b), low, high):
        of, look, p = _stretches(reception, value, place, band, slot, duration_s, way)
        chance.append(-np.expm1(_sums(look * np.log1p(-np.minimum(p, 1.0 - 1e-12)), of, n)))
    below = known & (a < b)
    poor = below & (high < POOR_HIGH)
    whole, told, less, least = (
        _sums(duration_s[x], way[x], n) for x in (np.ones_like(known), known, below, poor)
    )
    never = np.bincount(way[known], minlength=n) == 0
    mean, lowest, highest = (np.where(never, np.nan, c) for c in chance)
    share, total = told / np.maximum(whole, 1e-9), np.maximum(told, 1e-9)
    looks = _looks(reception, place, band, way, known & (duration_s > 0), n)
    return Way(mean, lowest, highest, looks, share, less / total, least / total)


def _sums(values: Floats, way: Ints, n: int) -> Floats:
    edges = edges_of(way, n)
    return np.asarray(run_sums(values, edges[:-1], edges[1:]), dtype=np.float64)


def _looks(r: Reception, place: Ints, band: Ints, way: Ints, used: NDArray[np.bool_], n: int) -> Ints:
    """Return per way the looks of all surroundings and heights that it touches."""
    n_outer = r.pool.shape[1]
    key = (way[used] * n_outer + surroundings_at(r, place[used])) * N_BANDS + band[used]
    distinct = np.unique(key)
    outer, height = distinct // N_BANDS % max(n_outer, 1), distinct % N_BANDS
    out = np.zeros(n, dtype=np.int64)
    np.add.at(out, distinct // (N_BANDS * max(n_outer, 1)), r.pool[0, outer, height])
    return out


def _without_own(r: Reception, place: Ints, band: Ints, slot: Ints, way: Ints) -> tuple[Floats, Floats]:
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
    looks, seen = (np.where(inner, x[p, h, slot].astype(np.int64), 0) for x in r.own)
    mine = (looks > seen).astype(np.int64)  # its look was one of the unseen
    _, once = np.unique(((way * len(r.cells) + p) * N_BANDS + h) * N_SLOTS + slot, return_index=True)
    _, around = np.unique((way * r.pool.shape[1] + outer) * N_BANDS + h, return_inverse=True)
    taken = np.bincount(around[once], weights=mine[once], minlength=around.max() + 1).astype(np.int64)[around]
    others, others_seen = r.pool[0, outer, h] - taken, r.pool[1, outer, h]
    looks = looks - mine
    a, b = posterior(looks, seen, others - looks, others_seen - seen)
    nothing = ~known | (others == 0)
    return np.where(nothing, np.nan, a), np.where(nothing, np.nan, b)


def _stretches(
    r: Reception, value: Floats, place: Ints, band: Ints, slot: Ints, duration_s: Floats, way: Ints
) -> tuple[Ints, Floats, Floats]:
    """Return per stretch the number of its way, its part of a look and its mean reception (unknown: 0)."""
    if not len(value):
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    known = np.isfinite(value)
    key = np.where(known, (surroundings_at(r, place) * N_BANDS + band) * N_SLOTS + slot, -1)
    seconds = np.where(known, np.nan_to_num(duration_s), 0.0)
    first = np.flatnonzero(np.r_[True, (key[1:] != key[:-1]) | (way[1:] != way[:-1])])
    inside = np.add.reduceat(seconds, first)
    mean = np.add.reduceat(seconds * np.where(known, value, 0.0), first) / np.maximum(inside, 1e-9)
    return way[first], np.minimum(1.0, inside / FULL_LOOK_S), np.minimum(mean, 1.0)
