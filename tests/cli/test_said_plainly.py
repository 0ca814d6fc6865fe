"""What people type wrongly is said with what to do; what they changed is made anew."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from waystation.cli import COMMANDS, main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["show", "flights", "--out", "my out"], "my out is not there: no result was made yet"),
        (["show", "flights", "--out", "my out"], "Make it: waystation run CASE.toml --out 'my out'"),
        (["why", "abc", "--case", "nix/case.toml"], "Make it: waystation run nix/case.toml"),
        (["verify", "case.toml"], "holds no manifest.json, so it is no result of ours"),
    ],
)
def test_a_result_that_is_not_there_is_said_with_the_command_that_makes_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    call: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "case.toml").write_text('title = "x"\n')
    assert main(call) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--limit", "-3"], ["--to", "."]])
def test_a_limit_below_nothing_and_a_folder_as_file_are_wrong_usage(made: Path, more: list[str]) -> None:
    assert main(["show", "flights", "--case", str(made), *more]) == 2


def test_a_second_reading_in_another_way_does_not_pretend_to_have_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "near.parquet"
    pq.write_table(pa.table({"hex": ["3c6444"], "t": [1.7e9], "lat": [50.0], "lon": [8.0]}), path)
    call = ["ingest", str(path), "--map", "icao24=hex", "time_utc=t", "--archive"]
    assert main(["ingest", str(path), "--archive", str(tmp_path / "a")]) == 0
    assert f"waystation show rejected --archive {tmp_path}/a" in capsys.readouterr().out
    assert main([*call, str(tmp_path / "a")]) == 0
    told = capsys.readouterr()
    assert "0 new positions" in told.out
    assert "--format and --map did nothing to them" in told.err
    assert main([*call, str(tmp_path / "b")]) == 0
    told = capsys.readouterr()
    assert "1 new position;" in told.out
    assert "did nothing" not in told.err


def test_a_csv_that_somebody_saved_anew_is_made_again(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    shutil.copytree(made.parent / "out", out)
    before = (out / "flights.csv").read_bytes()
    (out / "flights.csv").write_bytes(before.replace(b",", b";"))
    assert main(["verify", str(out)]) == 1
    assert main(["run", str(made), "--out", str(out), "--workers", "1"]) == 0
    assert "nothing changed" not in capsys.readouterr().out
    assert (out / "flights.csv").read_bytes() == before
    assert main(["verify", str(out)]) == 0


def test_the_front_page_is_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["--help"]) == 0
    assert "evidence out: who flew between which airfields, and how we know." in capsys.readouterr().out


def test_a_port_that_is_taken_or_none_is_wrong_usage(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port, said in ((taken.getsockname()[1], "something listens there"), (99_999, "1 to 65535")):
            assert main(["serve", str(made), "--port", str(port)]) == 2
            assert said in capsys.readouterr().err


def test_a_forgotten_table_is_said_before_the_result_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["show", "origin=LFPG"]) == 2
    assert "there is no table 'origin=LFPG'" in capsys.readouterr().err


@pytest.mark.parametrize("command", [n for n in COMMANDS if n != "world"])
def test_help_speaks_no_python_and_says_what_every_option_does(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert not re.search(r"default: (False|None|\(\))", text)
    assert not re.search(r"^│ \*?\s*--[a-z0-9-]+( [A-Z.]+)?\s*│$", text, re.MULTILINE)


def test_a_box_may_begin_in_the_south(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("icao24,time,lat,lon\n3c6444,2024-12-08 10:00:00,-8.5,30\n")
    assert main(["ingest", str(path), "--archive", str(tmp_path / "a"), "--box", "-10,25,0,35"]) == 0


@pytest.mark.parametrize("words", [["--help"], ["show", "flights"]])
def test_a_reader_that_has_seen_enough_is_no_fault(made: Path, words: list[str]) -> None:
    code = "import sys; from waystation.cli import main; sys.exit(main())"
    more = ["--case", str(made)] if words != ["--help"] else []
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code, *words, *more],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_that_lacks_a_letter_gets_another() -> None:
    code = "import sys; from waystation.cli import main; sys.exit(main())"
    plain = os.environ | {
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", code, "world", "show", "OSLK"],
        env=plain,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == b""
    assert b"176? true" in done.stdout


def test_a_case_with_wrong_keys_says_what_is_looked_at_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "case.toml"
    case.write_text('titel = "x"\nsources = ["nix"]\n')
    assert main(["check", str(case)]) == 1
    told = capsys.readouterr().err
    assert "did you mean title?" in told
    assert "looked at when these are mended" in told
    case.write_text('title = "x"\nsources = ["nix"]\n')
    assert main(["check", str(case)]) == 1
    told = capsys.readouterr().err
    assert "nothing matches nix" in told
    assert "mended" not in told
