"""The language of claims: what it reads, what it refuses, what it answers."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from waystation.terms.claim_query import KEYS, Condition, QueryError, answer, parse, quoted, when
from waystation.terms.schema import TABLES as SCHEMAS
from waystation.terms.schema import conform

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


PATTERNS = {
    "changes": pa.table(
        {
            "subject": ["OSLK", "OSLK", "HL59"],
            "kind": ["share"] * 3,
            "date_utc": pa.array(
                [datetime(2024, 12, 9, 12, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC), None],
                pa.timestamp("ms", tz="UTC"),
            ),
            "after": [0.1, 0.7, 0.6],
        }
    ),
    "exposures": pa.table({"subject": ["a", "b"], "exposure_days": [6.0, None]}),
    "trends": pa.table({"subject": ["a"], "probability_rising": [0.97]}),
    "observations": pa.table({"date": pa.array([date(2024, 12, 8)])}),
    "rates": pa.table(
        {
            "subject": ["a", "b", "c"],
            "low": [0.8, 0.0, None],
            "high": [1.6, 0.2, None],
            "level": [0.9, 0.9, None],
        }
    ),
    "triples": pa.table(
        {"triple_id": ["1", "2", "3"], "via": ["X", "Y", "X"], "probability": [0.9, 0.6, None]}
    ),
    "itineraries": pa.table(
        {
            "itinerary_id": ["p", "q", "r", "s"],
            "airfields": [["M", "A", "G"], ["M", "B", "C", "G"], ["G", "A", "M"], None],
            "probability": [1.0, 0.5, 0.5, 1.0],
        }
    ),
}

PATTERNS = {n: conform(n, t) for n, t in PATTERNS.items()}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('the after of changes where subject = "HL59"', 0.6),
        ('the date_utc of changes where subject = "OSLK" and date_utc < 2025-01-01', 20066.5),
        ("the date_utc of changes where after = 0.7", 20120.0),
        ('the exposure_days / 24 of exposures where subject = "a"', 0.25),
        ("the date of observations", 20065.0),
        ("the date of observations where date >= 2024-12-08T00:00:00Z", 20065.0),
        ('share via = "X" of triples', 1.9 / 2.5),
        ('share via in ("Y") of triples where via != "X"', 1.0),
        ('share "M" then "A" in airfields of itineraries where "M" then "G" in airfields', 1.0 / 1.5),
        ('count of itineraries where "M" then ("A", "B") then "G" in airfields', 2.0),
        ('count of itineraries where "G" then "M" in airfields', 1.0),
        ('count of itineraries where "Z" in airfields', 0.0),
    ],
)
def test_cells_shares_and_steps(text, value):
    assert answer(text, PATTERNS).value == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        'the after of changes where subject = "OSLK"',  # two rows
        "the after of changes where after > 5",  # none
        'the date_utc of changes where subject = "HL59"',  # null
        'the exposure_days / 24 of exposures where subject = "b"',
        'share via = "X" of triples where via = "Z"',
        'chance above 1 of rates where subject = "c"',
    ],
)
def test_what_has_no_number_is_no_number(text):
    got = answer(text, PATTERNS)
    assert math.isnan(got.value)
    assert got.probability is None


def test_a_probability_is_known_by_its_name():
    got = answer("the probability_rising of trends", PATTERNS)
    assert (got.value, got.probability) == (0.97, 0.97)
    assert answer('the after of changes where subject = "HL59"', PATTERNS).probability is None


def test_the_chance_of_more_than_one_a_day_comes_from_the_interval():
    got = answer('chance above 1 of rates where subject = "a"', PATTERNS)
    assert got.value == got.probability
    assert got.value == pytest.approx(0.72, abs=0.03)
    assert answer('chance above 0.8 of rates where subject = "a"', PATTERNS).value == pytest.approx(0.95)
    assert answer('chance above 1.6 of rates where subject = "a"', PATTERNS).value == pytest.approx(0.05)
    assert answer('chance above 0.2 of rates where subject = "b"', PATTERNS).value == pytest.approx(0.05)


def test_a_value_of_the_wrong_kind_is_refused_by_name():
    with pytest.raises(QueryError, match="after"):
        answer('count of changes where after = "much"', PATTERNS)


@pytest.mark.parametrize(
    "text",
    [
        "the of changes",
        "the after / 0 of changes",
        "share of x",
        '"a" of x',
        'count of x where "a" then in b',
    ],
)
def test_broken_cells_and_steps_are_refused(text):
    with pytest.raises(QueryError):
        parse(text)


def test_every_key_is_a_column_of_its_table():
    for name, columns in KEYS.items():
        assert set(columns) <= set(SCHEMAS[name].names), name
