"""Crossings counted one after the other are those that sorting finds."""

from __future__ import annotations

import numpy as np

from waystation.coverage.crossings import crossings_of
from waystation.coverage.follow import Visits
from waystation.terms.cells import N_BANDS


def visits(n: int, seed: int) -> tuple[Visits, np.ndarray]:
    rng = np.random.default_rng(seed)
    body = np.sort(rng.integers(0, 40, n)).astype(np.int32)
    slot = rng.integers(0, 9, n)
    slot = slot[np.lexsort((slot, body))]
    band = rng.integers(-1, 4, n).astype(np.int8)
    flags = rng.integers(0, 8, n).astype(np.int8)
    inside = rng.uniform(0, 30, n) / 1000.0 * np.exp(rng.uniform(0, 9, n))
    return Visits(body, np.zeros(n), band, slot, inside, flags), rng.integers(0, 6, n).astype(np.int32)


def test_groups_flags_and_sums_are_those_of_a_sort_to_the_last_digit():
    for seed in range(4):
        v, cell = visits(5000, seed)  # some forty visits a crossing: sums of more than eight numbers
        got = crossings_of(v, cell, 3)
        known = np.flatnonzero(v.band >= 0)
        keys = [x[known].astype(np.int64) for x in (v.body, cell, v.band, v.slot)]
        order = np.lexsort(keys[::-1])
        new = np.any([k[order][1:] != k[order][:-1] for k in keys], axis=0)
        first = np.r_[0, np.flatnonzero(new) + 1]
        timely = np.argsort(order[first], kind="stable")
        at = known[order]
        assert np.array_equal(got.inside_s, np.add.reduceat(v.inside_s[at], first)[timely])
        assert np.array_equal(got.flags, np.bitwise_or.reduceat(v.flags[at], first)[timely])
        body, place, band, slot = (k[order[first]][timely] for k in keys)
        assert np.array_equal(got.body, body)
        assert np.array_equal(got.place, place * N_BANDS + band)
        assert np.array_equal(got.slot, slot)


def test_earlier_is_the_crossing_of_the_slot_before_at_the_same_place():
    v, cell = visits(3000, 9)
    got = crossings_of(v, cell, 3)
    for k, before in enumerate(got.earlier.tolist()):
        same = np.flatnonzero((got.body[:k] == got.body[k]) & (got.place[:k] == got.place[k]))
        assert before == (same[-1] if len(same) else -1)


def test_no_visit_is_no_crossing():
    v, cell = visits(0, 1)
    assert len(crossings_of(v, cell, 3).body) == 0
