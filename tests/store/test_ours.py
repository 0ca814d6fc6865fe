"""Files of other people outlive a result or an archive that is sent into their folder."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from flown_for_tests import two_aircraft

from waystation.cli import main
from waystation.store.atomic import TEMPORARY
from waystation.store.ours import clear_abandoned, refuse_foreign
from waystation.store.tables import write_tables
from waystation.terms.errors import InputError
from waystation.terms.schema import empty

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    two_aircraft(tmp_path / "traces")
    return tmp_path / "traces" / "trace_full_154076.json"


@pytest.mark.parametrize(
    "name", ["published.csv", "flights.csv", "routes.parquet", "manifest.json", "briefing.html"]
)
def test_a_result_does_not_replace_a_file_that_no_run_wrote(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / name).write_text("id,count\nlist-1,3\n")
    assert main(["flights", str(trace), "--out", str(out), "--workers", "1"]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert name in said
    assert "name another folder" in said
    assert [p.name for p in out.iterdir()] == [name]
    assert (out / name).read_text() == "id,count\nlist-1,3\n"


def test_a_case_is_not_run_over_its_own_lists(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "case.toml"
    case.write_text('title = "x"\nsources = ["traces"]\n')
    (tmp_path / "observations.csv").write_text("date,site,kind,source,says\n")
    assert main(["run", str(case), "--out", str(tmp_path), "--workers", "1"]) == 1
    assert "observations.csv there would be written over" in capsys.readouterr().err
    assert not (tmp_path / "archive").exists()


def test_a_folder_with_other_files_takes_a_result_and_a_second_one(trace: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "notes.csv").write_text("a,b\n")
    for _ in range(2):
        assert main(["flights", str(trace), "--out", str(out), "--workers", "1"]) == 0
    assert (out / "notes.csv").read_text() == "a,b\n"
    assert (out / "flights.parquet").exists()


@pytest.mark.parametrize("simulated", [False, True])
def test_tables_of_a_run_that_was_killed_before_its_manifest_may_be_replaced(
    tmp_path: Path, *, simulated: bool
) -> None:
    write_tables(tmp_path, {n: empty(n) for n in ("flights", "routes", "published")}, simulated=simulated)
    refuse_foreign(tmp_path)
    (tmp_path / "published.csv").write_text("id,count\n")
    with pytest.raises(InputError, match=r"published\.csv"):
        refuse_foreign(tmp_path)


@pytest.mark.parametrize(
    "name", ["positions/mine.parquet", "rejected/2024/a.parquet", "sources/mine.parquet"]
)
def test_an_archive_is_not_made_where_folders_of_others_have_its_names(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    theirs = tmp_path / "data" / name
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"mine")
    assert main(["ingest", str(trace), "--archive", str(tmp_path / "data")]) == 1
    assert f"is no archive of ours, and holds {name}" in capsys.readouterr().err
    assert theirs.read_bytes() == b"mine"


def test_an_archive_that_was_copied_without_its_lock_is_taken(trace: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    assert main(["ingest", str(trace), "--archive", str(archive)]) == 0
    (archive / ".lock").unlink()
    assert main(["ingest", str(trace), "--archive", str(archive)]) == 0


def test_a_file_where_a_folder_is_wanted_is_said(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", str(trace), "--archive", str(trace)]) == 1
    assert main(["flights", str(trace), "--out", str(trace)]) == 1
    assert capsys.readouterr().err.count("a file of this name is there; name another folder") == 2


def test_what_a_killed_run_was_writing_is_removed_and_what_another_writes_stays(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as alive:
        names = [f"flights.csv.{p.pid}{TEMPORARY}" for p in (dead, alive)] + ["flights.csv", f"a{TEMPORARY}"]
        for name in names:
            (tmp_path / name).touch()
        assert clear_abandoned(tmp_path) == 1
        assert {p.name for p in tmp_path.iterdir()} == set(names[1:])
        alive.communicate(b"\n")
