"""Other traffic at the same airfields, before and after a date."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from made_reception import MONDAY, airfields, days_table, weeks_table

from waystation.patterns.control_ratio import control_ratio
from waystation.patterns.profiles import Stretches
from waystation.terms.cells import cells_of_squares, squares_of, surroundings_of
from waystation.terms.schema import TABLES

HERE = Stretches(
    surroundings_of(cells_of_squares(squares_of([35.4], [35.9]))), np.array([1]), np.ones(1), np.ones(1)
)
ON = MONDAY + timedelta(days=7 * 8 + 3)


def tables(bodies, days=None):
    return {
        "coverage_weeks": weeks_table(16, lambda _i, w: (bodies(w), bodies(w)), of=HERE),
        "archive_days": days_table(16 * 7) if days is None else days,
        "flights": TABLES["flights"].empty_table(),
    }


def test_steady_traffic_gives_a_ratio_of_one_and_halved_traffic_a_half():
    steady = control_ratio(tables(lambda w: 50 + w % 3), airfields(), ["AAAA"], ON)
    assert steady.low < 1.0 < steady.high
    assert (steady.weeks_before, steady.weeks_after) == (8, 7)
    halved = control_ratio(tables(lambda w: 50 if w <= 8 else 25), airfields(), ["AAAA"], ON)
    assert halved.ratio == pytest.approx(0.5)
    assert halved.high < 0.7
    assert (halved.before, halved.after) == (50, 25)


def test_days_that_the_archive_lacks_are_not_a_drop_in_traffic():
    half = days_table(16 * 7, lambda i: 1.0 if i < 63 or i % 7 in {0, 1, 2, 3} else 0.0)
    found = control_ratio(tables(lambda w: 56 if w <= 8 else 32, half), airfields(), ["AAAA"], ON)
    assert found.ratio == pytest.approx(1.0)


def test_without_traffic_or_weeks_it_says_why():
    assert "aircraft" in control_ratio(tables(lambda _w: 0), airfields(), ["AAAA"], ON).reason
    early = control_ratio(tables(lambda _w: 50), airfields(), ["AAAA"], MONDAY + timedelta(days=3))
    assert early.reason == "too few weeks on one side"
    assert np.isnan(early.ratio)
    assert "aircraft" in control_ratio(tables(lambda _w: 50), airfields(), ["CCCC"], ON).reason
