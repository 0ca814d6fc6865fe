"""What a newer run changed, over small tables whose differences are known."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from waystation.cli import main
from waystation.cli.diff_tables import diff_results
from waystation.store.tables import write_tables
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

START = datetime(2024, 12, 1, tzinfo=UTC)


def flight(name: str, hour: float, **more: Any) -> dict[str, Any]:
    first = START + timedelta(hours=hour)
    return {
        "flight_id": name,
        "icao24": "154076",
        "origin": "OSLK",
        "origin_ending": "seen",
        "destination": "HL59",
        "destination_ending": "inferred",
        "destination_probability": 0.6,
        "first_seen_utc": first,
        "last_seen_utc": first + timedelta(hours=2),
    } | more


def claim(value: float, ids: list[str], query: str = "count flights") -> dict[str, Any]:
    text = f"{value:.0f} flights"
    return {"claim_id": f"c{value}", "question": "q", "sentence": text, "value": value} | {
        "query": query,
        "row_ids": ids,
    }


def tables(flights: list[dict[str, Any]], claims: list[dict[str, Any]] = []) -> dict[str, pa.Table]:  # noqa: B006 - not changed
    return {
        "flights": pa.Table.from_pylist(flights, schema=TABLES["flights"]),
        "claims": pa.Table.from_pylist(claims, schema=TABLES["claims"]),
    }


def test_the_same_result_did_not_change() -> None:
    held = tables([flight("a", 0), flight("b", 5)], [claim(2, ["a", "b"])])
    turned = {n: t.take(list(reversed(range(t.num_rows)))) for n, t in held.items()}
    assert diff_results(held, turned).same


def test_new_gone_and_renamed_are_told_apart() -> None:
    old = tables([flight("a", 0), flight("b", 5), flight("c", 50)])
    new = tables([flight("a", 0), flight("b2", 5.5), flight("d", 90)])
    found = diff_results(old, new)
    assert [f["flight"] for f in found.new] == ["d"]
    assert [f["flight"] for f in found.gone] == ["c"]
    assert found.renamed == [{"before": "b", "after": "b2", "icao24": "154076"}]


def test_one_flight_split_in_two_is_one_renamed_and_one_new() -> None:
    old = tables([flight("a", 0, last_seen_utc=START + timedelta(hours=9))])
    new = tables([flight("x", 0), flight("y", 4, last_seen_utc=START + timedelta(hours=9))])
    found = diff_results(old, new)
    assert found.renamed == [{"before": "a", "after": "y", "icao24": "154076"}]
    assert [f["flight"] for f in found.new] == ["x"]


def test_ends_read_differently_say_before_and_after() -> None:
    old = tables([flight("a", 0), flight("b", 5)])
    firmer = flight("a", 0, destination_ending="approach", destination_probability=0.97)
    found = diff_results(old, tables([firmer, flight("b", 5, destination_probability=0.62)]))
    assert [(e.flight, e.end, e.before, e.after) for e in found.endings] == [
        ("a", "destination", "HL59 (inferred 0.60)", "HL59 (approach 0.97)")
    ]
    assert found.ending_counts["after"] == {"approach": 1, "inferred": 1, "seen": 2}


def test_claims_are_matched_by_what_they_ask() -> None:
    old = tables([flight("a", 0)], [claim(1, ["a"]), claim(4, ["a"], "other")])
    new = tables([flight("a", 0), flight("b", 5)], [claim(2, ["a", "b"]), claim(9, ["b"], "third")])
    found = diff_results(old, new).claims
    assert [(c.kind, c.before, c.after) for c in found] == [
        ("changed", 1.0, 2.0),
        ("gone", 4.0, None),
        ("new", None, 9.0),
    ]


def test_the_command_prints_text_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tables(tmp_path / "old", tables([flight("a", 0)], [claim(1, ["a"])]))
    write_tables(tmp_path / "new", tables([flight("a", 0), flight("b", 5)], [claim(2, ["a", "b"])]))
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    said = "".join(capsys.readouterr())
    assert "1 before, 2 after; 1 new, 0 gone" in said
    assert "1 → 2, rows 1 → 2" in said
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"][0]["flight"] == "b"
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "none")]) == 1
