"""Every real sample is read, and where one flight lies in two formats they agree."""

from __future__ import annotations

import gzip
import io
import json

import numpy as np
import pytest

from waystation.ingest import build

# format, positions, refused or noted: counted once, to be told when it changes
COUNTS = {
    "readsb/live/1hr.json": ("jsonl", 4920, {"no-position": 847}),
    "readsb/live/20minutes.json": ("jsonl", 1194, {"no-position": 418}),
    "readsb/grid/20250601/20250601_36_-122.gz": ("jsonl", 44120, {}),
    "readsb/grid/20250602/20250602_36_-122.gz": ("jsonl", 41294, {}),
    "opensky/47d844199f365a05b1f5e46528cb4c22.parquet": ("parquet", 1200, {}),
    "opensky/5a3cd3c3fd1305596a12f01b3d1a1df0.parquet": ("parquet", 1365, {"no-position": 31}),
    "opensky/8efd4e7164d355dc0568214d15811db1.parquet": ("frames", 0, {"bad-frames": 1, "unplaced": 1}),
    "waypoints/europe_20190101_12z.parquet": ("parquet", 17136, {"stand-in-address": 1}),
    "fr24/3376ab31.json": ("fr24", 305, {}),
    "fr24/34a8254b.json": ("fr24", 1249, {}),
    "fr24/exports/JL516_3376ab31.csv.gz": ("csv", 305, {"stand-in-address": 1}),
    "fr24/exports/JL516_Flightradar24_ADS-B_data_granular.csv.gz": ("csv", 12374, {"no-position": 5147}),
    "csv_adsbx/flight_traces_a11f59_20250208.csv.gz": ("csv", 6105, {}),
    "csv_adsbx/flight_traces_a11f59_20250209.csv.gz": ("csv", 6570, {}),
    "csv_adsbx/flight_traces_ac308f_20250208.csv.gz": ("csv", 1567, {}),
    "csv_adsbx/raw_A11F59_2025-02-07_2025-02-08.csv.gz": ("csv", 7889, {}),
    "csv_adsbx/raw_abfd8c_2025-02-09_2025-02-09.csv.gz": ("csv", 1330, {}),
    "mode_s/pymodes/sample_data_adsb.csv.gz": ("frames", 772, {"unplaced": 1}),
    "mode_s/pymodes/sample_data_commb_df20.csv.gz": ("frames", 0, {"bad-frames": 1}),
    "mode_s/pymodes/sample_data_commb_df21.csv.gz": ("frames", 0, {"unplaced": 1}),
    "traffic/airspaces/LFBOTMA.json": ("unknown", 0, {"not-a-trace": 1}),
}


def read(path, mapping=None):
    return build(io.BytesIO(path.read_bytes()), source_id="0" * 16, uri="x", mapping=mapping)


@pytest.mark.parametrize("name", COUNTS)
def test_what_each_sample_gives(dev_data, name):
    parsed = read(dev_data / name)
    reasons = parsed.rejected["reason"].to_pylist()
    assert (parsed.format, parsed.positions.num_rows, {r: reasons.count(r) for r in reasons}) == COUNTS[name]


def test_every_file_of_the_traffic_samples_and_of_fr24_is_read(dev_data):
    for path in sorted((dev_data / "traffic").glob("*/*.json.gz")):
        if path.stat().st_size < 400_000:
            assert read(path).positions.num_rows > 50, path
    for path in sorted((dev_data / "fr24").glob("*_positions/*.csv"))[::10]:
        rows = len(path.read_text().splitlines()) - 1
        parsed = read(path, {"icao24": "=4b1814"})
        assert parsed.positions.num_rows + parsed.rejected.num_rows >= rows > 0


def test_waypoints_are_metres_and_a_track_for_each_flight(dev_data):
    read_ = read(dev_data / "waypoints/europe_20190101_12z.parquet").positions
    assert len(read_["icao24"].unique()) == 431
    assert 42_000 < max(read_["altitude_ft"].to_pylist()) < 50_000
    assert read_["altitude_ft"][0].as_py() == 125  # 38.1 m


def test_state_vectors_are_turned_into_feet_and_knots(dev_data):
    row = read(dev_data / "opensky/47d844199f365a05b1f5e46528cb4c22.parquet").positions.to_pylist()[0]
    assert (row["altitude_ft"], row["geometric_altitude_ft"], row["vertical_rate_fpm"]) == (37_000, 37_675, 0)
    assert row["ground_speed_kt"] == pytest.approx(419.8, abs=0.1)
    assert (row["callsign"], row["squawk"], row["on_ground"]) == ("RYR2RG", "6675", False)


def metres(a, b):
    """Distances of positions in place, flat."""
    lat, lon = np.array([[r["lat"], r["lon"]] for r in a]).T
    lat2, lon2 = np.array([[r["lat"], r["lon"]] for r in b]).T
    return 111_195 * np.hypot(lat - lat2, (lon - lon2) * np.cos(np.radians(lat)))


def near(a, b, within_s):
    """Pairs of rows of two tables that are at most so far apart in time."""
    b = sorted(b.to_pylist(), key=lambda r: r["time_utc"])
    times = np.array([r["time_utc"].timestamp() for r in b])
    pairs = []
    for r in a.to_pylist():
        t = r["time_utc"].timestamp()
        i = int(np.argmin(np.abs(times - t)))
        if abs(times[i] - t) <= within_s:
            pairs.append((r, b[i]))
    return pairs


def test_playback_and_export_of_one_flight_are_the_same(dev_data):
    playback = read(dev_data / "fr24/3376ab31.json").positions
    export = read(dev_data / "fr24/exports/JL516_3376ab31.csv.gz", {"icao24": "=8467d8"}).positions
    left_out = ["vertical_rate_fpm", "squawk"]  # the export does not tell these
    assert export.drop_columns(left_out).equals(playback.drop_columns(left_out))


def test_playback_and_the_granular_export_agree(dev_data):
    playback = read(dev_data / "fr24/3376ab31.json").positions
    granular = read(dev_data / "fr24/exports/JL516_Flightradar24_ADS-B_data_granular.csv.gz").positions
    pairs = near(playback, granular, 0.5)
    assert len(pairs) > 230
    apart = metres(*zip(*pairs, strict=True))
    assert np.median(apart) < 130  # half a second at 250 m/s: the playback rounds its times to the second
    assert apart.max() < 1_000
    heights = [
        abs(a["altitude_ft"] - b["altitude_ft"]) for a, b in pairs if a["altitude_ft"] and b["altitude_ft"]
    ]
    assert max(heights) <= 50


def test_playback_and_state_vectors_of_one_flight_agree(dev_data):
    playback = read(dev_data / "fr24/34a8254b.json").positions
    states = read(dev_data / "opensky/5a3cd3c3fd1305596a12f01b3d1a1df0.parquet").positions
    pairs = near(playback, states, 0.5)
    assert len(pairs) > 130
    assert np.median(metres(*zip(*pairs, strict=True))) < 50
    both = [(a, b) for a, b in pairs if a["altitude_ft"] is not None and b["altitude_ft"] is not None]
    assert max(abs(a["altitude_ft"] - b["altitude_ft"]) for a, b in both) <= 50
    speeds = [abs(a["ground_speed_kt"] - b["ground_speed_kt"]) for a, b in both]
    assert max(speeds) < 6


@pytest.mark.parametrize(("mapping", "share"), [(None, 0.97), ({"receiver": "43.63,1.37"}, 0.998)])
def test_frames_and_the_fields_beside_them_agree(dev_data, mapping, share):
    path = dev_data / "mode_s/BAW3AK_frames.jsonl.gz"
    told = [json.loads(x) for x in gzip.decompress(path.read_bytes()).splitlines()]
    found = {r["record"]: r for r in read(path, mapping).positions.to_pylist()}
    placed = [i for i, x in enumerate(told) if x.get("latitude") is not None]
    assert set(found) <= set(placed)
    assert len(found) > share * len(placed)
    for i in found:
        assert abs(found[i]["lat"] - told[i]["latitude"]) < 1e-6
        assert abs(found[i]["lon"] - told[i]["longitude"]) < 1e-6
        assert found[i]["icao24"] == told[i]["icao24"]
        assert found[i]["on_ground"] == (told[i]["bds"] == "06")
        if told[i].get("altitude") is not None:
            assert found[i]["altitude_ft"] == told[i]["altitude"]
    assert {r["callsign"] for r in found.values() if r["icao24"] == "400f99"} == {None, "BAW3AK"}
    assert {r["squawk"] for r in found.values() if r["icao24"] == "400f99"} <= {None, "2312", "7511"}
