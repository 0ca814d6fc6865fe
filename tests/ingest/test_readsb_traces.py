from __future__ import annotations

import io
import json

import pyarrow.compute as pc
import pytest
from traces_for_tests import START, packed, rows, trace

from waystation.ingest import build
from waystation.terms.schema import TABLES

SOURCE = "0123456789abcdef"


def read(data: bytes, uri: str = "x.json", **more):
    return build(io.BytesIO(data), source_id=SOURCE, uri=uri, **more)


def reasons(parsed) -> list[str]:
    return parsed.rejected["reason"].to_pylist()


def test_a_trace_becomes_positions_as_the_record_says():
    parsed = read(trace())
    assert parsed.format == "readsb"
    assert parsed.positions.schema == TABLES["positions"]
    first, second = parsed.positions.slice(0, 2).to_pylist()
    assert first["icao24"] == "154076"
    assert first["time_utc"].timestamp() == START
    assert (first["on_ground"], first["altitude_ft"]) == (True, None)
    assert (second["on_ground"], second["altitude_ft"], second["geometric_altitude_ft"]) == (
        False,
        1025,
        1125,
    )
    assert (first["callsign"], first["squawk"], first["nic"], first["nac_p"]) == ("RFF7052", "0733", 8, 9)
    assert (second["callsign"], second["squawk"], second["nic"]) == (None, None, None)  # not carried forward
    assert (first["flags"], second["flags"]) == (2, 0)
    assert second["ground_speed_kt"] == pytest.approx(300.5)
    assert parsed.positions["record"].to_pylist() == list(range(20))
    assert set(parsed.positions["source_id"].to_pylist()) == {SOURCE}
    assert parsed.identities.to_pylist() == [
        {
            "source_id": SOURCE,
            "icao24": "154076",
            "registration": "RA-82038",
            "type": "A124",
            "operator": "RUSSIAN AIR FORCE",
            "flags": 1,
        }
    ]


def test_gzip_is_recognised_under_any_name():
    assert read(packed(trace()), "trace_full_154076.json").positions.equals(read(trace()).positions)


def test_null_altitude_says_nothing_of_the_ground():
    records = rows(3)
    records[1][3] = None
    row = read(trace(records=records)).positions.slice(1, 1).to_pylist()[0]
    assert (row["altitude_ft"], row["on_ground"]) == (None, None)


def test_a_version_header_a_fifteenth_element_and_short_old_rows_are_read():
    records = [[*r, "extra"] for r in rows(3)] + [r[:9] for r in rows(2, at_s=100)]
    parsed = read(trace(records=records, version="wiedehopf readsb 3.14"))
    assert parsed.positions.num_rows == 5
    assert parsed.positions["heard_by"].to_pylist() == ["adsb", "adsb", "adsb", "adsb", "other"]


@pytest.mark.parametrize(
    ("kind", "word"),
    [("adsb_icao", "adsb"), ("adsr_icao", "adsr"), ("tisb_icao", "tisb"), ("adsc", "adsc"), ("mlat", "mlat"),
     ("mode_s", "mode_s"), ("unknown", "other"), ("tisb_other", "tisb_other"), (None, "other")],
)  # fmt: skip
def test_how_it_was_heard(kind, word):
    records = [[*r[:8], None, kind, *r[10:]] for r in rows(2)]
    assert set(read(trace(records=records)).positions["heard_by"].to_pylist()) == {word}


def test_non_icao_addresses_are_kept_and_marked():
    parsed = read(trace("~2A4B1C"))
    assert set(parsed.positions["icao24"].to_pylist()) == {"~2a4b1c"}
    assert all(h.endswith("_other") for h in parsed.positions["heard_by"].to_pylist())


def test_times_are_trusted_wherever_the_header_starts():
    parsed = read(trace(start=START - 10_000.123, records=rows(3, at_s=9_990.45)))
    assert pc.min(parsed.positions["time_utc"]).as_py().timestamp() == pytest.approx(
        START - 9.673, abs=0.0005
    )


def test_micro_degrees_survive():
    records = rows(2)
    records[0][1:3] = [-33.856784, 151.215297]
    row = read(trace(records=records)).positions.to_pylist()[0]
    assert (row["lat"], row["lon"]) == (-33.856784, 151.215297)


@pytest.mark.parametrize(
    ("place", "reason"),
    [([float("nan"), 35.0], "no-position"), ([None, 35.0], "no-position"), ([91.0, 35.0], "bad-position"),
     ([35.0, float("inf")], "bad-position"), ([35.0, -180.5], "bad-position"), ([0.0, 0.0], "null-island"),
     ([0.0004, -0.0009], "null-island")],
)  # fmt: skip
def test_a_place_that_cannot_be_is_refused_and_the_rest_kept(place, reason):
    records = rows(5)
    records[2][1:3] = place
    parsed = read(trace(records=records))
    assert parsed.positions["record"].to_pylist() == [0, 1, 3, 4]
    refused = parsed.rejected.to_pylist()
    assert [(r["source_id"], r["record"], r["reason"]) for r in refused] == [(SOURCE, 2, reason)]
    assert refused[0]["raw"].startswith("[20.0, ")


def test_zero_latitude_alone_is_the_equator():
    records = rows(2)
    records[1][1:3] = [0.0, 35.0]
    assert read(trace(records=records)).positions.num_rows == 2


def test_absurd_times_and_addresses_are_refused():
    now_ms = (START + 60) * 1000
    assert reasons(read(trace(start=100.0))) == ["bad-time"] * 20
    assert reasons(read(trace(start=START + 3 * 86_400), now_ms=now_ms)) == ["bad-time"] * 20
    assert read(trace(start=START + 86_400), now_ms=now_ms).positions.num_rows == 20
    assert reasons(read(trace("xyz", rows(2)))) == ["bad-address"] * 2
    assert reasons(read(trace("000000", rows(2)))) == ["bad-address"] * 2
    assert reasons(read(trace(None, rows(2)))) == ["no-address"] * 2
    records = rows(2)
    records[0][0] = None
    assert reasons(read(trace(records=records))) == ["no-time"]


def test_an_absurd_altitude_loses_the_altitude_not_the_position_and_is_told():
    records = rows(4)
    records[1][3], records[2][3], records[3][10] = 107_700, float("-inf"), -99_999
    parsed = read(trace(records=records))
    assert parsed.positions.num_rows == 4
    assert parsed.positions["altitude_ft"].to_pylist()[1:] == [None, None, 1075]
    assert parsed.positions["geometric_altitude_ft"].to_pylist()[3] is None
    assert reasons(parsed) == ["absurd-value"] * 3
    assert "altitude_ft=107700 set to null" in parsed.rejected["raw"].to_pylist()[0]


def test_minus_fifty_feet_on_a_carrier_is_a_height():
    records = rows(2)
    records[1][3] = -50
    assert read(trace(records=records)).positions["altitude_ft"].to_pylist()[1] == -50


def test_records_without_shape_are_refused_one_by_one():
    records = rows(4)
    records[1], records[2] = "junk", [5.0]
    parsed = read(trace(records=records))
    assert parsed.positions["record"].to_pylist() == [0, 3]
    assert [(r["record"], r["reason"]) for r in parsed.rejected.to_pylist()] == [
        (1, "bad-record"),
        (2, "bad-record"),
    ]


def test_raw_text_is_cut():
    records = rows(2)
    records[1] = ["x" * 9_000]
    assert len(read(trace(records=records)).rejected["raw"].to_pylist()[0]) == 500


def test_an_empty_trace_and_an_empty_file_say_so():
    assert reasons(read(trace(records=[]))) == ["empty-trace"]
    assert reasons(read(b"")) == ["empty-file"]
    assert reasons(read(packed(b""))) == ["empty-file"]


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}',
        b"[1, 2]",
        b'"text"',
        b"{",
        b"[" * 100_000,
        b"hello",
        b"\xff\xfe\x00",
        b'{"icao": "154076", "trace": 3}',
        b"null",
        b"{}\n{}\n",
    ],
)
def test_what_is_no_trace_is_told_and_nothing_falls_over(data):
    parsed = read(data)
    assert parsed.positions.num_rows == 0
    assert reasons(parsed) == ["not-a-trace"]


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_truncated_gzip_gives_its_whole_records(share):
    whole = read(trace(records=rows(500)))
    data = packed(trace(records=rows(500)))
    parsed = read(data[: int(len(data) * share)])
    n = parsed.positions.num_rows
    assert 0 < n < 500
    assert parsed.positions.equals(whole.positions.slice(0, n))
    assert reasons(parsed) == ["truncated"]


def test_a_truncated_plain_file_gives_its_whole_records():
    data = trace(records=rows(50))
    parsed = read(data[: len(data) // 2])
    assert 20 <= parsed.positions.num_rows < 30
    assert reasons(parsed) == ["truncated"]


def test_a_gzip_that_breaks_its_checksum_is_not_trusted():
    data = bytearray(packed(trace()))
    data[-6] ^= 0xFF
    parsed = read(bytes(data))
    assert (parsed.positions.num_rows, reasons(parsed)) == (0, ["corrupt-gzip"])


def test_a_gzip_bomb_is_bounded():
    bomb = packed(b" " * (200 << 20))
    parsed = read(bomb)
    assert reasons(parsed) == ["too-big"]
    assert "looks like a bomb" in parsed.rejected["raw"].to_pylist()[0]


def test_a_folder_date_that_disagrees_is_noted_and_the_timestamps_kept():
    parsed = read(trace(), "/data/globe_history/2024/12/20/traces/76/trace_full_154076.json")
    assert parsed.positions.num_rows == 20
    assert reasons(parsed) == ["folder-date"]
    assert "2024-12-20" in parsed.rejected["raw"].to_pylist()[0]
    assert reasons(read(trace(), "/data/2024/12/26/traces/76/x.json")) == []
    assert reasons(read(trace(), "/data/2024/12/25/traces/76/x.json")) == []  # local days differ by one
    assert reasons(read(trace(), "/data/2024/13/45/traces/76/x.json")) == []


def test_nan_in_json_is_read():
    text = (
        json.dumps({"icao": "154076", "timestamp": START, "trace": rows(2)}).replace("300.5", "NaN").encode()
    )
    assert read(text).positions["ground_speed_kt"].to_pylist() == [None, None]


def test_real_traces(dev_data):
    counts = {}
    for name in ("PH-BXC-2022-02-01.json.gz", "trace_full_ac671b.json", "trace_full_ac134a.json"):
        parsed = read((dev_data / "readsb" / name).read_bytes(), name)
        counts[name] = parsed.positions.num_rows
        assert parsed.rejected.num_rows == 0
    assert list(counts.values()) == [2968, 2500, 777]
    old = dev_data / "readsb/globe_history/2023/08/20/traces/8a/trace_full_4d208a.json"
    assert reasons(read(old.read_bytes(), str(old))) == ["folder-date"]
