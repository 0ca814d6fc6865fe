"""What the system refuses is said in a line: which file, and what to do."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from flown_for_tests import two_aircraft

from waystation.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    two_aircraft(tmp_path / "traces")
    return tmp_path / "traces" / "trace_full_154076.json"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "no room left on this disk; make room"),
        (errno.EROFS, "Read-only file system; name another folder"),
        (errno.EIO, "Input/output error; WAYSTATION_DEBUG=1"),
    ],
)
def test_a_disk_that_refuses_is_named_with_the_file_and_leaves_nothing_half_written(
    trace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
    said: str,
) -> None:
    monkeypatch.delenv("WAYSTATION_DEBUG", raising=False)
    out, archive = tmp_path / "out", tmp_path / "archive"
    assert main(["ingest", str(trace), "--archive", str(archive), "--workers", "1"]) == 0

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        assert main(["flights", "--archive", str(archive), "--out", str(out), "--workers", "1"]) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith(f"waystation: {out}/")
    assert said in told
    assert list(out.iterdir()) == []
    assert main(["flights", "--archive", str(archive), "--out", str(out), "--workers", "1"]) == 0


def test_a_folder_that_cannot_be_is_no_traceback(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flights", str(trace), "--out", "/proc/none/out"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("waystation: /proc/none: No such file")
