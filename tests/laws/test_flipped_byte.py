"""Law 8: a flipped byte in any input is caught by verify; so is one in a table, the page or the case."""

from __future__ import annotations

import io
import random
import shutil
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from flown_for_tests import CASE, case_folder, records, trace

from waystation.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result over files, a tar and a package."""
    folder = tmp_path_factory.mktemp("law8")
    case = case_folder(folder)
    with tarfile.open(folder / "day.tar", "w") as tar:
        for n, pair in enumerate([("LSZH", "EDDM"), ("EDDM", "LOWW")]):
            data = trace(f"4b123{n}", records(*pair, 600.0))
            info = tarfile.TarInfo(f"./traces/3{n}/trace_full_4b123{n}.json")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    wheels = folder / "cache" / "waystation" / "wheels"
    wheels.mkdir(parents=True)
    with zipfile.ZipFile(wheels / "demo-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("demo/data/t.json", trace("4b9999", records("EHAM", "EDDF", 600.0)))
    case.write_text(CASE.replace('["traces"]', '["traces", "day.tar", "pypi:demo==1.0/demo/data"]'))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        assert main(["run", str(case)]) == 0
    return folder


def flip(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def verdict(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return main(["verify", str(folder / "out")])


def test_untouched_is_verified(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdict(made, monkeypatch) == 0
    assert "5 inputs" in capsys.readouterr().out


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "name",
    [
        "traces/trace_full_154076.json",
        "traces/trace_full_3c4b26.json",
        "cache/waystation/wheels/demo-1.0-py3-none-any.whl",
        "case.toml",
        "out/flights.parquet",
        "out/flights.csv",
        "out/claims.parquet",
        "out/briefing.html",
    ],
)
def test_a_flipped_byte_is_caught(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, seed: int
) -> None:
    path = made / name
    kept = path.read_bytes()
    try:
        flip(path, random.Random(seed))
        assert verdict(made, monkeypatch) == 1
        assert "DIFFERENT" in capsys.readouterr().out
    finally:
        path.write_bytes(kept)


@pytest.mark.parametrize("member", [0, 1])
def test_a_flipped_byte_in_a_member_of_a_tar_names_the_member(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], member: int
) -> None:
    path = made / "day.tar"
    kept = path.read_bytes()
    with tarfile.open(path) as tar:
        info = tar.getmembers()[member]
    try:
        changed = bytearray(kept)
        changed[info.offset_data + info.size // 2] ^= 4
        path.write_bytes(changed)
        assert verdict(made, monkeypatch) == 1
        assert f"trace_full_4b123{member}.json" in capsys.readouterr().out
    finally:
        path.write_bytes(kept)


def test_a_missing_input_is_a_difference(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made / "traces" / "trace_full_154076.json"
    kept = path.read_bytes()
    try:
        path.unlink()
        assert verdict(made, monkeypatch) == 1
    finally:
        path.write_bytes(kept)


def test_a_number_changed_by_hand_is_recounted(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even where the hashes were made to fit, the claims' numbers no longer do."""
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    from waystation.store.hashing import file_sha256
    from waystation.store.tables import write_tables

    out = tmp_path / "out"
    shutil.copytree(made / "out", out)
    claims = pq.read_table(out / "claims.parquet")
    rows = claims.to_pylist()
    rows[0]["value"] += 1
    write_tables(out, {"claims": pa.Table.from_pylist(rows, schema=claims.schema)})
    manifest = json.loads((out / "manifest.json").read_text())
    entry = manifest["tables"]["claims"]
    entry["sha256"], entry["csv_sha256"] = (file_sha256(out / f"claims.{s}") for s in ("parquet", "csv"))
    (out / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setenv("XDG_CACHE_HOME", str(made / "cache"))
    assert main(["verify", str(out)]) == 1
    assert rows[0]["claim_id"] in capsys.readouterr().out
