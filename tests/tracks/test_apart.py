"""Two aircraft on one address that are hard to tell from one, and false places that are hard to tell from two."""

import numpy as np
import pytest
from tracks_for_tests import START_MS, changed, column, joined, track

from waystation.terms.mask_bits import FROZEN, SPOOF
from waystation.tracks import build


def bodies(result):
    """The masks, and the bodies of the rows of either source."""
    mask, branch = (result.positions[c].to_numpy() for c in ("mask", "branch"))
    source = column(result.positions, "source_id")
    return mask, set(branch[source == "a" * 16]), set(branch[source == "b" * 16])


def other(**more):
    return track(**({"minutes": 60, "step_s": 10, "lat": 55.0, "lon": 60.0, "source_id": "b" * 16} | more))


@pytest.mark.parametrize(("after_s", "minutes"), [(240, 36)])
def test_a_chain_that_went_over_to_the_other_aircraft_leaves_no_stray(after_s, minutes):
    """The heaviest chain begins with the one and ends with the other; either half is short of ten minutes."""
    here = track(minutes=19, altitude_ft=36000)
    there = other(
        minutes=minutes, step_s=48, lat=36.5, lon=16.0, course=150.0, altitude_ft=31000,
        start_ms=START_MS + after_s * 1000,
    )  # fmt: skip
    mask, ours, theirs = bodies(build(joined(here, there)))
    assert (mask == 0).all()
    assert len(ours) == len(theirs) == 1
    assert ours != theirs


def test_a_helicopter_that_hovers_is_no_false_place_where_both_are_heard_at_once():
    hovering = track(minutes=40, step_s=5, kt=8.0, altitude_ft=900)
    mask, ours, theirs = bodies(build(joined(hovering, other())))
    assert (mask == 0).all()
    assert len(ours) == len(theirs) == 1
    assert ours != theirs


def test_a_spot_at_the_height_of_the_aircraft_is_no_second_aircraft():
    """By turns with the true places, as two receivers make it, but at one height."""
    true = track(minutes=40, altitude_ft=9000, kt=250.0)
    false = other(minutes=40, kt=8.0, altitude_ft=9000, start_ms=START_MS + 4000)
    result = build(joined(true, false)).positions
    mask, source = result["mask"].to_numpy(), column(result, "source_id")
    assert (mask[source == "a" * 16] == 0).all()
    assert (mask[source == "b" * 16] != 0).all()


def test_an_aircraft_that_rolls_without_speeds_is_a_body():
    """Places on the ground repeat for some seconds, so that the pace from row to row is never even."""
    taxi = track(minutes=15, step_s=1, kt=12.0, altitude_ft=None, on_ground=True, ground_speed_kt=None, track_angle_deg=None)  # fmt: skip
    lat, lon = column(taxi, "lat"), column(taxi, "lon")
    held = np.arange(len(lat)) // 3 * 3
    taxi = changed(taxi, lat=lat[held], lon=lon[held])
    mask, ours, theirs = bodies(build(joined(taxi, other(minutes=30, step_s=1, start_ms=START_MS + 500))))
    assert (mask == 0).all()
    assert len(ours) == len(theirs) == 1
    assert ours != theirs


@pytest.mark.parametrize("away_km", [60.0, 150.0, 440.0])
@pytest.mark.parametrize("said_kt", [5.0, 180.0])
def test_a_low_spot_without_ground_bits_does_not_outweigh_the_flight_before(away_km, said_kt):
    """Nothing stops within ten seconds; the height goes on, so it is the place that is false."""
    t = track(minutes=90, kt=180.0, altitude_ft=8900, on_ground=None)
    n, begin = t.num_rows, 380
    rng = np.random.default_rng(3)
    lat, lon, kt = column(t, "lat"), column(t, "lon"), np.full(n, 180.0)
    lat[begin:] = lat[begin] + away_km / 111.2 + rng.normal(0, 0.3 / 111, n - begin)
    lon[begin:] = lon[begin] + rng.normal(0, 0.3 / 91, n - begin)
    kt[begin:] = said_kt
    height = np.where(np.arange(n) < 450, 8900, np.maximum(8900 - 50 * (np.arange(n) - 450), 4000))
    mask = (
        build(changed(t, lat=lat, lon=lon, ground_speed_kt=kt, altitude_ft=height.astype(np.int32)))
        .positions["mask"]
        .to_numpy()
    )
    assert (mask[:begin] == 0).all()
    assert (mask[begin:] != 0).all()


@pytest.mark.parametrize("backwards", [False, True])
def test_two_places_between_a_silence_and_a_spot_are_used(backwards):
    """After hours the spot might be true, and is longer; where it proves false the two come back."""
    first = track(minutes=20)
    second = track(minutes=20, lat=36.0, lon=12.0, start_ms=START_MS + 3 * 3_600_000)
    t = joined(first, second)
    lat, lon = column(t, "lat"), column(t, "lon")
    if backwards:  # a spot, two places, a silence
        false, good = slice(0, first.num_rows - 2), slice(first.num_rows - 2, None)
    else:
        false, good = slice(first.num_rows + 2, None), slice(0, first.num_rows + 2)
    lat[false], lon[false] = 32.011, 34.887
    lat[false] += np.random.default_rng(2).normal(0, 1e-4, len(lat[false]))
    mask = build(changed(t, lat=lat, lon=lon)).positions["mask"].to_numpy()
    assert (mask[good] == 0).all()
    assert (mask[false] & (SPOOF | FROZEN)).all()


def test_in_a_climb_the_pace_before_a_break_is_that_of_the_last_steps():
    """A position every 40 s without a speed: ever faster, so that the median of twelve is out of reach."""
    t = track(minutes=20, step_s=40, ground_speed_kt=None, track_angle_deg=None, on_ground=None)
    n, begin = t.num_rows, 17
    kt = np.clip(150.0 + 22.0 * np.arange(n), 0, 440)
    lon = 15.0 + np.append(0.0, np.cumsum(kt[:-1])) * 40 * 1.852 / 3600 / 91.1
    lat = np.full(n, 35.0)
    lat[begin:], lon[begin:] = 32.011, 10.0
    height = (1000 + 1300 * np.arange(n)).astype(np.int32)
    mask = build(changed(t, lat=lat, lon=lon, altitude_ft=height)).positions["mask"].to_numpy()
    assert (mask[:begin] == 0).all()
    assert (mask[begin:] != 0).all()
