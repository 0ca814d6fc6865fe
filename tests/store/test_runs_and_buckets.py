"""The index of runs, reading by it, and buckets that stay where they are."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from traces_for_tests import START, many, packed, rows, trace

from waystation.store import aside, parquet, reading, waiting
from waystation.store import index as indexing
from waystation.store.archive import iter_aircraft, read_positions
from waystation.store.blocks import Blocks
from waystation.store.index import cache_folder, index_of, source_batches
from waystation.store.ingesting import BatchRules, ingest
from waystation.store.reading import pick, read, read_through
from waystation.store.reference import Reference
from waystation.sweep_plan import buckets_of, content_of, cut, largest_task
from waystation.terms.errors import ArchiveError
from waystation.terms.schema import TABLES, conform, empty

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEYS = ("icao24", "time_utc", "source_id", "record")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Eight aircraft; one of them heard at the same times by two sources of two batches, and a day later."""
    folder = tmp_path / "in"
    folder.mkdir()
    for i, data in enumerate(many(8).values()):
        (folder / f"{i}.json").write_bytes(data)
    for n, start in enumerate((START + 3, START + 5, START + 86_400)):
        (folder / f"x{n}.json").write_bytes(packed(trace("154000", rows(30), start=start)))
    ingest([str(folder)], tmp_path / "archive", workers=1, rules=BatchRules(max_files=4))
    return tmp_path / "archive"


def fresh(archive: Path) -> indexing.Index:
    indexing._LAST.of.clear()
    return index_of(archive)


def test_runs_that_overlap_are_put_in_order(archive: Path) -> None:
    index = fresh(archive)
    number = index.place["154000"]
    chosen = pick(index, np.array([number]))
    assert chosen.mixed.tolist() == [0]
    table = read(chosen)
    keys = list(zip(*(table[k].to_pylist() for k in KEYS), strict=True))
    assert keys == sorted(keys)
    assert len(keys) == 20 + 3 * 30
    assert len({k[2] for k in keys}) == 4


def test_columns_that_are_not_asked_for_are_null_and_the_others_as_they_are(archive: Path) -> None:
    whole = read_positions(archive)
    some = next(iter_aircraft(archive, columns=["lat", "callsign"]))
    assert some.schema == TABLES["positions"]
    for name in some.column_names:
        asked = name in ("icao24", "lat", "callsign")
        assert some[name].equals(whole[name]) if asked else some[name].null_count == some.num_rows, name


def test_rows_of_sources_that_are_left_out_do_not_come(archive: Path) -> None:
    index = fresh(archive)
    whole = read_positions(archive)
    gone = frozenset(whole["source_id"].unique().to_pylist()[:3])
    every = np.arange(len(index.addresses))
    kept = conform("positions", read(pick(index, every, left_out=gone)))
    assert kept.equals(
        whole.filter(pa.compute.invert(pa.compute.is_in(whole["source_id"], pa.array(sorted(gone)))))
    )


@pytest.mark.parametrize("room", [0, 3_000, waiting.WAITING_BYTES])
@pytest.mark.parametrize("rows", [0, waiting.WAITING_ROWS])
def test_kernels_read_through_an_archive_as_pyarrow_does(
    archive: Path, rows: int, room: int, monkeypatch
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 12)
    monkeypatch.setattr(waiting, "WAITING_ROWS", rows)
    monkeypatch.setattr(waiting, "WAITING_BYTES", room)
    monkeypatch.setattr(aside, "SEGMENT", 512)
    monkeypatch.setattr(reading, "READ_POSITIONS", 40)
    monkeypatch.setattr(reading, "KERNEL_POSITIONS", 0)
    index = fresh(archive)
    every = np.arange(len(index.addresses))
    gone = frozenset(read_positions(archive)["source_id"].unique().to_pylist()[1:3])
    for left_out, columns in ((frozenset(), None), (gone, None), (gone, ["lat", "callsign"])):
        chosen = pick(index, every, left_out=left_out)
        stops = [2, 3, 7, len(every)]
        theirs = list(read_through(chosen, stops, columns))
        ours = list(read_through(chosen, stops, columns, kernels=True))
        assert [conform("positions", t) for t in ours] == [conform("positions", t) for t in theirs]


@pytest.mark.parametrize("kernels", [False, True])
@pytest.mark.parametrize("of_index", [slice(None), slice(1, None, 2), slice(2, 3)])
def test_reading_through_gives_what_reading_at_once_gives(
    archive: Path, monkeypatch: pytest.MonkeyPatch, kernels: bool, of_index: slice
) -> None:
    monkeypatch.setattr(reading, "READ_POSITIONS", 50)
    monkeypatch.setattr(reading, "KERNEL_POSITIONS", 0)
    index = fresh(archive)
    chosen = pick(index, np.arange(len(index.addresses))[of_index])
    n = len(chosen.addresses)
    whole = conform("positions", read(chosen))
    for stops in ([n], list(range(1, n + 1)), [n // 2, n // 2, n], [0, n]):
        for threads in (1, 2):
            parts = list(read_through(chosen, stops, threads=threads, kernels=kernels))
            assert len(parts) == len(stops)
            assert conform("positions", pa.concat_tables(parts)).equals(whole)


@pytest.fixture
def spread_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty aircraft of two days in twenty files, each of which spans most of the addresses."""
    monkeypatch.setattr(parquet, "ROW_GROUP", 50)
    monkeypatch.setattr(reading, "READ_POSITIONS", 60)
    monkeypatch.setattr(reading, "KERNEL_POSITIONS", 0)
    monkeypatch.setattr(aside, "SEGMENT", 1_024)
    folder = tmp_path / "in"
    folder.mkdir()
    for i, data in enumerate(many(40, 30).values()):
        (folder / f"{i % 10}-{i:02}.json").write_bytes(data)
        again = packed(trace(f"{0x154000 + i * 37:06x}", rows(20 + i), start=START + 3 * 86_400))
        (folder / f"{i % 10}-{i:02} later.json").write_bytes(again)
    ingest([str(folder)], tmp_path / "archive", workers=1, rules=BatchRules(max_files=8))
    return tmp_path / "archive"


@pytest.mark.parametrize("where", ["plain", "memory", "memory and disk", "disk", "full disk", "nowhere"])
@pytest.mark.parametrize("left_out", [(), range(20, 30), range(3)])
def test_reading_through_decodes_each_row_group_once_wherever_rows_wait(
    spread_out: Path, where: str, left_out: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = fresh(spread_out)
    chosen = pick(index, np.delete(np.arange(len(index.addresses)), list(left_out)))
    stops = list(range(1, len(chosen.addresses) + 1))
    whole = conform("positions", read(chosen))
    assert len(chosen.files) >= 20
    if where != "plain":
        monkeypatch.setattr(waiting, "WAITING_ROWS", 0)
    if where != "memory":
        monkeypatch.setattr(waiting, "WAITING_BYTES", 8_192 if where == "memory and disk" else 0)
    if where == "nowhere":
        monkeypatch.setattr(aside, "LEFT_BYTES", 1 << 62)
    seen: list[tuple[int, int]] = []
    written: list[int] = []
    decode, write = Blocks._decode, aside.Aside._write

    def counted(self: Blocks, i: int, group: int, *rest: object) -> None:
        seen.append((i, group))
        decode(self, i, group, *rest)

    def noted(self: aside.Aside, segment: int, at: int, octets: np.ndarray) -> None:
        if segment >= self._most:
            if where == "full disk" and sum(written) > 20_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written.append(len(octets))
        write(self, segment, at, octets)

    monkeypatch.setattr(Blocks, "_decode", counted)
    monkeypatch.setattr(aside.Aside, "_write", noted)
    before = set(spread_out.rglob("*"))
    parts = list(read_through(chosen, stops, kernels=True))
    assert conform("positions", pa.concat_tables(parts)).equals(whole)
    assert set(spread_out.rglob("*")) == before
    groups = sum(map(len, chosen.groups))
    assert len(set(seen)) == groups > len(chosen.files)
    if where in {"full disk", "nowhere"}:
        assert len(seen) > groups
    else:
        assert len(seen) == groups
    assert bool(written) == (where in {"memory and disk", "disk", "full disk"})


def test_only_files_that_are_new_are_scanned(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fresh(archive)
    asked: list[str] = []
    scan = indexing.scan

    def counted(place: Path, name: str) -> object:
        asked.append(name)
        return scan(place, name)

    monkeypatch.setattr(indexing, "scan", counted)
    assert fresh(archive).files == before.files
    assert asked == []
    folder = archive.parent / "more"
    folder.mkdir()
    (folder / "y.json").write_bytes(packed(trace("0a0001", rows(10), start=START + 2 * 86_400)))
    ingest([str(folder)], archive, workers=1)
    after = fresh(archive)
    assert asked == [f.name for f in after.files if f not in before.files]
    assert after.place["0a0001"] == 0
    shutil.rmtree(cache_folder(archive))
    again = fresh(archive)
    assert again.span().equals(after.span())
    assert [again.file.tolist(), again.start.tolist()] == [after.file.tolist(), after.start.tolist()]


def test_a_batch_that_goes_is_forgotten(archive: Path) -> None:
    before = fresh(archive)
    name = before.files[0].batch
    (archive / "sources" / f"{name}.parquet").unlink()
    after = fresh(archive)
    assert {f.batch for f in after.files} == {f.batch for f in before.files} - {name}
    assert int(after.rows.sum()) == read_positions(archive).num_rows


def test_a_file_that_is_no_positions_is_named(archive: Path) -> None:
    path = archive / fresh(archive).files[0].name
    path.write_bytes(b"PAR1 nothing PAR1")
    os.utime(path, ns=(1, 1))
    with pytest.raises(ArchiveError, match=path.name):
        fresh(archive)


addresses = st.lists(
    st.text("0123456789abcdef~", min_size=1, max_size=7), min_size=1, max_size=40, unique=True
).map(sorted)


@given(addresses, st.data(), st.integers(1, 50))
def test_buckets_hold_all_addresses_in_order_and_more_data_only_cuts_further(
    names: list[str], data: st.DataObject, most: int
) -> None:
    counts = np.array(data.draw(st.lists(st.integers(1, 30), min_size=len(names), max_size=len(names))))
    made = list(cut(names, counts, most))
    assert [i for a, b in made for i in range(a, b)] == list(range(len(names)))
    assert all(b - a == 1 or counts[a:b].sum() <= most for a, b in made)
    grown = counts + np.array(
        data.draw(st.lists(st.integers(0, 9), min_size=len(names), max_size=len(names)))
    )
    finer = list(cut(names, grown, most))
    assert {a for a, _ in made} <= {a for a, _ in finer}


def test_names_of_results_change_with_what_decides_them_and_with_nothing_else(archive: Path) -> None:
    index = fresh(archive)
    fleet = empty("aircraft")
    sources = source_batches(archive)
    every = frozenset().union(*sources.values())

    def names(wanted: frozenset[str] | None, reference: Reference) -> list[str]:
        made = buckets_of(content_of(index, sources, wanted), fleet, reference, 40)
        assert not any(b.flights for b in made)
        return [b.reception for b in made]

    plain = names(None, Reference())
    assert len(set(plain)) == len(plain) > 2
    assert names(every, Reference(overlays=(b"x",))) == plain
    one = read_positions(archive, icao24=[index.addresses[5].as_py()])["source_id"][0].as_py()
    fewer = names(every - {one}, Reference())
    assert 0 < len(set(plain) - set(fewer)) < len(plain)


def test_a_task_over_many_files_holds_some_row_groups_of_each(archive: Path) -> None:
    index = fresh(archive)
    assert largest_task(index, 14_000_000) == 14_000_000
    many_files = replace(
        index, files=tuple(replace(f, groups=(16_384, 9_000)) for f in index.files[:1]) * 390
    )
    assert largest_task(many_files, 14_000_000) == 3 * 16_384 * 390
    assert largest_task(replace(index, files=many_files.files * 20), 14_000_000) == 60_000_000
