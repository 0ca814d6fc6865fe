"""How much a run deserves belief: what stands still in the air is no flight."""

import numpy as np
import pytest
from tracks_for_tests import changed, column, joined, track

from waystation.terms.mask_bits import SPOOF
from waystation.tracks import build
from waystation.tracks.columns import columns_of, sort_positions
from waystation.tracks.motion import moves_of
from waystation.tracks.runs import stands

HIGH_FT = 10_000.0


def still(table):
    """``stands`` of a whole track."""
    table, code = sort_positions(table)
    moves = moves_of(columns_of(table, code), np.zeros(table.num_rows, dtype=np.int16))
    return stands(moves, np.arange(table.num_rows), HIGH_FT)


def hovering(**more):
    return track(**({"minutes": 10, "step_s": 5, "kt": 10.0} | more))


@pytest.mark.parametrize(("kt", "expected"), [(10.0, True), (58.0, True), (62.0, False), (400.0, False)])
def test_what_moves_by_less_than_60_kt_stands(kt, expected):
    assert still(hovering(kt=kt)) == expected


@pytest.mark.parametrize(
    ("height", "bit", "expected"),
    [
        (10_100, None, True),
        (10_100, True, True),
        (9_900, None, False),
        (9_900, True, False),
        (9_900, False, True),
        (None, False, True),
        (None, None, False),
    ],
)
def test_it_must_be_high_or_say_that_it_is_in_the_air(height, bit, expected):
    assert still(hovering(altitude_ft=height, on_ground=bit)) == expected


def test_the_air_bit_counts_where_both_ends_of_45_s_say_it():
    t = hovering(altitude_ft=300)
    parts = np.arange(t.num_rows) // 9  # of 45 s
    assert not still(changed(t, on_ground=(parts % 2).astype(bool)))
    assert still(changed(t, on_ground=(parts % 7 == 3).astype(bool)))


@pytest.mark.parametrize(("minutes", "expected"), [(6.5, True), (3.5, False)])
def test_most_of_it_must_stand(minutes, expected):
    start = 1_700_000_000_000
    here = hovering(minutes=minutes)
    lat, lon = column(here, "lat")[-1], column(here, "lon")[-1]
    on = track(
        minutes=10 - minutes, step_s=5, kt=300.0, lat=lat, lon=lon, start_ms=start + int(minutes * 60_000)
    )
    assert still(joined(here, on)) == expected


def test_a_long_silence_counts_two_minutes():
    start = 1_700_000_000_000
    flown = track(minutes=6, step_s=5, kt=300.0)
    lat, lon = column(flown, "lat")[-1], column(flown, "lon")[-1]
    later = track(minutes=0, lat=lat, lon=lon, start_ms=start + 3_600_000)
    assert not still(joined(flown, later))


def test_what_is_left_at_the_end_counts_from_5_s_on():
    assert still(hovering(minutes=0.5))
    assert still(hovering(minutes=0.1, step_s=6))
    assert not still(hovering(minutes=4 / 60, step_s=4))


def false_spot(minutes, jitter_km=0.3):
    """A quarter of an hour flown, then for so many minutes about a spot 300 km away, in the air and low."""
    flown = track(minutes=15, altitude_ft=6000, ground_speed_kt=None, track_angle_deg=None)
    spot = track(
        minutes=minutes, altitude_ft=6000, ground_speed_kt=None, track_angle_deg=None, lat=38.0, lon=15.0,
        start_ms=1_700_000_000_000 + 910_000,
    )  # fmt: skip
    rng = np.random.default_rng(3)
    n = spot.num_rows
    spot = changed(
        spot, lat=38.0 + rng.normal(0, jitter_km / 111, n), lon=15.0 + rng.normal(0, jitter_km / 88, n)
    )
    return joined(flown, spot), flown.num_rows


@pytest.mark.parametrize("minutes", [8, 45])
def test_a_false_spot_that_outlasts_the_flight_is_not_the_aircraft_nor_another(minutes):
    t, n = false_spot(minutes)
    result = build(t).positions
    mask = result["mask"].to_numpy()
    assert (mask[:n] == 0).all()
    assert (mask[n:] == SPOOF).all()
    assert set(result["branch"].to_pylist()) == {0}
