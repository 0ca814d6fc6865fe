"""Kinds of reasons in words: alike reasons meet, and an unknown form stays."""

from __future__ import annotations

import pyarrow as pa

from waystation.briefing.page_parts import abstentions, mask_counts
from waystation.briefing.rows_behind import RowLists
from waystation.terms.schema import TABLES

LOW = "Low near an airfield, but not clearly on its way from it or to it"


def ends(*reasons: str) -> pa.Table:
    rows = [
        {"flight_id": f"f{i}", "end": "origin", "airfield": None, "reason": r} for i, r in enumerate(reasons)
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["ends"])


def test_alike_reasons_are_one_line_in_words() -> None:
    tables = {
        "ends": ends(
            "453 ft above KS36, 1.8 km from its runway: not clear enough (54%); the likeliest has 0.09, a name needs 0.80",
            "2,415 ft above 8CL6, 8.0 km from its runway: not clear enough (32%); the likeliest has 0.15, a name needs 0.80",
            "something nobody thought of at 7 ft",
        )
    }
    found = abstentions(tables, RowLists(frozenset()))
    assert [(r["n"], r["text"]) for r in found] == [
        (2, f"{LOW}; the likeliest airfield is not likely enough for a name"),
        (1, "Something nobody thought of at … ft"),
    ]


def test_positions_not_used_say_what_is_wrong_with_them() -> None:
    reasons = [
        "out of reach: 31 km in 4 s = 15,000 kt from the last used position",
        "out of reach: 9 km in 2 s = 9,000 kt from the next used position",
        "the transponder reports NIC 0, usually 8 or more; last good 1.5 2.5 at 2025-01-01T00:00:00Z",
    ]
    masks = [
        {"icao24": "aaaaaa", "mask": m, "reason": r, "record": i}
        for i, (m, r) in enumerate(zip(("teleport", "teleport", "jam"), reasons, strict=True))
    ]
    found = mask_counts({"masks": pa.Table.from_pylist(masks, schema=TABLES["masks"])})
    assert [(m["mask"], m["n"]) for m in found] == [("teleport", "2"), ("jam", "1")]
    assert found[0]["reason"] == "Further from the positions before and after than an aircraft can fly"
    assert found[1]["reason"] == "The aircraft itself reports that its position is not to be trusted"
