"""Could an aircraft have been heard there, then? Questions to the table ``coverage``.

Reception of a cell, band and slot is a probability: that an aircraft which crosses it is heard at least
once. What is known of it is a Beta distribution: the looks of its own, on a prior that the surroundings
give (same height, any hour, worth ten looks at most), itself on Jeffreys' prior. Where neither has looks,
nothing is known, and every answer is nan: never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from waystation.terms.cells import (
    BANDS,
    N_BANDS,
    N_SLOTS,
    N_SQUARES,
    SLOT_S,
    band_of,
    cells_of_squares,
    neighbours,
    slot_of_hour,
    squares_of,
    surroundings_of,
)
from waystation.terms.counts import LEVEL

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Measured",
    "PriorRules",
    "Reception",
    "Way",
    "bodies_heard",
    "edge_traffic",
    "heard_along",
    "heard_probability",
    "interval",
    "posterior",
    "reception_of",
    "silence_log_probability",
]

Floats = NDArray[np.float64]
NOWHERE = -1  # a place whose surroundings have no row
POOR_HIGH = 0.8  # with the upper limit of reception above this, poor reception is not shown
FULL_LOOK_S = 60.0  # what coverage takes for a chance to be heard: coverage/looks.py, min_inside_s


@dataclass(frozen=True)
class PriorRules:
    """How much the surroundings may say."""

    strength: float = 10.0  # looks; a dozen looks of its own outweigh them
    jeffreys: float = 0.5  # Beta(½, ½): intervals that hold what they promise even at 0 and 1


class Measured(NamedTuple):
    """Reception at places: mean and 90 % interval (nan: never measured), and from how many looks."""

    mean: Floats
    low: Floats
    high: Floats
    looks: NDArray[np.int64]  # of the cell and its surroundings, at this height


@dataclass(frozen=True)
class Reception:
    """An index over a ``coverage`` table: k places (cells, then surroundings), bands, slots."""

    cells: NDArray[np.uint64]  # sorted; place i is cell i
    around: NDArray[np.uint64]  # sorted; place len(cells) + j is what surroundings j say
    outer: NDArray[np.int64]  # the surroundings of each cell
    a: Floats  # k × bands × slots: Beta parameters, nan where nothing was measured
    b: Floats
    looks: NDArray[np.int64]  # k × bands
    unseen: NDArray[np.int64]  # cells × bands × slots: looks without a position
    bodies: NDArray[np.int64]  # cells × bands
    ends: NDArray[np.int64]
    places: NDArray[np.int32]  # per square: place + 2, 1 = nowhere, 0 = not asked for yet


def posterior(
    looks: ArrayLike,
    seen: ArrayLike,
    others_looks: ArrayLike,
    others_seen: ArrayLike,
    rules: PriorRules = PriorRules(),
) -> tuple[Floats, Floats]:
    """Return the Beta parameters (a, b) of reception.

    ``others``: looks in the surroundings at the same height, these not among them.
    """
    n, k = np.asarray(others_looks, dtype=np.float64), np.asarray(others_seen, dtype=np.float64)
    strength = np.minimum(n, rules.strength)
    mean = (k + rules.jeffreys) / (n + 2 * rules.jeffreys)
    a = rules.jeffreys + strength * mean + np.asarray(seen, dtype=np.float64)
    b = rules.jeffreys + strength * (1.0 - mean) + np.subtract(looks, seen)
    return a, b


def interval(a: Floats, b: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the equal-tailed interval of Beta(a, b)."""
    from scipy.special import betaincinv

    tail = (1.0 - level) / 2.0
    pairs, at = np.unique(np.stack([np.ravel(a), np.ravel(b)]), axis=1, return_inverse=True)
    low, high = (np.asarray(betaincinv(pairs[0], pairs[1], q))[at.ravel()] for q in (tail, 1.0 - tail))
    return low.reshape(np.shape(a)), high.reshape(np.shape(a))


def reception_of(coverage: pa.Table, rules: PriorRules = PriorRules()) -> Reception:
    """Build the index. ``coverage``: the table of that name; a second's work for a continent."""
    text = coverage.column("cell").to_pylist()
    names = {name: i for i, name in enumerate(BANDS)}
    cells, cell = np.unique(np.array([int(c, 16) for c in text], dtype=np.uint64), return_inverse=True)
    around, outer = np.unique(surroundings_of(cells), return_inverse=True)
    band = np.array([names[b] for b in coverage.column("altitude_band").to_pylist()], dtype=np.int64)
    slot = coverage.column("hour_utc").to_numpy() // (SLOT_S // 3600)
    counts = np.zeros((4, len(cells), N_BANDS, N_SLOTS), dtype=np.int64)
    for i, name in enumerate(("looks", "seen", "bodies", "ends")):
        np.add.at(counts[i], (cell, band, slot), coverage.column(name).to_numpy())
    pool = np.zeros((2, len(around), N_BANDS), dtype=np.int64)
    for i in range(2):
        np.add.at(pool[i], outer, counts[i].sum(axis=2))
    own = np.concatenate([counts[:2], np.zeros((2, len(around), N_BANDS, N_SLOTS), dtype=np.int64)], axis=1)
    every = np.concatenate([pool[:, outer], pool], axis=1)
    a, b = posterior(own[0], own[1], every[0][..., None] - own[0], every[1][..., None] - own[1], rules)
    unknown = np.broadcast_to(every[0][..., None] == 0, a.shape)
    a[unknown] = b[unknown] = np.nan
    places = np.zeros(N_SQUARES, dtype=np.int32)  # pages that nobody asks for cost no memory
    bodies, ends = counts[2].sum(axis=2), counts[3].sum(axis=2)
    inside = outer.astype(np.int64)
    return Reception(cells, around, inside, a, b, every[0], counts[0] - counts[1], bodies, ends, places)


def _place(r: Reception, lat: ArrayLike, lon: ArrayLike) -> NDArray[np.int64]:
    """Return the place of each point; ``NOWHERE`` outside all surroundings. Squares are looked up once."""
    squares = squares_of(lat, lon)
    asked = np.where(squares < 0, 0, r.places[squares])
    if np.any((asked == 0) & (squares >= 0)):
        new = np.unique(squares[(asked == 0) & (squares >= 0)])
        cells = cells_of_squares(new)
        i, inner = _find(r.cells, cells)
        j, outer = _find(r.around, surroundings_of(cells))
        place = np.where(inner, i, np.where(outer, len(r.cells) + j, NOWHERE))
        r.places[new] = place + 2
        asked = np.where(squares < 0, 1, r.places[squares])
    return np.where(squares < 0, NOWHERE, asked.astype(np.int64) - 2)


def _find(
    known: NDArray[np.uint64], wanted: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    if not len(known):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=np.bool_)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return at.astype(np.int64), known[at] == wanted


def _beta(
    r: Reception, lat: ArrayLike, lon: ArrayLike, altitude_ft: ArrayLike, hour: ArrayLike
) -> tuple[Floats, Floats, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    place, band, slot = np.broadcast_arrays(
        _place(r, lat, lon), band_of(altitude_ft).astype(np.int64), slot_of_hour(hour)
    )
    no = (place < 0) | (band < 0)
    p, h = np.where(no, 0, place), np.where(no, 0, band)
    if not len(r.cells):
        nothing = np.full(place.shape, np.nan)
        return nothing, nothing, place, band, slot
    return np.where(no, np.nan, r.a[p, h, slot]), np.where(no, np.nan, r.b[p, h, slot]), place, band, slot


def heard_probability(
    reception: Reception, lat: ArrayLike, lon: ArrayLike, altitude_ft: ArrayLike, hour: ArrayLike
) -> Measured:
    """Return the probability that an aircraft crossing the cell of each point is heard at least once.

    Degrees, feet (nan = unknown) and hours of the day UTC; arrays broadcast.
    """
    a, b, place, band, _ = _beta(reception, lat, lon, altitude_ft, hour)
    known = np.isfinite(a)
    low, high = np.full(a.shape, np.nan), np.full(a.shape, np.nan)
    low[known], high[known] = interval(a[known], b[known])
    looks = np.zeros(a.shape, dtype=np.int64)
    looks[known] = reception.looks[place[known], band[known]]
    return Measured(a / (a + b), low, high, looks)


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
    pad). Neighbouring cells are heard by the same receivers, so a stretch within one surroundings (120 km),
    band and slot is one look at its mean reception; of a stay under a minute, a part of one. Unmeasured
    stretches add nothing: silence there says nothing.
    """
    a, b, place, band, slot = _beta(reception, lat, lon, altitude_ft, hour)
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
    poor: float  # share of that where crossings go unheard more often than not, surely enough (``POOR_HIGH``)


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
    silence is itself among the looks, one unseen in each cell that it crosses, and is left out.
    """
    a, b, place, band, slot = _beta(reception, lat, lon, altitude_ft, hour)
    if own:
        a, b = _without_own(reception, a, b, place, band, slot)
    known = np.isfinite(a)
    seconds = np.broadcast_to(np.asarray(duration_s, dtype=np.float64), known.shape)
    share = float(seconds[known].sum() / max(float(seconds.sum()), 1e-9))
    if not known.any():
        return Way(float("nan"), float("nan"), float("nan"), 0, 0.0, 0.0)
    low, high = np.full(a.shape, np.nan), np.full(a.shape, np.nan)
    low[known], high[known] = interval(a[known], b[known])
    chance = []
    for value in (a / (a + b), low, high):
        _, look, p = _stretches(reception, value, place, band, slot, seconds)
        chance.append(-float(np.expm1(np.sum(look * np.log1p(-np.minimum(p, 1.0 - 1e-12))))))
    regions = np.unique(np.stack([_outer(reception, place[known]), band[known]]), axis=1)
    first = len(reception.cells) + regions[0]
    poor = float(seconds[known & (a < b) & (high < POOR_HIGH)].sum() / max(float(seconds[known].sum()), 1e-9))
    looks = int(reception.looks[first, regions[1]].sum())
    return Way(chance[0], chance[1], chance[2], looks, share, poor)


def _without_own(
    r: Reception,
    a: Floats,
    b: Floats,
    place: NDArray[np.int64],
    band: NDArray[np.int64],
    slot: NDArray[np.int64],
) -> tuple[Floats, Floats]:
    inner = np.isfinite(a) & (place < len(r.cells))
    p, h = np.where(inner, place, 0), np.where(inner, band, 0)
    mine = inner & (r.unseen[p, h, slot] > 0) if len(r.cells) else inner
    alone = mine & (r.looks[p, h] == 1)
    return np.where(alone, np.nan, a), np.where(alone, np.nan, b - mine)


def _outer(r: Reception, place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the surroundings of places (not ``NOWHERE``)."""
    if not len(r.cells):
        return np.zeros(place.shape, dtype=np.int64)
    inner = r.outer[np.clip(place, 0, len(r.cells) - 1)]
    return np.where(place < len(r.cells), inner, place - len(r.cells))


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
    key = np.where(known, (_outer(r, place) * N_BANDS + band) * N_SLOTS + slot, -1).reshape(-1, n)
    seconds = np.broadcast_to(np.asarray(duration_s, dtype=np.float64), place.shape)
    seconds = np.where(known, np.nan_to_num(seconds), 0.0).ravel()
    new = np.ones(key.shape, dtype=np.bool_)
    new[:, 1:] = key[:, 1:] != key[:, :-1]
    first = np.flatnonzero(new)
    inside = np.add.reduceat(seconds, first)
    mean = np.add.reduceat(seconds * np.where(known, value, 0.0).ravel(), first) / np.maximum(inside, 1e-9)
    return first // n, np.minimum(1.0, inside / FULL_LOOK_S), np.minimum(mean, 1.0)


def edge_traffic(reception: Reception, lat: float, lon: float, lowest_band: int = 1) -> tuple[int, int]:
    """Return (ends, bodies) where most tracks begin or end in the air: a point's cell and its neighbours.

    Bodies are distinct: the numbers are those of the one cell and band, at or above ``lowest_band``, that
    has the most ends.
    """
    place = int(_place(reception, lat, lon))
    if not 0 <= place < len(reception.cells):
        return 0, 0
    near = np.array(neighbours(int(reception.cells[place])), dtype=np.uint64)
    at, there = _find(reception.cells, near)
    ends, bodies = (x[at[there], lowest_band:].ravel() for x in (reception.ends, reception.bodies))
    most = int(np.argmax(ends))
    return int(ends[most]), int(bodies[most])


def bodies_heard(reception: Reception, lat: ArrayLike, lon: ArrayLike) -> NDArray[np.int64]:
    """Return how many bodies were ever heard in the cell of each point, in the band that has the most."""
    place = _place(reception, lat, lon)
    inside = (place >= 0) & (place < len(reception.cells))
    if not len(reception.cells):
        return np.zeros(place.shape, dtype=np.int64)
    return np.where(inside, reception.bodies.max(axis=1)[np.where(inside, place, 0)], 0)
