from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from made_world import TEXT

from waystation.cli import main
from waystation.store.simulated import simulate_into, simulated_folder, trace_folders
from waystation.terms.errors import UsageError

SHORT = TEXT.replace("to = 2024-12-15", "to = 2024-12-10")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.toml"
    path.write_text(SHORT)
    return path


def test_the_command_writes_an_archive_once(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = scenario.parent / "made"
    assert main(["simulate", str(scenario), "--out", str(out), "--workers", "1"]) == 0
    assert "SIMULATED" in capsys.readouterr().out
    held = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert (out / "truth_flights.csv").exists()
    assert [Path(x).name for x in trace_folders(out)] == ["2024"]
    assert main(["simulate", str(scenario), "--out", str(out), "--workers", "1"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == held
    assert not list(scenario.parent.glob("*waystation-tmp*"))
    other = simulate_into(scenario, out, seed=9, workers=1)
    assert not other.unchanged
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} != held


def test_a_folder_of_someone_else_is_not_touched(scenario: Path) -> None:
    mine = scenario.parent / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="no simulated archive"):
        simulate_into(scenario, mine, workers=1)
    assert [p.name for p in mine.iterdir()] == ["notes.txt"]


def test_a_missing_or_broken_scenario_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(tmp_path / "none.toml"), "--out", str(tmp_path / "x")]) == 1
    assert "none.toml" in capsys.readouterr().err
    (tmp_path / "bad.toml").write_text("title = 3")
    assert main(["simulate", str(tmp_path / "bad.toml"), "--out", str(tmp_path / "x")]) == 1
    assert not (tmp_path / "x").exists()


def test_cases_find_their_archive_in_the_cache(scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(scenario.parent / "cache"))
    folder = simulated_folder(scenario, workers=1)
    assert folder.parent == scenario.parent / "cache" / "waystation" / "simulated"
    assert simulated_folder(scenario, workers=1) == folder


def test_flights_found_in_a_week_are_those_that_flew(tmp_path: Path) -> None:
    (tmp_path / "week.toml").write_text(TEXT)
    made = simulate_into(tmp_path / "week.toml", tmp_path / "made", workers=1)
    found = tmp_path / "found"
    assert main(["flights", *trace_folders(made.folder), "--out", str(found), "--workers", "1"]) == 0
    truth = pl.read_parquet(made.folder / "truth_flights.parquet")
    flights = pl.read_parquet(found / "flights.parquet")
    assert flights.height == truth.height
    pairs = (
        truth.sort("icao24", "takeoff_utc")
        .with_row_index()
        .join(
            flights.sort("icao24", "first_seen_utc").with_row_index(), on=["index", "icao24"], suffix="_found"
        )
    )
    assert pairs.height == truth.height
    for end, wheel, low in (
        ("origin", "takeoff_utc", "origin_lowest_ft"),
        ("destination", "landing_utc", "destination_lowest_ft"),
    ):
        heard = pairs.filter(pl.col(low) == 0)
        assert heard.height > 0.8 * pairs.height
        assert (heard[f"{end}_found"] == heard[end]).all()
        off = (heard[f"{wheel}_found"] - heard[wheel]).dt.total_seconds().abs()
        assert off.max() < 180
    sources = pl.read_parquet(found / "sources.parquet")
    assert set(sources["network"]) == {"SIMULATED"}
    assert sources["n_rejected"].sum() == 0
