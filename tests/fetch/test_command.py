"""The command: what it says, what it leaves, and how it fails."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
import servers_for_tests as sv
from servers_for_tests import Page, Server, put_trace, trace_path
from traces_for_tests import many, tar_of

import waystation.cli.fetch
import waystation.cli.say
from waystation.cli import main
from waystation.store import fetch_orders
from waystation.store.archive import read_archive_table, read_positions

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]
DAY = date(2024, 12, 26)


def arguments(server: Server, archive: Path, *more: str) -> list[str]:
    return ["fetch", server.url, "--icao24", "154076", "15d3c1", "--from", "2024-12-26", "--to", "2024-12-27",
            "--archive", str(archive), "--delay-s", "0", *more]  # fmt: skip


def test_from_an_address_to_positions(tmp_path: Path, server: Server, capsys: Capture) -> None:
    page = put_trace(server, "154076", DAY)
    assert main(arguments(server, tmp_path)) == 0
    out = capsys.readouterr().out
    assert "4 files to ask for" in out
    assert "1 fetched, 3 not there" in out
    assert "ask whoever runs it" in out
    positions = read_positions(tmp_path)
    assert set(positions["icao24"].to_pylist()) == {"154076"}
    (source,) = read_archive_table(tmp_path, "sources").to_pylist()
    assert source["uri"].endswith("/globe_history/2024/12/26/traces/76/trace_full_154076.json")
    assert source["bytes"] == len(page.body)


def test_a_second_run_does_nothing(tmp_path: Path, server: Server, capsys: Capture) -> None:
    put_trace(server, "154076", DAY)
    assert main(arguments(server, tmp_path)) == 0
    server.asked.clear()
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.parquet")}
    capsys.readouterr()
    assert main(arguments(server, tmp_path)) == 0
    out = capsys.readouterr().out
    assert "0 files to ask for (4 known before)" in out
    assert "nothing new to ingest" in out
    assert server.asked == []
    assert before == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.parquet")}


def test_a_dry_run_asks_for_nothing_and_writes_nothing(
    tmp_path: Path, server: Server, capsys: Capture
) -> None:
    assert main(arguments(server, tmp_path / "a", "--dry-run")) == 0
    assert "4 files to ask for" in capsys.readouterr().out
    assert server.asked == []
    assert not (tmp_path / "a").exists()


def test_a_large_download_is_asked_about_first(
    tmp_path: Path, server: Server, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waystation.cli.fetch, "LARGE_FILES", 3)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert main(arguments(server, tmp_path)) == 2
    assert "--yes" in capsys.readouterr().err
    assert server.asked == []
    assert main(arguments(server, tmp_path, "--yes")) == 0
    assert len(server.asked) == 4


def test_without_ingest_the_files_rest(tmp_path: Path, server: Server, capsys: Capture) -> None:
    put_trace(server, "154076", DAY)
    assert main(arguments(server, tmp_path, "--no-ingest")) == 0
    assert "waystation ingest" in capsys.readouterr().out
    assert not (tmp_path / "positions").exists()
    assert main(["ingest", str(tmp_path / "raw"), "--archive", str(tmp_path)]) == 0
    assert read_positions(tmp_path).num_rows == 20


def test_the_licence_lies_beside_the_data_and_names_the_network(
    tmp_path: Path, server: Server, capsys: Capture
) -> None:
    put_trace(server, "154076", DAY)
    asked = ["fetch", "adsb.lol", "--base-url", server.url, "--icao24", "154076", "--from", "2024-12-26",
             "--archive", str(tmp_path)]  # fmt: skip
    assert main(asked) == 0
    assert "Open Database License" in capsys.readouterr().out
    assert "ODbL" in (tmp_path / "raw/adsb.lol/ATTRIBUTION.txt").read_text()
    (source,) = read_archive_table(tmp_path, "sources").to_pylist()
    assert source["network"] == "adsb.lol"
    assert source["licence"].startswith("Open Database License 1.0")
    assert source["attribution"] == "Contains information from adsb.lol, made available under the ODbL 1.0."
    assert read_archive_table(tmp_path, "rejected").num_rows == 0


def test_what_did_not_come_makes_the_exit_code_1_and_names_address_and_remedy(
    tmp_path: Path, server: Server, capsys: Capture
) -> None:
    put_trace(server, "154076", DAY)
    server.moods[trace_path("15d3c1", DAY)] = [sv.html] * 9
    assert main(arguments(server, tmp_path)) == 1
    err = capsys.readouterr().err
    assert server.url + trace_path("15d3c1", DAY) in err
    assert "a web page" in err
    assert "run the same command again" in err
    assert read_positions(tmp_path).num_rows == 20  # what came is in


def test_a_site_that_refuses_is_named_with_what_to_do(
    tmp_path: Path, server: Server, capsys: Capture
) -> None:
    server.moods["*"] = [sv.status(403)] * 99
    asked = ["fetch", server.url, "--icao24", "154076", "--from", "2024-11-01", "--to", "2024-11-30",
             "--archive", str(tmp_path), "--delay-s", "0", "--connections", "1"]  # fmt: skip
    assert main(asked) == 1
    err = capsys.readouterr().err
    assert f"gave up: {server.url.removeprefix('http://')} failed or refused 5 times in a row" in err
    assert "(403)" in err
    assert "take another source" in err
    assert len(server.asked) <= 7


def test_a_case_gives_fleet_and_period(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    register = tmp_path / "r.csv"
    register.write_text(
        "icao24,registration,type,operator\n15d3c1,RA-78817,IL76,RFF\nabcdef,F-GSPS,B772,AFR\n"
    )
    assert main(["world", "update", "aircraft", str(register)]) == 0
    case = tmp_path / "case.toml"
    case.write_text(
        'title = "T"\nperiod = { from = 2024-12-26, to = 2024-12-26 }\nsources = ["archive"]\n'
        '[fleet]\ntypes = ["IL76"]\nregistrations = ["RA-82038"]\n'
    )
    assert main(["fetch", server.url, "--case", str(case), "--archive", str(tmp_path / "archive")]) == 0
    assert sorted(server.paths) == sorted([trace_path("154076", DAY), trace_path("15d3c1", DAY)])


def test_whole_days_come_with_the_period_of_a_case(tmp_path: Path, server: Server, capsys: Capture) -> None:
    tag = "v2024.12.26-planes-readsb-prod-0"
    tar = tar_of(many(4))
    base = f"/adsblol/globe_history_2024/releases/download/{tag}/{tag}.tar."
    server.files[f"{base}aa"] = Page(tar[:5000], kind="application/octet-stream")
    server.files[f"{base}ab"] = Page(tar[5000:], kind="application/octet-stream")
    assets = [{"name": f"{tag}.tar.{s}", "size": n} for s, n in (("aa", 5000), ("ab", len(tar) - 5000))]
    server.files[f"/repos/adsblol/globe_history_2024/releases/tags/{tag}"] = Page(
        json.dumps({"assets": assets}).encode()
    )
    case = tmp_path / "case.toml"
    case.write_text(
        'title = "T"\nperiod = { from = 2024-12-26, to = 2024-12-26 }\nsources = ["archive"]\n'
        '[fleet]\ntypes = ["IL76"]\n'
    )
    asked = ["fetch", fetch_orders.DAYS, "--period", str(case), "--base-url", server.url,
             "--archive", str(tmp_path / "a")]  # fmt: skip
    as_case = [a.replace("--period", "--case") for a in asked]
    assert main(as_case) == 2  # whose fleet is not what would come
    assert "--period CASE.toml" in capsys.readouterr().err
    assert server.asked == []
    assert main(asked) == 0
    assert "2 fetched" in capsys.readouterr().out
    assert len(set(read_positions(tmp_path / "a")["icao24"].to_pylist())) == 4
    assert read_archive_table(tmp_path / "a", "rejected").num_rows == 0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "no source named"),
        (["adsb.loll", "--icao24", "154076", "--from", "2024-12-26"], "did you mean adsb.lol?"),
        (["adsb.lol", "--from", "2024-12-26"], "whose traces?"),
        (["adsb.lol", "--icao24", "15407", "--from", "2024-12-26"], "'15407' is no address"),
        (["adsb.lol", "--icao24", "154076"], "which days?"),
        (["adsb.lol", "--icao24", "154076", "--from", "26.12.2024"], "is no date"),
        (["adsb.lol", "--icao24", "154076", "--from", "2024-12-26", "--to", "2024-12-25"], "is before"),
        (
            ["adsb.lol", "adsb.fi", "--icao24", "154076", "--from", "2024-12-26", "--base-url", "http://x"],
            "one source",
        ),
        (["adsb.lol-days", "--icao24", "154076", "--from", "2024-12-26"], "fetched and not read"),
        (["adsb.lol", "--icao24", "154076", "--from", "2024-12-26", "--connections", "99"], "from 1 to 16"),
        (["ftp://x/", "--icao24", "154076", "--from", "2024-12-26"], "no address of a server"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(
    tmp_path: Path, capsys: Capture, more: list[str], words: str
) -> None:
    assert main(["fetch", *more, "--archive", str(tmp_path / "a")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


def test_an_empty_fleet_and_an_unknown_one_are_told_apart(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    case = tmp_path / "case.toml"
    for fleet, words in (("", "names no fleet"), ('[fleet]\ntypes = ["IL76"]\n', "no address is known")):
        case.write_text(
            f'title = "T"\nperiod = {{ from = 2024-12-26, to = 2024-12-26 }}\nsources = ["a"]\n{fleet}'
        )
        assert main(["fetch", "adsb.lol", "--case", str(case), "--archive", str(tmp_path / "a")]) == 1
        assert words in capsys.readouterr().err


def test_plain_lines_in_a_pipe_and_a_bar_on_a_terminal(tmp_path: Path, server: Server) -> None:
    put_trace(server, "154076", DAY)
    call = [sys.executable, "-m", "waystation"]
    piped = subprocess.run(
        [*call, *arguments(server, tmp_path / "a", "--no-ingest")], capture_output=True, text=True, check=True
    )
    assert f"fetch {server.url}: 4 of 4" in piped.stderr
    assert "\x1b" not in piped.stderr + piped.stdout
    leader, follower = pty.openpty()
    subprocess.run(
        [*call, *arguments(server, tmp_path / "b", "--no-ingest")],
        stdout=subprocess.PIPE, stderr=follower, check=True, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(follower)
    shown = os.read(leader, 1 << 16).decode(errors="replace")
    os.close(leader)
    assert "\x1b[" in shown
    assert "4/4" in shown


def test_the_same_positions_by_parquet(tmp_path: Path, server: Server) -> None:
    put_trace(server, "154076", DAY)
    assert main(arguments(server, tmp_path)) == 0
    (path,) = (tmp_path / "positions").rglob("*.parquet")
    assert pq.read_metadata(path).num_rows == 20


def test_a_fleet_of_callsigns_cannot_be_fetched_by_address_and_says_how_else(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    case = tmp_path / "case.toml"
    case.write_text(
        'title = "T"\nperiod = { from = 2024-12-26, to = 2024-12-26 }\nsources = ["a"]\n[fleet]\ncallsigns = ["RFF70*"]\n'
    )
    assert main(["fetch", "adsb.lol", "--case", str(case), "--archive", str(tmp_path / "a")]) == 1
    err = capsys.readouterr().err
    assert "a callsign (RFF70*) is not known before the data" in err
    assert "waystation fetch adsb.lol-days" in err


def test_a_dry_run_without_a_network_does_not_say_nothing_is_to_come(tmp_path: Path, capsys: Capture) -> None:
    with sv.serving() as gone:
        nowhere = gone.url
    asked = ["fetch", fetch_orders.DAYS, "--from", "2024-12-26", "--base-url", nowhere, "--dry-run",
             "--archive", str(tmp_path / "a")]  # fmt: skip
    assert main(asked) == 1
    assert "2024-12-26: " in capsys.readouterr().err


def test_lines_in_a_pipe_do_not_repeat_themselves(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(waystation.cli.say.time, "monotonic", lambda: now[0])
    with waystation.cli.say.progress() as show:
        for second, done in ((0, 1), (3, 5), (6, 5), (9, 5), (66, 5), (67, 9), (67.5, 9)):
            now[0] = float(second)
            show("fetch", done, 9)
    assert capsys.readouterr().err.splitlines() == [
        "fetch: 1 of 9",
        "fetch: 5 of 9",
        "fetch: 5 of 9",
        "fetch: 9 of 9",
    ]
