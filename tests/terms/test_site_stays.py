"""One kernel of stays, two bodies: the same suite for aircraft and ships."""

from __future__ import annotations

import numpy as np
import pytest

from waystation.terms.site_stays import (
    AIRCRAFT,
    SHIP,
    TRANSITIONS,
    ending_confidence,
    site_stays,
    stay_confidence,
)

BODIES = pytest.mark.parametrize("rules", [AIRCRAFT, SHIP], ids=["aircraft", "ship"])
HOUR = 3600.0


def reports(rules, *legs, step_s=300.0):
    """Each leg: (duration_s, distance as 'in' | 'edge' | 'out', 'stand' | 'move')."""
    km = {"in": rules.near_km / 2, "edge": (rules.near_km + rules.away_km) / 2, "out": rules.away_km * 2}
    kt = {"stand": rules.stop_kt / 2, "drift": (rules.stop_kt + rules.go_kt) / 2, "move": rules.go_kt * 3}
    time, distance, speed = [], [], []
    at = 0.0
    for duration, where, how in legs:
        if where == "silence":
            at += duration
            continue
        n = max(1, int(duration / step_s))
        time += [at + k * step_s for k in range(n)]
        distance += [km[where]] * n
        speed += [kt[how]] * n
        at += n * step_s
    return np.array(time), np.array(distance), np.array(speed)


@BODIES
def test_coming_standing_and_going_is_one_stay_of_grade_4(rules):
    t, d, v = reports(rules, (HOUR, "out", "move"), (HOUR, "in", "stand"), (HOUR, "out", "move"))
    (stay,) = site_stays(t, d, v, rules)
    assert stay.confidence == 4
    assert (stay.in_low_s, stay.in_high_s) == (3300.0, 3600.0)
    assert (stay.out_low_s, stay.out_high_s) == (6900.0, 7200.0)
    assert stay.evidence == ("came", "stopped", "went")


@BODIES
def test_a_body_on_the_edge_does_not_flicker(rules):
    legs = [(HOUR, "out", "move"), (HOUR, "in", "stand")]
    legs += [(600.0, "edge", "drift"), (600.0, "in", "stand")] * 3
    t, d, v = reports(rules, *legs, (HOUR, "out", "move"))
    assert len(site_stays(t, d, v, rules)) == 1
    t, d, v = reports(rules, (HOUR, "out", "move"), (HOUR, "edge", "stand"), (HOUR, "out", "move"))
    assert site_stays(t, d, v, rules) == []


@BODIES
def test_a_record_that_begins_or_ends_there_has_one_side_only(rules):
    t, d, v = reports(rules, (HOUR, "in", "stand"), (HOUR, "out", "move"))
    (stay,) = site_stays(t, d, v, rules)
    assert stay.confidence == 3
    assert np.isnan(stay.in_low_s)
    t, d, v = reports(rules, (HOUR, "in", "stand"))
    (stay,) = site_stays(t, d, v, rules)
    assert stay.confidence == 2
    assert np.isnan(stay.out_high_s)


@BODIES
def test_a_silence_near_the_site_counts_as_staying(rules):
    t, d, v = reports(
        rules,
        (HOUR, "out", "move"),
        (900.0, "in", "move"),
        (rules.silence_s + HOUR, "silence", ""),
        (900.0, "in", "move"),
        (HOUR, "out", "move"),
    )
    (stay,) = site_stays(t, d, v, rules)
    assert stay.confidence == 4
    assert "silent" in stay.evidence
    assert "stopped" not in stay.evidence


@BODIES
def test_going_unseen_leaves_the_time_open(rules):
    t, d, v = reports(
        rules,
        (HOUR, "out", "move"),
        (900.0, "in", "move"),
        (rules.silence_s * 2, "silence", ""),
        (HOUR, "out", "move"),
    )
    (stay,) = site_stays(t, d, v, rules)
    assert stay.confidence == 3
    assert stay.out_high_s - stay.out_low_s >= rules.silence_s


@BODIES
def test_a_pass_without_stopping_is_grade_1(rules):
    t, d, v = reports(rules, (HOUR, "out", "move"), (900.0, "in", "move"), (HOUR, "out", "move"))
    assert [s.confidence for s in site_stays(t, d, v, rules)] == [1]


def test_a_quick_pass_of_an_aircraft_is_no_stay_and_overhead_is_not_there():
    t, d, v = reports(AIRCRAFT, (HOUR, "out", "move"), (300.0, "in", "move"), (HOUR, "out", "move"))
    assert site_stays(t, d, v, AIRCRAFT) == []
    t, d, v = reports(AIRCRAFT, (HOUR, "out", "move"), (HOUR, "in", "move"), (HOUR, "out", "move"))
    assert site_stays(t, d, v, AIRCRAFT, np.full(len(t), 9000.0)) == []


def test_no_reports_no_stays():
    none = np.zeros(0)
    assert site_stays(none, none, none, SHIP) == []


def test_every_state_can_be_left_and_no_transition_leads_nowhere():
    assert set(TRANSITIONS.values()) == {old for old, _ in TRANSITIONS}


def test_confidence_scales_agree():
    assert stay_confidence(came=True, stayed=True, went=True) == ending_confidence("seen", "seen") == 4
    assert ending_confidence("seen", "inferred") == ending_confidence("approach", "approach") == 3
    assert ending_confidence("inferred", "unknown") == 2
    assert stay_confidence(came=True, stayed=False, went=True) == 1
