"""One made-up flight in every format: each is recognised and says the same, as far as it can say it."""

from __future__ import annotations

import gzip
import io
import random

import numpy as np
import pyarrow.compute as pc
import pytest
from bench.fuzz import samples
from bench.fuzz.samples import ADDRESS, CALLSIGN, CLOCK, FLIGHT, MAPPINGS, SAMPLES, SQUAWK, START, VARIANTS, N

from waystation.ingest import FORMATS, build
from waystation.terms.errors import UsageError

CASES = [(k, d) for k in SAMPLES for d in (SAMPLES[k], *VARIANTS.get(k, []))]
NAMELESS = {"kml", "gpx"}
DECODED = {"frames", "avr", "beast"}


def read(data: bytes, mapping=None, **more):
    return build(io.BytesIO(data), source_id="0" * 16, uri="x", mapping=mapping, **more)


def test_every_format_has_a_sample():
    assert set(SAMPLES) == set(FORMATS)


@pytest.mark.parametrize(("name", "data"), CASES)
def test_the_same_flight_is_read_from_every_format(name, data):
    parsed = read(data, MAPPINGS.get(name))
    assert parsed.format == name
    rows = {round(r["time_utc"].timestamp()): r for r in parsed.positions.to_pylist()}
    assert set(rows) == {p["t"] for p in FLIGHT}
    close = 2.4e-5 if name in DECODED else 5e-7  # 17 bits of a zone of 6°: half a step
    for p in FLIGHT:
        r = rows[p["t"]]
        assert abs(r["lat"] - p["lat"]) <= close
        assert abs(r["lon"] - p["lon"]) <= 1.6 * close
        if name == "gpx":
            assert (r["altitude_ft"], r["geometric_altitude_ft"]) == (None, p["alt"] + 100)
        else:
            assert r["altitude_ft"] == p["alt"]
        assert r["icao24"].startswith("~") if name in NAMELESS else r["icao24"] == ADDRESS
    said = parsed.positions
    assert set(said["callsign"].to_pylist()) - {None} == {CALLSIGN}
    for column, value in (("ground_speed_kt", 180), ("track_angle_deg", 45), ("vertical_rate_fpm", 640)):
        found = said[column].drop_null().to_numpy()
        assert np.allclose(found, value, atol=0.5)  # the velocity frame has whole knots
        assert len(found) in {0, N}
    assert set(said["squawk"].to_pylist()) <= {SQUAWK, None}
    assert said["record"].to_pylist() == sorted(said["record"].to_pylist())


@pytest.mark.parametrize("name", SAMPLES)
def test_gzip_and_the_named_format_give_the_same(name):
    plain = read(SAMPLES[name], MAPPINGS.get(name))
    packed = read(gzip.compress(SAMPLES[name]), MAPPINGS.get(name), format=name)
    assert packed.positions.equals(plain.positions)
    assert packed.rejected.equals(plain.rejected)


@pytest.mark.parametrize("name", ["jsonl", "csv", "sbs", "frames", "aircraft"])
def test_lines_out_of_order_say_the_same(name):
    head, lines = (
        ([], SAMPLES[name].splitlines())
        if name != "csv"
        else (SAMPLES[name].splitlines()[:1], SAMPLES[name].splitlines()[1:])
    )
    random.Random(7).shuffle(lines)

    def table(data):
        rows = read(data).positions.drop_columns(["record"]).to_pylist()
        return sorted(rows, key=lambda r: r["time_utc"])

    assert table(b"\n".join([*head, *lines])) == table(SAMPLES[name])


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_cut_short_gives_what_stands_before_the_cut_or_a_reason(name):
    data = SAMPLES[name]
    parsed = read(data[: int(len(data) * 0.6)], MAPPINGS.get(name))
    assert parsed.positions.num_rows < 80
    assert parsed.rejected.num_rows or name in {"csv", "sbs", "jsonl", "frames", "avr", "heatmap", "beast"}
    if name not in {"parquet", "avro", "opensky", "geojson", "fr24", "kml"}:
        assert parsed.positions.num_rows > 10


def test_avro_packed_with_snappy_is_read():
    import pyarrow as pa

    plain = samples.avro("null")
    at = plain.index(b"0123456789abcdef") + 16
    from waystation.ingest.avro_container import _long, _varint

    count, start = _long(plain, at)
    size, start = _long(plain, start)
    block = pa.Codec("snappy").compress(plain[start : start + size], asbytes=True) + b"\0\0\0\0"
    head = plain[:at].replace(b"\x14avro.codec\x08null", b"\x14avro.codec\x0csnappy")
    data = head + _varint(count) + _varint(len(block)) + block + b"0123456789abcdef"
    assert read(data).positions.equals(read(plain).positions)


def test_a_counter_without_a_start_is_no_time():
    for name in ("avr", "beast"):
        parsed = read(SAMPLES[name])
        assert parsed.positions.num_rows == 0
        assert parsed.rejected["reason"].to_pylist().count("no-time") == 2 * N
    with pytest.raises(UsageError, match="clock_start"):
        read(SAMPLES["avr"], {"clock_start": "noon"})


def test_a_counter_that_begins_again_gives_no_times_from_there():
    lines = SAMPLES["avr"].splitlines()
    again = [b"@" + f"{int(x[1:13], 16) - 90 * 12_000_000:012X}".encode() + x[13:] for x in lines[80:]]
    parsed = read(b"\n".join(lines[:80] + again), CLOCK)
    whole = read(SAMPLES["avr"], CLOCK).positions
    assert parsed.positions.equals(whole.filter(pc.less(whole["record"], 80)))
    assert parsed.rejected["reason"].to_pylist() == ["no-time"] * 40


def test_a_log_knows_the_ground_and_events_of_the_program():
    surface = (
        "MSG,2,1,1,4B1814,1,2024/12/26,00:00:00.250,2024/12/26,00:00:00.250,,475,12,90,47.45,8.55,,,0,0,0,-1"
    )
    parsed = read(
        f"SEL,,496,2286,4B1814,27215,2024/12/26,00:00:00,2024/12/26,00:00:00,SWR1\nMSG,9\n{surface}\n".encode()
    )
    row = parsed.positions.to_pylist()[0]
    assert (row["on_ground"], row["altitude_ft"], row["ground_speed_kt"], row["record"]) == (
        True,
        None,
        12,
        2,
    )
    assert [(r["record"], r["reason"]) for r in parsed.rejected.to_pylist()] == [(1, "bad-record")]


def test_a_heatmap_knows_the_ground_other_addresses_and_nothing():
    import struct

    mark = struct.pack("<IIIhh", 0x0E7F7C9D, START * 1000 >> 32, START * 1000 & 0xFFFFFFFF, 30_000, 0)
    rows = [
        (5 << 27 | 0x4B1814, 47, 8, -123, 125),
        (11 << 27 | 1 << 24 | 0x2A4B1C, -33, -70, -124, -1),
        (0, 47, 8, 1, 1),
    ]
    data = mark + b"".join(struct.pack("<Iiihh", h, a * 10**6, o * 10**6, z, v) for h, a, o, z, v in rows)
    first, second = read(data).positions.to_pylist()
    assert (first["on_ground"], first["altitude_ft"], first["ground_speed_kt"], first["heard_by"]) == (
        True,
        None,
        12.5,
        "mlat",
    )
    assert (second["icao24"], second["on_ground"], second["ground_speed_kt"], second["heard_by"]) == (
        "~2a4b1c",
        None,
        None,
        "tisb_other",
    )
    assert read(data).rejected["reason"].to_pylist() == ["bad-address"]


def test_a_broken_frame_is_counted_and_gives_no_position():
    lines = SAMPLES["frames"].splitlines()
    broken = [x.replace(b"4b1814", b"4b1815") if i % 8 == 2 else x for i, x in enumerate(lines)]
    parsed = read(b"\n".join(broken))
    assert set(parsed.positions["icao24"].to_pylist()) == {ADDRESS}
    assert f"{N // 2} fail their check" in parsed.rejected["raw"].to_pylist()[0]


def test_messages_without_a_position_are_counted():
    lines = [x for x in SAMPLES["sbs"].splitlines() if not x.startswith(b"MSG,3")]
    parsed = read(b"\n".join(lines))
    assert [(r["reason"], r["raw"]) for r in parsed.rejected.to_pylist()] == [
        ("unplaced", f"{3 * N} of {3 * N} messages")
    ]


def test_a_time_zone_moves_times_that_name_none():
    east = read(SAMPLES["sbs"], {"time_zone": "+03:00"}).positions
    plain = read(SAMPLES["sbs"]).positions
    moved = [a - b for a, b in zip(plain["time_utc"].to_pylist(), east["time_utc"].to_pylist(), strict=True)]
    assert {m.total_seconds() for m in moved} == {3 * 3600}
    zoned = "icao,time,lat,lon\n4b1814,2024-12-26T01:00:00+01:00,47,8\n"
    assert read(zoned.encode(), {"time_zone": "+03:00"}).positions["time_utc"][0].as_py().hour == 0
    with pytest.raises(UsageError, match="time_zone"):
        read(zoned.encode(), {"time_zone": "PST"})


@pytest.mark.parametrize("cell", ["7.8E+14", "7.80E+14", "780000000000000", "4010", "154076.0"])
def test_an_address_that_a_spreadsheet_broke_is_named_so(cell):
    parsed = read(f"icao,time,lat,lon\n{cell},1735171200,47,8\n780e12,1735171200,47,8\n".encode())
    assert parsed.positions["icao24"].to_pylist() == ["780e12"]
    assert parsed.rejected["reason"].to_pylist() == ["broken-address"]


def test_a_snapshot_dates_each_place_by_its_age_and_knows_the_ground():
    craft = [
        {"hex": "4B1814", "lat": 47, "lon": 8, "seen_pos": 12.5, "alt_baro": "ground", "mlat": ["lat"], "r": "HB-JMF", "t": "A343", "dbFlags": 1},
        {"hex": "~2a4b1c", "lastPosition": {"lat": 46, "lon": 7, "seen_pos": 100}, "type": "tisb_other"},
        {"hex": "abcdef", "flight": "NOWHERE"},
        7,
    ]  # fmt: skip
    import json

    for now, key in ((1_735_171_200.5, "aircraft"), (1_735_171_200_500, "ac")):
        parsed = read(json.dumps({"now": now, key: craft}).encode())
        first, second = parsed.positions.to_pylist()
        assert (first["time_utc"].timestamp(), second["time_utc"].timestamp()) == (
            1_735_171_188.0,
            1_735_171_100.5,
        )
        assert (first["on_ground"], first["altitude_ft"], first["heard_by"]) == (True, None, "mlat")
        assert (second["icao24"], second["heard_by"]) == ("~2a4b1c", "tisb_other")
        assert parsed.rejected["reason"].to_pylist() == ["unplaced", "bad-record"]
        assert parsed.identities.to_pylist()[0]["flags"] == 1


def test_names_stand_in_for_addresses_and_never_meet():
    text = "flight_id,time,lat,lon\n" + "".join(f"F{i},1735171200,47,8\n" for i in range(6000))
    parsed = read(text.encode())
    addresses = parsed.positions["icao24"].to_pylist()
    assert len(set(addresses)) == 6000
    assert all(a.startswith("~") for a in addresses)
    other = build(io.BytesIO(text.encode()), source_id="1" * 16, uri="x")
    assert set(other.positions["icao24"].to_pylist()[:50]).isdisjoint(addresses[:50])
    assert parsed.rejected["reason"].to_pylist() == ["stand-in-address"]
