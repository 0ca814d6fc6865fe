from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from waystation.cli import main
from waystation.store.tables import write_tables
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from pathlib import Path

CASE = """
title = "A hub is lost"
period = { from = 2024-10-01, to = 2025-02-28 }
sources = ["none"]
[[event]]
id = "assad-falls"
date = 2024-12-08
[[site]]
id = "OSLK"
[[site]]
id = "LY-BCQ"
[[question]]
kind = "stopover"
route = ["OSLK", "GABS"]
type = "IL76"
payload_t = 45
"""
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.toml"
    path.write_text(CASE)
    return path


def test_the_ranking_is_printed_and_written(case: Path, capsys: Capture) -> None:
    assert main(["stopovers", str(case), "--operator-class", "other", "--limit", "3"]) == 0
    said = capsys.readouterr()
    assert "OSLK (Bassel Al-Assad International Airport) to GABS" in said.out
    assert "reckoned as Il-76TD/MD, 45 t; closures and facts of 2024-12-08, other" in said.out
    assert "direct: 5,07" in said.out
    assert "LY-BCQ" in said.out.split("sites of the case:")[-1]
    assert "nothing counts as used before" in said.err
    names = {p.name for p in (case.parent / "out" / "stopovers").iterdir()}
    assert names == {
        f"{name}.{form}"
        for name in ("stopovers", "stopover_parts", "stopover_curve", "nonstop_checks")
        for form in ("parquet", "csv")
    }


def test_rows_come_as_csv_and_json_with_every_part(case: Path, capsys: Capture) -> None:
    assert main(["stopovers", str(case), "--operator-class", "other", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows[0]["stopover"] == ""
    assert {"score", "factor_use", "runway_reason", "payload_low_t"} <= set(rows[0])
    brak = next(r for r in rows if r["stopover"] == "LY-BCQ")
    assert brak["runway"] == "unknown"
    assert main(["stopovers", str(case), "--operator-class", "other", "--json", "--without", "LY-BCQ"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert len(again) == len(rows) - 1
    assert "LY-BCQ" not in {r["stopover"] for r in again}


def test_a_curve_says_how_surely_a_payload_arrives(case: Path, capsys: Capture) -> None:
    assert main(["stopovers", str(case), "--operator-class", "other", "--curve", "--headwind-kt", "50"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {r["payload_t"] for r in rows} >= {"0", "5", "45", "50"}
    assert len({r["stopover"] for r in rows}) == 12  # direct, the ten best and the one site in reach


@pytest.mark.parametrize(
    ("arguments", "hint", "code"),
    [
        (["--operator-class", "pirates"], "use one of russian-state", 2),
        (["--operator-class", "other", "--without", "NOWHERE"], "no such airfield", 2),
        (["--csv", "--json"], "choose one", 2),
    ],
)
def test_wrong_usage_teaches(case: Path, capsys: Capture, arguments: list[str], hint: str, code: int) -> None:
    assert main(["stopovers", str(case), *arguments]) == code
    assert hint in capsys.readouterr().err


def test_a_case_without_the_question_is_told_how_to_ask(case: Path, capsys: Capture) -> None:
    case.write_text(CASE.split("[[question]]", maxsplit=1)[0])
    assert main(["stopovers", str(case)]) == 1
    err = capsys.readouterr().err
    assert 'kind = "stopover"' in err
    assert "payload_t = 40" in err


def test_a_case_without_a_day_is_told_to_give_one(case: Path, capsys: Capture) -> None:
    bare = CASE.replace("period = { from = 2024-10-01, to = 2025-02-28 }\n", "")
    case.write_text(
        "\n".join(x for x in bare.split("[[event]]\n")[:1]) + "\n[[site]]" + bare.split("[[site]]", 1)[1]
    )
    assert main(["stopovers", str(case), "--operator-class", "other"]) == 2
    assert "--on 2024-12-15" in capsys.readouterr().err
    assert (
        main(["stopovers", str(case), "--operator-class", "other", "--on", "2024-12-15", "--limit", "1"]) == 0
    )


def test_a_lost_hub_is_replaced_and_what_came_after_is_looked_up(case: Path, capsys: Capture) -> None:
    schema = TABLES["triples"]
    made = [
        {"origin": "UUMU", "via": via, "destination": "GABS", "type": "IL76", "probability": 1.0}
        | {"arrived_utc": datetime(2024, month, 20, tzinfo=UTC)}
        for via, month in (("OSLK", 11), ("HL59", 12))
    ]
    triples = pa.Table.from_pylist([{k: r.get(k) for k in schema.names} for r in made], schema=schema)
    write_tables(case.parent / "out", {"triples": triples})
    arguments = ["--hub", "OSLK", "--operator-class", "russian-state", "--limit", "2"]
    assert main(["stopovers", str(case), *arguments]) == 0
    said = capsys.readouterr().out
    assert "UUMU (Chkalovskiy Air Base) to GABS" in said
    after = said.split("OSLK lost on 2024-12-08; afterwards these demands stopped at:")[1]
    assert re.search(r"HL59 \(1\.0 times in all\): rank \d of \d+ for UUMU to GABS, IL76", after)
    assert "Bassel" not in said.split("sites of the case:")[-1]
    assert main(["stopovers", str(case), "--hub", "DAAG", "--operator-class", "other"]) == 2
    assert "no flights of the result stopped there" in capsys.readouterr().err


SCENARIOS = """
[[scenario]]
id = "shut"
name = "Egypt and Libya shut"
[[airspace]]
name = "shut"
closed = ["EG", "LY"]
scenario = "shut"
[[scenario]]
id = "wind"
headwind_kt = 40
"""


def test_scenarios_stand_beside_the_rules_as_they_are(case: Path, capsys: Capture) -> None:
    case.write_text(CASE + SCENARIOS)
    assert main(["stopovers", str(case), "--operator-class", "other", "--limit", "2"]) == 0
    beside = capsys.readouterr().out.split("under each scenario\n")[1]
    heads = next(line for line in beside.splitlines() if "as the rules stand" in line)
    assert heads.split("as the rules stand")[1].split() == ["shut", "wind"]
    brak = next(line for line in beside.splitlines() if line.strip().startswith("LY-BCQ"))
    assert brak.count("–") == 3  # two bands and a dash: an airfield in a closed country cannot be used
    assert "shut: Egypt and Libya shut; closed: EG LY" in beside
    assert "wind: headwind of 40 kt on every leg" in beside
    only = ["stopovers", str(case), "--operator-class", "other", "--scenario", "wind", "--json"]
    assert main(only) == 0
    assert {r["scenario"] for r in json.loads(capsys.readouterr().out)} == {None, "wind"}
    assert main([*only[:-2], "wnd"]) == 2
    assert "did you mean wind?" in capsys.readouterr().err


def test_the_map_comes_as_geojson(case: Path, capsys: Capture) -> None:
    assert main(["stopovers", str(case), "--operator-class", "russian-state", "--geojson"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["type"] == "FeatureCollection"
    kinds = {f["properties"]["feature"]: f["geometry"]["type"] for f in found["features"]}
    assert {"reach", "through", "closed", "way", "end", "airfield"} <= set(kinds)
    assert kinds["end"] == "Point"
    assert (case.parent / "out" / "stopovers" / "stopover_map.parquet").is_file()


def test_flights_beyond_the_range_of_their_type_are_named(case: Path, capsys: Capture) -> None:
    row = {
        "flight_id": "far1",
        "type": "AN26",
        "origin": "UUMU",
        "origin_ending": "seen",
        "destination": "GABS",
        "destination_ending": "inferred",
        "first_seen_utc": datetime(2024, 11, 1, tzinfo=UTC),
    }
    for name, made in (("flights", [row]), ("aircraft", [])):
        schema = TABLES[name]
        table = pa.Table.from_pylist([{k: r.get(k) for k in schema.names} for r in made], schema=schema)
        write_tables(case.parent / "out", {name: table})
    assert main(["stopovers", str(case), "--operator-class", "other", "--limit", "1"]) == 0
    said = capsys.readouterr().out
    assert "0 within, 1 beyond, 0 of types without a curve" in said
    assert "far1 UUMU to GABS: a fault of data or model" in said
    assert "look at the destination first" in said
