from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.world.breguet import FitRules, fit_curve, greatest_payload_t, range_km, takeoff_share
from waystation.world.performance import POINT_GRADES, performance_of, performances, without_curve
from waystation.world.types import aircraft_type

ROOT = Path(__file__).resolve().parents[2]
WITH_CURVE = [p for p in performances() if p.curve]
by_variant = pytest.mark.parametrize("p", WITH_CURVE, ids=lambda p: p.variant)


def test_every_type_that_the_work_needs_is_there():
    asked = {"IL76", "A124", "AN22", "AN12", "T154", "IL62", "AN26", "AN72", "C17", "C30J", "A400", "B744"}
    assert asked <= {p.type for p in performances()}
    assert {"Il-76TD/MD", "Il-76MD-90A", "Il-76TD-90VD", "An-72", "An-74"} <= {
        p.variant for p in performances()
    }
    for kind in asked:
        assert sum(p.default for p in performances() if p.type == kind) == 1, kind
        assert aircraft_type(kind), kind


def test_every_point_and_weight_is_graded_and_sourced():
    for p in performances():
        assert p.weights_grade in POINT_GRADES, p.variant
        assert p.runway_grade in POINT_GRADES, p.variant
        assert p.weights_source, p.variant
        assert p.runway_source, p.variant
        assert p.points, p.variant
        for q in p.points:
            assert q.grade in POINT_GRADES, (p.variant, q)
            if q.grade != "assumed":
                assert q.source.startswith("http"), (p.variant, q)
            assert not (q.fitted and q.grade == "assumed"), (p.variant, q)


def test_weights_are_possible():
    for p in performances():
        assert p.empty_t + p.payload_t < p.mtow_t, p.variant
        assert p.empty_t + p.fuel_t <= p.mtow_t, p.variant
        assert 900 <= p.takeoff_m <= 3500, p.variant


@by_variant
def test_published_points_are_reproduced_within_the_stated_uncertainty(p):
    for q in p.points:
        if q.fitted:
            made = float(range_km(p.curve, q.payload_t, q.takeoff_t))
            assert abs(np.log(q.range_km / made)) < 1.645 * p.curve.sigma, q  # the 90 % band


def test_the_uncertainty_is_ten_per_cent_at_best_and_more_for_weak_sources():
    for p in WITH_CURVE:
        weak = p.weights_grade != "sourced" or any(q.grade != "sourced" for q in p.points if q.fitted)
        assert p.curve.sigma >= (0.15 if weak else 0.10), p.variant
    assert performance_of("An-72").curve.sigma == pytest.approx(0.10)


def test_a_variant_that_rests_on_assumed_points_cannot_tell():
    assert {p.variant for p in without_curve()} == {"Il-62M", "Il-76TD-90VD"}
    assert "assum" in performance_of("IL62").reason
    assert performance_of("IL62").curve is None  # the designator means the Il-62M
    assert performance_of("il-62").curve is not None  # the first version, by name


def test_names_are_found_in_any_spelling_and_strangers_are_not():
    assert performance_of(" il76 ").variant == "Il-76TD/MD"
    assert performance_of("il-76md-90a").variant == "Il-76MD-90A"
    assert performance_of("XYZ") is None
    assert performance_of(None) is None


@by_variant
def test_more_payload_never_reaches_further_and_payload_is_the_inverse_of_range(p):
    payloads = np.linspace(0.0, p.payload_t, 40)
    reach = range_km(p.curve, payloads)
    assert (np.diff(reach) < 0).all()
    np.testing.assert_allclose(greatest_payload_t(p.curve, reach), payloads, atol=1e-8)


@by_variant
def test_cruise_efficiency_is_that_of_an_aircraft(p):
    # K = V (L/D) / (g sfc): 9,000 km for an old turboprop to 30,000 km for the best jets of that age
    assert 9_000 < p.curve.k_km < 30_000
    assert 0 < p.curve.reserve_t < 0.1 * p.mtow_t


def test_no_payload_at_all_over_a_distance_beyond_reach():
    curve = performance_of("IL76").curve
    far = float(range_km(curve, 0.0)) * 1.05
    assert float(greatest_payload_t(curve, far)) < 0
    assert float(greatest_payload_t(curve, far, 1.2)) > 0  # a better K reaches it


def test_weight_at_takeoff_grows_with_the_leg_up_to_the_limit():
    curve = performance_of("IL76").curve
    shares = takeoff_share(curve, 40.0, [0.0, 2000.0, float(range_km(curve, 40.0)), 9000.0, np.nan])
    assert shares[0] == pytest.approx((curve.empty_t + 40.0 + curve.reserve_t) / curve.mtow_t)
    assert shares[0] < shares[1] < shares[2]
    np.testing.assert_allclose(shares[2:], 1.0)


def test_more_than_the_aircraft_lifts_has_no_range():
    curve = performance_of("IL76").curve
    assert float(range_km(curve, curve.mtow_t)) == 0.0


@given(
    k=st.floats(9_000, 30_000),
    share=st.floats(0.02, 0.06),
    payloads=st.lists(st.floats(5, 60), min_size=3, max_size=6, unique=True),
)
def test_exact_points_give_back_their_curve(k, share, payloads):
    mtow, empty, fuel = 200.0, 90.0, 90.0
    points = [
        (p, k * np.log(min(mtow, empty + p + fuel) / (empty + p + share * mtow)), mtow, 1.0) for p in payloads
    ]
    curve = fit_curve(mtow, empty, fuel, points, weak=False)
    for p, km, _, _ in points:
        assert float(range_km(curve, p)) == pytest.approx(
            km, rel=0.05
        )  # the prior on the reserve pulls a little
    assert curve.sigma == FitRules().sigma_sourced


def test_points_that_contradict_each_other_widen_the_band():
    points = [(50.0, 4000.0, 200.0, 1.0), (50.0, 7000.0, 200.0, 1.0), (20.0, 8000.0, 200.0, 1.0)]
    assert fit_curve(200.0, 90.0, 90.0, points, weak=False).sigma > 0.2


def test_the_order_of_points_does_not_matter():
    points = [(50.0, 4100.0, 210.0, 0.5), (20.0, 8500.0, 210.0, 0.5), (52.0, 5000.0, 210.0, 1.0)]
    a, b = (fit_curve(210.0, 92.5, 90.0, x, weak=True) for x in (points, points[::-1]))
    assert a.k_km == pytest.approx(b.k_km, rel=1e-12)
    assert a.reserve_t == b.reserve_t


def test_residuals_of_every_fit_are_on_the_page():
    made = subprocess.run(
        [sys.executable, ROOT / "scripts" / "performance_table.py"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    page = (ROOT / "docs" / "rules" / "performance.md").read_text()
    missing = [line for line in made.splitlines() if line and line not in page]
    assert not missing, f"run scripts/performance_table.py and put its tables on the page: {missing[:3]}"
    assert page.rstrip().split("\n## ")[-1].startswith("What this gets wrong")
