"""Pages of our own against those of pyarrow's writer: the same table, schema and statistics for every reader."""

from __future__ import annotations

import io
import struct

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packed_for_tests import both, packed

from waystation.ingest.packed import PACKED
from waystation.store import page_kernels, pages, parquet
from waystation.store.page_marks import footer_with


@pytest.mark.parametrize("kind", ["extreme", "runs", "steps", "noise"])
@pytest.mark.parametrize("nulls", [0.0, 0.001, 0.5, 1.0])
def test_every_reader_reads_the_same_from_both(kind, nulls, monkeypatch, tmp_path):
    ours, theirs = both(packed(kind, nulls), monkeypatch)
    assert b"waystation version" in ours[-4_000:]
    a, b = pq.ParquetFile(io.BytesIO(ours)), pq.ParquetFile(io.BytesIO(theirs))
    assert a.schema_arrow.equals(b.schema_arrow, check_metadata=True)
    assert a.schema.equals(b.schema)
    assert a.read().equals(b.read())
    assert a.metadata.num_row_groups == b.metadata.num_row_groups == 3
    for group in range(3):
        assert a.read_row_group(group, columns=["callsign", "lat"]).equals(
            b.read_row_group(group, columns=["callsign", "lat"])
        )
        for at in range(len(PACKED)):
            said, known = (f.metadata.row_group(group).column(at).statistics for f in (a, b))
            assert (said is None) == (known is None)
            if said is not None:
                told = ("null_count", "min_raw", "max_raw") if known.num_values else ("null_count",)
                for name in told:
                    assert repr(getattr(said, name)) == repr(getattr(known, name)), PACKED.names[at]
    (tmp_path / "ours.parquet").write_bytes(ours)
    (tmp_path / "theirs.parquet").write_bytes(theirs)
    one, two = (pl.read_parquet(tmp_path / f"{n}.parquet") for n in ("ours", "theirs"))
    assert one.equals(two, null_equal=True)
    rows = [
        duckdb.sql(f"select sum(hash(t)) from '{tmp_path}/{n}.parquet' t").fetchall()
        for n in ("ours", "theirs")
    ]
    assert rows[0] == rows[1]


def test_a_slice_and_small_sizes(monkeypatch):
    table = packed("noise", 0.3)
    for first, n in ((3, 16_384), (11, 16_385), (20_001, 19_999)):
        part = table.slice(first, n)
        ours = parquet.positions_bytes(part)
        assert b"waystation version" in ours[-4_000:]
        with monkeypatch.context() as patch:
            patch.setattr(parquet, "_MANY", 1 << 60)
            assert pq.read_table(io.BytesIO(ours)).equals(
                pq.read_table(io.BytesIO(parquet.positions_bytes(part)))
            )


@pytest.mark.parametrize("n", [1, 2, 32, 33, 34, 128, 129, 130, 1_000])
@pytest.mark.parametrize("step", [0, 1, 2**31 - 1, 2**31, 2**40, -(2**62)])
def test_deltas_of_all_widths_are_read_back(n, step):
    steps = np.where(np.arange(n) % 3 == 0, step, -step // 2)
    times = np.cumsum(steps.astype(np.int64), dtype=np.int64)  # wraps
    table = packed("runs", 0.0, n).set_column(1, PACKED.field(1), pa.array(times).cast(PACKED.field(1).type))
    made = pages.pages_bytes(
        table, 700, lambda: parquet._by_pyarrow(table.slice(0, 0)), codecs=parquet._CODECS, measured=()
    )
    assert pq.read_table(io.BytesIO(made))["time_utc"].cast(pa.int64()).to_numpy().tolist() == times.tolist()


def test_an_unknown_footer_is_left_to_pyarrow(monkeypatch):
    assert footer_with(b"nothing of it", [b""], 1, b"x", b"y") is None
    monkeypatch.setattr(pages, "_footer", lambda *_: None)
    made = parquet.positions_bytes(packed("runs", 0.1))
    assert b"parquet-cpp-arrow" in made[-4_000:]


def test_the_same_rows_give_the_same_bytes():
    table = packed("steps", 0.2)
    assert parquet.positions_bytes(table) == parquet.positions_bytes(
        pa.concat_tables([table.slice(0, 9), table.slice(9)])
    )


TINY = float(np.float32(1e-45))


@pytest.mark.parametrize("seed", range(30))
def test_ranks_of_floats_give_least_and_greatest(seed):
    """By their bits as numbers: negative ones, both zeros, those too small to be normal, and the infinite."""
    rng = np.random.default_rng(seed)
    edges = np.array([0.0, -0.0, TINY, -TINY, np.inf, -np.inf, 1.5, -1.5], dtype=np.float32)
    values = rng.choice(edges, rng.integers(1, 5))
    spare = np.empty(len(values) + 64, dtype=np.int64)
    out = np.empty(page_kernels.room_of(len(values)), dtype=np.uint8)
    nothing = np.empty(0, dtype=np.uint8)

    def ranks(given):
        return page_kernels.reals_page(given.view(np.uint32), 0, len(given), nothing, 0, out, spare)[3:]

    low, high = ranks(values)
    least, greatest = (float(v) for v in (values.min(), values.max()))
    told = struct.pack("<f", least or -0.0), struct.pack("<f", greatest or 0.0)
    assert pages._ranked_span(low, high) == told
    assert pages._LEAST <= low <= high <= pages._GREATEST
    for odd in (np.nan, -np.nan):
        low, high = ranks(np.append(values, np.float32(odd)))
        assert not pages._LEAST <= low <= high <= pages._GREATEST
