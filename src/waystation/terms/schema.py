"""The schema of every table. Stages meet here, not by import.

Times are UTC timestamps in milliseconds. Degrees are float64 in memory; the archive stores them as
DECIMAL(9, 6), that is whole micro-degrees, which is what receivers' software writes (store/archive.py).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from waystation.terms.schema_counted import COUNTED
from waystation.terms.schema_kinds import TIME
from waystation.terms.schema_seen import SEEN

__all__ = ["TABLES", "TIME", "conform", "empty"]

TABLES: Final[dict[str, pa.Schema]] = SEEN | COUNTED


def empty(name: str) -> pa.Table:
    """Return table ``name`` with no rows."""
    return TABLES[name].empty_table()


def conform(name: str, table: pa.Table) -> pa.Table:
    """Return ``table`` with exactly the columns of ``name``, in order and type; absent columns become null.

    Raises ``ValueError`` for a column that the table does not have: a typing slip must not lose evidence.
    """
    schema = TABLES[name]
    strange = set(table.column_names) - set(schema.names)
    if strange:
        raise ValueError(f"table {name} has no column {sorted(strange)}; its columns: {schema.names}")
    columns = [
        table.column(f.name).cast(f.type)
        if f.name in table.column_names
        else pa.nulls(table.num_rows, f.type)
        for f in schema
    ]
    return pa.table(columns, schema=schema)
