"""Parquet with named columns: OpenSky's state vectors (SI units), waypoints by flight, anybody's export.

Only the columns that we know are read; times may be timestamps of any unit or numbers. A Parquet of raw
Mode S frames (``rawmsg`` and a time) goes to ``frames``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from waystation.ingest.frame_files import has_frames, read_frame_columns
from waystation.ingest.names import resolve
from waystation.ingest.pieces import RULES, PieceRules, read_pieces
from waystation.terms.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from waystation.ingest.parsed import Note, Parsed

__all__ = ["is_parquet", "iter_parquet", "open_parquet", "read_parquet"]

_MAGIC: Final = b"PAR1"


def is_parquet(data: bytes) -> bool:
    """Whether the bytes begin as Parquet does."""
    return data.startswith(_MAGIC)


def open_parquet(data: bytes, rules: PieceRules = RULES) -> pq.ParquetFile:
    """Return the open file. Raises ``FormatError`` where it is broken or larger than ``rules`` allow."""
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
    except (pa.ArrowException, OSError, ValueError) as e:
        raise FormatError(f"broken Parquet: {e}") from e
    meta = file.metadata
    if meta.num_rows > rules.max_rows:
        raise FormatError(f"Parquet of {meta.num_rows} rows; at most {rules.max_rows}: cut it in parts")
    size = sum(max(0, meta.row_group(i).total_byte_size) for i in range(meta.num_row_groups))
    if size > rules.max_bytes:
        raise FormatError(f"Parquet of {size} bytes unpacked; at most {rules.max_bytes}: cut it in parts")
    return file


def read_parquet(
    data: bytes,
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of a Parquet table; ``record`` is the row, from 0."""
    file = open_parquet(data)
    names = [f.name for f in file.schema_arrow]
    if has_frames(names):
        return _frames(file, names, source_id=source_id, now_ms=now_ms, mapping=mapping, notes=notes)
    found = resolve(names, mapping)
    if not found.has_place():
        raise FormatError(f"Parquet, but no columns for time, latitude and longitude among {names}")
    wanted = sorted(set(found.columns.values()), key=names.index)
    return read_pieces(
        "parquet",
        iter_parquet(file, wanted),
        source_id=source_id,
        now_ms=now_ms,
        mapping=mapping,
        notes=notes,
    )


def _frames(file: pq.ParquetFile, names: list[str], **common: Any) -> Parsed:  # noqa: ANN401 - of every reader
    """All at once: pairs of frames may lie on both sides of any cut."""
    pieces = list(iter_parquet(file, [k for k in names if has_frames([k]) or "time" in k]))
    whole = {k: [x for p in pieces for x in p[k]] for k in (pieces[0] if pieces else {})}
    if not whole:
        raise FormatError(f"Parquet without a row; its columns are {names}")
    return read_frame_columns(whole, **common)


def iter_parquet(
    file: pq.ParquetFile, names: Sequence[str], rules: PieceRules = RULES
) -> Iterator[dict[str, Sequence[Any]]]:
    """Yield pieces: name → cells (numbers as arrays, the rest as lists)."""
    try:
        for batch in file.iter_batches(rules.rows_a_piece, columns=list(names), use_threads=False):
            batch.validate(full=True)
            yield {k: _cells(batch.column(k)) for k in names if k in batch.schema.names}
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as e:
        raise FormatError(f"broken Parquet: {e}") from e


def _cells(column: pa.Array) -> Sequence[Any]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_timestamp(kind):
        exact = column.cast(pa.timestamp("ms", kind.tz), safe=False)
        return _floats(exact.cast(pa.int64()))
    if pa.types.is_decimal(kind):
        return _floats(column.cast(pa.float64(), safe=False))
    if pa.types.is_floating(kind):
        return _floats(pc.cast(column, pa.float64(), safe=False))
    return cast("list[Any]", column.to_pylist())  # integers too: an address of digits keeps them


def _floats(column: pa.Array) -> Sequence[Any]:
    # an array is a sequence in all that is asked of it here
    return cast("Sequence[Any]", column.to_numpy(zero_copy_only=False).astype(np.float64))
