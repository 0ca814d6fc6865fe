"""Shares and chances: known values, bounds, agreement with the counts' own intervals."""

from __future__ import annotations

import pytest
from scipy.stats import beta, gamma

from waystation.terms.counts import poisson_interval
from waystation.terms.posteriors import chance_above, share_interval


def test_a_share_has_the_jeffreys_interval():
    assert share_interval(3, 10) == pytest.approx(tuple(beta.ppf([0.05, 0.95], 3.5, 7.5)))
    assert share_interval(0, 10)[0] == 0.0
    assert share_interval(10, 10)[1] == 1.0
    assert share_interval(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="between none and all"):
        share_interval(3, 2)


@pytest.mark.parametrize("n", [1, 4, 30, 400])
def test_the_chance_is_that_of_the_gamma_behind_a_counts_interval(n):
    days = 20.0
    low, high = (x / days for x in poisson_interval(n))
    for bound in (0.05, n / days, 1.0, 3.0):
        expected = gamma(n + 0.5, scale=1 / days).sf(bound)
        assert chance_above(bound, low, high) == pytest.approx(expected, abs=1e-6)


def test_none_seen_leaves_the_chance_that_the_upper_end_says():
    assert chance_above(0.2, 0.0, 0.2) == pytest.approx(0.05)


def test_what_is_no_interval_is_refused():
    with pytest.raises(ValueError, match="not an interval"):
        chance_above(1.0, 0.5, 0.5)
