from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.store.atomic import write_atomic
from waystation.store.csv_rows import csv_bytes
from waystation.store.exports import flight_features, geojson_bytes, kml_bytes, point_features, track_features
from waystation.store.tables import read_table, read_tables, write_tables
from waystation.terms.errors import ArchiveError
from waystation.terms.schema import TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

T = datetime(2024, 12, 26, 12, 0, 0, 250_000, UTC)


def flights() -> pa.Table:
    rows = [
        {"flight_id": "f1", "icao24": "154076", "callsigns": '=HYPERLINK("http://x")', "origin": "OSLK", "takeoff_utc": T, "n_positions": 7, "distance_km": 1.5},
        {"flight_id": "f2", "icao24": "154076", "callsigns": "-1<b>&\x07", "origin": None},
    ]  # fmt: skip
    return conform("flights", pa.Table.from_pylist(rows))


def ends(lon1: float = 35.9, lon2: float = 20.3) -> pa.Table:
    rows = [
        {"flight_id": "f1", "end": "origin", "lat": 35.4, "lon": lon1},
        {"flight_id": "f1", "end": "destination", "lat": 32.0, "lon": lon2},
    ]
    return conform("ends", pa.Table.from_pylist(rows))


def test_tables_make_the_round_trip_and_leave_nothing_beside_them(tmp_path):
    tables = {"flights": flights(), "ends": ends()}
    assert write_tables(tmp_path / "out", tables) == {"flights": 2, "ends": 2}
    paths = sorted((tmp_path / "out").iterdir())
    assert [p.name for p in paths] == ["ends.csv", "ends.parquet", "flights.csv", "flights.parquet"]
    assert read_tables(tmp_path / "out") == {"ends": tables["ends"], "flights": tables["flights"]}
    assert read_table(tmp_path / "out", "flights").schema.names == TABLES["flights"].names
    before = {p: p.read_bytes() for p in paths}
    write_tables(tmp_path / "out", tables)
    assert {p: p.read_bytes() for p in paths} == before
    with pytest.raises(ArchiveError, match="it has: ends, flights"):
        read_table(tmp_path / "out", "routes")
    with pytest.raises(ValueError, match="cannot be called"):
        write_tables(tmp_path / "out", {"../x": ends()})


def long_table(n: int) -> pa.Table:
    """Rows of all kinds of columns that tables have."""
    k = pa.array(range(n), pa.int64())
    texts = pc.if_else(pc.equal(pc.bit_wise_and(k, 7), 3), None, pc.cast(k, pa.string()))
    lists = pa.ListArray.from_arrays(pa.array(range(0, 2 * n + 1, 2), pa.int32()), pc.cast(pa.array(range(2 * n)), pa.string()))  # fmt: skip
    times = pc.multiply(k, 1_000).cast(pa.timestamp("ms", tz="UTC"))
    return pa.table({"k": k, "text": texts, "words": lists, "at_utc": times, "share": pc.divide(k, 3.0)})


@pytest.mark.parametrize("cuts", [[], [1], [100, 100, 262_144], [262_144, 262_145], [524_288]])
def test_a_table_in_pieces_has_the_bytes_of_the_whole(tmp_path: Path, cuts: list[int]) -> None:
    table = long_table(524_288 + 77)
    edges = [0, *cuts, table.num_rows]
    parts = [{"long": table.slice(a, b - a), "short": flights().slice(0, a == 0)} for a, b in pairwise(edges)]
    assert write_tables(tmp_path, {"ends": ends()}, iter(parts)) == {
        "ends": 2,
        "long": table.num_rows,
        "short": 1,
    }
    sink = io.BytesIO()
    pq.write_table(
        table, sink, compression="zstd", version="2.6", row_group_size=262_144, compression_level=3
    )
    assert (tmp_path / "long.parquet").read_bytes() == sink.getvalue()
    assert (tmp_path / "long.csv").read_bytes() == csv_bytes(table)
    assert read_table(tmp_path, "short").num_rows == 1


def test_a_piece_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    write_tables(tmp_path, {}, [{"long": long_table(9)}])
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def pieces() -> Iterator[dict[str, pa.Table]]:
        yield {"long": long_table(300_000)}
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        write_tables(tmp_path, {"ends": ends()}, pieces())
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize("rows", [0, 3])
def test_a_table_without_rows_still_has_its_columns(tmp_path: Path, rows: int) -> None:
    write_tables(tmp_path, {}, [{"flights": flights().slice(0, 0)}] * 2 + [{"flights": flights()}] * rows)
    assert read_table(tmp_path, "flights").num_rows == 2 * rows
    assert (tmp_path / "flights.csv").read_text().count("\n") == 1 + 2 * rows


def test_csv_disarms_formulas_and_tells_times_in_utc():
    rows = list(csv.DictReader(io.StringIO(csv_bytes(flights()).decode())))
    assert rows[0]["callsigns"] == '\'=HYPERLINK("http://x")'
    assert rows[1]["callsigns"].startswith("'-1<b>")
    assert rows[0]["takeoff_utc"] == "2024-12-26T12:00:00.250Z"
    assert (rows[1]["origin"], rows[0]["n_positions"], rows[0]["distance_km"]) == ("", "7", "1.5")


texts = st.one_of(st.none(), st.text('=+-@\t\rab,"\n', max_size=4))
times = st.one_of(st.none(), st.integers(-62_135_596_800_000, 253_402_300_799_999))


@given(st.lists(st.tuples(texts, times), max_size=12), st.integers(0, 5), st.sampled_from(["ms", "s"]))
def test_csv_is_that_of_looking_at_every_value(
    rows: list[tuple[str | None, int | None]], cut: int, unit: str
) -> None:
    kind = pa.timestamp(unit, tz="UTC")
    instants = [t if t is None or unit == "ms" else t // 1000 for _, t in rows]
    table = pa.table(
        {"s": pa.array([s for s, _ in rows], pa.string()), "t": pa.array(instants, pa.int64()).cast(kind)}
    )
    table = pa.concat_tables([table.slice(cut), table.slice(0, cut)])
    plain = pa.table(
        {
            "s": pc.replace_substring_regex(table["s"], r"^([=+\-@\t\r])", r"'\1"),
            "t": pc.strftime(table["t"], format="%Y-%m-%dT%H:%M:%SZ"),
        }
    )
    sink = io.BytesIO()
    pa_csv.write_csv(plain, sink, pa_csv.WriteOptions(quoting_style="needed"))
    assert csv_bytes(table) == sink.getvalue()


def test_csv_of_lists_and_negative_numbers():
    table = pa.table({"l": [["a", "b"], None], "x": [-1.5, 2.0], "s": ["+1", "@x"]})
    rows = list(csv.DictReader(io.StringIO(csv_bytes(table).decode())))
    assert [(r["l"], r["x"], r["s"]) for r in rows] == [("a b", "-1.5", "'+1"), ("", "2", "'@x")]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "x"
    write_atomic(path, b"old")
    with pytest.raises(TypeError):
        write_atomic(path, "not bytes")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_geojson_of_flights():
    document = json.loads(geojson_bytes(flight_features(flights(), ends())))
    one, two = document["features"]
    assert one["geometry"] == {"type": "LineString", "coordinates": [[35.9, 35.4], [20.3, 32.0]]}
    assert one["properties"]["takeoff_utc"] == "2024-12-26T12:00:00Z"
    assert two["geometry"] is None


def test_lines_break_at_the_date_line():
    one = json.loads(geojson_bytes(flight_features(flights(), ends(170.0, -170.0))))["features"][0]
    assert one["geometry"]["type"] == "MultiLineString"
    west, east = one["geometry"]["coordinates"]
    assert west == [[170.0, 35.4], [180.0, pytest.approx(33.7)]]
    assert east == [[-180.0, pytest.approx(33.7)], [-170.0, 32.0]]


def test_tracks_break_where_nothing_was_heard():
    seconds = [0, 10, 20, 5_000, 5_010]
    rows = [
        {
            "icao24": "154076",
            "time_utc": datetime.fromtimestamp(1_735_171_200 + s, UTC),
            "lat": 35.0 + i,
            "lon": 20.0,
        }
        for i, s in enumerate(seconds)
    ]
    positions = conform("positions", pa.Table.from_pylist(rows))
    (feature,) = track_features(positions)
    assert [len(line) for line in feature.lines] == [3, 2]
    assert len(json.loads(geojson_bytes(point_features(positions, "icao24")))["features"]) == 5


def test_kml_survives_what_strangers_call_themselves():
    root = ET.fromstring(kml_bytes(flight_features(flights(), ends()), 'A "case" <&>'))
    space = {"k": "http://www.opengis.net/kml/2.2"}
    assert root.find("k:Document/k:name", space).text == 'A "case" <&>'
    assert len(root.findall(".//k:Placemark", space)) == 1
    odd = conform(
        "ends", pa.Table.from_pylist([{"flight_id": "\x07<&", "end": "origin", "lat": 1.0, "lon": 2.0}])
    )
    root = ET.fromstring(kml_bytes(point_features(odd, "flight_id"), "x"))
    assert root.find(".//k:Placemark/k:name", space).text == "\ufffd<&"


def test_tables_of_simulated_sources_say_so_in_every_form(tmp_path: Path) -> None:
    write_tables(tmp_path, {"flights": pa.table({"flight_id": ["a", "b"]})}, simulated=True)
    assert read_table(tmp_path, "flights")["simulated"].to_pylist() == [True, True]
    assert (tmp_path / "flights.csv").read_text().splitlines()[0].endswith('simulated"')


def test_a_claim_keeps_its_own_mark(tmp_path: Path) -> None:
    claims = pa.table({"claim_id": ["c"], "simulated": [True]})
    write_tables(tmp_path, {"claims": claims}, simulated=True)
    assert read_table(tmp_path, "claims").equals(claims)
