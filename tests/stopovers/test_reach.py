from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waystation.stopovers.reach import ReachRules, draws_of, legs_reach, reachable_km
from waystation.world.breguet import range_km
from waystation.world.performance import performance_of

IL76 = performance_of("IL76")
RULES = ReachRules()


def test_draws_have_the_spread_that_they_claim_and_are_the_same_every_time():
    a, b = draws_of(IL76, RULES), draws_of(IL76, RULES)
    assert np.log(a.k).mean() == pytest.approx(0.0, abs=1e-9)
    assert np.log(a.k).std() == pytest.approx(IL76.curve.sigma, rel=0.01)
    assert a.gust_kt.std(axis=1) == pytest.approx([20.0, 20.0], rel=0.01)
    assert abs(np.corrcoef(np.vstack([np.log(a.k), a.gust_kt]))[np.triu_indices(3, 1)]).max() < 0.15
    np.testing.assert_array_equal(a.gust_kt, b.gust_kt)


def test_at_the_middle_of_the_curve_it_is_one_in_two():
    km = float(range_km(IL76.curve, 40.0))
    reach = legs_reach(IL76, 40.0, np.array([[km]]), RULES)
    assert reach.probability[0] == pytest.approx(0.5, abs=0.03)
    assert reach.payload_t[0] == pytest.approx(40.0, abs=0.7)


def test_two_legs_of_one_aircraft_stand_and_fall_together():
    km = float(range_km(IL76.curve, 40.0))
    reach = legs_reach(IL76, 40.0, np.array([[km], [km]]), RULES)
    assert (reach.each == pytest.approx(0.5, abs=0.03)) or np.allclose(reach.each, 0.5, atol=0.03)
    assert 0.33 < reach.probability[0] < 0.5  # independent legs would have 0.25


@settings(max_examples=30, deadline=None)
@given(
    legs=st.tuples(st.floats(200, 9000), st.floats(200, 9000)),
    more=st.floats(0, 2000),
    payload=st.floats(0, 50),
)
def test_longer_legs_and_heavier_loads_are_never_easier(legs, more, payload):
    near, far = np.array([[legs[0]], [legs[1]]]), np.array([[legs[0] + more], [legs[1]]])
    a, b = legs_reach(IL76, payload, near, RULES), legs_reach(IL76, payload, far, RULES)
    assert b.probability[0] <= a.probability[0]
    assert np.nan_to_num(b.payload_t[0]) <= np.nan_to_num(a.payload_t[0])
    assert legs_reach(IL76, payload / 2, near, RULES).probability[0] >= a.probability[0]
    assert a.probability[0] <= a.each[:, 0].min() + 1e-12
    low, middle, high = (np.nan_to_num(x[0]) for x in (a.payload_low_t, a.payload_t, a.payload_high_t))
    assert low <= middle <= high <= IL76.payload_t


def test_the_edge_of_the_search_loses_nothing():
    edge = reachable_km(IL76, 40.0, 0.01, RULES)
    assert legs_reach(IL76, 40.0, np.array([[edge * 1.001]]), RULES).probability[0] < 0.01
    assert legs_reach(IL76, 40.0, np.array([[edge * 0.97]]), RULES).probability[0] >= 0.01


def test_a_variant_without_a_curve_is_refused():
    with pytest.raises(ValueError, match="Il-62M has no curve"):
        draws_of(performance_of("IL62"), RULES)
