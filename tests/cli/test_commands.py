"""The commands on a small case of made-up traces: what they print, what they leave, how they fail."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from flown_for_tests import case_folder, records, trace, two_aircraft

from waystation.cli import main

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


def out_of(capsys: Capture, *arguments: object) -> str:
    capsys.readouterr()
    assert main([str(a) for a in arguments]) == 0
    return capsys.readouterr().out


def test_new_writes_a_case_that_reads_and_says_what_is_missing(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "fresh"
    assert "waystation check" in out_of(capsys, "new", folder)
    assert main(["check", str(folder / "case.toml")]) == 1
    assert "nothing matches traces/" in capsys.readouterr().err
    two_aircraft(folder / "traces")
    assert "is sound" in out_of(capsys, "check", folder / "case.toml")


def test_every_key_that_new_explains_can_be_used(tmp_path: Path) -> None:
    from waystation.case import read_case

    main(["new", str(tmp_path)])
    path = tmp_path / "case.toml"
    lines = path.read_text().splitlines()
    keys = [
        i for i, line in enumerate(lines) if line.startswith("# ") and ("=" in line or line.startswith("# ["))
    ]
    for i in keys:
        lines[i] = lines[i].removeprefix("# ") if not lines[i].endswith(".") else lines[i]
    path.write_text("\n".join(lines))
    view = read_case(path).view
    assert view.fleet.types == ("A124", "IL76")
    assert [s.id for s in view.sites] == ["OSLK", "X-STRIP"]
    assert view.questions[0].route == ("OSLK", "HL59")
    assert view.overrides[0].airfield == "HL59"
    assert view.observations[0].grade == "B2"


def test_new_overwrites_nothing(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "case.toml").write_text("mine")
    assert main(["new", str(tmp_path)]) == 2
    assert "stays as it is" in capsys.readouterr().err
    assert (tmp_path / "case.toml").read_text() == "mine"


def test_run_leaves_tables_a_page_and_a_manifest(made: Path) -> None:
    out = made.parent / "out"
    flights = pq.read_table(out / "flights.parquet").to_pylist()
    assert sorted((f["origin"], f["destination"], f["type"]) for f in flights) == [
        ("EGLL", "LFPG", "A124"),
        ("LFPG", "EBBR", "B748"),
        ("LFPG", "EGLL", "A124"),
    ]
    manifest = json.loads((out / "manifest.json").read_text())
    assert {i["uri"].rsplit("/", 1)[1] for i in manifest["inputs"]} == {
        "trace_full_154076.json",
        "trace_full_3c4b26.json",
    }
    for name, table in manifest["tables"].items():
        assert pq.read_metadata(out / f"{name}.parquet").num_rows == table["rows"]
        assert (out / f"{name}.csv").is_file()
    html = (out / "briefing.html").read_text()
    assert "Two aircraft" in html
    assert not [p for p in out.rglob("*") if "tmp" in p.name]


def test_run_says_where_the_briefing_is(made: Path, capsys: Capture) -> None:
    text = out_of(capsys, "run", made)
    assert "3 flights" in text
    assert str(made.parent / "out" / "briefing.html") in text
    assert "file://" in text


def test_dry_run_counts_files_and_bytes_and_writes_nothing(tmp_path: Path, capsys: Capture) -> None:
    case = case_folder(tmp_path)
    size = sum(p.stat().st_size for p in (tmp_path / "traces").iterdir())
    text = out_of(capsys, "run", case, "--dry-run")
    assert "files: 2\n" in text
    assert f"bytes: {size} " in text
    assert "time:" in text
    assert not (tmp_path / "out").exists()


def test_an_empty_fleet_names_the_types_that_are_there(tmp_path: Path, capsys: Capture) -> None:
    case = case_folder(tmp_path, '\n[fleet]\ntypes = ["IL76"]\n')
    assert main(["run", str(case)]) == 1
    assert "A124, B748" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fleet", "addresses"),
    [
        ('types = ["b748"]', {"3c4b26"}),
        ('registrations = ["RA82038"]', {"154076"}),
        ('operators = ["volga"]', {"154076"}),
        ('icao24 = ["3C4B26"]', {"3c4b26"}),
        ('types = ["A124"]\noperators = ["lufthansa"]', {"154076", "3c4b26"}),
    ],
)
def test_a_fleet_takes_what_fits_any_of_its_keys(tmp_path: Path, fleet: str, addresses: set[str]) -> None:
    case = case_folder(tmp_path, f"\n[fleet]\n{fleet}\n")
    assert main(["run", str(case)]) == 0
    assert set(pq.read_table(tmp_path / "out" / "flights.parquet")["icao24"].to_pylist()) == addresses
    assert set(pq.read_table(tmp_path / "out" / "aircraft.parquet")["icao24"].to_pylist()) == addresses


def test_ingest_is_idempotent_and_says_so(tmp_path: Path, capsys: Capture) -> None:
    two_aircraft(tmp_path / "traces")
    assert "2 new, 0 known" in out_of(capsys, "ingest", tmp_path / "traces", "--archive", tmp_path / "a")
    before = {p: p.read_bytes() for p in (tmp_path / "a").rglob("*.parquet")}
    assert "0 new, 2 known" in out_of(capsys, "ingest", tmp_path / "traces", "--archive", tmp_path / "a")
    assert {p: p.read_bytes() for p in (tmp_path / "a").rglob("*.parquet")} == before


def test_ingest_takes_a_csv_with_names_of_its_own(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "x.csv").write_text("Mode_S,Stamp,Y,X\n154076,2024-12-08T10:00:00Z,35.4,35.9\n")
    names = ("icao24=Mode_S", "time_utc=Stamp", "lat=Y", "lon=X")
    text = out_of(capsys, "ingest", tmp_path / "x.csv", "--archive", tmp_path / "a", "--map", *names)
    assert "1 new position;" in text
    assert "35.9" in out_of(capsys, "show", "positions", "--archive", tmp_path / "a", "--csv")


def test_ingest_without_input_and_a_broken_mapping_are_wrong_usage(tmp_path: Path, capsys: Capture) -> None:
    assert main(["ingest", "--archive", str(tmp_path)]) == 2
    two_aircraft(tmp_path / "t")
    assert main(["ingest", str(tmp_path / "t"), "--archive", str(tmp_path / "a"), "--map", "icao24"]) == 2
    assert "icao24=Mode_S" in capsys.readouterr().err


def test_flights_needs_no_case_and_no_archive(tmp_path: Path, capsys: Capture) -> None:
    two_aircraft(tmp_path / "traces")
    text = out_of(capsys, "flights", tmp_path / "traces", "--out", tmp_path / "o")
    assert "3 flights of 2 aircraft" in text
    names = {p.stem for p in (tmp_path / "o").glob("*.parquet")}
    assert {"flights", "ends", "candidates", "gaps", "aircraft", "sources", "rejected", "masks"} <= names
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o", "traces"], "the temporary archive stayed"


def test_flights_of_an_archive_are_those_of_its_files(tmp_path: Path, capsys: Capture) -> None:
    two_aircraft(tmp_path / "traces")
    out_of(capsys, "flights", tmp_path / "traces", "--out", tmp_path / "o1")
    out_of(capsys, "ingest", tmp_path / "traces", "--archive", tmp_path / "a")
    out_of(capsys, "flights", "--archive", tmp_path / "a", "--out", tmp_path / "o2")
    out_of(capsys, "flights", tmp_path / "a", "--out", tmp_path / "o3")
    for name in ("flights", "ends", "gaps"):
        one = (tmp_path / "o1" / f"{name}.parquet").read_bytes()
        assert one == (tmp_path / "o2" / f"{name}.parquet").read_bytes()
        assert one == (tmp_path / "o3" / f"{name}.parquet").read_bytes()


def test_flights_of_nothing_is_wrong_usage(tmp_path: Path) -> None:
    assert main(["flights", "--out", str(tmp_path)]) == 2


def test_show_filters_sorts_and_chooses(made: Path, capsys: Capture) -> None:
    case = ("--case", made)
    assert "LFPG" in out_of(capsys, "show", "flights", "origin=EGLL", *case, "--csv")
    rows = json.loads(out_of(capsys, "show", "flights", "origin=LFPG", "type=A124,IL76", *case, "--json"))
    assert [(r["destination"], r["registration"]) for r in rows] == [("EGLL", "RA-82038")]
    text = out_of(
        capsys, "show", "flights", *case, "--csv", "--columns", "destination,type", "--sort", "-destination"
    )
    assert text.splitlines()[1:] == ['"LFPG","A124"', '"EGLL","A124"', '"EBBR","B748"']
    assert len(json.loads(out_of(capsys, "show", "flights", *case, "--json", "--limit", "1"))) == 1
    day = out_of(capsys, "show", "flights", "first_seen_utc=2024-12-08", *case, "--csv")
    assert len(day.splitlines()) == 4
    assert (
        len(out_of(capsys, "show", "flights", "first_seen_utc>2024-12-08", *case, "--csv").splitlines()) == 1
    )


def test_show_writes_maps_and_parquet(made: Path, tmp_path: Path, capsys: Capture) -> None:
    features = json.loads(out_of(capsys, "show", "flights", "--case", made, "--geojson"))["features"]
    assert {f["geometry"]["type"] for f in features} == {"LineString"}
    assert out_of(capsys, "show", "flights", "--case", made, "--kml").count("<Placemark>") == 3
    track = json.loads(out_of(capsys, "show", "positions", "icao24=3c4b26", "--case", made, "--geojson"))
    assert len(track["features"]) == 1
    out_of(capsys, "show", "ends", "--case", made, "--parquet", "--to", tmp_path / "e.parquet")
    assert pq.read_table(tmp_path / "e.parquet").num_rows == 6


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["flight"], "did you mean flights?"),
        (["flights", "orgin=LFPG"], "did you mean origin?"),
        (["flights", "n_positions=many"], "is no number"),
        (["flights", "LFPG"], "COLUMN=VALUE"),
        (["flights", "--csv", "--json"], "choose one"),
        (["routes", "--geojson"], "has no places"),
        (["flights", "--sort", "speed"], "no column"),
    ],
)
def test_show_teaches(made: Path, capsys: Capture, arguments: list[str], hint: str) -> None:
    capsys.readouterr()
    assert main(["show", *arguments, "--case", str(made)]) == 2
    assert hint in capsys.readouterr().err


def test_show_without_a_result_says_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["show", "flights"]) == 2
    assert "--out" in capsys.readouterr().err


def test_a_terminal_gets_a_table_and_no_control_characters(tmp_path: Path) -> None:
    from waystation.cli.shown import _cell

    assert _cell("callsigns", "AB\x1b[31mC") == "AB\ufffd[31mC"
    assert _cell("flight_id", "0123456789abcdef") == "01234567"


def test_a_closed_pipe_is_no_error(made: Path) -> None:
    command = f"{sys.executable} -m waystation show positions --case {made} --csv | head -1"
    run = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0
    assert "icao24" in run.stdout
    assert run.stderr == ""


def test_why_goes_down_to_file_hash_and_record(made: Path, capsys: Capture) -> None:
    (row,) = json.loads(out_of(capsys, "show", "flights", "destination=EBBR", "--case", made, "--json"))
    text = out_of(capsys, "why", row["flight_id"][:8], "--case", made)
    manifest = json.loads((made.parent / "out" / "manifest.json").read_text())
    (source,) = [i for i in manifest["inputs"] if i["uri"].endswith("trace_full_3c4b26.json")]
    assert source["sha256"] in text
    assert f"{source['source_id']} record 0" in text
    assert "EBBR" in text


def test_why_explains_a_claim_and_refuses_what_is_not_one(made: Path, capsys: Capture) -> None:
    claims = json.loads(out_of(capsys, "show", "claims", "--case", made, "--json"))
    text = out_of(capsys, "why", claims[0]["claim_id"], "--case", made)
    assert claims[0]["sentence"] in text
    assert claims[0]["query"] in text
    assert main(["why", "zzzz", "--case", str(made)]) == 2
    assert main(["why", "claim", "--case", str(made)]) == 2
    assert "may be any of" in capsys.readouterr().err


def test_brief_takes_a_new_question_without_a_new_run(made: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(made.parent, folder)
    case = folder / "case.toml"
    case.write_text(case.read_text() + '\n[[question]]\nkind = "rate"\nroute = ["EGLL", "France"]\n')
    before = (folder / "out" / "flights.parquet").read_bytes()
    out_of(capsys, "brief", case)
    questions = {r["question"] for r in pq.read_table(folder / "out" / "claims.parquet").to_pylist()}
    assert {"France>EGLL", "EGLL>France"} <= questions
    assert (folder / "out" / "flights.parquet").read_bytes() == before
    assert main(["verify", str(folder / "out")]) == 0


def test_verify_finds_no_difference_in_a_fresh_result(made: Path, capsys: Capture) -> None:
    assert "no differences" in out_of(capsys, "verify", made.parent / "out")


def test_verify_needs_a_result(tmp_path: Path, capsys: Capture) -> None:
    assert main(["verify", str(tmp_path)]) == 1
    assert "manifest.json" in capsys.readouterr().err


def test_progress_in_a_pipe_is_plain_lines_on_standard_error(tmp_path: Path) -> None:
    two_aircraft(tmp_path / "traces")
    (tmp_path / "traces" / "third.json").write_bytes(trace("4b1234", records("LSZH", "EDDM", 600.0)))
    command = [
        sys.executable,
        "-m",
        "waystation",
        "flights",
        str(tmp_path / "traces"),
        "--out",
        str(tmp_path / "o"),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "flights: 3 of 3" in run.stderr.splitlines()
    assert "\x1b" not in run.stderr + run.stdout


def test_world_shows_an_airfield_by_any_name_and_an_address(capsys: Capture) -> None:
    assert "HL59" in out_of(capsys, "world", "show", "HL59")
    assert "OSLK" in out_of(capsys, "world", "show", "latakia")
    assert "Russian Federation" in out_of(capsys, "world", "show", "154076")
    assert main(["world", "show", "no such place at all"]) == 2


def test_world_takes_fields_and_registers_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "strips.csv").write_text("ident,name,lat,lon\nX-STRIP,Strip in the sand,27.1,14.2\n")
    out_of(capsys, "world", "update", "airfields", tmp_path / "strips.csv")
    assert "27.1000, 14.2000" in out_of(capsys, "world", "show", "X-STRIP")
    (tmp_path / "reg.csv").write_text("icao24,registration,type,operator\n3c4b26,D-XXXX,B744,Somebody Else\n")
    out_of(capsys, "world", "update", "aircraft", tmp_path / "reg.csv", "--name", "mine")
    assert "D-XXXX, B744, Somebody Else" in out_of(capsys, "world", "show", "3c4b26")
    case = case_folder(tmp_path / "case")
    out_of(capsys, "run", case)
    (row,) = json.loads(out_of(capsys, "show", "aircraft", "icao24=3c4b26", "--case", case, "--json"))
    assert row["registration"] == "D-ABYF"
    assert "D-XXXX" in row["doubt"]


def test_a_broken_table_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "bad.csv").write_text("ident,name,lat,lon\nX-1,Strip,north,14.2\n")
    assert main(["world", "update", "airfields", str(tmp_path / "bad.csv")]) == 1
    assert "line 2" in capsys.readouterr().err
    assert not list((tmp_path / "data").rglob("*.csv"))
