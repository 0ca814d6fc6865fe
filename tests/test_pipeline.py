"""The stages in order: the cut does not matter, nothing is done twice, decisions survive, sources change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flown_for_tests import case_folder, records, trace, two_aircraft

from waystation import pipeline, sweep_work, sweeps
from waystation.case import Case, read_case
from waystation.drawn import drawn_positions
from waystation.store.archive import read_positions
from waystation.terms.errors import ArchiveError, UsageError, WaystationError
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from pathlib import Path

DECISION = """
[[override]]
flight = "{flight}"
end = "destination"
airfield = "LFPO"
by = "A. Analyst"
date = 2025-01-03
reason = "seen there"
"""


def run(case: Case, out: Path | None = None) -> pipeline.Made:
    return pipeline.run(case, out or case.default_out)


def flights(out: Path) -> list[dict]:
    return pq.read_table(out / "flights.parquet").to_pylist()


def test_tables_have_their_schema(tmp_path: Path) -> None:
    case = read_case(case_folder(tmp_path))
    made = run(case)
    for name in made.rows:
        assert pq.read_schema(made.out / f"{name}.parquet").remove_metadata().equals(TABLES[name]), name


@pytest.mark.parametrize("size", [1, 150])
def test_any_cut_by_aircraft_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    case = read_case(case_folder(tmp_path))
    one = run(case, tmp_path / "one")
    monkeypatch.setattr(sweeps, "BATCH_POSITIONS", size)
    two = run(case, tmp_path / "two")
    names = one.rows.keys() - {"sources"}  # which say when they were ingested
    assert {n: (one.out / f"{n}.parquet").read_bytes() for n in names} == {
        n: (two.out / f"{n}.parquet").read_bytes() for n in names
    }


def test_two_processes_give_the_same_bytes_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = read_case(case_folder(tmp_path))
    one = run(case, tmp_path / "one")
    monkeypatch.setattr(sweeps, "BATCH_POSITIONS", 1)
    monkeypatch.setattr(sweeps, "ALONE_POSITIONS", 0)
    two = run(case, tmp_path / "two")
    for name in ("flights", "ends", "gaps", "masks", "routes", "rates", "claims"):
        assert (one.out / f"{name}.parquet").read_bytes() == (two.out / f"{name}.parquet").read_bytes(), name


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    case = read_case(case_folder(tmp_path))
    assert not run(case).unchanged
    before = {
        p: p.stat().st_mtime_ns for p in case.default_out.rglob("*") if p.is_file() and p.name != ".lock"
    }
    again = run(case)
    assert again.unchanged
    assert again.rows["flights"] == 3
    after = {
        p: p.stat().st_mtime_ns for p in case.default_out.rglob("*") if p.is_file() and p.name != ".lock"
    }
    assert after == before


@pytest.mark.parametrize("touch", ["case", "source", "table", "page", "csv"])
def test_whatever_changes_is_done_again(tmp_path: Path, touch: str) -> None:
    path = case_folder(tmp_path)
    out = tmp_path / "out"
    run(read_case(path))
    match touch:
        case "case":
            path.write_text(path.read_text().replace("Two aircraft", "Another title"))
        case "source":
            (tmp_path / "traces" / "new.json").write_bytes(trace("4b1234", records("LSZH", "EDDM", 600.0)))
        case "table":
            (out / "flights.parquet").write_bytes(b"nonsense")
        case "page":
            (out / "briefing.html").unlink()
        case "csv":
            (out / "ends.csv").unlink()
    assert not run(read_case(path)).unchanged
    assert len(flights(out)) == (4 if touch == "source" else 3)
    assert run(read_case(path)).unchanged


def test_a_source_that_is_gone_no_longer_counts(tmp_path: Path) -> None:
    path = case_folder(tmp_path)
    run(read_case(path))
    (tmp_path / "traces" / "trace_full_3c4b26.json").unlink()
    run(read_case(path))
    out = tmp_path / "out"
    assert {f["icao24"] for f in flights(out)} == {"154076"}
    manifest = json.loads((out / "manifest.json").read_text())
    assert [i["uri"].rsplit("/", 1)[1] for i in manifest["inputs"]] == ["trace_full_154076.json"]


def test_a_source_that_changed_counts_once(tmp_path: Path) -> None:
    path = case_folder(tmp_path)
    run(read_case(path))
    rows = records("LFPG", "EBBR", 7_200.0)
    (tmp_path / "traces" / "trace_full_3c4b26.json").write_bytes(trace("3c4b26", rows[: len(rows) // 2]))
    run(read_case(path))
    (flight,) = [f for f in flights(tmp_path / "out") if f["icao24"] == "3c4b26"]
    assert flight["destination"] is None


def test_a_decision_acts_is_written_down_and_survives_more_data(tmp_path: Path) -> None:
    path = case_folder(tmp_path)
    run(read_case(path))
    out = tmp_path / "out"
    (before,) = [f for f in flights(out) if f["destination"] == "EBBR"]
    path.write_text(path.read_text() + DECISION.format(flight=before["flight_id"][:10]))
    made = run(read_case(path))
    assert made.warnings == ()
    for more in (False, True):
        if more:
            (tmp_path / "traces" / "new.json").write_bytes(trace("4b1234", records("LSZH", "EDDM", 600.0)))
            run(read_case(path))
        (after,) = [f for f in flights(out) if f["flight_id"] == before["flight_id"]]
        assert (after["destination"], after["destination_probability"]) == ("LFPO", None)
        manifest = json.loads((out / "manifest.json").read_text())
        assert manifest["overrides"][0]["acted"]
        assert "EBBR" in manifest["overrides"][0]["overruled"]
        assert "A. Analyst" in (out / "briefing.html").read_text()
        routes = pq.read_table(out / "routes.parquet").to_pylist()
        assert any((r["origin"], r["destination"]) == ("LFPG", "LFPO") for r in routes)


def test_a_decision_that_does_not_act_is_a_warning_every_time(tmp_path: Path) -> None:
    path = case_folder(tmp_path, DECISION.format(flight="0000000000000000"))
    for _ in range(2):
        (warning,) = run(read_case(path)).warnings
        assert "0000000000000000 did not act" in warning


def test_flights_outside_the_period_are_left_out_with_their_rows(tmp_path: Path) -> None:
    path = case_folder(tmp_path)
    path.write_text(path.read_text().replace("from = 2024-12-08, to = 2024-12-08", "from = 2024-12-09"))
    made = run(read_case(path))
    assert {n: made.rows[n] for n in ("flights", "ends", "routes")} == {"flights": 0, "ends": 0, "routes": 0}


def test_an_archive_can_be_the_source_of_a_case(tmp_path: Path) -> None:
    path = case_folder(tmp_path)
    pipeline.gather([str(tmp_path / "traces")], tmp_path / "archive")
    one = run(read_case(path), tmp_path / "one")
    path.write_text(path.read_text().replace('["traces"]', '["archive"]'))
    two = run(read_case(path), tmp_path / "two")
    assert not (tmp_path / "two" / "archive").exists()
    assert (one.out / "flights.parquet").read_bytes() == (two.out / "flights.parquet").read_bytes()


def test_an_archive_beside_raw_files_is_refused_with_a_remedy(tmp_path: Path) -> None:
    two_aircraft(tmp_path / "traces")
    pipeline.gather([str(tmp_path / "traces")], tmp_path / "archive")
    with pytest.raises(UsageError, match="waystation ingest"):
        pipeline.gather([str(tmp_path / "archive"), str(tmp_path / "traces")], tmp_path / "other")


def test_a_worker_that_fails_names_the_aircraft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = read_case(case_folder(tmp_path))

    def fail(_: pa.Table) -> None:
        raise ValueError("no such wind")

    monkeypatch.setattr(sweep_work.tracks, "build", fail)
    with pytest.raises(WaystationError, match=r"154076 to 3c4b26.*no such wind"):
        run(case)


def test_the_page_is_drawn_from_positions_that_were_used(tmp_path: Path) -> None:
    case = read_case(case_folder(tmp_path))
    made = run(case)
    tables = {n: pq.read_table(made.out / f"{n}.parquet") for n in ("flights", "masks")}
    drawn = drawn_positions(made.out / "archive", tables)
    assert 250 < drawn.num_rows <= 320
    first = tables["flights"].slice(0, 1).to_pylist()[0]
    masked = pa.Table.from_pylist(
        [
            {k: r[k] for k in ("icao24", "time_utc", "source_id", "record")}
            | {"mask": "place", "reason": "x"}
            for r in read_positions(made.out / "archive", icao24=[first["icao24"]]).to_pylist()
        ],
        schema=TABLES["masks"],
    )
    assert set(drawn_positions(made.out / "archive", tables | {"masks": masked})["icao24"].to_pylist()) == {
        "3c4b26"
    }


def test_a_briefing_over_tables_of_an_older_version_says_to_run_again(tmp_path: Path) -> None:
    case = read_case(case_folder(tmp_path))
    made = run(case)
    path = made.out / "routes.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["n_expected"]), path)
    with pytest.raises(ArchiveError, match=r"routes.parquet has no column n_expected.*\n.*waystation run"):
        pipeline.brief(case, made.out)
