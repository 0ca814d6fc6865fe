"""Which positions are used, which are masked and why: on made-up flights with one fault each."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from made_flights import EPOCH_S, fly, keep, positions

from waystation import tracks
from waystation.terms.geodesy import destination_point
from waystation.terms.mask_bits import DUPLICATE, FROZEN, INTERFERENCE, SPOOF, TELEPORT


def clean(step_s: float = 10.0) -> dict[str, np.ndarray]:
    track = fly("OSLK", "HL59", step_s=step_s)
    return {k: np.asarray(v, dtype=float) for k, v in track.items()}


def judged(track: dict[str, np.ndarray], *more: pa.Table) -> tracks.Tracks:
    return tracks.build(pa.concat_tables([positions(track), *more]))


def mask(found: tracks.Tracks) -> np.ndarray:
    return found.positions["mask"].to_numpy()


def test_a_clean_flight_is_used_from_its_first_position_to_its_last() -> None:
    found = judged(clean())
    assert not mask(found).any()
    assert found.masks.num_rows == 0
    assert set(found.positions["branch"].to_pylist()) == {0}


def test_nothing_is_deleted_and_every_masked_row_has_its_reason() -> None:
    track = clean()
    track["lat"][300] += 8.0
    found = judged(track)
    assert found.positions.num_rows == len(track["t"])
    assert found.masks["record"].to_pylist() == [300]
    assert found.masks["mask"].to_pylist() == ["teleport"]
    assert found.masks["reason"][0].as_py()


def test_the_same_row_twice_is_one_report() -> None:
    once = positions(clean())
    found = tracks.build(pa.concat_tables([once, once]))
    assert (mask(found) & DUPLICATE > 0).sum() == once.num_rows


def test_one_teleport_and_a_run_of_them_are_masked_and_the_rest_is_used() -> None:
    track = clean()
    bad = np.r_[200, 400:412]
    track["lon"][bad] += 12.0
    m = mask(judged(track))
    assert np.flatnonzero(m & TELEPORT).tolist() == bad.tolist()


def test_a_place_that_stands_still_at_speed_is_frozen() -> None:
    track = clean()
    bad = np.arange(301, 331)
    track["lat"][bad], track["lon"][bad] = track["lat"][300], track["lon"][300]
    m = mask(judged(track))
    assert (m[bad] & FROZEN > 0).mean() > 0.9
    assert not m[:301].any()
    assert not m[335:].any()


def test_spoofed_to_an_airport_in_cruise_is_interference() -> None:
    track = clean()
    bad = np.arange(300, 390)
    rng = np.random.default_rng(1)
    track["lat"][bad] = 33.8209 + rng.normal(0, 0.002, len(bad))
    track["lon"][bad] = 35.4884 + rng.normal(0, 0.002, len(bad))
    found = judged(track)
    m = mask(found)
    assert (m[bad] > 0).all()
    assert (m[bad] & INTERFERENCE > 0).mean() > 0.9
    assert not np.delete(m, bad).any()


def test_a_false_circle_in_cruise_is_masked() -> None:
    track = clean()
    bad = np.arange(300, 390)
    turn = np.linspace(0, 4 * 360, len(bad))
    track["lat"][bad], track["lon"][bad] = destination_point(34.5, 30.0, turn, 6.0)
    m = mask(judged(track))
    assert (m[bad] > 0).mean() > 0.95
    assert (m[bad] & SPOOF > 0).any()


def test_two_aircraft_behind_one_address_are_two_bodies() -> None:
    other = fly("EDDF", "EPWA", start_s=EPOCH_S + 303.0, step_s=10.0)
    found = judged(clean(), positions(other))
    used = mask(found) == 0
    branch = found.positions["branch"].to_numpy()[used]
    north = found.positions["lat"].to_numpy()[used] > 45
    assert used.mean() > 0.95
    assert set(branch[north]) == {1}
    assert set(branch[~north]) == {0}


@pytest.mark.parametrize("seed", [1, 2])
def test_flipped_ground_bits_do_not_change_the_state(seed: int) -> None:
    track = clean()
    ground = track["ground"].copy()
    flip = np.random.default_rng(seed).random(len(ground)) < 0.09
    track["ground"] = np.where(flip, 1 - ground, ground)
    state = judged(track).positions["ground"].to_numpy()
    inside = slice(30, -30)
    assert (state[inside] == ground[inside]).mean() > 0.999


def test_an_absurd_height_is_emptied_and_told_and_the_position_stays() -> None:
    track = clean()
    track["alt"][250] = 107_700
    found = judged(track)
    assert mask(found)[250] == 0
    assert found.positions["altitude_ft"][250].as_py() is None
    assert found.masks["mask"].to_pylist() == ["altitude"]


def test_a_silence_is_a_gap_with_its_implied_speed() -> None:
    track = clean()
    dark = (track["t"] > EPOCH_S + 2000) & (track["t"] < EPOCH_S + 4000)
    (gap,) = judged(keep(track, ~dark)).gaps.to_pylist()
    assert gap["silence_s"] == pytest.approx(2010, abs=15)
    assert gap["implied_speed_kt"] == pytest.approx(440, rel=0.02)
    assert gap["label"] is None


def test_positions_in_any_order_and_with_any_longitude_are_judged_alike() -> None:
    track = clean()
    track["lon"][200] += 12.0
    table = positions(track)
    once = tracks.build(table)
    shuffled = table.take(pa.array(np.random.default_rng(3).permutation(table.num_rows)))
    turned = table.set_column(
        table.schema.get_field_index("lon"), "lon", pa.array(table["lon"].to_numpy() + 360.0)
    )
    assert tracks.build(shuffled).positions.equals(once.positions)
    assert np.array_equal(mask(tracks.build(turned)), mask(once))
