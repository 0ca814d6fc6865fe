import numpy as np
import pytest
from tracks_for_tests import changed, column, joined, track

from waystation.terms.mask_bits import JAM, SPOOF
from waystation.tracks import build

BEIRUT = (33.8209, 35.4884)
AFTER = 1_704_000_000_000  # beyond the first reports of false places at Beirut


def spoofed(t, lo, hi, lat, lon, jitter_km=0.05, **more):
    rng = np.random.default_rng(1)
    a, o = column(t, "lat"), column(t, "lon")
    a[lo:hi] = lat + rng.normal(0, jitter_km / 111, hi - lo)
    o[lo:hi] = lon + rng.normal(0, jitter_km / 111, hi - lo)
    return changed(t, lat=a, lon=o, **more)


def test_a_jump_to_an_airfield_and_back_is_spoofing_with_the_last_and_first_good_places():
    result = build(spoofed(track(minutes=120, start_ms=AFTER), 200, 300, *BEIRUT))
    mask = result.positions["mask"].to_numpy()
    assert (mask[200:300] == SPOOF).all()
    assert (np.delete(mask, np.arange(200, 300)) == 0).all()
    reason = result.masks["reason"][0].as_py()
    assert "Beirut OLBA" in reason
    assert "last good" in reason
    assert "first good" in reason


def test_a_known_place_is_named_only_from_its_date_on():
    reason = (
        build(spoofed(track(minutes=120, start_ms=1_600_000_000_000), 200, 300, *BEIRUT))
        .masks["reason"][0]
        .as_py()
    )
    assert "Beirut" not in reason
    assert "stays within" in reason


def test_spoofing_to_the_end_leaves_the_last_good_place_as_the_end():
    t = track(minutes=120, start_ms=AFTER)
    mask = build(spoofed(t, 500, 721, *BEIRUT)).positions["mask"].to_numpy()
    assert (mask[500:] != 0).all()
    assert (mask[:500] == 0).all()


def test_a_false_circle_that_begins_without_a_jump_is_masked_from_where_it_begins():
    t = track(minutes=90, step_s=5)
    lat, lon = column(t, "lat"), column(t, "lon")
    k = np.arange(180)
    angle = k * 5 * 450 * 1.852 / 3600 / 5.0
    lat[400:580] = lat[400] + 5.0 * (np.cos(angle) - 1) / 111.2
    lon[400:580] = lon[400] + 5.0 * np.sin(angle) / 111.2 / np.cos(np.radians(lat[400]))
    mask = build(changed(t, lat=lat, lon=lon)).positions["mask"].to_numpy()
    assert (mask[402:580] == SPOOF).all()
    assert (mask[:398] == 0).all()
    assert (mask[582:] == 0).all()


@pytest.mark.parametrize("sense", [1, -1])
def test_a_true_turn_along_the_false_circle_stays_where_it_runs_the_other_way(sense):
    """The aircraft flies an arc of the same circle before; it is told by the sense in which it goes round."""
    t = track(minutes=90, step_s=5, ground_speed_kt=450.0, track_angle_deg=None)
    lat, lon = column(t, "lat"), column(t, "lon")
    here = (lat[400], lon[400])
    turn = 5 * 450 * 1.852 / 3600 / 8.0
    angle = np.concatenate([sense * turn * np.arange(-5, 0), turn * np.arange(180)])
    lat[395:580] = here[0] + 8.0 * (np.cos(angle) - 1) / 111.2
    lon[395:580] = here[1] + 8.0 * np.sin(angle) / 111.2 / np.cos(np.radians(here[0]))
    shift = lat[395] - lat[394], lon[395] - lon[394]  # what comes before leads to the arc
    lat[:395] += shift[0]
    lon[:395] += shift[1] - (lon[1] - lon[0])
    mask = build(changed(t, lat=lat, lon=lon)).positions["mask"].to_numpy()
    assert (mask[402:580] == SPOOF).all()
    assert (mask[:394] == 0).all()
    assert (mask[394:400] == 0).all() == (sense < 0)


def test_a_lost_integrity_with_a_jump_is_jamming():
    t = track(minutes=120, nic=8)
    nic = np.full(t.num_rows, 8)
    nic[200:300] = 0
    mask = build(spoofed(t, 200, 300, 40.0, 10.0, jitter_km=30.0, nic=nic)).positions["mask"].to_numpy()
    assert ((mask[200:300] & (JAM | SPOOF)) != 0).mean() > 0.5
    assert (np.delete(mask, np.arange(200, 300)) == 0).all()


def test_low_integrity_alone_masks_nothing():
    assert (build(track(nic=0, nac_p=0)).positions["mask"].to_numpy() == 0).all()


def test_standing_still_at_cruise_height_without_a_jump_is_spoofing():
    there = spoofed(track(minutes=20, start_ms=AFTER + 14_400_000), 0, 121, *BEIRUT)
    result = build(joined(track(minutes=60, start_ms=AFTER), there)).positions
    mask = result["mask"].to_numpy()
    assert (mask[:361] == 0).all()
    assert (mask[361:] == SPOOF).all()


def test_a_broken_altimeter_on_the_ground_is_not_spoofing():
    cruise = track(minutes=60)
    lat, lon = cruise["lat"][-1].as_py(), cruise["lon"][-1].as_py()
    parked = track(
        minutes=20,
        kt=0.0,
        lat=lat,
        lon=lon,
        start_ms=1_700_000_000_000 + 3_900_000,
        altitude_ft=100,
        on_ground=True,
    )
    altitude = column(parked, "altitude_ft")
    altitude[40:80] = 38975
    result = build(joined(cruise, changed(parked, altitude_ft=altitude))).positions
    assert (result["mask"].to_numpy() == 0).all()


def test_the_gap_beside_a_false_stretch_carries_a_hint():
    gaps = build(spoofed(track(minutes=120, start_ms=AFTER), 200, 320, *BEIRUT)).gaps.to_pylist()
    assert [g["label"] for g in gaps] == ["interference"]
    assert "120 positions" in gaps[0]["reason"]
