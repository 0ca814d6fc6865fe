"""Looks, counted by hand and by law."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from made_flights import positions
from made_traffic import MIDNIGHT_S, eastbound, judged, straight

from waystation import coverage
from waystation.terms.reception import heard_probability, reception_of
from waystation.terms.schema import TABLES, empty


def table(*tracks_: dict[str, np.ndarray]) -> pl.DataFrame:
    made = [positions(t, icao24=f"{0x3C0000 + i:06x}") for i, t in enumerate(tracks_)]
    return pl.from_arrow(coverage.build(judged(*made)))


def without(track: dict[str, np.ndarray], start_s: float, stop_s: float) -> dict[str, np.ndarray]:
    t = track["t"] - track["t"][0]
    return {k: v[(t <= start_s) | (t >= stop_s)] for k, v in track.items()}


def test_nothing_gives_an_empty_table() -> None:
    made = coverage.build(judged(empty("positions")))
    assert made.equals(TABLES["coverage"].empty_table())
    assert coverage.merge([made, made]).num_rows == 0


def test_a_flight_heard_throughout_is_seen_in_every_look_but_not_counted_at_its_ends() -> None:
    made = table(straight(49.0, 5.0, 90.0, 800.0))
    assert made["looks"].sum() == made["seen"].sum()
    assert 12 <= made["looks"].sum() <= 25  # 800 km over cells of 45 km, less the first and the last
    assert (made["looks"] == 0).sum() >= 2
    assert made.filter(pl.col("looks") == 0)["low"].null_count() == (made["looks"] == 0).sum()
    assert made["bodies"].sum() == made.height
    assert made["ends"].sum() == 2
    assert set(made["altitude_band"]) == {"28+"}


def test_a_silence_within_a_flight_leaves_looks_unseen_exactly_where_it_is() -> None:
    whole = straight(49.0, 5.0, 90.0, 1200.0)
    full, cut = table(whole), table(without(whole, 1500.0, 3300.0))
    assert cut["looks"].sum() == pytest.approx(full["looks"].sum(), abs=1)  # one silent corner less or more
    missing = full["seen"].sum() - cut["seen"].sum()
    assert 6 <= missing <= 12  # 417 km
    assert cut["ends"].sum() == 2


def test_across_more_than_an_hour_nothing_was_looked_at() -> None:
    whole = straight(49.0, 5.0, 90.0, 2500.0)
    cut = table(without(whole, 2400.0, 6100.0))
    assert cut["looks"].sum() == cut["seen"].sum()
    assert cut["ends"].sum() == 4


def test_a_jump_and_a_slow_silence_are_no_looks() -> None:
    slow = straight(49.0, 5.0, 90.0, 400.0)
    later = straight(49.0, 10.6, 90.0, 400.0, at_s=slow["t"][-1] + 3000.0)  # 10 km on after 50 minutes
    made = table({k: np.concatenate([slow[k], later[k]]) for k in slow})
    assert made["looks"].sum() == made["seen"].sum()


def test_the_ground_is_neither_heard_in_the_air_nor_an_end_there() -> None:
    track = straight(49.0, 5.0, 90.0, 800.0)
    parked = {k: v[-1:].repeat(20) for k, v in track.items()}
    parked |= {"t": track["t"][-1] + 60.0 * np.arange(1, 21), "ground": np.ones(20), "gs": np.zeros(20)}
    parked["alt"] = np.full(20, np.nan)
    both = {k: np.concatenate([track[k], parked[k]]) for k in track}
    assert table(both)["ends"].sum() == table(track)["ends"].sum() - 1
    assert table(both)["bodies"].sum() == table(track)["bodies"].sum()


def test_an_orbit_over_a_border_of_cells_is_one_look_a_slot() -> None:
    there = straight(49.0, 5.0, 90.0, 300.0)
    t = np.arange(0.0, 7200.0, 30.0)
    orbit = straight(49.0, 9.1, 90.0, 300.0)
    orbit = {k: np.resize(v, len(t)) for k, v in orbit.items()}
    orbit |= {"t": there["t"][-1] + 30.0 + t, "lat": 49.0 + 0.2 * np.sin(t / 100.0)}
    orbit["lon"] = there["lon"][-1] + 0.2 - 0.2 * np.cos(t / 100.0)
    orbit["gs"] = np.full(len(t), 430.0)
    back = straight(49.0, 9.4, 90.0, 300.0, at_s=orbit["t"][-1] + 30.0)
    made = table({k: np.concatenate([there[k], orbit[k], back[k]]) for k in there})
    assert made["looks"].max() == 1


def test_height_decides_the_band_and_an_unknown_height_gives_none() -> None:
    assert set(table(straight(49.0, 5.0, 90.0, 500.0, altitude_ft=9000.0))["altitude_band"]) == {"5-15"}
    unknown = straight(49.0, 5.0, 90.0, 500.0)
    unknown["alt"] = np.full(len(unknown["t"]), np.nan)
    assert table(unknown).height == 0


def test_the_antimeridian_is_crossed_like_any_other() -> None:
    here, there = table(straight(0.0, 20.0, 90.0, 800.0)), table(straight(0.0, 176.0, 90.0, 800.0))
    assert there["looks"].sum() == there["seen"].sum()
    assert there["looks"].sum() == pytest.approx(here["looks"].sum(), abs=6)


def test_parts_of_other_aircraft_add_up_to_the_whole_and_order_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    traffic = eastbound(30, lambda lat, lon: rng.random(len(lat)) < 0.05)
    whole = coverage.build(judged(traffic))
    split = pc.less(traffic.column("icao24"), "3c000b")
    parts = [coverage.build(judged(traffic.filter(x))) for x in (pc.invert(split), split)]
    assert coverage.merge(parts).equals(whole)
    shuffled = traffic.take(pa.array(rng.permutation(traffic.num_rows)))
    assert coverage.build(judged(shuffled)).equals(whole)
    assert 0 < whole.column("seen").to_numpy().sum() < whole.column("looks").to_numpy().sum()


def test_three_hours_later_is_the_same_three_hours_later() -> None:
    first = table(straight(49.0, 5.0, 90.0, 800.0))
    later = table(straight(49.0, 5.0, 90.0, 800.0, at_s=MIDNIGHT_S + 600.0 + 6 * 3600.0))
    assert first.drop("hour_utc").equals(later.drop("hour_utc"))
    assert set(first["hour_utc"]) == {0}
    assert set(later["hour_utc"]) == {6}


def test_a_body_counts_once_for_a_cell_and_band_however_often_it_comes() -> None:
    days = [straight(49.0, 5.0, 90.0, 400.0, at_s=MIDNIGHT_S + h * 3600.0) for h in (1, 7, 25, 50)]
    made = table({k: np.concatenate([d[k] for d in days]) for k in days[0]})
    per_cell = made.group_by("cell").agg(pl.col("bodies", "ends", "looks").sum())
    assert per_cell["bodies"].max() == 1
    assert per_cell["ends"].max() == 1
    assert per_cell["looks"].max() == 4


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(11)
    inside, n = 0, 0
    for truth in (0.3, 0.6, 0.9):
        # each aircraft is heard at one place per cell or not at all: thin whole tenths of a degree
        def heard(lat, lon, truth=truth):
            stretch = np.floor(lon / 0.62).astype(int)  # 45 km: about a cell
            return (rng.random(60) < truth)[stretch] | (lon < 5.7) | (lon > 23.0)

        made = pl.from_arrow(coverage.build(judged(eastbound(25, heard)))).filter(pl.col("looks") >= 5)
        share = made["seen"].sum() / made["looks"].sum()
        inside += int(((made["low"] <= share) & (share <= made["high"])).sum())
        n += made.height
    assert n > 60
    assert 0.8 <= inside / n <= 1.0


def test_where_nobody_was_reception_is_unknown_not_nil() -> None:
    reception = reception_of(coverage.build(judged(eastbound(10))))
    there = heard_probability(
        reception, [49.5, 49.5, 20.0], [15.0, 15.0, 15.0], [33000.0, 3000.0, 33000.0], 1.0
    )
    assert there.mean[0] > 0.7
    assert there.low[0] < there.mean[0] < there.high[0]
    assert there.looks[0] >= 10
    assert np.isnan(there.mean[1:]).all()
    assert (there.looks[1:] == 0).all()


def test_an_hour_without_looks_borrows_from_others_and_says_less() -> None:
    reception = reception_of(coverage.build(judged(eastbound(40))))
    now, then = (
        heard_probability(reception, 49.5, 15.0, 33000.0, 1.5),
        heard_probability(reception, 49.5, 15.0, 33000.0, 13.0),
    )
    assert then.high - then.low > now.high - now.low
    assert then.mean > 0.7
