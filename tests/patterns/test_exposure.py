"""Exposure: what was watched, for how long, how surely; and when that cannot be told."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from made_reception import FIELDS, MONDAY, airfields, days_table, fleet, stretches, weeks_table

from waystation.patterns.absence import absence_probability
from waystation.patterns.exposure import exposures
from waystation.terms.case_view import CaseView, Event, Fleet, Question, Site
from waystation.terms.schema import TABLES, conform
from waystation.terms.subjects import Subject

N_WEEKS = 6
CASE = CaseView(
    title="t",
    period_from=MONDAY,
    period_to=MONDAY + timedelta(days=7 * N_WEEKS - 1),
    fleet=Fleet(types=("IL76",)),
    sites=(Site("AAAA"), Site("BBBB")),
)
ROUTE = Subject("AAAA>BBBB", frozenset({"AAAA"}), frozenset({"BBBB"}))
PLACE = Subject("AAAA", frozenset({"AAAA"}))


def flights(*ends, ending="seen"):
    made = [
        {
            "flight_id": f"f{i}",
            "icao24": "154000",
            "type": "IL76",
            "origin": o,
            "origin_ending": ending,
            "origin_probability": 1.0,
            "destination": d,
            "destination_ending": ending,
            "destination_probability": 1.0,
            "first_seen_utc": datetime(2024, 10, 1 + i, 3, tzinfo=UTC),
            "last_seen_utc": datetime(2024, 10, 1 + i, 8, tzinfo=UTC),
        }
        for i, (o, d) in enumerate(ends)
    ]
    return conform("flights", pa.Table.from_pylist(made, schema=TABLES["flights"]))


def tables(looks, *, days=None, flown=(("AAAA", "BBBB"),), **kwargs):
    return {
        "flights": flights(*flown),
        "aircraft": fleet(),
        "coverage_weeks": weeks_table(N_WEEKS, looks, **kwargs),
        "archive_days": days_table(7 * N_WEEKS) if days is None else days,
    }


def told(subject, t, case=CASE, days=7 * N_WEEKS, start=MONDAY, **kwargs):
    rows = exposures([subject], t, case, airfields(), **kwargs).to_pylist()
    at = datetime(start.year, start.month, start.day, tzinfo=UTC)
    return next(r for r in rows if r["days"] == days and r["from_utc"] == at)


def test_where_all_is_heard_every_day_is_watched():
    row = told(ROUTE, tables(lambda _i, _w: (40, 40)))
    assert 41.5 < row["low"] <= row["exposure_days"] <= row["high"] <= 42.0
    assert row["reason"] is None


def test_windows_are_the_period_its_weeks_and_its_days():
    rows = exposures([ROUTE], tables(lambda _i, _w: (40, 40)), CASE, airfields()).to_pylist()
    assert [sum(r["days"] == n for r in rows) for n in (42, 7, 1)] == [1, N_WEEKS, 42]


def test_a_date_that_a_question_counts_from_has_its_window():
    since = MONDAY + timedelta(days=10)
    case = CaseView(
        **{**CASE.__dict__, "questions": (Question("q1", "rate", ("AAAA", "BBBB"), since=since),)}
    )
    assert told(ROUTE, tables(lambda _i, _w: (40, 40)), case, days=32, start=since)["exposure_days"] > 31


def test_days_that_the_archive_lacks_are_not_watched():
    days = days_table(42, lambda i: 0.0 if i < 7 else 0.5 if i < 14 else 1.0)
    t = tables(lambda _i, _w: (40, 40), days=days)
    assert told(ROUTE, t)["exposure_days"] == pytest.approx(28 + 3.5, abs=0.3)
    rows = exposures([ROUTE], t, CASE, airfields()).to_pylist()
    assert min(r["from_utc"] for r in rows if r["days"] < 42).date() == MONDAY + timedelta(days=7)


def test_a_week_heard_worse_counts_less_than_the_others():
    t = tables(lambda _i, w: (60, 2 if w == 3 else 60), silences=(1000, 30))
    third = MONDAY + timedelta(days=21)
    assert told(ROUTE, t, days=7, start=third)["exposure_days"] < 3.0
    assert told(ROUTE, t, days=7)["exposure_days"] > 6.5
    assert told(ROUTE, t, days=1, start=third)["exposure_days"] == pytest.approx(
        told(ROUTE, t, days=7, start=third)["exposure_days"] / 7
    )


def test_few_looks_leave_the_exposure_open():
    looks = (lambda _i, _w, n=n: (n, n // 4) for n in (4, 400))
    few, many = (told(ROUTE, tables(x, silences=(3000, 300))) for x in looks)
    assert few["high"] - few["low"] > 2 * (many["high"] - many["low"])


def test_silence_that_lasts_makes_a_long_way_hardly_better_than_a_short_one():
    independent = told(ROUTE, tables(lambda _i, _w: (100, 20), silences=(3000, 600)))
    lasting = told(ROUTE, tables(lambda _i, _w: (100, 20), silences=(3000, 30)))
    assert lasting["exposure_days"] < 0.6 * independent["exposure_days"]


def test_no_looks_on_the_way_cannot_be_told():
    row = told(ROUTE, tables(lambda _i, _w: (0, 0)))
    assert (row["exposure_days"], row["low"], row["high"]) == (None, None, None)
    assert "looks on its way" in row["reason"]


def test_half_a_way_measured_says_at_least_so_much():
    half = len(stretches().cells) // 2
    part = told(ROUTE, tables(lambda i, _w: (200, 20) if i < half else (0, 0), silences=(3000, 200)))
    whole = told(ROUTE, tables(lambda _i, _w: (200, 20), silences=(3000, 200)))
    assert part["low"] < whole["low"]
    assert part["high"] - part["low"] > 2 * (whole["high"] - whole["low"])


def test_a_week_in_which_all_traffic_is_gone_is_not_vouched_for_by_the_others():
    t = tables(lambda _i, w: (0, 0) if w == 2 else (40, 38))
    gone = told(ROUTE, t, days=7, start=MONDAY + timedelta(days=14))
    assert gone["exposure_days"] is None
    assert "no traffic" in gone["reason"]
    assert told(ROUTE, t)["low"] < 36.5 < told(ROUTE, t)["high"]  # whatever happened in that week


def test_a_watch_list_cannot_tell():
    t = tables(lambda _i, _w: (40, 40), days=days_table(42, lambda _: None, "watch-list"))
    assert told(ROUTE, t)["exposure_days"] is None
    assert "watch-list" in told(ROUTE, t)["reason"]


def test_a_fleet_cannot_be_its_own_witness():
    alone = days_table(42).set_column(2, "files", pa.array([0] * 41 + [1]))
    t = tables(lambda _i, _w: (40, 40), elsewhere=400, days=alone) | {"aircraft": fleet(900)}
    row = told(ROUTE, t)
    assert row["exposure_days"] is None
    assert "own witness" in row["reason"]


def test_flights_as_listed_cannot_be_told():
    t = tables(lambda _i, _w: (40, 40)) | {"flights": flights(("AAAA", "BBBB"), ending="listed")}
    assert "listed" in told(ROUTE, t)["reason"]
    beside = pa.concat_tables([flights(("CCCC", "DDDD")), flights(("AAAA", "BBBB"), ending="listed")])
    assert "listed" in told(ROUTE, t | {"flights": beside})["reason"]


def test_a_place_is_watched_on_the_last_and_first_300_km():
    near = told(PLACE, tables(lambda i, _w: (60, 60), of=stretches("AAAA", "DDDD"), flown=[("AAAA", "DDDD")]))
    assert near["exposure_days"] > 40
    far = tables(lambda i, _w: (60, 60), of=stretches("BBBB", "CCCC"), flown=[("AAAA", "DDDD")])
    assert told(PLACE, far)["exposure_days"] is None


def test_a_subject_without_any_airfield_that_is_known_cannot_be_told():
    nowhere = Subject("ZZZZ>BBBB", frozenset({"ZZZZ"}), frozenset({"BBBB"}))
    assert "airfield table" in told(nowhere, tables(lambda _i, _w: (40, 40)))["reason"]


def test_a_way_that_is_given_is_the_way_that_is_looked_at():
    detour = (np.array([35.4, 45.0, 32.0]), np.array([35.9, 28.0, 20.3]))
    t = tables(lambda _i, _w: (40, 4), silences=(3000, 300))
    row, straight = told(ROUTE, t, way=lambda *_: detour), told(ROUTE, t)
    assert row["exposure_days"] is None or row["low"] < straight["low"]
    closed = told(ROUTE, t, way=lambda *_: (np.zeros(0), np.zeros(0)))
    assert closed == straight  # no way on paper: the great circle


def test_neither_the_order_of_rows_nor_other_subjects_nor_a_turn_of_the_earth_matter(monkeypatch):
    t = tables(lambda i, w: (10 + i, 3 + w), flown=[("AAAA", "BBBB"), ("AAAA", "DDDD"), ("BBBB", "AAAA")])
    alone = exposures([ROUTE], t, CASE, airfields())
    both = exposures([PLACE, ROUTE], t, CASE, airfields()).to_pylist()
    assert [r for r in both if r["subject"] == ROUTE.name] == alone.to_pylist()
    turned = {k: v.take(pa.array(range(v.num_rows - 1, -1, -1))) for k, v in t.items()}
    assert exposures([ROUTE], turned, CASE, airfields()).equals(alone)
    round_the_earth = airfields({k: (p, q + 360.0) for k, (p, q) in FIELDS.items()})
    there = exposures([ROUTE], t, CASE, round_the_earth)
    for name in ("exposure_days", "low", "high"):
        assert there.column(name).to_pylist() == pytest.approx(alone.column(name).to_pylist(), rel=1e-6)


def test_a_hundred_subjects_take_seconds():
    t = tables(lambda i, w: (10 + i, 3 + w))
    subjects = [Subject(f"s{i}", ROUTE.origins, frozenset({"BBBB", "CCCC", "DDDD"})) for i in range(100)]
    start = time.process_time()
    exposures(subjects, t, CASE, airfields())
    assert time.process_time() - start < 60.0  # a slip of order, not a benchmark


def test_nobody_was_seen_and_one_would_have_been_heard():
    row = told(ROUTE, tables(lambda _i, _w: (40, 40)))
    assert absence_probability(row).probability > 0.95
    days = days_table(42, lambda i: 1.0 if i < 21 else 0.0)
    half = told(ROUTE, tables(lambda _i, _w: (40, 40), days=days))
    one, three = absence_probability(half), absence_probability(half, 3)
    assert one.probability == pytest.approx(0.5, abs=0.02)
    assert three.probability == pytest.approx(1 - 0.5**3, abs=0.02)
    assert one.low <= one.probability <= one.high
    assert absence_probability(told(ROUTE, tables(lambda _i, _w: (0, 0)))) is None
    with pytest.raises(ValueError, match="at least one"):
        absence_probability(row, 0)


def test_an_event_has_a_window_on_either_side():
    event = date(2024, 10, 20)
    case = CaseView(**{**CASE.__dict__, "events": (Event("e", event),)})
    rows = exposures([ROUTE], tables(lambda _i, _w: (40, 40)), case, airfields()).to_pylist()
    assert {r["days"] for r in rows} >= {20.0, 22.0, 42.0}
