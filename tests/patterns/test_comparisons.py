"""Comparisons at given dates, and trends."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from bench.patterns.worlds import (
    NEW,
    OLD,
    START,
    RateWorld,
    ShareWorld,
    case,
    flights,
    rate_tables,
    share_tables,
)

from waystation import patterns
from waystation.patterns.trends import trend_of
from waystation.terms.case_view import Question

COUNTRIES = {OLD: "SY", NEW: "LY", "UUEE": "RU", "UMMS": "BY"}


def compared(tables, *questions, **given):
    return patterns.build(tables, case(*questions), countries=COUNTRIES, **given)["comparisons"].to_pylist()


def test_a_move_on_the_event_outranks_the_placebo_dates():
    tables = share_tables(ShareWorld(5, (180.0,)), np.random.default_rng(1))
    rows = {r["subject"]: r for r in compared(tables, Question("q1", "hub-shift"))}
    assert rows[OLD]["placebo_rank"] <= 3
    assert rows[OLD]["low"] < rows[OLD]["difference"] < rows[OLD]["high"] < 0
    assert rows[NEW]["low"] > 0
    assert rows[OLD]["n_placebos"] == 50
    assert rows[OLD]["event"] == "middle"


def test_without_a_move_the_interval_holds_zero_most_times():
    rng, inside = np.random.default_rng(2), 0
    for _ in range(30):
        rows = compared(share_tables(ShareWorld(4), rng), Question("q1", "hub-shift"))
        old = next(r for r in rows if r["subject"] == OLD)
        inside += old["low"] <= 0 <= old["high"]
    assert 23 <= inside <= 30


def test_an_event_outside_the_data_cannot_be_compared():
    tables = share_tables(ShareWorld(4, days=100), np.random.default_rng(3))
    rows = compared(tables, Question("q1", "hub-shift"))
    assert rows
    for r in rows:
        assert (r["difference"], r["placebo_rank"]) == (None, None)
        assert "cannot tell: nothing on one side" in r["controls"]


def test_rates_are_compared_at_events_and_at_since():
    tables = rate_tables(RateWorld(2, 8), np.random.default_rng(4))
    rows = compared(tables, Question("q1", "rate", route=(OLD, NEW), since=date(2024, 8, 1)))
    assert [r["event"] for r in rows] == ["middle", "since 2024-08-01"]
    assert rows[0]["low"] > 0
    assert rows[0]["difference"] == pytest.approx(6 / 7, rel=0.4)


def weekly(shares):
    """Twenty departures a week; the share to Libya as given, the rest to Russia."""
    rows = [
        (7 * w + i * 0.3, OLD, NEW if i < round(20 * share) else "UUEE", "RFF1")
        for w, share in enumerate(shares)
        for i in range(20)
    ]
    return {"flights": flights(rows)}


def test_a_share_that_rises_week_by_week_has_a_rising_trend():
    tables = weekly(np.linspace(0.05, 0.6, 20))
    asked = case(Question("q1", "outflow", site="Syria", event="middle"), days=140)
    rows = patterns.build(tables, asked, countries=COUNTRIES)["trends"].to_pylist()
    whole = {r["subject"]: r for r in rows if r["from_utc"] == START}
    libya, russia = whole["Syria>LY"], whole["Syria>RU"]
    assert libya["low"] > 1
    assert libya["probability_rising"] > 0.99
    assert libya["first_share"] < 0.15
    assert libya["last_share"] > 0.45
    assert russia["odds_ratio_per_week"] == pytest.approx(1 / libya["odds_ratio_per_week"], rel=0.02)
    assert whole["Syria>LY"]["to_utc"] == START + timedelta(days=140)
    since = [r for r in rows if r["subject"] == "Syria>LY" and r["from_utc"] > START]
    assert len(since) == 1, "one more from the event on"


def test_flights_within_the_group_are_no_outflow():
    tables = {"flights": flights([(float(t), OLD, OLD, "RFF1") for t in range(40)])}
    assert compared(tables, Question("q1", "outflow", site="Syria")) == []


def test_trends_cover_what_they_should():
    rng, inside = np.random.default_rng(5), 0
    weeks = np.arange(30.0)
    for _ in range(60):
        total = rng.poisson(3, 30).astype(float)
        p = 1 / (1 + np.exp(-(-1.5 + 0.08 * weeks)))
        trend = trend_of(weeks, rng.binomial(total.astype(int), p).astype(float), total)
        inside += trend.low <= np.exp(0.08) <= trend.high
    assert 48 <= inside <= 59


def test_all_or_nothing_and_too_few_weeks():
    weeks, ten = np.arange(10.0), np.full(10, 4.0)
    trend = trend_of(weeks, ten, ten)
    assert trend.low < 1 < trend.high
    assert trend.last_share > 0.8
    assert trend_of(weeks[:3], ten[:3], ten[:3]) is None


@pytest.mark.parametrize(("turns", "true"), [((180.0,), -0.7), ((), 0.0)])
def test_doubtful_places_do_not_shrink_a_difference(turns, true):
    rng, inside, sizes = np.random.default_rng(6), 0, []
    for _ in range(15):
        world = ShareWorld(3, turns, known_right=0.7, doubt="even")
        rows = compared(share_tables(world, rng), Question("q1", "hub-shift"))
        old = next(r for r in rows if r["subject"] == OLD)
        inside += old["low"] <= true <= old["high"]
        sizes.append(old["difference"])
    assert inside >= 11
    assert np.mean(sizes) == pytest.approx(true, abs=0.12)
