"""A result packed by the command, unpacked elsewhere, and checked offline."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from flown_for_tests import case_folder

from waystation import pipeline
from waystation.case import read_case
from waystation.cli import main
from waystation.store.manifest import read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_bundle_is_checked_where_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = case_folder(tmp_path / "made")
    pipeline.run(read_case(case), case.parent / "out")
    monkeypatch.chdir(tmp_path)
    assert main(["bundle", str(case)]) == 0
    first = (tmp_path / "made-bundle.zip").read_bytes()
    assert main(["bundle", str(case.parent / "out"), "--to", "again.zip"]) == 0
    assert (tmp_path / "again.zip").read_bytes() == first
    assert main(["bundle", str(case), "--to", "less.zip", "--without", "rejected", "--without", "case"]) == 0
    for name in ("made-bundle", "less"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip") as z:
            z.extractall(tmp_path / name)
        assert main(["verify", str(tmp_path / name)]) == 0
    assert read_manifest(tmp_path / "less")["left_out"] == ["rejected", "case"]
    assert not (tmp_path / "less" / "case.toml").exists()
    capsys.readouterr()
    table = tmp_path / "made-bundle" / "flights.csv"
    table.write_bytes(table.read_bytes().replace(b"LFPG", b"LFPO", 1))
    assert main(["verify", str(tmp_path / "made-bundle")]) == 1
    assert "flights.csv" in capsys.readouterr().out


def test_what_cannot_be_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = case_folder(tmp_path)
    pipeline.run(read_case(case), case.parent / "out")
    assert main(["bundle", str(case), "--to", str(tmp_path / "x.zip"), "--without", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err
    assert not (tmp_path / "x.zip").exists()
