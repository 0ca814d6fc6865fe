"""Values put into some rows of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["put", "put_values"]


def put(
    table: pa.Table, name: str, rows: NDArray[np.int64], values: Sequence[Any] | NDArray[Any] | pa.Array
) -> pa.Table:
    """Return the table with ``values`` in ``rows`` of one column."""
    if not len(rows):
        return table
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), put_values(table.column(at), rows, values))


def put_values(
    column: pa.ChunkedArray, rows: NDArray[np.int64], values: Sequence[Any] | NDArray[Any] | pa.Array
) -> pa.Array:
    """Return a column with ``values`` in ``rows``, which are distinct and in any order."""
    mask = np.zeros(len(column), dtype=np.bool_)
    mask[rows] = True
    plain = values if isinstance(values, pa.Array) else pa.array(values, column.type)
    given = plain.take(pa.array(np.argsort(rows, kind="stable")))
    return pc.replace_with_mask(column.combine_chunks(), pa.array(mask), given)
