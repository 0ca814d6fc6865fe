import numpy as np
import pytest
from tracks_for_tests import changed, column, joined, track

from waystation.terms.mask_bits import TELEPORT
from waystation.tracks import build


def with_places(t, rows, lat, lon):
    a, o = column(t, "lat"), column(t, "lon")
    a[rows], o[rows] = lat, lon
    return changed(t, lat=a, lon=o)


@pytest.mark.parametrize("step_s", [1.0, 10.0, 60.0])
@pytest.mark.parametrize("rows", [[40], [20, 21], [3], [58]])
def test_a_teleport_is_masked_and_its_neighbours_are_not(step_s, rows):
    t = track(minutes=step_s, step_s=step_s)
    mask = build(with_places(t, rows, 50.0, 40.0)).positions["mask"].to_numpy()
    assert mask[rows[0]] == TELEPORT
    assert (mask[rows] != 0).all()  # the second at one place may be called frozen
    assert (np.delete(mask, rows) == 0).all()


def test_a_teleport_without_reported_speed_is_masked():
    t = track(minutes=60, step_s=60, ground_speed_kt=None, track_angle_deg=None)
    mask = build(with_places(t, [30], 36.0, 16.0)).positions["mask"].to_numpy()
    assert np.flatnonzero(mask).tolist() == [30]


def test_the_reason_of_a_teleport_gives_distance_time_and_speed():
    t = track()
    reason = build(with_places(t, [40], 50.0, 40.0)).masks["reason"][0].as_py()
    assert reason.startswith("out of reach: ")
    assert "km in 10 s" in reason
    assert "kt" in reason


def test_late_places_are_no_teleports():
    t = track(minutes=10, step_s=1)
    lat, lon = column(t, "lat"), column(t, "lon")
    lat[100:110], lon[100:110] = lat[100], lon[100]  # held for 10 s, then 2.3 km in one
    assert (build(changed(t, lat=lat, lon=lon)).positions["mask"].to_numpy() == 0).all()


def test_two_aircraft_under_one_address_become_two_bodies():
    here = track(minutes=60)
    there = track(
        minutes=40,
        step_s=7,
        lat=55.0,
        lon=60.0,
        source_id="b" * 16,
        start_ms=1_700_000_300_000,
        altitude_ft=12000,
    )
    result = build(joined(here, there)).positions
    branch, source = result["branch"].to_numpy(), column(result, "source_id")
    assert (result["mask"].to_numpy() == 0).all()
    assert set(branch[source == "a" * 16]) == {0}
    assert set(branch[source == "b" * 16]) == {1}


def test_bodies_keep_their_names_through_silences():
    here = joined(
        track(minutes=30), track(minutes=30, lat=35.5, lon=20.0, start_ms=1_700_000_000_000 + 14_400_000)
    )
    there = joined(
        track(minutes=25, step_s=7, lat=55.0, lon=60.0, source_id="b" * 16),
        track(
            minutes=25,
            step_s=7,
            lat=55.0,
            lon=62.0,
            source_id="b" * 16,
            start_ms=1_700_000_000_000 + 14_400_000,
        ),
    )
    result = build(joined(here, there)).positions
    branch, source = result["branch"].to_numpy(), column(result, "source_id")
    assert len(set(branch[source == "a" * 16])) == 1
    assert len(set(branch[source == "b" * 16])) == 1
    assert set(branch) == {0, 1}


def test_a_long_silence_at_jet_speed_is_one_body():
    later = track(minutes=20, lat=35.9, lon=25.5, start_ms=1_700_000_000_000 + 5_400_000)
    result = build(joined(track(minutes=20), later))
    assert set(result.positions["branch"].to_pylist()) == {0}
    assert result.gaps.num_rows == 1


def test_circling_gliders_and_orbiting_aircraft_stay():
    for kt, turn_s, height in ((50.0, 25.0, 9000), (180.0, 120.0, 22000), (360.0, 400.0, 29000)):
        t = track(minutes=60, step_s=5, kt=kt, altitude_ft=height)
        angle = 2 * np.pi * np.arange(t.num_rows) * 5 / turn_s
        radius = kt * 1.852 / 3600 * turn_s / (2 * np.pi)
        lat = 45 + radius * np.cos(angle) / 111.2
        lon = 7 + radius * np.sin(angle) / 111.2 / np.cos(np.radians(45))
        t = changed(t, lat=lat, lon=lon, track_angle_deg=(np.degrees(angle) + 90) % 360)
        assert (build(t).positions["mask"].to_numpy() == 0).all(), (kt, height)


def test_a_track_angle_that_is_always_wrong_does_no_harm():
    t = changed(track(step_s=5), track_angle_deg=np.full(721, 350.0))
    t = with_places(t, [100, 400], 50.0, 40.0)
    mask = build(t).positions["mask"].to_numpy()
    assert np.flatnonzero(mask).tolist() == [100, 400]


def test_after_a_silence_each_aircraft_goes_on_as_itself():
    """Both were near enough to be either; the one that stood is where it stood, the other flew on."""
    hour = 3_600_000
    start = 1_700_000_000_000
    parked = {"kt": 0.0, "altitude_ft": None, "on_ground": True, "source_id": "b" * 16, "lat": 36.0}
    flying = [
        track(minutes=30, lat=34.0, kt=430.0),
        track(minutes=30, lat=34.0, lon=24.0, kt=430.0, start_ms=start + hour),
    ]
    standing = [
        track(minutes=31, step_s=7, lon=21.0, **parked),
        track(minutes=31, step_s=7, lon=21.0, start_ms=start + hour, **parked),
    ]
    result = build(joined(*flying, *standing)).positions
    branch, source = result["branch"].to_numpy(), column(result, "source_id")
    assert len(set(branch[source == "a" * 16])) == 1
    assert len(set(branch[source == "b" * 16])) == 1
    assert set(branch) == {0, 1}


def test_two_flights_of_one_aircraft_beside_another_are_not_three_bodies():
    start = 1_700_000_000_000
    first = track(minutes=30, lat=34.0)
    second = track(minutes=30, lat=35.0, lon=23.0, start_ms=start + 6 * 3_600_000)
    other = [
        track(minutes=20, step_s=7, lat=55.0, lon=60.0, source_id="b" * 16, start_ms=start + k * 3_600_000)
        for k in (0, 6)
    ]
    result = build(joined(first, second, *other)).positions
    branch, source = result["branch"].to_numpy(), column(result, "source_id")
    assert len(set(branch[source == "a" * 16])) == 1
    assert len(set(branch[source == "b" * 16])) == 1
    assert set(branch) == {0, 1}


@pytest.mark.parametrize("rows", [30, 50, 60])  # without ``restore`` only those of 50 would be used
def test_a_slow_stretch_between_strays_is_used(rows):
    """Too slow to count as flown, but flown from and to what is used."""
    t = track(minutes=20, step_s=1, kt=250.0, altitude_ft=3000)
    end = 300 + rows
    slow = slice(300, end)
    lat, lon = column(t, "lat"), column(t, "lon")
    lon[slow] = lon[300] + (np.arange(rows)) * (lon[1] - lon[0]) / 6.0
    lon[end:] -= lon[end] - lon[end - 1] - (lon[1] - lon[0])
    kt = np.full(t.num_rows, 250.0)
    kt[slow] = 250.0 / 6.0
    lat[end] += 0.1
    lat[299] += 0.1
    t = changed(t, lat=lat, lon=lon, ground_speed_kt=kt)
    assert np.flatnonzero(build(t).positions["mask"].to_numpy()).tolist() == [299, end]


def test_the_first_place_stays_though_the_next_comes_late_and_the_speed_is_written_as_0():
    """Half a minute late, as OpenSky gives them: the late places are out of reach, the first is not."""
    t = track(minutes=20, step_s=10, kt=180.0, altitude_ft=4000)
    lat, lon, kt = column(t, "lat"), column(t, "lon"), np.full(t.num_rows, 180.0)
    lat[1:4], lon[1:4] = lat[0] + [0.0001, 0.0002, 0.0003], lon[0]
    kt[:6] = 0.0
    mask = build(changed(t, lat=lat, lon=lon, ground_speed_kt=kt)).positions["mask"].to_numpy()
    assert mask[0] == 0
    assert (mask[4:] == 0).all()


@pytest.mark.parametrize("bearing", [40.0, 160.0, 250.0])
def test_a_track_without_speeds_ends_where_a_false_spot_60_km_off_begins(bearing):
    """A position every 40 s: the way there is out of reach of the pace at which the aircraft came."""
    t = track(minutes=40, step_s=40, ground_speed_kt=None, track_angle_deg=None, on_ground=None)
    lat, lon = column(t, "lat"), column(t, "lon")
    away = np.radians(bearing)
    lat[45:] = lat[45] + 60 / 111.2 * np.cos(away)
    lon[45:] = lon[45] + 60 / 111.2 * np.sin(away) / np.cos(np.radians(35.0))
    mask = build(changed(t, lat=lat, lon=lon)).positions["mask"].to_numpy()
    assert (mask[:45] == 0).all()
    assert (mask[45:] != 0).all()


def test_places_that_scatter_beyond_reach_about_a_spot_do_not_outweigh_the_flight():
    """Each is a run of its own, too short to show that it stands; their neighbours show it."""
    flown = track(minutes=4, step_s=1, kt=200.0)
    false = track(minutes=15, step_s=1, kt=200.0, lat=41.0, start_ms=1_700_000_241_000)
    rng = np.random.default_rng(5)
    n = false.num_rows
    false = changed(false, lat=41.0 + rng.normal(0, 0.3 / 111, n), lon=15.0 + rng.normal(0, 0.3 / 84, n))
    mask = build(joined(flown, false)).positions["mask"].to_numpy()
    assert (mask[: flown.num_rows] == 0).all()
    assert (mask[flown.num_rows :] != 0).mean() > 0.95
