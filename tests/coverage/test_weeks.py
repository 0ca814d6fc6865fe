"""Reception by week: counted by hand, by law, and beside the table by hour."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from made_flights import positions
from made_traffic import MIDNIGHT_S, eastbound, judged, straight

from waystation import coverage
from waystation.terms.schema import TABLES, empty

DAY_S = 86400.0
MONDAY_S = MIDNIGHT_S - ((MIDNIGHT_S // DAY_S + 3) % 7) * DAY_S


def weeks(*tracks_: dict[str, np.ndarray]) -> pl.DataFrame:
    made = [positions(t, icao24=f"{0x3C0000 + i:06x}") for i, t in enumerate(tracks_)]
    return pl.from_arrow(coverage.build_weeks(judged(*made)))


def without(track: dict[str, np.ndarray], start_s: float, stop_s: float) -> dict[str, np.ndarray]:
    t = track["t"] - track["t"][0]
    return {k: v[(t <= start_s) | (t >= stop_s)] for k, v in track.items()}


def test_nothing_gives_an_empty_table() -> None:
    made = coverage.build_weeks(judged(empty("positions")))
    assert made.equals(TABLES["coverage_weeks"].empty_table())
    assert coverage.merge_weeks([made, made]).num_rows == 0
    assert coverage.merge_weeks([]).num_rows == 0


def test_both_tables_come_from_one_pass_and_each_is_what_it_is_alone() -> None:
    rng = np.random.default_rng(3)
    traffic = judged(eastbound(12, lambda lat, lon: rng.random(len(lat)) < 0.1))
    hours, weekly = coverage.build_both(traffic)
    assert hours.equals(coverage.build(traffic))
    assert weekly.equals(coverage.build_weeks(traffic))
    assert 0 < weekly.column("seen").to_numpy().sum() < weekly.column("looks").to_numpy().sum()


def test_a_flight_heard_throughout_is_seen_in_every_cell_but_its_first_and_last() -> None:
    made = weeks(straight(49.0, 5.0, 90.0, 1500.0))
    assert made["looks"].sum() == made["seen"].sum()
    assert 9 <= made["looks"].sum() <= 16  # 1,500 km over cells of 120 km, less two
    assert made["bodies"].sum() == made.height
    assert made["after_silence"].sum() == 0


def test_a_week_runs_from_monday_to_sunday_and_belongs_to_its_monday() -> None:
    sunday = straight(49.0, 5.0, 90.0, 900.0, at_s=MONDAY_S - 12 * 3600.0)
    monday = straight(49.0, 5.0, 90.0, 900.0, at_s=MONDAY_S + 12 * 3600.0)
    late = straight(49.0, 5.0, 90.0, 900.0, at_s=MONDAY_S + 6.5 * DAY_S)
    made = weeks(sunday, monday, late).group_by("week_utc").agg(pl.col("looks").sum()).sort("week_utc")
    assert [d.isoweekday() for d in made["week_utc"]] == [1, 1]
    assert made["looks"][1] == 2 * made["looks"][0] > 0
    assert (made["week_utc"][1] - made["week_utc"][0]).days == 7
    assert made["week_utc"][1] == date.fromordinal(date(1970, 1, 1).toordinal() + int(MONDAY_S // DAY_S))


def test_a_long_silence_is_several_unseen_looks_that_follow_each_other() -> None:
    whole = straight(49.0, 5.0, 90.0, 1800.0)
    made = weeks(without(whole, 2400.0, 5700.0))  # 765 km
    unseen = made["looks"].sum() - made["seen"].sum()
    assert 4 <= unseen <= 7
    assert made["after_silence"].sum() == unseen  # each follows one, but the first; and the next is heard
    assert made["after_silence_seen"].sum() == 1


def test_parts_of_other_aircraft_add_up_to_the_whole_and_order_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    traffic = eastbound(30, lambda lat, lon: rng.random(len(lat)) < 0.05)
    whole = coverage.build_weeks(judged(traffic))
    split = pc.less(traffic.column("icao24"), "3c000b")
    parts = [coverage.build_weeks(judged(traffic.filter(x))) for x in (pc.invert(split), split)]
    assert coverage.merge_weeks(parts).equals(whole)
    assert coverage.merge_weeks([whole]).equals(whole)
    shuffled = traffic.take(pa.array(rng.permutation(traffic.num_rows)))
    assert coverage.build_weeks(judged(shuffled)).equals(whole)


def test_longitudes_beyond_180_are_the_same_places() -> None:
    traffic = eastbound(8)
    there = traffic.set_column(
        traffic.column_names.index("lon"), "lon", pc.add(traffic.column("lon"), pa.scalar(360.0))
    )
    assert coverage.build_weeks(judged(there)).equals(coverage.build_weeks(judged(traffic)))


def test_a_week_with_few_looks_borrows_from_the_others_and_says_less() -> None:
    busy = [straight(49.4, 5.0, 90.0, 900.0, at_s=MONDAY_S + 3600.0 * i) for i in range(40)]
    lone = straight(49.4, 5.0, 90.0, 900.0, at_s=MONDAY_S + 8 * DAY_S)
    made = weeks(*busy, lone).filter(pl.col("looks") > 0)
    width = made.with_columns(w=pl.col("high") - pl.col("low")).group_by("looks").agg(pl.col("w").mean())
    few, many = width.sort("looks")["w"][0], width.sort("looks")["w"][-1]
    assert few > 2 * many
    assert few < 0.3  # far less than one look alone would leave open
    assert made["low"].min() == pytest.approx(0.8, abs=0.15)
