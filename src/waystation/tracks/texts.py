"""Texts compared where Arrow holds them: whether rows are in order, and where a text gives way to another."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from waystation.tracks.compiled import Array, inner, kernel

__all__ = ["changes", "starts_in_order"]


def starts_in_order(
    icao24: pa.ChunkedArray, time: pa.ChunkedArray, source: pa.ChunkedArray, record: pa.ChunkedArray
) -> Array | None:
    """Return the first row of each address if rows are in the order of all four and no two are alike.

    None where they are not, and where that cannot be told: with absent values.
    """
    if time.null_count or record.null_count:
        return None
    instant, number = time.cast(pa.int64()).to_numpy(), record.to_numpy()
    starts = np.empty(len(instant), dtype=np.int64)
    ranks = _ranks(icao24), _ranks(source)
    if ranks[0] is not None and ranks[1] is not None:
        n = _ranks_in_order(ranks[0], instant, ranks[1], number, starts)
        return starts[:n] if n >= 0 else None
    name, origin = _bytes(icao24), _bytes(source)
    if name is None or origin is None:
        return None
    n = _in_order(*name, instant, *origin, number, starts)
    return starts[:n] if n >= 0 else None


def changes(column: pa.ChunkedArray) -> Array | None:
    """Return the rows whose text is not that of the row before, row 0 among them; None as above."""
    ranks = _ranks(column)
    if ranks is not None:
        return np.flatnonzero(np.diff(ranks, prepend=-1))
    held = _bytes(column)
    if held is None:
        return None
    rows = np.empty(len(column), dtype=np.int64)
    return rows[: _changes(*held, rows)]


def _ranks(column: pa.ChunkedArray) -> Array | None:
    """Return numbers that order as the texts of a dictionary do; None for other columns and absent values."""
    if column.null_count or not pa.types.is_dictionary(column.type):
        return None
    coded = column.combine_chunks()
    words = np.asarray(coded.dictionary.to_pylist(), dtype=object)
    rank = np.empty(len(words), dtype=np.int32)
    rank[np.argsort(words, kind="stable")] = np.arange(len(words), dtype=np.int32)
    return np.asarray(rank[coded.indices.to_numpy(zero_copy_only=False)])


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


@inner
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
def _ranks_in_order(name: Array, time: Array, source: Array, record: Array, starts: Array) -> int:
    """Do as ``_in_order`` does, over numbers."""
    n = 0
    for i in range(len(time)):
        if i and name[i] == name[i - 1]:
            if time[i] > time[i - 1]:
                continue
            if time[i] < time[i - 1] or source[i] < source[i - 1]:
                return -1
            if source[i] == source[i - 1] and record[i] <= record[i - 1]:
                return -1
        elif i and name[i] < name[i - 1]:
            return -1
        else:
            starts[n] = i
            n += 1
    return n


@kernel
def _changes(at: Array, held: Array, rows: Array) -> int:
    n = 0
    for i in range(len(at) - 1):
        if i == 0 or _compared(at, held, i) != 0:
            rows[n] = i
            n += 1
    return n
