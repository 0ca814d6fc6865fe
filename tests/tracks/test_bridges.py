"""What the heaviest chain left out comes back where it was plainly flown, and only there."""

import numpy as np
import pytest
from tracks_for_tests import changed, column, track

from waystation.tracks.bridges import restore
from waystation.tracks.columns import columns_of, sort_positions
from waystation.tracks.motion import moves_of

LATE_S, TOP_KT = 5.0, 700.0


def restored(table, cuts, body, free, branch=None):
    """Runs begin at ``cuts``; those in ``free`` were left out; return which of them are still, and ``branch``."""
    table, code = sort_positions(table)
    n = table.num_rows
    moves = moves_of(columns_of(table, code), np.zeros(n, dtype=np.int16))
    first = np.array([*cuts, n])
    left = np.isin(np.arange(len(cuts)), free)
    of = np.zeros(n, dtype=np.int8) if branch is None else np.repeat(branch, np.diff(first)).astype(np.int8)
    restore(moves, np.arange(n), first, of, body, left, LATE_S, TOP_KT)
    return np.flatnonzero(left).tolist(), of


def aside(table, rows, km):
    """``table`` with ``rows`` moved north."""
    lat = column(table, "lat")
    lat[rows] += km / 111.2
    return changed(table, lat=lat)


def test_a_run_flown_from_one_and_to_the_next_comes_back():
    assert restored(track(), [0, 100, 120], 0, [1])[0] == []


def test_several_runs_in_a_row_come_back_together():
    assert restored(track(), [0, 100, 110, 120], 0, [1, 2])[0] == []


@pytest.mark.parametrize(("km", "left"), [(0.5, []), (5.0, [1])])
def test_a_run_off_the_way_stays_out(km, left):
    assert restored(aside(track(), slice(100, 120), km), [0, 100, 120], 0, [1])[0] == left


def test_what_lies_off_the_way_is_passed_over():
    stray = aside(track(), 110, 40.0)
    assert restored(stray, [0, 100, 110, 111, 120], 0, [1, 2, 3])[0] == [2]


def test_a_run_flown_from_one_but_not_to_the_next_stays_out():
    jumped = aside(track(), slice(120, None), 40.0)
    assert restored(jumped, [0, 100, 120], 0, [1])[0] == [1]


def test_a_run_before_the_first_or_behind_the_last_stays_out():
    """There nothing stands surety for it on the other side."""
    assert restored(track(), [0, 20, 340], 0, [0, 2])[0] == [0, 2]


def test_a_minute_of_silence_proves_nothing():
    sparse = track(step_s=50)
    assert restored(sparse, [0, 20, 30], 0, [1])[0] == []
    assert restored(track(step_s=70), [0, 20, 30], 0, [1])[0] == [1]


def test_it_comes_back_to_the_body_that_flew_it():
    table = aside(track(), slice(0, 50), 300.0)
    left, of = restored(table, [0, 50, 100, 120], 1, [2], branch=[0, 1, 0, 1])
    assert left == []
    assert set(of[100:120].tolist()) == {1}
    assert restored(table, [0, 50, 100, 120], 0, [2], branch=[0, 1, 0, 1])[0] == [2]


@pytest.mark.parametrize("known", ["speed", "nothing"])
def test_without_a_track_angle_the_length_of_the_way_decides_and_without_a_speed_only_nearness(known):
    kt, speed = (300.0, 300.0) if known == "speed" else (4.0, None)
    t = track(kt=kt, track_angle_deg=None, ground_speed_kt=speed, step_s=10)
    if known == "nothing":  # no median of steps either: they are uneven
        lon = column(t, "lon")
        lon[:60:2] += 5.0
        t = changed(t, lon=lon)
    assert restored(t, [0, 100, 120], 0, [1])[0] == []
    far = aside(t, slice(100, 120), 5.0)
    assert restored(far, [0, 100, 120], 0, [1])[0] == [1]
