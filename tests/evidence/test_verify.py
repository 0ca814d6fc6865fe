"""What no longer agrees is found; what agrees is not."""

from __future__ import annotations

import pyarrow as pa
import pytest
from briefed_for_tests import AIRFIELDS, CASE, tables

from waystation import briefing
from waystation.evidence import compare_files, compare_rows, recount
from waystation.terms.schema import TABLES


@pytest.fixture(scope="module")
def made():
    t = tables()
    return t, briefing.build(t, CASE, None, AIRFIELDS, {}).claims


def changed(claims, **columns):
    """The first claim with other values."""
    rows = claims.to_pylist()
    rows[0] |= columns
    return pa.Table.from_pylist(rows, schema=TABLES["claims"])


def test_an_untouched_result_has_no_difference(made):
    assert recount(made[1], made[0]) == []
    assert made[1].num_rows >= 8


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"value": 5.0}, "number by its query"),
        ({"row_ids": []}, "rows"),
        ({"row_ids": ["0" * 16]}, "number by its rows"),
        ({"query": "count of flights"}, "number by its query"),
        ({"query": "count of nothing"}, "query"),
        ({"query": "drop table flights"}, "query"),
        ({"probability": 0.5}, "probability"),
    ],
)
def test_any_part_of_a_claim_that_is_off_is_told(made, columns, what):
    found = recount(changed(made[1], **columns), made[0])
    assert what in [d.what for d in found]
    assert {d.where for d in found} == {made[1].to_pylist()[0]["claim_id"]}


def test_a_flight_that_vanishes_from_the_table_is_noticed(made):
    t, claims = made
    fewer = t | {"flights": t["flights"].slice(1)}
    assert recount(claims, fewer)


def test_a_changed_probability_is_noticed(made):
    t, claims = made
    rows = t["flights"].to_pylist()
    rows[0]["destination_probability"] = 0.2
    off = recount(claims, t | {"flights": pa.Table.from_pylist(rows, schema=TABLES["flights"])})
    assert any("probability" in d.what or "number" in d.what for d in off)


def test_files_are_compared_by_hash_and_the_missing_named():
    recorded = {"a.json": "11", "b.json": "22", "c.json": "33"}
    found = compare_files(recorded, {"a.json": "11", "b.json": "23", "c.json": None})
    assert [(d.where, d.found) for d in found] == [
        ("b.json", "23"),
        ("c.json", "nothing: it is missing or unreadable"),
    ]
    assert "b.json: SHA-256: expected 22, found 23" in str(found[0])


def test_row_counts_are_compared(made):
    assert compare_rows({"flights": 7}, made[0]) == []
    assert [str(d) for d in compare_rows({"flights": 8, "nose": 1}, made[0])] == [
        "flights: rows: expected 8, found 7",
        "nose: rows: expected 1, found no such table",
    ]
