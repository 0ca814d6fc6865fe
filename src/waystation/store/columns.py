"""Numbers as ``store.blocks`` holds them → the columns of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from waystation.store.row_kernels import renumber
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from waystation.store.blocks import Words

    Array = NDArray[Any]

__all__ = ["table_of"]

_PLACES: Final = ("lat", "lon")


def table_of(
    names: Sequence[str], words: Mapping[str, Words], instant: Array, values: Array, there: Array
) -> pa.Table:
    """Return ``time_utc`` and the columns ``names``: texts as dictionaries, degrees as whole micro-degrees.

    ``instant`` (n); ``values`` (c, n): numbers, bits of floats or numbers of ``words``; ``there`` (c + 1, n):
    whether a row has a value, of the times last.
    """
    schema, n = TABLES["positions"], len(instant)
    columns = {}
    for k, name in enumerate(names):
        bits, kind = _bits(there[k]), schema.field(name).type
        if name in words:
            columns[name] = _coded(words[name], values[k], there[k], bits)
            continue
        if name in _PLACES:
            kind = pa.int32()
        data = np.packbits(values[k] != 0, bitorder="little") if pa.types.is_boolean(kind) else values[k]
        if kind in (pa.int8(), pa.int16()):
            data = data.astype(kind.to_pandas_dtype())
        columns[name] = pa.Array.from_buffers(kind, n, [bits, pa.py_buffer(data)])
    at = schema.field("time_utc").type
    columns["time_utc"] = pa.Array.from_buffers(at, n, [_bits(there[-1]), pa.py_buffer(instant)])
    return pa.table(columns)


def _bits(there: Array) -> pa.Buffer | None:
    return None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))


def _coded(words: Words, codes: Array, there: Array, bits: pa.Buffer | None) -> pa.DictionaryArray:
    """Return texts as a dictionary of those that are among them. ``codes`` are numbered anew."""
    place = np.full(len(words.told), -1, dtype=np.int32)
    used = np.empty(len(words.told), dtype=np.int64)
    n = renumber(codes, there, place, used)
    assert n >= 0
    held = pa.Array.from_buffers(pa.int32(), len(codes), [bits, pa.py_buffer(codes)])
    return pa.DictionaryArray.from_arrays(
        held, pa.array([words.told[k] for k in used[:n].tolist()], pa.string())
    )
