"""Bombs, lies and a thousand kinds of damage: an answer, soon, in little memory. The long run is bench/fuzz."""

from __future__ import annotations

import io
import time
import tracemalloc
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bench.fuzz.check import check
from bench.fuzz.run import seeded
from bench.fuzz.samples import MAPPINGS, SAMPLES, avro

from waystation.ingest import build
from waystation.ingest.avro_container import MAGIC, _map, _varint, open_container
from waystation.ingest.parquet_rows import open_parquet
from waystation.ingest.pieces import PieceRules
from waystation.terms.errors import FormatError


@pytest.mark.parametrize("name", SAMPLES)
def test_some_seeded_damage_of_each_format(name):
    for turn in range(25):
        check(seeded(name, 77, turn), MAPPINGS.get(name))


def test_the_same_seed_is_the_same_damage():
    assert seeded("kml", 3, 5) == seeded("kml", 3, 5) != seeded("kml", 3, 6)


def test_fuzz_inputs_of_another_decoder(dev_data):
    files = sorted((dev_data / "mode_s/fuzz").iterdir())
    assert len(files) == 246
    formats = {check(p.read_bytes()).format for p in files}
    assert formats == {"avr", "beast", "frames", "unknown"}


ENTITIES = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
BILLION_LAUGHS = (
    f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY l0 "ha">{ENTITIES}]><kml><name>&l11;</name></kml>'
)
OUTSIDE = '<!DOCTYPE gpx SYSTEM "file:///etc/passwd"><gpx><trk><name>&x;</name></trk></gpx>'


@pytest.mark.parametrize("text", [BILLION_LAUGHS, OUTSIDE, "<gpx>" * 500, "<kml>" + "<a>" * 10**6])
def test_xml_bombs_are_refused_before_they_go_off(text):
    began = time.monotonic()
    tracemalloc.start()
    parsed = check(text.encode())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert parsed.rejected["reason"].to_pylist() == ["not-a-trace"]
    assert time.monotonic() - began < 5
    assert peak < 50e6


def header(codec: bytes) -> bytes:
    schema = b'{"type":"record","name":"s","fields":[{"name":"time","type":"int"},{"name":"lat","type":"double"},{"name":"lon","type":"double"}]}'
    return MAGIC + _map({b"avro.schema": schema, b"avro.codec": codec}) + b"s" * 16


def block(count: int, packed: bytes) -> bytes:
    return _varint(count) + _varint(len(packed)) + packed + b"s" * 16


def test_an_avro_bomb_is_not_unpacked():
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = squeeze.compress(bytes(64 << 20)) + squeeze.flush()
    whole = open_container(header(b"deflate") + block(10, bomb), 1 << 20, 1000)
    assert "unpacks to more" in whole.fault
    assert len(whole.data) < 1000


def test_an_avro_that_claims_more_records_than_bytes_is_refused():
    parsed = check(header(b"null") + block(2**40, b"x" * 20))
    assert parsed.positions.num_rows == 0
    assert parsed.rejected.num_rows
    with pytest.raises(FormatError, match="more than 5 records"):
        open_container(avro("null"), 1 << 20, 5)


def test_an_avro_cut_in_its_last_block_keeps_the_blocks_before(monkeypatch):
    import fastavro

    out = io.BytesIO()
    schema = {"type": "record", "name": "s", "fields": [{"name": k, "type": t} for k, t in (("icao24", "string"), ("time", "int"), ("lat", "double"), ("lon", "double"))]}  # fmt: skip
    rows = [{"icao24": "4b1814", "time": 1_735_171_200 + i, "lat": 47.0, "lon": 8.0} for i in range(1000)]
    fastavro.writer(out, schema, rows, sync_interval=500)
    parsed = check(out.getvalue()[: len(out.getvalue()) // 2])
    assert 400 < parsed.positions.num_rows < 520
    assert parsed.rejected["reason"].to_pylist() == ["truncated"]


def test_a_parquet_of_too_many_rows_is_refused_by_what_it_says_of_itself():
    out = io.BytesIO()
    pq.write_table(pa.table({"time": pa.array([0] * 5000), "lat": [1.0] * 5000, "lon": [1.0] * 5000}), out)
    with pytest.raises(FormatError, match="5000 rows"):
        open_parquet(out.getvalue(), PieceRules(max_rows=4999))
    with pytest.raises(FormatError, match="bytes unpacked"):
        open_parquet(out.getvalue(), PieceRules(max_bytes=100))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_format_that_is_forced_on_other_bytes_is_judged_not_stumbled_over(name):
    for data in (*SAMPLES.values(), b"x", b"\x00\xff" * 50):
        parsed = build(io.BytesIO(data), source_id="0" * 16, uri="x", format=name)
        assert parsed.positions.num_rows + parsed.rejected.num_rows
