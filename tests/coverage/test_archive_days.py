"""What an archive lacks: days, folders, hours; and archives of a few aircraft only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from waystation.coverage import archive_days
from waystation.terms.schema import TABLES

START = datetime(2024, 11, 30, tzinfo=UTC)


def source(uri, first_h, last_h, network="adsb.lol"):
    return {
        "source_id": uri,
        "uri": uri,
        "network": network,
        "first_utc": START + timedelta(hours=first_h),
        "last_utc": START + timedelta(hours=last_h),
    }


def world(day, folders=256, each=1):
    """A day's traces, the first from just after midnight to just before the next."""
    return [
        source(
            f"a.tar!/2024/traces/{f:02x}/trace_full_4b{i:02x}{f:02x}.json", 24 * day + 0.2, 24 * day + 23.8
        )
        for f in range(folders)
        for i in range(each)
    ]


def days(rows, **kwargs):
    return archive_days(pa.Table.from_pylist(rows, schema=TABLES["sources"]), **kwargs).to_pylist()


def test_no_sources_no_days():
    assert days([]) == []


def test_a_whole_day_a_missing_one_and_one_with_half_its_folders():
    made = days([*world(0), *world(2, 122)])
    assert [r["day_utc"] for r in made] == [date(2024, 11, 30), date(2024, 12, 1), date(2024, 12, 2)]
    assert [r["files"] for r in made] == [256, 0, 122]
    assert [r["folders_found"] for r in made] == [256, 0, 122]
    assert {r["folders_expected"] for r in made} == {256}
    assert [r["share_present"] for r in made] == [1.0, 0.0, pytest.approx(122 / 256)]
    assert [r["reason"] for r in made] == ["whole", "no file of this day", "122 of 256 trace folders"]
    assert made[1]["first_utc"] is None
    assert made[0]["first_utc"] == START + timedelta(hours=0.2)


def test_without_a_day_of_200_folders_none_are_expected():
    made = days(world(0, 120, each=3))
    assert (made[0]["folders_found"], made[0]["folders_expected"]) == (None, None)
    assert (made[0]["share_present"], made[0]["reason"]) == (1.0, "whole")


def test_traces_of_a_few_aircraft_are_a_watch_list():
    made = days([*world(0, 20), *world(3, 24)])
    assert {r["reason"] for r in made} == {"watch-list"}
    assert {r["share_present"] for r in made} == {None}
    assert [r["files"] for r in made] == [20, 0, 0, 24]


def test_a_quiet_region_with_others_on_every_day_is_no_watch_list():
    rows = [
        source(f"a/traces/{d}{i}/trace_full_4b{d:02x}{i}0.json", 24 * d + 1, 24 * d + 23)
        for d in range(4)
        for i in range(10)
    ]
    assert {r["reason"] for r in days(rows)} == {"whole"}


def test_a_quiet_night_in_thin_traffic_is_no_hole_but_half_a_busy_day_is():
    thin = [source(f"a/traces/{i:02x}/trace_full_4b00{i:02x}.json", 6, 14 + i) for i in range(6)]
    busy = [source(f"a/traces/{i:02x}/trace_full_4b01{i:02x}.json", 30, 31) for i in range(40)]
    assert [r["reason"] for r in days([*thin, *busy])] == ["whole", "1.0 of 24 hours"]


def test_a_trace_that_begins_the_evening_before_makes_no_day_of_its_own():
    early = source("x/traces/1b/trace_full_ac671b.json", 21.2, 43.9)
    assert [r["day_utc"] for r in days([early])] == [date(2024, 12, 1)]


def test_a_recording_of_three_hours_is_an_eighth_of_a_day():
    made = days([source("paris.json.gz", 12.0, 15.0)])
    assert made[0]["share_present"] == pytest.approx(3 / 24)
    assert made[0]["reason"] == "3.0 of 24 hours"


def test_a_recording_over_days_is_whole_in_the_middle():
    made = days([source("week.csv", 12.0, 24 * 3 + 6.0)])
    assert [r["share_present"] for r in made] == [0.5, 1.0, 1.0, 0.25]


def test_recordings_with_a_silence_between_them_lack_it():
    made = days([source("a.csv", 0, 6), source("b.csv", 6.5, 12), source("c.csv", 20, 24 - 1e-6)])
    assert made[0]["share_present"] == pytest.approx(16 / 24)


def test_networks_have_their_own_days_and_the_order_of_sources_does_not_matter():
    rows = [*world(0, 120, each=3), source("b.csv", 24, 48 - 1e-6, "mine"), source("c.csv", 0, 3, None)]
    made = days(rows)
    assert [(r["network"], r["day_utc"].day) for r in made] == [(None, 30), ("adsb.lol", 30), ("mine", 1)]
    assert days(rows[::-1]) == made


def test_days_known_to_hold_no_position_are_missing():
    made = days(world(0, 120, each=3), positions_per_day={date(2024, 11, 30): 0})
    assert (made[0]["share_present"], made[0]["reason"]) == (0.0, "no position of this day")


def test_files_without_a_position_have_no_day():
    silent = source("a.csv", 0, 1) | {"first_utc": None, "last_utc": None}
    assert days([silent]) == []


def test_bytes_hours_and_how_late_a_day_came():
    rows = [r | {"bytes": 100, "published_utc": None} for r in world(0)]
    rows[7]["published_utc"] = START + timedelta(hours=24 + 30)
    rows[9]["published_utc"] = START + timedelta(hours=20)
    (made,) = days(rows)
    assert (made["bytes"], made["hours"], made["lag_h"]) == (25_600, 24.0, 30.0)
    half, gone, _ = days([source("a/x.csv", 0, 6), source("a/y.csv", 50, 71)])
    assert (half["hours"], half["lag_h"]) == (6.0, None)
    assert (gone["hours"], gone["bytes"], gone["files"]) == (0.0, 0, 0)
