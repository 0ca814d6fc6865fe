"""The two tables of a ranking: ``stopovers`` as every run has it, and the parts behind each of its rows."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from waystation.terms.schema import TABLES

__all__ = ["PARTS", "tables_of"]

_S, _F, _I = pa.string(), pa.float64(), pa.int64()
_KEY: Final = [
    ("origin", _S),
    ("stopover", _S),
    ("destination", _S),
    ("type", _S),
    ("payload_t", _F),
    ("scenario", _S),
]

# Same rows, same order as ``stopovers``. Distances are ways as flown; factor_* multiply to the score.
PARTS: Final = pa.schema(
    [
        *_KEY,
        ("rank", _I),
        ("variant", _S),
        ("name", _S),
        ("country", _S),
        ("first_leg_km", _F),
        ("second_leg_km", _F),
        ("direct_km", _F),
        ("first_headwind_kt", _F),
        ("second_headwind_kt", _F),
        ("first_leg", _S),
        ("second_leg", _S),
        ("first_leg_probability", _F),
        ("second_leg_probability", _F),
        ("payload_low_t", _F),
        ("payload_high_t", _F),
        ("runway_reason", _S),
        ("access_reason", _S),
        ("factor_reach", _F),
        ("factor_detour", _F),
        ("factor_access", _F),
        ("factor_runway", _F),
        ("factor_handling", _F),
        ("factor_use", _F),
        ("reason", _S),
    ]
)


def tables_of(rows: list[dict[str, Any]]) -> tuple[pa.Table, pa.Table]:
    """Return (stopovers, parts) of rows that hold the columns of both; what a row lacks is null."""
    return _table(rows, TABLES["stopovers"]), _table(rows, PARTS)


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    # nan is "cannot be"; a table says null
    columns = [pa.array([_plain(row.get(field.name)) for row in rows], type=field.type) for field in schema]
    return pa.table(columns, schema=schema)


def _plain(value: Any) -> Any:  # noqa: ANN401 - cells of several types
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - not a number
