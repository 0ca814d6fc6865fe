"""Rates: counts in windows; per_day only where the exposure is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from waystation.patterns.rate_interval import Exposed, rate_interval
from waystation.patterns.rates import rates
from waystation.terms.case_view import CaseView, Question, Site
from waystation.terms.counts import poisson_interval
from waystation.terms.schema import TABLES, conform
from waystation.terms.subjects import subjects_of

CASE = CaseView(
    title="t",
    period_from=date(2024, 12, 2),
    period_to=date(2024, 12, 15),
    sites=(Site("OSLK", group="Syria"), Site("HL59", group="Libya"), Site("HLLB", group="Libya")),
    questions=(Question("q1", "rate", route=("OSLK", "Libya")),),
)


def flights(*rows):
    """(day, hour, origin, destination)."""
    made = [
        {
            "flight_id": f"f{i}",
            "icao24": "154076",
            "type": "IL76",
            "origin": o,
            "origin_ending": "seen" if o else "unknown",
            "origin_probability": 1.0 if o else None,
            "destination": d,
            "destination_ending": "seen" if d else "unknown",
            "destination_probability": 1.0 if d else None,
            "first_seen_utc": datetime(2024, 12, day, hour, tzinfo=UTC),
            "last_seen_utc": datetime(2024, 12, day, hour, tzinfo=UTC) + timedelta(hours=5),
        }
        for i, (day, hour, o, d) in enumerate(rows)
    ]
    return conform("flights", pa.Table.from_pylist(made, schema=TABLES["flights"]))


NONE = TABLES["candidates"].empty_table()


def build(flights, candidates, case, exposures=None):
    return rates({"flights": flights, "candidates": candidates}, case, exposures=exposures)


FLOWN = flights(
    (2, 1, "OSLK", "HL59"), (2, 23, "OSLK", "HLLB"), (10, 6, "HL59", "OSLK"), (11, 6, "OSLK", None)
)


def rows(table, subject, days=None):
    return [
        r
        for r in table.to_pylist()
        if r["subject"] == subject and (days is None or (r["to_utc"] - r["from_utc"]).days == days)
    ]


def test_the_whole_period_comes_first_for_all_types_then_for_each():
    found = rows(build(FLOWN, NONE, CASE), "OSLK>Libya", 14)
    assert [(r["type"], r["n_flights"]) for r in found] == [(None, 2), ("IL76", 2)]
    assert found[0]["from_utc"] == datetime(2024, 12, 2, tzinfo=UTC)
    assert found[0]["to_utc"] == datetime(2024, 12, 16, tzinfo=UTC)


def test_without_exposure_the_rate_is_not_told():
    for r in build(FLOWN, NONE, CASE).to_pylist():
        assert (r["exposure_days"], r["per_day"], r["low"], r["high"], r["level"]) == (None,) * 5


def test_days_belong_to_the_first_position_and_a_zero_is_kept_where_the_fleet_was_heard():
    days = {r["from_utc"].day: r["n_flights"] for r in rows(build(FLOWN, NONE, CASE), "OSLK>Libya", 1)}
    assert days == {2: 2, 10: 0, 11: 0}


def test_weeks_start_on_monday():
    weeks = rows(build(FLOWN, NONE, CASE), "OSLK>Libya", 7)
    assert [(r["from_utc"].day, r["n_flights"]) for r in weeks] == [(2, 2), (9, 0)]


def test_a_place_counts_flights_with_either_end_there():
    assert rows(build(FLOWN, NONE, CASE), "OSLK", 14)[0]["n_flights"] == 4
    assert rows(build(FLOWN, NONE, CASE), "Libya", 14)[0]["n_flights"] == 3


def test_routes_that_nobody_asked_for_have_one_row():
    assert [r["n_flights"] for r in rows(build(FLOWN, NONE, CASE), "HL59>OSLK")] == [1]


def test_days_and_weeks_add_up_to_the_period():
    table = build(FLOWN, NONE, CASE)
    for days in (1, 7):
        assert sum(r["n_flights"] for r in rows(table, "OSLK", days)) == 4


def test_known_exposure_gives_the_exact_interval():
    exact = exposure_table(("OSLK>Libya", 2, 14, 8.0, 8.0, 8.0))
    r = rows(build(FLOWN, NONE, CASE, exact), "OSLK>Libya", 14)[0]
    assert r["per_day"] == pytest.approx(0.25)
    # Gamma(2.5, 1) quantiles at 5 % and 95 %, from tables of chi-square with 5 degrees of freedom, halved
    assert (r["low"] * 8, r["high"] * 8) == pytest.approx((1.1455 / 2, 11.0705 / 2), abs=1e-3)
    assert r["level"] == 0.9


def test_expected_flights_follow_candidates():
    ranked = pa.Table.from_pylist(
        [
            {"flight_id": "f3", "end": "destination", "rank": 1, "airfield": "HLLB", "probability": 0.7},
            {"flight_id": "f3", "end": "destination", "rank": 2, "airfield": "OTHER", "probability": 0.3},
        ],
        schema=TABLES["candidates"],
    )
    r = rows(build(FLOWN, ranked, CASE), "OSLK>Libya", 14)[0]
    assert (r["n_flights"], r["n_expected"]) == (2, pytest.approx(2.7))


def test_subjects_come_from_questions_sites_and_groups():
    assert [s.name for s in subjects_of(CASE)] == ["OSLK>Libya", "OSLK", "HL59", "HLLB", "Libya", "Syria"]


def test_nothing_flown_and_no_period_gives_no_rows():
    assert build(flights(), NONE, CaseView(title="t")).num_rows == 0


def exposure_table(*rows_):
    """(subject, first day, days, mean, low, high)."""
    made = [
        {
            "subject": s,
            "from_utc": datetime(2024, 12, day, tzinfo=UTC),
            "to_utc": datetime(2024, 12, day, tzinfo=UTC) + timedelta(days=n),
            "days": float(n),
            "exposure_days": mean,
            "low": low,
            "high": high,
        }
        for s, day, n, mean, low, high in rows_
    ]
    return pa.Table.from_pylist(made, schema=TABLES["exposures"])


def test_an_uncertain_exposure_widens_the_interval():
    sure, open_ = (
        rows(
            rates({"flights": FLOWN}, CASE, exposures=exposure_table(("OSLK>Libya", 2, 14, 8.0, low, high))),
            "OSLK>Libya",
            14,
        )[0]
        for low, high in ((7.99, 8.01), (4.0, 12.0))
    )
    assert sure["per_day"] == open_["per_day"] == pytest.approx(0.25)
    assert (sure["low"], sure["high"]) == pytest.approx((1.1455 / 16, 11.0705 / 16), rel=0.02)
    assert open_["low"] < sure["low"]
    assert open_["high"] > 1.15 * sure["high"]


def test_an_uncertain_end_counts_by_its_probability_and_widens_the_interval():
    ranked = pa.Table.from_pylist(
        [{"flight_id": "f3", "end": "destination", "rank": 1, "airfield": "HLLB", "probability": 0.5}],
        schema=TABLES["candidates"],
    )
    exact = exposure_table(("OSLK>Libya", 2, 14, 8.0, 8.0, 8.0))
    r = rows(rates({"flights": FLOWN, "candidates": ranked}, CASE, exposures=exact), "OSLK>Libya", 14)[0]
    assert (r["n_flights"], r["n_expected"]) == (2, pytest.approx(2.5))
    assert r["per_day"] == pytest.approx(2.5 / 8)
    two, three = poisson_interval(2), poisson_interval(3)
    assert two[0] / 8 < r["low"] < three[0] / 8
    assert two[1] / 8 < r["high"] < three[1] / 8


def test_an_exposure_of_nothing_says_so_and_tells_no_rate():
    none = exposure_table(("OSLK>Libya", 2, 14, 0.0, 0.0, 0.0))
    r = rows(rates({"flights": FLOWN}, CASE, exposures=none), "OSLK>Libya", 14)[0]
    assert (r["exposure_days"], r["per_day"], r["level"]) == (0.0, None, None)


def test_a_date_of_a_question_has_its_window_and_its_type_a_row_without_flights():
    asked = Question("q1", "rate", route=("OSLK", "Libya"), since=date(2024, 12, 9), type="A124")
    case = replace(CASE, questions=(asked,))
    found = rows(rates({"flights": FLOWN}, case), "OSLK>Libya", 7)
    since = [(r["type"], r["n_flights"]) for r in found if r["from_utc"].day == 9]
    assert since == [(None, 0), ("A124", 0), ("IL76", 0)]
    whole = rows(rates({"flights": FLOWN}, case), "OSLK>Libya", 14)
    assert [(r["type"], r["n_flights"]) for r in whole] == [(None, 2), ("A124", 0), ("IL76", 2)]


def test_the_order_of_flights_does_not_matter():
    exposed = exposure_table(("OSLK>Libya", 2, 14, 8.0, 6.0, 10.0))
    turned = FLOWN.take(pa.array([3, 1, 0, 2]))
    assert rates({"flights": turned}, CASE, exposures=exposed).equals(
        rates({"flights": FLOWN}, CASE, exposures=exposed)
    )


def test_intervals_of_uncertain_exposures_are_those_of_many_draws():
    rng = np.random.default_rng(4)
    exposed = Exposed(100.0, 60.0, 48.0, 71.5)
    p = [1.0] * 9 + [0.7, 0.4, 0.1]
    draws = rng.gamma((rng.random((200_000, 12)) < p).sum(axis=1) + 0.5) / rng.beta(26.4, 17.6, 200_000) / 100
    assert rate_interval(p, exposed)[1:] == pytest.approx(np.quantile(draws, (0.05, 0.95)), rel=0.02)


def test_a_repeated_window_of_the_case_is_one_row():
    case = replace(
        CASE, questions=(Question("q1", "rate", route=("OSLK", "Libya"), since=date(2024, 12, 16)),)
    )
    assert len(rows(rates({"flights": FLOWN}, case), "OSLK>Libya", 14)) == 2
