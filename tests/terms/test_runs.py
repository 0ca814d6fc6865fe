"""Arithmetic over runs against NumPy over each run alone."""

from __future__ import annotations

import numpy as np
import pytest

from waystation.terms.runs import (
    edges_of,
    first_least,
    run_medians,
    run_quantiles,
    run_search,
    run_sums,
    spread,
)


@pytest.fixture(scope="module")
def made() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    values = rng.normal(size=20000) * 10.0 ** rng.uniform(-6, 6, 20000)
    start = rng.integers(0, 19000, 400)
    return values, start, start + rng.integers(0, 1000, 400) * (rng.random(400) < 0.9)


def test_sums_are_those_of_numpy_to_the_last_digit(made) -> None:
    values, start, stop = made
    assert run_sums(values, start, stop).tolist() == [
        values[a:b].sum() for a, b in zip(start, stop, strict=True)
    ]


def test_medians_and_quantiles_leave_out_what_is_unknown(made) -> None:
    values, start, stop = made
    gappy = np.where(np.random.default_rng(2).random(len(values)) < 0.4, np.nan, values)
    parts = [gappy[a:b][~np.isnan(gappy[a:b])] for a, b in zip(start, stop, strict=True)]
    medians = [np.median(p) if len(p) else np.nan for p in parts]
    assert np.array_equal(run_medians(gappy, start, stop), medians, equal_nan=True)
    for q in (0.0, 0.7, 0.95, 1.0):
        wanted = [np.quantile(p, q) if len(p) else np.nan for p in parts]
        assert np.array_equal(run_quantiles(gappy, start, stop, q), wanted, equal_nan=True)


def test_search_stands_before_or_after_equals(made) -> None:
    _, start, stop = made
    rising = np.sort(np.random.default_rng(3).integers(0, 500, 20000)).astype(float)
    wanted = np.random.default_rng(4).integers(-10, 510, 400).astype(float)
    for right, side in ((False, "left"), (True, "right")):
        told = [
            a + np.searchsorted(rising[a:b], w, side=side)
            for a, b, w in zip(start, stop, wanted, strict=True)
        ]
        assert run_search(rising, start, stop, wanted, right).tolist() == told


def test_spread_gives_every_element_of_every_run_and_none_of_empty_ones() -> None:
    run, index = spread(np.array([3, 7, 5, 0]), np.array([5, 7, 4, 2]))
    assert run.tolist() == [0, 0, 3, 3]
    assert index.tolist() == [3, 4, 0, 1]
    assert edges_of(run, 4).tolist() == [0, 2, 2, 2, 4]


def test_the_first_least_of_each_run_that_has_any() -> None:
    run = np.array([0, 0, 0, 2, 2])
    assert first_least(run, np.array([2.0, 1.0, 1.0, 5.0, 4.0])).tolist() == [1, 4]
    assert first_least(run, np.array([1.0, 1.0, 1.0, 5.0, 5.0]), np.array([3, 2, 1, 0, 1])).tolist() == [2, 3]
    assert first_least(np.zeros(0, dtype=np.int64), np.zeros(0)).tolist() == []
