"""Texts compared where Arrow holds them: whether rows are in order, and where a text gives way to another."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from waystation.tracks.compiled import Array, kernel

__all__ = ["changes", "starts_in_order"]


def starts_in_order(
    icao24: pa.ChunkedArray, time: pa.ChunkedArray, source: pa.ChunkedArray, record: pa.ChunkedArray
) -> Array | None:
    """Return the first row of each address if rows are in the order of all four and no two are alike.

    None where they are not, and where that cannot be told: with absent values.
    """
    name, origin = _bytes(icao24), _bytes(source)
    if name is None or origin is None or time.null_count or record.null_count:
        return None
    instant = time.cast(pa.int64()).to_numpy()
    starts = np.empty(len(instant), dtype=np.int64)
    n = _in_order(*name, instant, *origin, record.to_numpy(), starts)
    return starts[:n] if n >= 0 else None


def changes(column: pa.ChunkedArray) -> Array | None:
    """Return the rows whose text is not that of the row before, row 0 among them; None as above."""
    held = _bytes(column)
    if held is None:
        return None
    rows = np.empty(len(column), dtype=np.int64)
    return rows[: _changes(*held, rows)]


def _bytes(column: pa.ChunkedArray) -> tuple[Array, Array] | None:
    """Return offsets (n + 1) and bytes of a column of text without absent values."""
    if column.null_count or not pa.types.is_string(column.type):
        return None
    text = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if not isinstance(text, pa.Array):
        return None
    _, offsets, held = text.buffers()
    if offsets is None or held is None:
        return None
    at = np.frombuffer(offsets, dtype=np.int32)[text.offset : text.offset + len(text) + 1]
    return at, np.frombuffer(held, dtype=np.uint8)


@kernel
def _compared(at: Array, held: Array, i: int) -> int:
    """Whether the text of row i comes after that of the row before (1), before it (-1) or is the same (0)."""
    p, q = at[i - 1], at[i]
    m, n = q - p, at[i + 1] - q
    for k in range(min(m, n)):
        if held[p + k] != held[q + k]:
            return 1 if held[q + k] > held[p + k] else -1
    return 0 if m == n else (1 if n > m else -1)


@kernel
def _in_order(
    name_at: Array, name: Array, time: Array, source_at: Array, source: Array, record: Array, starts: Array
) -> int:
    """Write the first row of each address; return how many, or -1 where rows are not in order or alike."""
    n = 0
    for i in range(len(time)):
        order = _compared(name_at, name, i) if i else 1
        if order > 0:
            starts[n] = i
            n += 1
            continue
        if order == 0:
            order = int(time[i] > time[i - 1]) - int(time[i] < time[i - 1])
        if order == 0:
            order = _compared(source_at, source, i)
        if order == 0:
            order = 1 if record[i] > record[i - 1] else -1
        if order < 0:
            return -1
    return n


@kernel
def _changes(at: Array, held: Array, rows: Array) -> int:
    n = 0
    for i in range(len(at) - 1):
        if i == 0 or _compared(at, held, i) != 0:
            rows[n] = i
            n += 1
    return n
