"""Ids that a back-filled day replaces are written down, and followed on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from flown_for_tests import records, trace

from waystation import finding
from waystation.replaced import replaced_flights

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 86_400.0


def flights(*rows: tuple[str, str, int, int]) -> pa.Table:
    noon = datetime(2024, 12, 8, 12, tzinfo=UTC)
    names = ("flight_id", "icao24", "first_seen_utc", "last_seen_utc")
    return pa.table(
        {n: [noon + timedelta(hours=r[i]) if i > 1 else r[i] for r in rows] for i, n in enumerate(names)}
    )


def test_successors_are_those_of_the_address_that_overlap() -> None:
    before = flights(("a", "x", 0, 2), ("b", "x", 3, 5), ("same", "x", 6, 7), ("gone", "y", 0, 1))
    after = flights(("whole", "x", 0, 5), ("same", "x", 6, 7), ("else", "z", 0, 1))
    assert replaced_flights(before, after) == [
        {"old": "a", "new": ["whole"]},
        {"old": "b", "new": ["whole"]},
    ]


def test_what_was_replaced_before_is_followed_on() -> None:
    before = flights(("b", "x", 0, 5))
    after = flights(("c", "x", 0, 2), ("d", "x", 3, 5))
    earlier = [{"old": "a", "new": ["b"]}, {"old": "c", "new": ["b"]}]
    assert replaced_flights(before, after, earlier) == [
        {"old": "a", "new": ["c", "d"]},
        {"old": "b", "new": ["c", "d"]},
    ]


def test_a_back_filled_day_is_in_the_manifest(tmp_path: Path) -> None:
    rows = records("LFPG", "LGAV", DAY_S - 3_600.0)
    half = len(rows) // 2
    for name, part in (("late", rows[half:]), ("early", rows[:half])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.json").write_bytes(trace("154076", part))
    archive, out = tmp_path / "archive", tmp_path / "out"
    made = []
    for inputs in ([str(tmp_path / "late")], [str(tmp_path / n) for n in ("early", "late")]):
        finding.run_flights(inputs, archive, out)
        made.append(json.loads((out / "manifest.json").read_text())["replaced_flights"])
        ids = pq.read_table(out / "flights.parquet")["flight_id"].to_pylist()
        assert len(ids) == 1
        if not made[-1]:
            old = ids[0]
    assert made == [[], [{"old": old, "new": ids}]]
