from __future__ import annotations

import io
import random
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from traces_for_tests import START, many, packed, rows, trace

from waystation.store.archive import aircraft_span, iter_aircraft, read_archive_table, read_positions
from waystation.store.ingesting import BatchRules, ingest
from waystation.store.parquet import positions_bytes, to_degrees, to_micro_degrees
from waystation.terms.errors import ArchiveError
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from pathlib import Path

KEYS = ("icao24", "time_utc", "source_id", "record")


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """Twelve aircraft, one of them over three days and in two batches."""
    folder = tmp_path_factory.mktemp("in")
    for i, data in enumerate(many(12).values()):
        (folder / f"{i:02d}.json").write_bytes(data)
    for day in range(3):
        (folder / f"x{day}.json").write_bytes(
            packed(trace("154000", rows(30), start=START + 86_400 * day + 80_000 + 6_300))
        )
    out = folder.parent / "archive"
    ingest([str(folder)], out, workers=1, rules=BatchRules(max_files=5))
    return out


def test_positions_come_sorted_and_in_the_schema(archive):
    positions = read_positions(archive)
    assert positions.schema == TABLES["positions"]
    assert positions.num_rows == 12 * 20 + 3 * 30
    keys = list(zip(*(positions[k].to_pylist() for k in KEYS), strict=True))
    assert keys == sorted(keys)


def test_aircraft_and_days_can_be_chosen(archive):
    everything = read_positions(archive)
    one = read_positions(archive, icao24=["154000"])
    assert one.equals(everything.filter(pa.compute.equal(everything["icao24"], "154000")))
    assert one.num_rows == 20 + 3 * 30
    days = {t.date() for t in read_positions(archive, days=[date(2024, 12, 27)])["time_utc"].to_pylist()}
    assert days == {date(2024, 12, 27)}
    assert read_positions(archive, icao24=["ffff00"]).num_rows == 0
    assert read_positions(archive, days=["1999-01-01"]).num_rows == 0


@pytest.mark.parametrize("top", [1, 50, 200, 10_000])
def test_iter_aircraft_yields_whole_aircraft_and_all_of_them(archive, top):
    tables = list(iter_aircraft(archive, max_positions=top))
    assert pa.concat_tables(tables).equals(read_positions(archive))
    seen: set[str] = set()
    for table in tables:
        here = set(table["icao24"].to_pylist())
        assert not here & seen
        assert table.num_rows <= top or len(here) == 1
        seen |= here
    only = list(iter_aircraft(archive, max_positions=top, icao24=["154000", "154025"]))
    assert pa.concat_tables(only).equals(read_positions(archive, icao24=["154000", "154025"]))


def test_aircraft_span(archive):
    span = {r["icao24"]: r for r in aircraft_span(archive).to_pylist()}
    assert len(span) == 12
    row = span["154000"]
    positions = read_positions(archive, icao24=["154000"])
    assert row["n_positions"] == 110
    assert (row["first_utc"], row["last_utc"]) == (
        positions["time_utc"][0].as_py(),
        positions["time_utc"][-1].as_py(),
    )
    assert row["heard_by"] == ["adsb"]


def test_sources_tell_when_they_came_without_it_being_in_the_bytes(archive):
    sources = read_archive_table(archive, "sources")
    assert sources.schema == TABLES["sources"]
    assert sources.num_rows == 15
    assert all(
        abs((datetime.now(UTC) - t).total_seconds()) < 600 for t in sources["ingested_utc"].to_pylist()
    )
    raw = pq.read_table(min((archive / "sources").glob("*")))
    assert raw["ingested_utc"].null_count == raw.num_rows
    assert read_archive_table(archive, "identities").num_rows == 15
    assert read_archive_table(archive, "masks").schema == TABLES["masks"]


def test_a_batch_without_its_marker_is_not_there(archive, tmp_path):
    copy = tmp_path / "copy"
    for path in archive.rglob("*.parquet"):
        to = copy / path.relative_to(archive)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(path.read_bytes())
    marker = min((copy / "sources").glob("*.parquet"))
    lost = sum(pq.read_table(marker)["n_positions"].to_pylist())
    marker.unlink()
    assert read_positions(copy).num_rows == read_positions(archive).num_rows - lost


def test_no_archive_says_how_to_make_one(tmp_path):
    with pytest.raises(ArchiveError, match="waystation ingest"):
        read_positions(tmp_path / "nowhere")


def test_micro_degrees_make_the_round_trip():
    dice = random.Random(1)
    micro = [dice.randint(-180_000_000, 180_000_000) for _ in range(20_000)] + [
        180_000_000,
        -180_000_000,
        0,
        1,
        -1,
    ]
    degrees = pa.chunked_array([pa.array([m / 1e6 for m in micro])])
    back = to_degrees(pa.chunked_array([to_micro_degrees(degrees)]))
    assert np.array_equal(back.to_numpy(), degrees.to_numpy())
    sliced = pa.chunked_array([to_micro_degrees(degrees).slice(7, 100)])
    assert to_degrees(sliced).to_pylist() == degrees.to_pylist()[7:107]


def test_files_are_packed_as_the_design_says(archive):
    path = max(archive.glob("positions/day=*/*.parquet"), key=lambda p: p.stat().st_size)
    file = pq.ParquetFile(path)
    lat = next(c for c in map(file.schema.column, range(len(file.schema))) if c.name == "lat")
    assert (lat.physical_type, lat.logical_type.type, lat.precision, lat.scale) == ("INT32", "DECIMAL", 9, 6)
    meta = file.metadata.row_group(0).column(file.schema.names.index("lat"))
    assert "DELTA_BINARY_PACKED" in meta.encodings
    assert meta.compression == "UNCOMPRESSED"  # deltas of places pack no further
    altitude, speed = (
        file.metadata.row_group(0).column(file.schema.names.index(name))
        for name in ("altitude_ft", "ground_speed_kt")
    )
    assert altitude.compression in {"LZ4", "UNCOMPRESSED"}  # decision 0139
    assert speed.compression == "ZSTD"
    positions = read_positions(archive)
    assert positions_bytes(positions) == positions_bytes(positions)
    assert io.BytesIO(positions_bytes(positions)).read(4) == b"PAR1"


def test_real_traces_come_back_as_they_went_in(dev_data, tmp_path):
    ingest(
        [str(dev_data / "readsb/PH-BXC-2022-02-01.json.gz"), str(dev_data / "readsb/trace_full_ac671b.json")],
        tmp_path / "a",
        workers=1,
    )
    positions = read_positions(tmp_path / "a")
    assert positions.num_rows == 2968 + 2500
    first = positions.filter(pa.compute.equal(positions["icao24"], "ac671b")).to_pylist()[0]
    assert (first["lat"], first["lon"], first["altitude_ft"], first["flags"]) == (
        16.777359,
        -88.036868,
        32000,
        1,
    )
    assert first["time_utc"] == datetime(2025, 2, 4, 21, 13, 42, 619000, UTC)
