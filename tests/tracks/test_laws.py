import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tracks_for_tests import changed, column, joined, track

from waystation.terms.mask_bits import DUPLICATE
from waystation.tracks import build

START = 1_700_000_000_000


def scene(seed):
    """A few aircraft with every kind of fault, from one number."""
    rng = np.random.default_rng(seed)
    parts = []
    for k in range(3):
        t = track(
            minutes=40, step_s=float(rng.choice([5, 10])), kt=float(rng.uniform(120, 480)), course=float(rng.uniform(0, 360)),
            lat=float(rng.uniform(-50, 60)), lon=float(rng.uniform(-180, 180)), altitude_ft=int(rng.integers(3000, 39000)),
            icao24=f"{0x150000 + k:06x}", source_id=f"{k:016x}", start_ms=START + int(rng.integers(0, 7_200_000)),
        )  # fmt: skip
        lat, lon, bits = column(t, "lat"), column(t, "lon"), column(t, "on_ground").astype(bool)
        n = len(lat)
        for i in rng.integers(5, n - 5, 3):
            lat[i] = np.clip(lat[i] + rng.uniform(-20, 20), -89, 89)
        i = int(rng.integers(5, n // 2))
        lat[i : i + 20], lon[i : i + 20] = lat[i], lon[i]
        bits ^= rng.random(n) < 0.09
        t = changed(t, lat=np.round(lat, 6), lon=np.round(lon, 6), on_ground=bits)
        parts.append(t.take(np.delete(np.arange(n), np.s_[n // 3 : n // 3 + int(rng.integers(0, 130))])))
    parts.append(
        track(minutes=20, lat=10.0, lon=10.0, icao24="150000", source_id="f" * 16, start_ms=START + 600_000)
    )
    return joined(*parts)


seeds = st.integers(0, 10_000)


@given(seeds, seeds)
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_does_not_matter(seed, shuffle):
    t = scene(seed)
    mixed = t.take(pa.array(np.random.default_rng(shuffle).permutation(t.num_rows)))
    one, two = build(t), build(mixed)
    assert one.positions.equals(two.positions)
    assert one.masks.equals(two.masks)
    assert one.gaps.equals(two.gaps)


@given(seeds, seeds)
@settings(max_examples=25, deadline=None)
def test_duplicate_rows_do_not_matter(seed, pick):
    t = scene(seed)
    again = t.take(pa.array(np.random.default_rng(pick).integers(0, t.num_rows, 50)))
    one, two = build(t), build(joined(t, again))
    new = two.positions.filter(pa.array((two.positions["mask"].to_numpy() & DUPLICATE) == 0))
    assert new.equals(one.positions)
    assert one.gaps.equals(two.gaps)


@given(seeds, st.integers(-8, 8))
@settings(max_examples=25, deadline=None)
def test_three_hour_shifts_change_nothing_but_the_time(seed, k):
    t = scene(seed)
    time = t["time_utc"].cast(pa.int64()).to_numpy() + k * 10_800_000
    shifted = t.set_column(1, "time_utc", pa.array(time).cast(pa.timestamp("ms", "UTC")))
    one, two = build(t), build(shifted)
    for name in ("mask", "branch", "ground", "icao24", "record"):
        assert one.positions[name].equals(two.positions[name])
    assert one.gaps["silence_s"].equals(two.gaps["silence_s"])
    assert one.masks["mask"].equals(two.masks["mask"])


@given(seeds, st.sampled_from([-360.0, 360.0]))
@settings(max_examples=25, deadline=None)
def test_a_turn_of_longitude_changes_nothing(seed, turn):
    t = scene(seed)
    one, two = build(t), build(changed(t, lon=column(t, "lon") + turn))
    for name in ("mask", "branch", "ground"):
        assert one.positions[name].equals(two.positions[name])
    assert one.masks["reason"].equals(two.masks["reason"])
    assert np.allclose(column(one.positions, "lon"), column(two.positions, "lon"), atol=1e-6)
    assert one.gaps["gap_id"].equals(two.gaps["gap_id"])


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_cut_by_aircraft_is_the_whole(seed):
    t = scene(seed)
    address = column(t, "icao24")
    parts = [build(t.filter(pa.array(address == a))) for a in sorted(set(address))]
    whole = build(t)
    for k, name in enumerate(whole._fields):
        assert pa.concat_tables([p[k] for p in parts]).equals(whole[k]), name


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_no_row_is_lost(seed):
    t = scene(seed)
    assert build(t).positions.num_rows == t.num_rows
