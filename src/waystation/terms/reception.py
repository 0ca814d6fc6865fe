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
    cell_number,
    cells_of_squares,
    neighbours,
    numbers_of,
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
    "ask",
    "beta_at",
    "bodies_heard",
    "edge_traffic",
    "heard_probability",
    "interval",
    "posterior",
    "reception_of",
    "surroundings_at",
]

Floats = NDArray[np.float64]
NOWHERE = -1  # a place whose surroundings have no row


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
    own: NDArray[np.int32]  # 2 × cells × bands × slots: looks, seen
    pool: NDArray[np.int64]  # 2 × surroundings × bands: likewise
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
    (one, i), (two, j) = (np.unique(np.ravel(x), return_inverse=True) for x in (a, b))
    pairs, at = np.unique(i * len(two) + j, return_inverse=True)  # most of a table shares few pairs
    p, q = (one[pairs // len(two)], two[pairs % len(two)]) if len(pairs) else (one, two)
    low, high = (np.asarray(betaincinv(p, q, x))[at] for x in (tail, 1.0 - tail))
    return low.reshape(np.shape(a)), high.reshape(np.shape(a))


def reception_of(coverage: pa.Table, rules: PriorRules = PriorRules()) -> Reception:
    """Build the index. ``coverage``: the table of that name; a second's work for a continent."""
    cells, cell = _distinct(numbers_of(coverage.column("cell"), cell_number))
    around, outer = np.unique(surroundings_of(cells), return_inverse=True)
    band = numbers_of(coverage.column("altitude_band"), BANDS.index).astype(np.int64)
    slot = coverage.column("hour_utc").to_numpy() // (SLOT_S // 3600)
    counts = np.zeros((4, len(cells), N_BANDS, N_SLOTS), dtype=np.int64)
    at = (cell * N_BANDS + band) * N_SLOTS + slot
    for i, name in enumerate(("looks", "seen", "bodies", "ends")):
        np.add.at(counts[i].reshape(-1), at, coverage.column(name).to_numpy())  # in one dimension it is quick
    pool = np.zeros((2, len(around), N_BANDS), dtype=np.int64)
    of_pool = (outer[:, None] * N_BANDS + np.arange(N_BANDS)).reshape(-1)
    for i in range(2):
        np.add.at(pool[i].reshape(-1), of_pool, counts[i].sum(axis=2).reshape(-1))
    every = np.concatenate([pool[:, outer], pool], axis=1)
    place = (*every.shape[1:], N_SLOTS)
    a, b = (np.repeat(x, N_SLOTS).reshape(place) for x in posterior(0, 0, every[0], every[1], rules))
    own, others = counts[:2, cell, band, slot], every[:, cell, band]  # few places have looks of their own
    others -= own
    a[cell, band, slot], b[cell, band, slot] = posterior(own[0], own[1], others[0], others[1], rules)
    unknown = every[0] == 0
    a[unknown] = b[unknown] = np.nan
    bodies, ends = counts[2].sum(axis=2), counts[3].sum(axis=2)
    inside = outer.astype(np.int64)
    places = np.zeros(N_SQUARES, dtype=np.int32)  # pages that nobody asks for cost no memory
    seen = counts[:2].astype(np.int32)  # a copy: with a view all four would stay
    return Reception(cells, around, inside, a, b, seen, pool, bodies, ends, places)


def _distinct(numbers: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return what ``np.unique`` returns with ``return_inverse``; rows of a cell mostly stand together."""
    first = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]][: len(numbers)])
    distinct, of = np.unique(numbers[first], return_inverse=True)
    return distinct, np.repeat(of.astype(np.int64), np.diff(np.r_[first, len(numbers)]))


def _place(r: Reception, lat: ArrayLike, lon: ArrayLike) -> NDArray[np.int64]:
    """Return the place of each point; ``NOWHERE`` outside all surroundings. Squares are looked up once."""
    squares = squares_of(lat, lon)
    ask(r, squares)
    asked = np.where(squares < 0, 1, r.places[squares])
    return np.where(squares < 0, NOWHERE, asked.astype(np.int64) - 2)


def ask(r: Reception, squares: NDArray[np.int64]) -> None:
    """Look up the places of squares (-1: none) that were not asked for yet, into ``places``."""
    new = np.sort(squares[(squares >= 0) & (r.places[squares] == 0)])
    if not len(new):
        return
    new = new[np.flatnonzero(np.diff(new, prepend=-1))]  # np.unique hashes, and is slower here
    cells = cells_of_squares(new)
    i, inner = _find(r.cells, cells)
    j, outer = _find(r.around, surroundings_of(cells))
    place = np.where(inner, i, np.where(outer, len(r.cells) + j, NOWHERE))
    r.places[new] = place + 2


def _find(
    known: NDArray[np.uint64], wanted: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    if not len(known):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=np.bool_)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return at.astype(np.int64), known[at] == wanted


def beta_at(
    r: Reception, lat: ArrayLike, lon: ArrayLike, altitude_ft: ArrayLike, hour: ArrayLike
) -> tuple[Floats, Floats, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the Beta parameters (nan: never measured) at each point, and its place, band and slot."""
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
    a, b, place, band, _ = beta_at(reception, lat, lon, altitude_ft, hour)
    known = np.isfinite(a)
    low, high = np.full(a.shape, np.nan), np.full(a.shape, np.nan)
    low[known], high[known] = interval(a[known], b[known])
    looks = np.zeros(a.shape, dtype=np.int64)
    looks[known] = reception.pool[0, surroundings_at(reception, place[known]), band[known]]
    return Measured(a / (a + b), low, high, looks)


def surroundings_at(r: Reception, place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the surroundings of places (not ``NOWHERE``)."""
    if not len(r.cells):
        return np.zeros(place.shape, dtype=np.int64)
    inner = r.outer[np.clip(place, 0, len(r.cells) - 1)]
    return np.where(place < len(r.cells), inner, place - len(r.cells))


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
