"""Intervals on counts."""

from __future__ import annotations

import numpy as np
import pytest

from waystation.terms.counts import at_least, count_distribution, poisson_interval


def test_interval_of_some_counts():
    # half the 5 % and 95 % points of chi-square with 2n + 1 degrees of freedom
    assert poisson_interval(0) == pytest.approx((0.0, 3.8415 / 2), abs=1e-3)
    assert poisson_interval(10) == pytest.approx((11.5913 / 2, 32.6706 / 2), abs=1e-3)


def test_the_interval_covers_nine_times_in_ten():
    # for one mean the coverage jumps (counts are whole); over means it must come out
    rng = np.random.default_rng(5)
    means = rng.uniform(0.5, 20, 4000)
    spans = [poisson_interval(n) for n in rng.poisson(means).tolist()]
    covered = np.mean([low <= m <= high for m, (low, high) in zip(means, spans, strict=True)])
    assert 0.88 < covered < 0.92


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="negative"):
        poisson_interval(-1)


def test_distribution_of_unlike_events():
    assert count_distribution([0.5, 0.5, 1.0]).tolist() == pytest.approx([0.0, 0.25, 0.5, 0.25])
    assert count_distribution([]).tolist() == [1.0]
    with pytest.raises(ValueError, match=r"0 … 1"):
        count_distribution([1.2])


def test_at_least_is_the_largest_count_that_is_sure_enough():
    k, p = at_least([0.9] * 4, 0.95)
    assert (k, p) == (2, pytest.approx(0.9963))
    assert at_least([0.9] * 4, 0.93) == (3, pytest.approx(0.9477))
    assert at_least([], 0.95) == (0, 1.0)
    assert at_least([1.0, 1.0], 0.95) == (2, 1.0)
