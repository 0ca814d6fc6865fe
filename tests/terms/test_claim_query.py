"""The language of claims: what it reads, what it refuses, what it answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from waystation.terms.claim_query import Condition, QueryError, answer, parse, quoted, when

FLIGHTS = pa.table(
    {
        "flight_id": ["a", "b", "c", "d"],
        "icao24": ["1", "1", "2", "3"],
        "origin": ["LFPG", "LFPG", None, 'x" or "y'],
        "destination": ["EGLL", "EGKK", "EGLL", None],
        "origin_probability": [0.9, 0.9, None, 1.0],
        "destination_probability": [1.0, 1.0, 1.0, None],
        "n_positions": [10, 20, 30, 40],
        "interference": [False, True, False, False],
        "first_seen_utc": pa.array(
            [datetime(2024, 12, d, tzinfo=UTC) for d in (1, 2, 3, 4)], pa.timestamp("ms", tz="UTC")
        ),
    }
)
TABLES = {"flights": FLIGHTS, "ends": pa.table({"flight_id": ["a"], "end": ["origin"], "airfield": ["LFPG"]})}


def ask(text):
    got = answer(text, TABLES)
    return got.value, "".join(got.row_ids)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count of flights", (4.0, "abcd")),
        ('count of flights where origin = "LFPG"', (2.0, "ab")),
        ('count of flights where origin = "LFPG" and destination in ("EGLL", "LFBO")', (1.0, "a")),
        ('count of flights where origin != "LFPG"', (1.0, "d")),
        ("count of flights where origin is null", (1.0, "c")),
        ("count of flights where destination is not null", (3.0, "abc")),
        ("count / 8 of flights where interference = false", (0.375, "acd")),
        ("count of flights where first_seen_utc >= 2024-12-02T00:00:00Z and first_seen_utc < 2024-12-04T00:00:00Z", (2.0, "bc")),
        ("count of flights where n_positions > 19 and n_positions <= 30", (2.0, "bc")),
        ("distinct icao24 of flights", (3.0, "abcd")),
        ('sum n_positions of flights where origin = "LFPG"', (30.0, "ab")),
        ("max n_positions of flights", (40.0, "abcd")),
        ('sum n_positions of flights where origin = "none"', (0.0, "")),
    ],
)  # fmt: skip
def test_answers(text, expected):
    assert ask(text) == expected


def test_at_least_uses_both_ends_and_takes_a_missing_probability_as_certain():
    got = answer('at least 0.8 of flights where origin = "LFPG"', TABLES)
    assert (got.value, got.probability) == (2.0, pytest.approx(0.81))
    got = answer('at least 0.95 of flights where origin = "LFPG"', TABLES)
    assert (got.value, got.probability) == (1.0, pytest.approx(0.99))
    assert answer("at least 0.95 of flights where n_positions = 40", TABLES).value == 1.0


def test_rows_of_ends_are_named_by_flight_and_end():
    assert answer("count of ends", TABLES).row_ids == ("a/origin",)


def test_a_hostile_value_stays_a_value():
    hostile = 'x" or "y'
    assert ask(f"count of flights where origin = {quoted(hostile)}") == (1.0, "d")


def test_quoting_and_times_round_trip():
    text = 'a "b" \\ c'
    assert parse(f"count of flights where origin = {quoted(text)}").conditions == (
        Condition("origin", "=", (text,)),
    )
    t = datetime(2024, 12, 8, 1, 2, 3, tzinfo=UTC)
    assert parse(f"count of flights where first_seen_utc = {when(t)}").conditions[0].values == (t,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "starts with"),
        ("average of flights", "starts with"),
        ("count / 0 of flights", "above 0"),
        ("count flights", "'of' expected"),
        ("count of", "a table"),
        ("count of flights where", "cannot read the condition"),
        ("count of flights and origin is null", "'where' expected"),
        ('count of flights where origin = "a" or origin = "b"', "'and' expected"),
        ('count of flights where origin ~ "a"', "cannot read"),
        ("count of flights where origin in (", "cannot read the condition"),
    ],
)
def test_what_is_not_a_query_is_refused_with_its_place(text, why):
    with pytest.raises(QueryError, match=why):
        parse(text)


def test_unknown_tables_and_columns_are_named():
    with pytest.raises(QueryError, match="no table 'x'"):
        answer("count of x", TABLES)
    with pytest.raises(QueryError, match="no column 'nose'"):
        answer("count of flights where nose is null", TABLES)
