"""Strays within reach, and a false circle that begins where the aircraft is."""

from __future__ import annotations

import numpy as np
from tracks_for_tests import changed, track

from waystation import tracks
from waystation.terms.geodesy import destination_point
from waystation.terms.mask_bits import INTERFERENCE, TELEPORT


def minutely() -> dict[str, object]:
    return {"ground_speed_kt": None, "track_angle_deg": None}


def test_a_place_beside_a_straight_way_is_a_stray_even_within_reach() -> None:
    t = track(minutes=40, step_s=40, kt=430.0, **minutely())
    lat = t["lat"].to_numpy().copy()
    lat[[20, 21]] += 0.06, -0.07  # 7 km to the left, 8 to the right, forty seconds apart
    mask = tracks.build(changed(t, lat=lat)).positions["mask"].to_numpy()
    assert np.flatnonzero(mask & TELEPORT).tolist() == [20, 21]


def test_a_turn_is_no_stray() -> None:
    t = track(minutes=40, step_s=40, kt=430.0, **minutely())
    lat, lon = t["lat"].to_numpy().copy(), t["lon"].to_numpy().copy()
    n = len(lat) - 30
    lat[30:], lon[30:] = destination_point(
        np.full(n, lat[29]),
        np.full(n, lon[29]),
        np.full(n, 150.0),
        np.arange(1, n + 1) * 40 * 430 * 1.852 / 3600,
    )
    assert not tracks.build(changed(t, lat=lat, lon=lon)).positions["mask"].to_numpy().any()


def test_a_false_circle_from_here_is_left_out_and_the_track_behind_it_used() -> None:
    t = track(minutes=60, step_s=5, kt=180.0)
    lat, lon = t["lat"].to_numpy().copy(), t["lon"].to_numpy().copy()
    k = np.arange(240, 440)
    turned = (k - 240) * 5 * 180 * 1.852 / 3600 / 6.0  # radians round a circle of 6 km
    middle = destination_point(lat[240], lon[240], 350.0, 6.0)
    lat[k], lon[k] = destination_point(
        np.full(len(k), middle[0]), np.full(len(k), middle[1]), 170.0 + np.degrees(turned), 6.0
    )
    mask = tracks.build(changed(t, lat=np.round(lat, 6), lon=np.round(lon, 6))).positions["mask"].to_numpy()
    assert (mask[245:440] != 0).mean() > 0.95
    assert (mask[300:430] & INTERFERENCE != 0).all()
    assert not mask[:235].any()
    assert not mask[442:].any()


def test_an_orbit_with_a_stray_in_it_is_flown() -> None:
    step, radius = 5, 4.0
    t = track(minutes=40, step_s=step, kt=150.0)
    k = np.arange(t.num_rows)
    angle = np.degrees(k * step * 150 * 1.852 / 3600 / radius)
    at, on = destination_point(np.full(len(k), 35.0), np.full(len(k), 15.0), angle, radius)
    at[300] += 0.2
    t = changed(t, lat=np.round(at, 6), lon=np.round(on, 6), track_angle_deg=(angle + 90.0) % 360.0)
    assert np.flatnonzero(tracks.build(t).positions["mask"].to_numpy()).tolist() == [300]
