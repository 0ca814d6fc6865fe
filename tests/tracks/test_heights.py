"""Heights that leap away are emptied; their places, and heights that were flown, stay."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from tracks_for_tests import changed, joined, track

from waystation import ingest, tracks

START = 1_700_000_000_000


def heights(t: pa.Table) -> np.ndarray:
    return tracks.build(t).positions["altitude_ft"].to_numpy(zero_copy_only=False).astype(float)


def test_a_height_of_another_aircraft_is_emptied_and_its_place_used() -> None:
    t = track(minutes=20, step_s=5, kt=250.0, altitude_ft=9000)
    alt = np.full(t.num_rows, 9000)
    alt[[50, 120, 121]] = 31000
    found = tracks.build(changed(t, altitude_ft=alt))
    now = found.positions["altitude_ft"].to_numpy(zero_copy_only=False)
    assert np.flatnonzero(np.isnan(now)).tolist() == [50, 120, 121]
    assert not found.positions["mask"].to_numpy().any()
    assert found.masks["mask"].to_pylist() == ["altitude"] * 3
    assert "out of reach of the heights" in found.masks["reason"][0].as_py()


def test_parked_at_cruise_height_is_still_on_the_ground() -> None:
    parked = track(minutes=8, step_s=2, kt=0.0, altitude_ft=1500, on_ground=True)
    alt, bit = np.full(parked.num_rows, 1500), np.ones(parked.num_rows, dtype=bool)
    alt[60:110], bit[60:110] = 38000, False
    parked = changed(parked, altitude_ft=alt, on_ground=bit)
    lat, lon = parked["lat"][-1].as_py(), parked["lon"][-1].as_py()
    away = track(minutes=8, step_s=2, kt=250.0, lat=lat, lon=lon, altitude_ft=1500, start_ms=START + 482_000)
    away = changed(away, altitude_ft=np.linspace(1500, 20000, away.num_rows).astype(int))
    state = tracks.build(joined(parked, away)).positions["ground"].to_numpy()
    assert (state[: parked.num_rows - 5] == 1).all()
    assert (state[parked.num_rows + 5 :] == 0).all()


def test_a_steep_climb_and_a_long_silence_are_no_leaps() -> None:
    climb = track(minutes=5, step_s=10, kt=250.0, altitude_ft=1000)
    climb = changed(climb, altitude_ft=np.linspace(1000, 38000, climb.num_rows).astype(int))
    lat, lon = climb["lat"][-1].as_py(), climb["lon"][-1].as_py()
    later = track(
        minutes=5, step_s=10, kt=250.0, lat=lat, lon=lon, altitude_ft=2000, start_ms=START + 900_000
    )
    t = joined(climb, later)
    assert not np.isnan(heights(t)).any()


def test_an_aircraft_that_goes_on_at_the_new_height_is_not_silenced() -> None:
    t = track(minutes=30, step_s=5, kt=400.0, altitude_ft=20000)
    alt = np.full(t.num_rows, 20000)
    alt[-40:] = 35000  # more than a few rows, at the end, and moving: which of the two is false is not known
    assert not np.isnan(heights(changed(t, altitude_ft=alt))).any()


def test_the_order_of_rows_does_not_matter_to_heights() -> None:
    t = track(minutes=20, step_s=5, kt=250.0, altitude_ft=9000)
    alt = np.full(t.num_rows, 9000)
    alt[70:80] = 31000
    t = changed(t, altitude_ft=alt)
    mixed = t.take(pa.array(np.random.default_rng(1).permutation(t.num_rows)))
    assert tracks.build(mixed).positions.equals(tracks.build(t).positions)


def test_noisy_takeoff_at_zurich_is_on_the_ground_until_it_takes_off(dev_data) -> None:
    for name, first_in_air in (("ground", "14:20:2"), ("takeoff", "17:39:3")):
        with (dev_data / f"traffic/noisy/noisy_{name}.json.gz").open("rb") as stream:
            found = ingest.build(stream, source_id="0" * 16, uri=name).positions
        rows = tracks.build(found).positions
        state = rows["ground"].to_numpy()
        up = int(np.flatnonzero(state == 0)[0])
        assert str(rows["time_utc"][up].as_py())[11:18] == first_in_air
        assert (state[:up] != 0).all()
        assert (state[up:] == 0).all()
