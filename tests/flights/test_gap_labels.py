"""What a silence is called, with reception measured on made-up traffic."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from made_flights import fly, join, keep, positions
from made_traffic import MIDNIGHT_S, eastbound, straight

from waystation import coverage, tracks
from waystation.flights.bodies import bodies_of
from waystation.flights.build import observe
from waystation.flights.gap_labels import Surroundings, find_open_gaps
from waystation.flights.interference import spoilt_positions
from waystation.flights.segment import Segments
from waystation.terms.schema import empty
from waystation.world.airfields import load_airfields


def silent(track: dict[str, np.ndarray], start_s: float, stop_s: float) -> dict[str, np.ndarray]:
    t = track["t"] - track["t"][0]
    return {k: v[(t <= start_s) | (t >= stop_s)] for k, v in track.items()}


def gaps_of(subject: dict[str, np.ndarray], traffic: pa.Table | None, icao24: str = "140001") -> list[dict]:
    own = positions(subject, icao24=icao24)
    judged = tracks.build(own)
    table = None
    if traffic is not None:
        table = coverage.build(tracks.build(pa.concat_tables([traffic, own])).positions)
    made = observe(
        judged.positions, judged.gaps, airfields=load_airfields(), aircraft=empty("aircraft"), coverage=table
    )
    return made.gaps.to_pylist()


def crossing(**kwargs: float) -> dict[str, np.ndarray]:
    return straight(49.5, 5.0, 90.0, 1400.0, at_s=MIDNIGHT_S + 1200.0, **kwargs)


def test_silent_where_everybody_else_is_heard_is_dark() -> None:
    (gap,) = gaps_of(silent(crossing(), 1500.0, 3600.0), eastbound(60))
    assert gap["label"] == "dark"
    assert gap["flight_id"] is not None
    assert "35 min without a position" in gap["reason"]
    assert "crossings at these heights" in gap["reason"]


def test_silent_where_nobody_else_is_heard_is_coverage() -> None:
    hole = eastbound(60, lambda lat, lon: (lon < 10.0) | (lon > 16.0))
    (gap,) = gaps_of(silent(crossing(), 1560.0, 3480.0), hole)
    assert gap["label"] == "coverage"
    assert "go unheard" in gap["reason"] or "is measured at" in gap["reason"]


def test_where_tracks_stop_and_start_again_after_more_than_an_hour_is_coverage_too() -> None:
    wide = eastbound(60, lambda lat, lon: (lon < 8.0) | (lon > 22.0), speed_kt=400.0)
    whole = straight(49.5, 5.0, 90.0, 1400.0, at_s=MIDNIGHT_S + 1200.0, speed_kt=400.0)
    gone = (whole["lon"] > 8.0) & (whole["lon"] < 22.0)
    assert gone.sum() * 30.0 > 3600.0
    (gap,) = gaps_of({k: v[~gone] for k, v in whole.items()}, wide)
    assert gap["label"] == "coverage"
    assert "nobody was ever heard" in gap["reason"]


def test_with_nothing_measured_a_gap_is_unknown() -> None:
    # the second: the archive holds this aircraft only, and its own silence is no evidence about itself
    for traffic in (None, empty("positions")):
        (gap,) = gaps_of(silent(crossing(), 1500.0, 3600.0), traffic)
        assert gap["label"] == "unknown"
        assert "not measured" in gap["reason"]


def test_traffic_at_another_height_says_nothing_here() -> None:
    (gap,) = gaps_of(silent(crossing(altitude_ft=9000.0, speed_kt=300.0), 1500.0, 3600.0), eastbound(60))
    assert gap["label"] == "unknown"


def test_a_silence_that_is_usual_for_the_aircraft_is_not_dark() -> None:
    track = crossing(step_s=900.0)
    made = gaps_of(track | {"t": track["t"] + 0.5 * np.arange(len(track["t"]))}, eastbound(60))
    assert made
    assert {g["label"] for g in made} == {"unknown"}


def test_a_detour_is_not_the_straight_way() -> None:
    track = silent(crossing(), 1500.0, 3600.0)
    late = track["t"] - track["t"][0] > 3000.0
    track["t"] = track["t"] + np.where(late, 1700.0, 0.0)  # it arrives half an hour late
    (gap,) = gaps_of(track, eastbound(60))
    assert gap["label"] == "unknown"
    assert "some other way" in gap["reason"] or "landing is possible" in gap["reason"]


def test_parked_is_not_dark() -> None:
    out = fly("LFPG", "EDDM")
    back = fly("EDDM", "LFPG", start_s=out["t"].max() + 7200.0)
    made = gaps_of(join(out, back), eastbound(60))
    assert [g["label"] for g in made] == ["unknown"]
    assert made[0]["flight_id"] is None
    assert "on the ground" in made[0]["reason"]


def test_where_a_landing_fits_a_gap_is_unknown() -> None:
    out = fly("LFPG", "EDDM")
    gone = out["t"].max() + 7200.0
    back = fly("EDDM", "LFPG", start_s=gone)
    both = join(keep(out, out["t"] < out["t"].max() - 1200), keep(back, back["t"] > gone + 1200))
    made = gaps_of(both, eastbound(60))
    assert {g["label"] for g in made} == {"unknown"}
    assert any("landing is possible" in g["reason"] for g in made)


@pytest.mark.parametrize("bit", [16, 32])
def test_jammed_positions_beside_a_gap_make_it_interference(bit: int) -> None:
    judged = tracks.build(positions(silent(crossing(), 1500.0, 3600.0)))
    t = judged.positions.column("time_utc").cast(pa.int64()).to_numpy() / 1000.0 - MIDNIGHT_S - 1200.0
    for near, label in (((t > 1200) & (t < 1400), "interference"), (t < 300, "unknown")):
        mask = pa.array(np.where(near, bit, 0).astype(np.int16))
        table = judged.positions.set_column(judged.positions.schema.get_field_index("mask"), "mask", mask)
        bodies, none = bodies_of(table), np.zeros(0, dtype=np.int64)
        n = len(bodies.t_s)
        air, landing = np.zeros(n, dtype=np.int8), np.zeros(n)
        around = Surroundings(bodies, Segments(*[none] * 9), [], air, landing, spoilt_positions(table))
        made, _ = find_open_gaps(judged.gaps, around)
        assert made.column("label").to_pylist() == [label]


def test_every_gap_keeps_its_row_and_gets_a_label_and_a_reason() -> None:
    out = fly("OSLK", "HL59")
    made = gaps_of(silent(out, 1800.0, 3600.0), None)
    assert all(g["label"] and g["reason"] for g in made)
    assert len(made) == 1


def test_labels_do_not_depend_on_what_else_is_in_the_part() -> None:
    subject = silent(crossing(), 1500.0, 3600.0)
    traffic = eastbound(60)
    everyone = tracks.build(pa.concat_tables([traffic, positions(subject)]))
    table = coverage.build(everyone.positions)
    fields, nobody = load_airfields(), empty("aircraft")
    whole = observe(everyone.positions, everyone.gaps, airfields=fields, aircraft=nobody, coverage=table)
    part = tracks.build(positions(subject))
    alone = observe(part.positions, part.gaps, airfields=fields, aircraft=nobody, coverage=table)
    mine = pc.equal(whole.gaps.column("icao24"), "140001")
    assert whole.gaps.filter(mine).equals(alone.gaps)
    ends = pl.from_arrow(whole.ends).filter(pl.col("flight_id").is_in(alone.flights["flight_id"].to_pylist()))
    assert ends.equals(pl.from_arrow(alone.ends))
