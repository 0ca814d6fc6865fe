"""A drift is told from a step where the visits can tell, and only there."""

from __future__ import annotations

import numpy as np
import pytest
from bench.patterns.worlds import NEW, OLD, ShareWorld, case, day_of, share_tables

from waystation.patterns.asked import share_questions
from waystation.patterns.changes import share_rows
from waystation.patterns.gradual import DriftRules, drift_of, drift_text
from waystation.patterns.rivals import Rivals
from waystation.terms.case_view import Question
from waystation.terms.drifts import GRADUAL

COUNTRIES = {OLD: "SY", NEW: "LY", "LTAG": "TR", "HECA": "EG", "OJAQ": "JO"}
ROSE = np.array([False, True])
WINDOW = (0.0, 360.0)


def units(per_week, over_days, seed, shares=(0.05, 0.9)):
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(*WINDOW, int(per_week / 7 * 360)))
    way = np.clip((times - 180.0) / over_days + 0.5, 0, 1) if over_days else times >= 180.0
    chance = shares[0] + (shares[1] - shares[0]) * way
    return times, (rng.random(len(times)) < chance).astype(np.int64)[None]


def test_many_visits_tell_a_drift_of_months_from_a_step():
    drifts = [drift_of(*units(20, 112, seed), ROSE, WINDOW) for seed in range(6)]
    assert all(d.told() and d.days in {112, 182} for d in drifts)
    assert all(drift_text(d).startswith(GRADUAL) for d in drifts)
    assert all(d.middle.low - 5 < 180 < d.middle.high + 5 for d in drifts)
    steps = [drift_of(*units(20, 0, seed), ROSE, WINDOW) for seed in range(6)]
    assert not any(d.told() for d in steps)
    assert sum("a step on one date fits better" in drift_text(d) for d in steps) >= 3


def test_few_visits_do_not():
    times, labels = units(1, 60, 0)
    assert "cannot be told apart" in drift_text(drift_of(times, labels, ROSE, WINDOW))


def test_nothing_to_test_says_nothing():
    times, labels = units(4, 0, 0)
    assert drift_text(drift_of(times[:0], labels[:, :0], ROSE, WINDOW)) == ""
    assert drift_text(drift_of(times, labels, ROSE, (5.0, 5.0))) == ""


def test_a_drift_that_takes_no_time_is_a_step():
    """The quadrature of a drift against the Beta integrals of a step, in closed form."""
    rules = DriftRules(durations_days=(1e-6,), places=512)
    for seed in range(3):
        same = drift_of(*units(4, 0, seed), ROSE, WINDOW, rules=rules)
        assert same.log10_bayes_factor == pytest.approx(0, abs=1e-3)
        assert same.middle.low - 2 < 180 < same.middle.high + 2


def test_doubled_units_that_count_half_weigh_the_same():
    times, labels = units(8, 112, 1)
    twice = drift_of(np.repeat(times, 2), np.repeat(labels, 2, axis=1), ROSE, WINDOW, spread=2.0)
    assert twice.log10_bayes_factor == pytest.approx(drift_of(times, labels, ROSE, WINDOW).log10_bayes_factor)


def test_a_drift_is_one_change_dated_at_its_middle():
    world = ShareWorld(20, (180.0,), drift_days=120.0, detection=1.0, old=(0.9, 0.02), new=(0.02, 0.9))
    tables = share_tables(world, np.random.default_rng(3))
    asked = next(share_questions(tables, case(Question("q1", "hub-shift")), COUNTRIES))
    found = share_rows(asked, Rivals.of(tables, None))
    rows = [dict(r) for r in found.rows if r["subject"] == OLD]
    assert len(rows) == 1  # two steps the same way, were there no drift
    assert GRADUAL in rows[0]["controls"]
    assert abs(day_of(rows[0]["date_utc"]) - 180) < 10
    assert rows[0]["before"] > 0.8
    assert rows[0]["after"] < 0.1


def test_a_hub_that_moves_and_comes_back_is_no_drift():
    tables = share_tables(ShareWorld(8, (120.0, 240.0)), np.random.default_rng(5))
    asked = next(share_questions(tables, case(Question("q1", "hub-shift")), COUNTRIES))
    rows = [r for r in share_rows(asked, Rivals.of(tables, None)).rows if r["subject"] == OLD]
    assert len(rows) == 2
    assert not any(GRADUAL in r["controls"] for r in rows)
