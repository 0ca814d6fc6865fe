"""Rotations: yes, no or cannot-tell, with p-value and power."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from bench.patterns.worlds import ELSEWHERE, START, STRONG, USUAL, case, rotation_tables

from waystation import patterns
from waystation.patterns.itinerary_features import motif_of, trips_of
from waystation.patterns.rotation_test import Features, RotationRules, fit_of, scores_of
from waystation.terms.case_view import Question
from waystation.terms.schema import TABLES

ASKED = case(Question("q1", "rotation", event="middle"))


def rotations(tables, asked=ASKED):
    return patterns.build(tables, asked, countries={})["rotations"].to_pylist()


def group(rows):
    return next(r for r in rows if r["itinerary_id"] is None)


def test_a_new_pattern_does_not_fit_and_the_old_one_does():
    rng = np.random.default_rng(1)
    new = group(rotations(rotation_tables(50, 15, ELSEWHERE, rng)))
    assert (new["fits"], new["motif"]) == ("no", "all since middle")
    assert new["p_value"] < 0.01
    assert new["power"] > 0.8
    old = group(rotations(rotation_tables(50, 15, USUAL, rng)))
    assert old["fits"] == "yes"
    assert old["p_value"] >= 0.05
    assert "a strong change would show with probability" in old["reasons"]


def test_one_itinerary_alone_tells_nothing_however_odd():
    rows = rotations(rotation_tables(50, 1, ELSEWHERE, np.random.default_rng(2)))
    assert [r["fits"] for r in rows] == ["cannot-tell", "cannot-tell"]
    assert "too few to tell" in rows[0]["reasons"]


def test_nine_earlier_ones_make_no_pattern():
    row = group(rotations(rotation_tables(9, 10, ELSEWHERE, np.random.default_rng(3))))
    assert (row["fits"], row["p_value"], row["power"]) == ("cannot-tell", None, None)
    assert "9 earlier itineraries make no pattern" in row["reasons"]


def test_without_an_event_there_is_no_row_and_without_itineraries_a_reason():
    assert (
        rotations(rotation_tables(20, 5, USUAL, np.random.default_rng(4)), case(Question("q1", "rotation")))
        == []
    )
    (row,) = rotations({})
    assert row["fits"] == "cannot-tell"


def test_to_narrows_by_destination():
    tables = rotation_tables(60, 12, USUAL, np.random.default_rng(5))
    rows = rotations(tables, case(Question("q1", "rotation", event="middle", to="HECA")))
    assert group(rows)["motif"] == "all since middle to HECA"
    assert all("HECA" in r["motif"] for r in rows[:-1])


def test_unseen_places_are_left_out_and_counted():
    tables = rotation_tables(30, 6, USUAL, np.random.default_rng(6))
    trips = tables["itineraries"].to_pylist()
    trips[-1]["airfields"] = ["UUMU", "?", "UUMU"]
    tables["itineraries"] = pa.Table.from_pylist(trips, schema=TABLES["itineraries"])
    rows = rotations(tables)
    blind = next(r for r in rows if r["itinerary_id"] == trips[-1]["itinerary_id"])
    assert blind["fits"] == "cannot-tell"
    assert "1 of its 3 places were not seen" in blind["reasons"]
    assert "1 itineraries with places not seen are left out" in group(rows)["reasons"]


def test_same_input_same_answer_in_any_order():
    tables = rotation_tables(30, 6, STRONG, np.random.default_rng(7))
    order = np.random.default_rng(8).permutation(tables["itineraries"].num_rows)
    mixed = tables | {"itineraries": tables["itineraries"].take(order)}
    assert rotations(tables) == rotations(mixed)


def test_size_and_power():
    rng, rules = np.random.default_rng(9), RotationRules(draws=500)
    p = {kind: [] for kind in (USUAL, STRONG)}
    for kind, found in p.items():
        for i in range(30):
            trips = trips_of(rotation_tables(50, 5, kind, rng))
            half = START + timedelta(days=180)
            old = [t.features for t in trips if t.start < half]
            found.append(
                fit_of(old, [t.features for t in trips if t.start >= half], seed=i, rules=rules).p_value
            )
    assert np.mean(np.array(p[USUAL]) <= 0.05) <= 0.17
    assert np.mean(np.array(p[STRONG]) <= 0.05) >= 0.6


def test_technical_stops_are_not_in_the_motif():
    assert motif_of(["A", "B", "C", "A"], [0.3, 2.0]) == "A>C>A"
    assert motif_of(["A", "?", "A"], [0.1]) == "A>?>A"
    assert motif_of(["A", "A", "B"], [None]) == "A>B"
    assert motif_of(["A", "B", "A"], [0.1]) == "A>A"


def test_stays_are_measured_between_landing_and_takeoff():
    trips = trips_of(rotation_tables(12, 0, USUAL, np.random.default_rng(10)))
    assert all(len(t.features.stays) == len(t.airfields) - 2 for t in trips)
    assert all(0 < h < 60 for t in trips for _, h in t.features.stays)


@pytest.mark.parametrize("hours", [0.01, 400.0])
def test_an_odd_stay_scores_as_the_oddest_known_and_no_more(hours):
    old = [Features("A>B>A", "x", (("B", 2.0 + 0.1 * i),)) for i in range(20)]
    own, new = scores_of(old, [Features("A>B>A", "x", (("B", hours),))])
    assert new[0, 1] == pytest.approx(own[:, 1].max())


def test_every_motif_new_every_time_makes_a_new_one_no_surprise():
    old = [Features(f"A>{i}>A", f"x{i % 4}") for i in range(40)]
    fit = fit_of(old, [Features(f"A>n{i}>A", "x1") for i in range(8)], seed=1)
    assert fit.p_value > 0.2
