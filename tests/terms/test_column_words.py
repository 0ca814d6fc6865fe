"""No public column without plain words, no number without its unit, no words for a column that is not there."""

from __future__ import annotations

import pyarrow as pa
import pytest

from waystation.terms.column_words import COMMON, column_words, table_words, words_of
from waystation.terms.column_words_counted import COUNTED_WORDS
from waystation.terms.column_words_seen import SEEN_WORDS
from waystation.terms.schema import TABLES

LONGEST = 160  # letters that a legend shows without becoming an essay
WORDLESS = (pa.types.is_string, pa.types.is_boolean, pa.types.is_list)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_of_a_table_is_explained_with_its_unit(table: str) -> None:
    assert table_words(table)[-1] == "."
    for field in TABLES[table]:
        said = words_of(table, field.name)
        assert 3 < len(said.text) <= LONGEST, field.name
        assert said.text[-1] not in ".;,", field.name
        assert said.text not in {field.name, field.name.replace("_", " ")}
        counted = not any(is_such(field.type) for is_such in WORDLESS)
        assert bool(said.unit) == counted, f"{field.name}: {said.unit or 'no unit'}"


def test_nothing_is_explained_that_is_not_there() -> None:
    said = SEEN_WORDS | COUNTED_WORDS
    assert set(said) == set(TABLES)
    for table, (_, own) in said.items():
        assert set(own) <= set(TABLES[table].names), table
    columns = {c for schema in TABLES.values() for c in schema.names}
    assert set(COMMON) <= columns


@pytest.mark.parametrize(
    ("table", "column", "unit"),
    [("positions", "ground_speed_kt", "kt"), ("flights", "longest_gap_s", "s"), ("changes", "date_utc", "time, UTC"),
     ("rates", "low", "flights a day"), ("exposures", "low", "days"), ("sources", "sha256", ""),
     ("coverage", "hour_utc", "hour, UTC"), ("archive_days", "day_utc", "day, UTC"), ("ends", "lat", "degrees north"),
     ("routes", "n_flights", "count"), ("stopovers", "payload_max_t", "t"), ("archive_days", "lag_h", "hours")],
)  # fmt: skip
def test_units_are_those_of_the_names(table: str, column: str, unit: str) -> None:
    assert words_of(table, column).unit == unit


def test_columns_of_a_result_are_explained_as_far_as_they_are_ours() -> None:
    told = column_words("gaps", ["gap_id", "simulated", "of_somebody_else"])
    assert [w.name for w in told] == ["gap_id", "simulated"]
    assert column_words("stopover_parts") == []
    assert table_words("stopover_parts") == ""
