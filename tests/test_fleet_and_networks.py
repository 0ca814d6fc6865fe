"""From files to tables: fleets that are named by callsign, and two networks that heard the same flights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from flown_for_tests import CASE, records, trace, two_aircraft

from waystation import pipeline
from waystation.case import read_case

if TYPE_CHECKING:
    from pathlib import Path


def case_of(folder: Path, text: str) -> list[str]:
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    made = pipeline.run(read_case(path), folder / "out")
    return pq.read_table(made.out / "flights.parquet").column("icao24").to_pylist()


def test_a_fleet_may_be_a_callsign(tmp_path: Path) -> None:
    two_aircraft(tmp_path / "traces")
    rows = records("LFPG", "EDDF", 30_000.0)
    for row in rows:
        if row[8]:
            row[8]["flight"] = "DLH81A  "
    (tmp_path / "traces" / "trace_full_3c4b99.json").write_bytes(trace("3c4b99", rows, r="D-AIMA"))
    assert case_of(tmp_path, CASE + '\n[fleet]\ncallsigns = ["dlh*"]\n') == ["3c4b99"]


def test_flights_of_a_later_owner_stay_out(tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    for n, (owner, mark) in enumerate((("Volga-Dnepr", "RA-82038"), ("Maximus", "UR-ZYD"))):
        rows = records("LFPG", "EGLL", 3_600.0 + n * 40_000.0)
        (folder / f"trace_full_15407{n}.json").write_bytes(trace("154070", rows, r=mark, ownOp=owner))
    assert len(case_of(tmp_path, CASE)) == 2
    assert case_of(tmp_path, CASE + '\n[fleet]\noperators = ["maximus"]\n') == ["154070"]


def test_what_each_of_two_networks_heard_is_written(tmp_path: Path) -> None:
    rows = records("LFPG", "EGLL", 3_600.0)
    middle = [r for r in rows if not 4_800 < r[0] < 6_600]
    for network, heard in (("adsb.lol", middle), ("airplanes.live", rows[::2])):
        folder = tmp_path / "raw" / network / "globe_history" / "2024" / "12" / "08" / "traces" / "76"
        folder.mkdir(parents=True)
        (folder / "trace_full_154076.json").write_bytes(trace("154076", heard))
    assert case_of(tmp_path, CASE.replace('"traces"', '"raw"')) == ["154076"]
    heard = pq.read_table(tmp_path / "out" / "flight_networks.parquet").to_pylist()
    assert [(r["network"], r["n_disagreements"]) for r in heard] == [("adsb.lol", 0), ("airplanes.live", 0)]
    assert heard[0]["share_of_minutes"] < heard[1]["share_of_minutes"]
    silences = pq.read_table(tmp_path / "out" / "network_silences.parquet").to_pylist()
    assert [(r["network"], r["filled_by"]) for r in silences] == [("adsb.lol", "airplanes.live")]
    assert pq.read_table(tmp_path / "out" / "gaps.parquet").num_rows == 0, "together they heard all of it"


def test_one_network_writes_no_table_of_networks(tmp_path: Path) -> None:
    two_aircraft(tmp_path / "traces")
    case_of(tmp_path, CASE)
    assert not (tmp_path / "out" / "flight_networks.parquet").exists()
