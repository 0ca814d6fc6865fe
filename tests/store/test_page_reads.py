"""Pages read by our own kernels against pyarrow's reader; damaged pages; a page that kills behind every buffer."""

from __future__ import annotations

import os
from contextlib import closing
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from guarded_for_tests import survivors
from packed_for_tests import both, packed

from waystation.store import aside, chunks, decoding, parquet, waiting
from waystation.store.blocks import Blocks
from waystation.store.decoding import TEXTS
from waystation.store.page_reads import unpacked
from waystation.store.reading import Picked
from waystation.terms.schema import TABLES

NAMES = [n for n in TABLES["positions"].names if n != "icao24"]


def opened(path, names=NAMES, step: int = 9_001) -> tuple[Blocks, list[int]]:
    """Open a file to read it in stretches, and return where these end."""
    meta = pq.ParquetFile(path).metadata
    sizes = [meta.row_group(g).num_rows for g in range(meta.num_row_groups)]
    edges = [*range(0, sum(sizes), step), sum(sizes)]
    start, rows = np.array(edges[:-1]), np.diff(edges)
    groups, zeros = (tuple(range(len(sizes))),), np.zeros(len(rows), dtype=np.int32)
    picked = Picked(
        path.parent, (path.name,), ("any",), groups, (tuple(sizes),), (), zeros, zeros, start, rows, start[:0]
    )
    return Blocks(picked, names, np.arange(len(rows))), edges


def whole(path, names=NAMES, step: int = 9_001) -> pa.Table:
    """Read a file in stretches, as who reads through an archive does."""
    chunks._known.cache_clear()
    held, edges = opened(path, names, step)
    one, parts = np.zeros(1, dtype=np.int64), []
    with closing(held):
        for turn, (a, b) in enumerate(pairwise(edges)):
            parts.append(held.laid(turn, one, one + a, one + b - a))
    return pa.concat_tables(parts).unify_dictionaries().combine_chunks()


def plain(path, names=NAMES) -> pa.Table:
    """Return the same by pyarrow alone."""
    table = pq.ParquetFile(path).read(columns=names)
    for name in ("lat", "lon"):
        if name in names:
            k = table.schema.get_field_index(name)
            column = table[name].combine_chunks()
            bits = pa.Array.from_buffers(pa.int32(), len(column), column.buffers(), offset=column.offset)
            table = table.set_column(k, name, bits)
    return table


def same(ours: pa.Table, theirs: pa.Table) -> None:
    for name in theirs.column_names:
        a = ours[name].cast(pa.string()) if name in TEXTS else ours[name]
        b = theirs[name]
        if pa.types.is_floating(b.type):  # bits: -0.0 is not 0.0, and nan is nan
            assert a.is_valid().equals(b.is_valid())
            a, b = (c.fill_null(0.0).to_numpy().view(np.int32) for c in (a, b))
            assert np.array_equal(a, b), name
        else:
            assert a.equals(b), name


def never(*_args: object) -> None:
    raise AssertionError("pyarrow was asked")


@pytest.mark.parametrize("kind", ["extreme", "runs", "steps", "noise"])
@pytest.mark.parametrize("nulls", [0.0, 0.001, 0.5, 1.0])
def test_kernels_read_what_either_writer_wrote(kind, nulls, monkeypatch, tmp_path):
    for who, data in zip(("ours", "theirs"), both(packed(kind, nulls), monkeypatch), strict=True):
        path = tmp_path / f"{who}.parquet"
        path.write_bytes(data)
        with monkeypatch.context() as patch:
            if who == "ours" or kind != "noise":  # nine thousand words of pyarrow's take many pages
                patch.setattr(Blocks, "_by_pyarrow", never)
            same(whole(path), plain(path))


def test_where_nothing_may_wait_rows_are_decoded_as_far_as_they_are_wanted(monkeypatch, tmp_path):
    monkeypatch.setattr(waiting, "WAITING_BYTES", 0)
    monkeypatch.setattr(aside, "LEFT_BYTES", 1 << 62)
    monkeypatch.setattr(waiting, "WAITING_ROWS", 0)
    monkeypatch.setattr(decoding, "OPEN", 0)
    monkeypatch.setattr(Blocks, "_by_pyarrow", never)
    path = tmp_path / "a.parquet"
    for kind, nulls in (("steps", 0.3), ("runs", 0.0), ("noise", 0.01)):
        path.write_bytes(parquet.positions_bytes(packed(kind, nulls)))
        same(whole(path, step=2_999), plain(path))


def test_some_columns_and_pyarrow_alone_give_the_same(monkeypatch, tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet.positions_bytes(packed("steps", 0.2)))
    some = ["time_utc", "lon", "on_ground", "heard_by"]
    same(whole(path, some), plain(path, some))
    monkeypatch.setattr(Blocks, "_by_kernels", lambda *_: (_ for _ in ()).throw(ValueError))
    same(whole(path), plain(path))


def test_where_columns_lie_is_found_once_and_remembered(monkeypatch, tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet.positions_bytes(packed("steps", 0.2, 60_000)))
    meta, asked = pq.ParquetFile(path).metadata, []
    monkeypatch.setattr(chunks, "parquet", lambda p: asked.append(p) or pq.ParquetFile(p))
    chunks._known.cache_clear()
    names = ["lat", "callsign", "time_utc"]
    for groups in ([1], [1], [2], [0, 3]):  # the second one that is new tells of all
        found = chunks.opened(path, "any", groups, names, stays=False).chunks
        assert list(found) == groups
        for g, (rows, told) in found.items():
            assert rows == meta.row_group(g).num_rows
            for chunk in told:
                c = meta.row_group(g).column(meta.schema.names.index(chunk.name))
                begin = c.dictionary_page_offset if c.has_dictionary_page else c.data_page_offset
                assert chunk[1:] == (c.physical_type, c.compression, begin, begin + c.total_compressed_size)
    assert len(asked) == 2


def test_a_file_that_shrinks_while_it_is_read_is_an_error_and_no_crash(tmp_path):
    path = tmp_path / "a.parquet"
    data = parquet.positions_bytes(packed("steps", 0.2, 60_000))
    path.write_bytes(data)
    chunks._known.cache_clear()
    held, edges = opened(path, step=100)
    zero = np.zeros(1, dtype=np.int64)
    assert held.laid(0, zero, zero, zero + 100).num_rows == 100
    os.truncate(path, 5_000)
    with pytest.raises((OSError, ValueError)):
        held.laid(len(edges) - 2, zero, zero + edges[-1] - 50, zero + 50)


def test_a_file_of_another_schema_and_codec_is_left_to_pyarrow(tmp_path):
    table = packed("runs", 0.1, 3_000).cast(
        pa.schema(
            [
                (f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type)
                for f in packed("runs", 0.1, 1).schema
            ]
        )
    )
    for k, options in enumerate(({"compression": "snappy"}, {"use_dictionary": False}, {"version": "1.0"})):
        path = tmp_path / f"{k}.parquet"
        pq.write_table(table, path, store_decimal_as_integer=True, **options)
        same(whole(path), plain(path))


def test_damaged_files_are_read_as_pyarrow_reads_them_or_not_at_all(monkeypatch, tmp_path):
    dice = np.random.default_rng(5)
    whole_bytes = parquet.positions_bytes(packed("steps", 0.1, 16_384))
    end = len(whole_bytes) - 8 - int.from_bytes(whole_bytes[-8:-4], "little")
    path = tmp_path / "d.parquet"
    refused = 0
    asked = []
    theirs = Blocks._by_pyarrow

    def counted(self, *args):
        asked.append(1)
        theirs(self, *args)

    monkeypatch.setattr(Blocks, "_by_pyarrow", counted)
    for k in range(150):
        data = bytearray(whole_bytes)
        at = int(dice.integers(4, end))
        if k % 3 == 0:  # where headers and levels are
            at = 4 + int(dice.integers(0, 400))
        for i in range(int(dice.integers(1, 9))):
            data[min(at + i, end - 1)] = int(dice.integers(0, 256))
        path.write_bytes(data)
        try:
            expected = plain(path)
        except (OSError, ValueError):
            expected = None
        asked.clear()
        try:
            found = whole(path)
        except (OSError, ValueError, IndexError):
            assert asked
            refused += 1
            continue
        if expected is not None and not asked:
            same(found, expected)
    assert refused > 5


@pytest.mark.parametrize("seed", range(12))
def test_lz4_blocks_are_unpacked_as_pyarrow_does(seed):
    dice = np.random.default_rng(seed)
    n = int(dice.integers(0, 5_000))
    data = np.repeat(dice.integers(0, 256 if seed % 2 else 3, n), int(dice.integers(1, 40)))[:n].astype(
        np.uint8
    )
    block = np.frombuffer(pa.Codec("lz4_raw").compress(data.tobytes(), asbytes=True), np.uint8)
    out = np.zeros(n + 5, np.uint8)
    assert unpacked(block, 0, len(block), out, n)
    assert out[:n].tolist() == data.tolist()
    if n:
        assert not unpacked(block, 0, len(block), out, n + 1)
        assert not unpacked(block, 0, len(block), out, n - 1)
        assert not unpacked(block, 0, len(block) - 1, out, n)


GUARDED = """
import ctypes, mmap, random, struct, sys
import numpy as np, pyarrow as pa
from waystation.store import page_kernels as made, page_reads as reads
PAGE = mmap.PAGESIZE
libc = ctypes.CDLL(None, use_errno=True)

def guarded(pages):
    area = mmap.mmap(-1, (pages + 1) * PAGE)
    begin = ctypes.addressof(ctypes.c_char.from_buffer(area))
    assert libc.mprotect(ctypes.c_void_p(begin + pages * PAGE), PAGE, 0) == 0  # what is behind kills
    return np.frombuffer(area, np.uint8)[: pages * PAGE]

def behind(memory, data):
    memory[len(memory) - len(data) :] = data
    return memory[len(memory) - len(data) :]

held, target, narrow, wide, there, spare = (guarded(8) for _ in range(6))
dice, rand, accepted = random.Random(3), np.random.default_rng(3), 0
out, room = np.empty(made.room_of(700), np.uint8), np.empty(70_000, np.int64)
places, used = np.empty(70_000, np.int64), np.empty(70_000, np.int64)
for k in range(int(sys.argv[1])):
    n = dice.randrange(1, 500)
    values = np.cumsum(rand.integers(-50, 51, n)) if k & 1 else np.repeat(rand.integers(0, 40, n), 9)[:n]
    bits = np.packbits(rand.random(n) < 0.9, bitorder="little") if k & 2 else np.zeros(0, np.uint8)
    kind = (5, 8, 9, 0)[k % 4 if k % 5 else 0]
    if kind == 5:
        size = made.delta_page(values.astype(np.int64), 0, n, bits, 0, out, room, True)[0]
    elif kind == 8:
        size = made.words_page(np.abs(values).astype(np.int64), 0, n, bits, 0, out, room, places, used)[0]
    elif kind == 9:
        size = made.reals_page(np.abs(values).astype(np.int64), 0, n, bits, 0, out, room)[0]
    else:
        size = made.bits_page(np.packbits(values > 0), 0, n, bits, 0, out)[0]
    data = out[:size].copy()
    for _ in range(dice.randrange(4)):
        data[dice.randrange(size)] = dice.randrange(256)
    if k % 7 == 0:
        data = data[: dice.randrange(4, size + 1)]
    size = len(data)
    padded = np.zeros((size + 16 + 7) // 8 * 8, np.uint8)
    padded[:size] = data
    octets = behind(held, padded)
    ids = np.arange(dice.randrange(1, 60), dtype=np.int32)
    rows = n if k % 11 else dice.randrange(1, 600)
    made_of = [m[len(m) - w * rows :].view(t) for m, w, t in
               ((spare, 8, np.int64), (there, 1, np.uint8), (narrow, 4, np.int32), (wide, 8, np.int64))]
    got = reads.page(octets.view(np.uint64), octets, size, rows, rows - k % 3 * rows // 4, kind, False, ids, *made_of)
    accepted += got >= 0
    if kind == 5:
        reads.page(octets.view(np.uint64), octets, size, rows, rows, kind, True, ids, *made_of)
    told = np.empty(8, np.int64)
    noise = behind(held, np.frombuffer(dice.randbytes(dice.randrange(1, 90)), np.uint8))
    noise.flags.writeable = False
    reads.header(noise, 0, len(noise), told)
    block = np.frombuffer(pa.Codec("lz4_raw").compress(data.tobytes(), asbytes=True), np.uint8).copy()
    for _ in range(dice.randrange(3)):
        block[dice.randrange(len(block))] = dice.randrange(256)
    block = behind(held, block)
    block.flags.writeable = False
    reads.unpacked(block, 0, len(block), behind(target, np.zeros(size, np.uint8)), size)
print(accepted)
"""


@pytest.mark.parametrize(("interpreted", "times"), [(False, 6_000), (True, 40)])
def test_nothing_is_read_or_written_beyond_a_buffer(interpreted, times):
    assert times * 0.1 < survivors(GUARDED, times, interpreted=interpreted) < times * 0.95
