import numpy as np
from tracks_for_tests import changed, column, joined, track

from waystation.tracks import build

START = 1_700_000_000_000


def landing(step_s=2.0):
    """Approach, roll, taxi: reported well; returns the table and the row of touchdown."""
    approach = track(minutes=10, step_s=step_s, kt=150.0, altitude_ft=2000, course=90.0)
    n = approach.num_rows
    approach = changed(approach, altitude_ft=np.linspace(8000, 300, n).astype(int))
    lat, lon = approach["lat"][-1].as_py(), approach["lon"][-1].as_py()
    taxi = track(
        minutes=8,
        step_s=step_s,
        kt=15.0,
        lat=lat,
        lon=lon,
        altitude_ft=None,
        on_ground=True,
        start_ms=START + 604_000,
    )
    return joined(approach, taxi), n


def states(t):
    return build(t).positions["ground"].to_numpy()


def test_a_landing_is_one_change():
    t, n = landing()
    s = states(t)
    assert (s[:n] == 0).all()
    assert (s[n:] == 1).all()


def test_one_wrong_ground_bit_is_no_landing():
    t = track(minutes=30, step_s=5, kt=250.0, altitude_ft=9000)
    bits = [False] * t.num_rows
    bits[50] = True
    altitude = column(t, "altitude_ft").astype(float)
    altitude[50] = np.nan
    assert (states(changed(t, on_ground=bits, altitude_ft=altitude)) == 0).all()


def test_nine_per_cent_of_wrong_bits_change_nothing():
    t, n = landing()
    bits = column(t, "on_ground").astype(bool)
    flip = np.random.default_rng(3).random(len(bits)) < 0.09
    s = states(changed(t, on_ground=bits ^ flip))
    sure = np.delete(s, np.arange(n - 5, n + 5))
    truth = np.delete(np.arange(len(bits)) >= n, np.arange(n - 5, n + 5))
    assert (sure == truth).all()


def test_a_source_that_says_nothing_leaves_the_ground_unknown_or_air():
    t = track(
        minutes=20,
        step_s=60,
        kt=60.0,
        on_ground=None,
        ground_speed_kt=None,
        track_angle_deg=None,
        altitude_ft=1500,
    )
    assert set(states(t)) <= {-1, 0}
    t = track(minutes=20, step_s=60, on_ground=None, ground_speed_kt=None, track_angle_deg=None)
    assert (states(t) == 0).all()


def test_zero_feet_and_standing_is_ground_where_no_bit_is_said():
    t, n = landing(step_s=10.0)
    m = t.num_rows
    altitude = [a if a is not None else 0 for a in t["altitude_ft"].to_pylist()]
    s = states(changed(t, on_ground=[None] * m, altitude_ft=altitude))
    assert (s[: n - 2] == 0).all()
    assert (s[n + 2 :] == 1).all()


def test_the_speed_of_touchdown_held_while_taxiing_is_still_ground():
    t, n = landing()
    speed = column(t, "ground_speed_kt")
    speed[n:] = 128.0
    s = states(changed(t, ground_speed_kt=speed))
    assert (s[n + 20 :] == 1).mean() > 0.95


def test_masked_rows_have_no_state():
    t = track()
    lat = column(t, "lat")
    lat[100] += 5
    result = build(changed(t, lat=lat)).positions
    assert result["ground"][100].as_py() == -1
    assert result["ground"][101].as_py() == 0
