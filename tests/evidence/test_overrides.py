"""An analyst's decision acts where it says, shows where it acts, and leaves the evidence alone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from waystation.evidence.overrides import apply_overrides
from waystation.terms.case_view import Override
from waystation.terms.schema import TABLES

IDS = ("aaaa000000000001", "aaab000000000002", "bbbb000000000003")


def tables() -> dict[str, pa.Table]:
    when = datetime(2024, 12, 8, tzinfo=UTC)
    flights = [
        {"flight_id": i, "icao24": "154076", "first_seen_utc": when, "origin": "LFPG", "origin_ending": "seen",
         "origin_probability": 0.99, "destination_ending": "unknown"}
        for i in IDS
    ]  # fmt: skip
    ends = [
        {"flight_id": i, "end": end, "airfield": "LFPG" if end == "origin" else None,
         "ending": "seen" if end == "origin" else "unknown", "reason": f"{end} of {i}"}
        for i in IDS for end in ("origin", "destination")
    ]  # fmt: skip
    candidates = [
        {"flight_id": i, "end": "destination", "rank": 1, "airfield": "EGLL", "probability": 0.6} for i in IDS
    ]
    stays = [{"stay_id": "s", "from_flight": IDS[0], "to_flight": IDS[1]}]
    made = {
        "flights": flights,
        "ends": ends,
        "candidates": candidates,
        "stays": stays,
        "gaps": [{"flight_id": i} for i in IDS],
    }
    return {name: pa.Table.from_pylist(rows, schema=TABLES[name]) for name, rows in made.items()}


def decision(
    flight: str, end: str | None = None, airfield: str | None = None, *, exclude: bool = False
) -> Override:
    return Override(flight, "A. Analyst", date(2025, 1, 3), "an image", end, airfield, exclude)


def test_a_named_end_replaces_what_the_tracks_said_and_says_so() -> None:
    before = tables()
    done = apply_overrides(before, [decision("aaaa", "destination", "HL59")])
    flight = done.tables["flights"].to_pylist()[0]
    assert (flight["destination"], flight["destination_ending"], flight["destination_probability"]) == (
        "HL59",
        "inferred",
        None,
    )
    assert (flight["origin"], flight["origin_ending"]) == ("LFPG", "seen")
    end = done.tables["ends"].to_pylist()[1]
    assert end["airfield"] == "HL59"
    assert "A. Analyst on 2025-01-03" in end["reason"]
    assert f"no airfield, unknown: destination of {IDS[0]}" in end["reason"]
    assert done.tables["flights"].slice(1).equals(before["flights"].slice(1))
    assert done.tables["candidates"].equals(before["candidates"])
    assert done.acts[0] == {
        "flight": IDS[0], "end": "destination", "airfield": "HL59", "exclude": False, "by": "A. Analyst",
        "date": "2025-01-03", "reason": "an image", "acted": True,
        "overruled": f"no airfield, unknown: destination of {IDS[0]}",
    }  # fmt: skip


def test_an_excluded_flight_leaves_every_table_and_the_stays_it_made() -> None:
    done = apply_overrides(tables(), [decision(IDS[1], exclude=True)])
    for name in ("flights", "ends", "candidates", "gaps"):
        assert set(done.tables[name]["flight_id"].to_pylist()) == {IDS[0], IDS[2]}
    assert done.tables["stays"].num_rows == 0
    assert done.acts[0]["acted"]
    assert "154076 on 2024-12-08" in done.acts[0]["overruled"]


@pytest.mark.parametrize("prefix", ["cccc", "aaa"])
def test_a_decision_on_no_one_flight_does_not_act_and_is_told(prefix: str) -> None:
    before = tables()
    done = apply_overrides(before, [decision(prefix, exclude=True)])
    assert not done.acts[0]["acted"]
    assert all(done.tables[name].equals(before[name]) for name in before)


def test_of_two_decisions_on_one_end_the_later_acts() -> None:
    done = apply_overrides(
        tables(), [decision("bbbb", "destination", "HL59"), decision("bbbb", "destination", "HLLM")]
    )
    assert done.tables["flights"]["destination"].to_pylist()[2] == "HLLM"
    assert [a["acted"] for a in done.acts] == [False, True]


def test_an_excluded_flight_needs_no_name() -> None:
    done = apply_overrides(
        tables(), [decision("bbbb", "destination", "HL59"), decision("bbbb", exclude=True)]
    )
    assert [a["acted"] for a in done.acts] == [False, True]
    assert done.tables["flights"].num_rows == 2


def test_no_decision_changes_nothing() -> None:
    before = tables()
    assert apply_overrides(before, []).tables == before
