"""What every table and column says, in plain words and with its unit. Said once, here and in its two lists.

The workbench shows these words as a legend, ``waystation show TABLE --explain`` prints them. A test
holds that no public column lacks its words and no number its unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from waystation.terms.column_words_counted import COUNTED_WORDS
from waystation.terms.column_words_seen import SEEN_WORDS
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ColumnWords", "column_words", "table_words", "words_of"]

SHARE: Final = "0 to 1"
COUNT: Final = "count"

# Columns that say the same in every table where they stand.
COMMON: Final[dict[str, str]] = {
    "icao24": "24-bit address that was heard, in hexadecimal; addresses are reassigned, shared and faked",
    "registration": "the tail number that the address stood for then",
    "type": "ICAO code of the aircraft type (IL76, A124)",
    "operator": "who flew it, where a source says so",
    "flight_id": "the flight; made from its data, so the same input gives the same id",
    "itinerary_id": "the itinerary (a journey from one home or long stay to the next) it belongs to",
    "source_id": "the file that it was read from: the first digits of its SHA-256",
    "record": "number of the record in that file, counted from 0",
    "origin": "ident of the airfield where it began; empty where nobody can say",
    "destination": "ident of the airfield where it ended; empty where nobody can say",
    "airfield": "ident of the airfield (table of OurAirports)",
    "via": "ident of the airfield in between",
    "network": "the network of receivers that the file came from",
    "first_utc": "time of the first of them",
    "last_utc": "time of the last of them",
    "from_utc": "when it begins",
    "to_utc": "when it ends",
    "arrived_utc": "landing; where the wheels were not seen, the earliest it can have been",
    "left_utc": "takeoff; where the wheels were not seen, the latest it can have been",
    "simulated": "true: made from a scenario, not recorded, and evidence of nothing",
}

_BY_NAME: Final[dict[str, str]] = {
    "lat": "degrees north",
    "lon": "degrees east",
    "from_lat": "degrees north",
    "to_lat": "degrees north",
    "from_lon": "degrees east",
    "to_lon": "degrees east",
    "bytes": "bytes",
    "hours": "hours",
    "days": "days",
    "date": "day, UTC",
    "record": "number",
    "rank": "1 is the first",
    "probability": SHARE,
    "share": SHARE,
}
_BY_END: Final[tuple[tuple[str, str], ...]] = (
    ("day_utc", "day, UTC"),
    ("week_utc", "day, UTC"),
    ("hour_utc", "hour, UTC"),
    ("_utc", "time, UTC"),
    ("_ft", "ft"),
    ("_kt", "kt"),
    ("_deg", "degrees"),
    ("_fpm", "ft/min"),
    ("_km", "km"),
    ("_days", "days"),
    ("_probability", SHARE),
    ("_share", SHARE),
    ("_t", "t"),
    ("_h", "hours"),
    ("_s", "s"),
)


@dataclass(frozen=True)
class ColumnWords:
    """One column: what it says, and in which unit; an empty unit is that of a text or of yes and no."""

    name: str
    text: str
    unit: str


def words_of(table: str, column: str) -> ColumnWords:
    """Return the words of one column. Raises ``KeyError`` for one that no table has."""
    said = _own(table).get(column)
    text, unit = said if isinstance(said, tuple) else (said or COMMON[column], "")
    return ColumnWords(column, text, unit or _unit(table, column))


def column_words(table: str, columns: Iterable[str] | None = None) -> list[ColumnWords]:
    """Return the words of a table's columns, in order; of the schema's, or of those named that have some."""
    if table not in TABLES:
        return []
    named = TABLES[table].names if columns is None else columns
    return [words_of(table, c) for c in named if c in _own(table) or c in COMMON]


def table_words(table: str) -> str:
    """Return what a row of a table is; nothing for a table that is none of ours."""
    entry = (SEEN_WORDS | COUNTED_WORDS).get(table)
    return entry[0] if entry else ""


def _own(table: str) -> dict[str, str | tuple[str, str]]:
    return (SEEN_WORDS | COUNTED_WORDS)[table][1]


def _unit(table: str, column: str) -> str:
    schema = TABLES[table]
    kind = schema.field(column).type if column in schema.names else pa.bool_()
    if pa.types.is_string(kind) or pa.types.is_boolean(kind) or pa.types.is_list(kind):
        return ""
    if column in _BY_NAME:
        return _BY_NAME[column]
    if column.startswith("n_"):
        return COUNT
    return next((unit for end, unit in _BY_END if column.endswith(end)), "")
