import numpy as np
import pyarrow as pa
import pytest
from tracks_for_tests import changed, column, joined, track

from waystation.terms.mask_bits import DUPLICATE, FROZEN, LOWER_SOURCE, NO_PLACE, WORDS
from waystation.terms.schema import TABLES
from waystation.tracks import build


def masks_of(table):
    return build(table).positions["mask"].to_numpy()


def test_a_clean_track_stays_whole():
    result = build(track())
    assert result.positions["mask"].to_pylist() == [0] * 361
    assert result.positions["branch"].to_pylist() == [0] * 361
    assert result.masks.num_rows == 0
    assert result.gaps.num_rows == 0


def test_positions_keep_the_columns_of_the_schema_and_add_three():
    result = build(track(minutes=1))
    assert result.positions.column_names == [*TABLES["positions"].names, "mask", "branch", "ground"]
    assert result.positions.schema.field("mask").type == pa.int16()
    assert result.positions.schema.field("branch").type == pa.int8()
    assert result.positions.schema.field("ground").type == pa.int8()


def test_no_positions_give_no_rows():
    result = build(TABLES["positions"].empty_table())
    assert result.positions.num_rows == result.masks.num_rows == result.gaps.num_rows == 0
    assert "ground" in result.positions.column_names


def test_every_bit_has_one_word_and_fits_the_column():
    bits = list(WORDS)
    assert len(set(WORDS.values())) == len(bits)
    assert all(b & (b - 1) == 0 and 0 < b < 2**15 for b in bits)


def test_the_same_record_twice_is_used_once_and_both_rows_stay():
    t = track(minutes=5)
    mask = masks_of(joined(t, t))
    assert len(mask) == 2 * t.num_rows
    assert (mask == 0).sum() == t.num_rows
    assert (mask == DUPLICATE).sum() == t.num_rows


def test_of_two_files_with_one_instant_the_one_that_says_more_is_used():
    full, bare = (
        track(minutes=5),
        track(minutes=5, source_id="0" * 16, ground_speed_kt=None, track_angle_deg=None),
    )
    result = build(joined(bare, full)).positions
    used = result.filter(pa.array(result["mask"].to_numpy() == 0))
    assert set(used["source_id"].to_pylist()) == {"a" * 16}


def test_mlat_between_adsb_is_left_out_but_not_at_the_end_of_the_track():
    adsb = track(minutes=10)
    mlat = track(minutes=10.5, heard_by="mlat", source_id="b" * 16, start_ms=1_700_000_003_000)
    result = build(joined(adsb, mlat)).positions
    of_mlat = result["mask"].to_numpy()[column(result, "heard_by") == "mlat"]
    assert (of_mlat[:55] == LOWER_SOURCE).all()
    assert of_mlat[-1] == 0


def test_mlat_comes_back_where_adsb_was_false():
    adsb = track(minutes=60, source_id="b" * 16)
    lat, lon = column(adsb, "lat"), column(adsb, "lon")
    lat[150:220], lon[150:220] = 33.8209, 35.4884
    lon[150:220] += 0.0005 * np.arange(70) % 0.003  # not a frozen place
    mlat = track(minutes=60, heard_by="mlat", start_ms=1_700_000_004_000)
    result = build(joined(changed(adsb, lat=lat, lon=lon), mlat)).positions
    kind, mask = column(result, "heard_by"), result["mask"].to_numpy()
    assert (mask[kind == "adsb"][150:220] != 0).all()
    assert (mask[kind == "mlat"][155:215] == 0).all()
    assert (mask[kind == "mlat"][10:100] == LOWER_SOURCE).all()


def test_a_repeated_place_is_frozen_after_its_first_report():
    t = track(minutes=30, step_s=5)
    lat, lon = column(t, "lat"), column(t, "lon")
    lat[100:160], lon[100:160] = lat[100], lon[100]
    mask = masks_of(changed(t, lat=lat, lon=lon))
    assert (mask[101:160] == FROZEN).all()
    assert (np.delete(mask, np.arange(101, 160)) == 0).all()


def test_the_frozen_end_of_a_track_keeps_its_first_report():
    t = track(minutes=30, step_s=5)
    lat, lon = column(t, "lat"), column(t, "lon")
    lat[300:], lon[300:] = lat[300], lon[300]
    mask = masks_of(changed(t, lat=lat, lon=lon))
    assert mask[300] == 0
    assert (mask[301:] == FROZEN).all()


@pytest.mark.parametrize("ground", [True, False])
def test_standing_on_the_ground_with_the_speed_of_touchdown_is_not_frozen(ground):
    t = track(minutes=10, step_s=1, kt=103.0, altitude_ft=200)
    n = t.num_rows
    t = changed(t, lat=np.full(n, 48.7), lon=np.full(n, 2.3), on_ground=[ground] * n)
    frozen = (masks_of(t) == FROZEN).sum()
    assert frozen == (0 if ground else n - 1)


def test_a_hovering_helicopter_is_not_frozen():
    t = track(minutes=10, kt=5.0, altitude_ft=900)
    n = t.num_rows
    assert (masks_of(changed(t, lat=np.full(n, 48.7), lon=np.full(n, 2.3))) == 0).all()


def test_an_absurd_altitude_is_emptied_and_the_place_kept():
    t = track(minutes=5)
    altitude = column(t, "altitude_ft")
    altitude[7] = 107_700
    result = build(changed(t, altitude_ft=altitude))
    assert result.positions["mask"].to_pylist() == [0] * 31
    assert result.positions["altitude_ft"][7].as_py() is None
    assert result.positions["altitude_ft"][8].as_py() == 35000
    assert [(r["record"], r["mask"]) for r in result.masks.to_pylist()] == [(7, "altitude")]
    assert "107700" in result.masks["reason"][0].as_py()


def test_a_position_without_a_place_is_masked_not_dropped():
    t = track(minutes=5)
    lat = column(t, "lat")
    lat[3], lat[9] = np.nan, 95.0
    mask = masks_of(changed(t, lat=lat))
    assert mask[3] == mask[9] == NO_PLACE
    assert (np.delete(mask, [3, 9]) == 0).all()


def test_every_masked_row_has_a_row_in_masks_with_its_record():
    t = track(minutes=30, step_s=5)
    lat, lon = column(t, "lat"), column(t, "lon")
    lat[100:160], lon[100:160] = lat[100], lon[100]
    result = build(joined(changed(t, lat=lat, lon=lon), t.slice(0, 3)))
    masked = {
        (r, w)
        for r, m in zip(
            result.positions["record"].to_pylist(), result.positions["mask"].to_pylist(), strict=True
        )
        for b, w in WORDS.items()
        if m & b
    }
    assert {(r["record"], r["mask"]) for r in result.masks.to_pylist()} == masked
    assert all(r["reason"] for r in result.masks.to_pylist())
