"""Types of columns, by short names: a schema is read as a list."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

__all__ = ["DAY", "F32", "F64", "I8", "I16", "I32", "I64", "LIST", "TIME", "B", "S", "table"]

TIME: Final = pa.timestamp("ms", tz="UTC")
S, I32, I64, F32, F64, B = pa.string(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.bool_()
I16, I8, DAY, LIST = pa.int16(), pa.int8(), pa.date32(), pa.list_(pa.string())


def table(**columns: pa.DataType) -> pa.Schema:
    """Return a schema of these columns, in order."""
    return pa.schema(list(columns.items()))
