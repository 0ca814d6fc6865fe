"""The tables of a run: each ``<name>.parquet`` and ``<name>.csv``, whole or not there.

CSV is opened in spreadsheets, and callsigns come from strangers: text that a spreadsheet would take for a
formula gets an apostrophe in front. Parquet has the text as it was said.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from waystation.store.atomic import sync_folder, write_atomic
from waystation.store.parquet import table_bytes
from waystation.terms.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["csv_bytes", "marked", "read_table", "read_tables", "write_tables"]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
_SIGNS: Final = np.frombuffer(b"=+-@\t\r", dtype=np.uint8)
_FORMULA: Final = r"^([=+\-@\t\r])"  # what spreadsheets evaluate, and the blanks that they skip before it
_BLANK: Final = len("2025-06-15")  # where a time has its blank


def write_tables(out_dir: Path, tables: Mapping[str, pa.Table], *, simulated: bool = False) -> list[Path]:
    """Write every table as Parquet and CSV; each file appears whole. Returns the paths, in order.

    Parquet bytes depend on the table alone. Times in CSV are ISO 8601 with a ``Z``. ``simulated``: every
    row says so in a last column.
    """
    paths = []
    for name, made in tables.items():
        if not _NAME.match(name):
            raise ValueError(f"a table cannot be called {name!r}")
        table = marked(made) if simulated else made
        for suffix, data in ((".parquet", table_bytes(table)), (".csv", csv_bytes(table))):
            path = out_dir / f"{name}{suffix}"
            write_atomic(path, data)
            paths.append(path)
    if paths:
        sync_folder(out_dir)
    return paths


def marked(table: pa.Table) -> pa.Table:
    """Return the table with a last column ``simulated`` that is true in every row, if it has none yet."""
    if "simulated" in table.column_names:
        return table
    return table.append_column("simulated", pa.array(np.ones(table.num_rows, dtype=np.bool_)))


def read_tables(out_dir: Path) -> dict[str, pa.Table]:
    """Return every table of a folder by its name."""
    if not out_dir.is_dir():
        raise ArchiveError(f"there is no folder {out_dir}; make it: waystation run CASE.toml --out {out_dir}")
    return {p.stem: pq.read_table(p, partitioning=None) for p in sorted(out_dir.glob("*.parquet"))}


def read_table(out_dir: Path, name: str) -> pa.Table:
    """Return one table of a folder. Raises ``ArchiveError`` that lists what is there."""
    path = out_dir / f"{name}.parquet"
    if not path.exists():
        found = sorted(p.stem for p in out_dir.glob("*.parquet")) if out_dir.is_dir() else []
        raise ArchiveError(f"{out_dir} has no table {name}; it has: {', '.join(found) or 'none'}")
    return pq.read_table(path, partitioning=None)


def csv_bytes(table: pa.Table) -> bytes:
    """Return the table as CSV in UTF-8: empty for null, lists joined by blanks, formulas disarmed."""
    flat = pa.table({f.name: _flat(table[f.name]) for f in table.schema})
    sink = io.BytesIO()
    pa_csv.write_csv(flat, sink, pa_csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind):
        return _instants(column)
    if pa.types.is_list(kind):
        column = pc.binary_join(column.cast(pa.list_(pa.string())), " ")
        kind = pa.string()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = column.cast(pa.string())
        if any(_begins_with_formula(c) for c in column.chunks):  # hardly ever: a look at each costs less
            return pc.replace_substring_regex(column, _FORMULA, r"'\1")
    return column


def _instants(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return times as ISO 8601. A cast is four times as fast as formatting, and leaves a blank for the T."""
    if column.type.tz == "UTC":
        chunks = [_with_t(c) for c in column.cast(pa.string()).chunks]
        if None not in chunks:
            return pa.chunked_array(chunks, pa.string())
    return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")  # %S prints the milliseconds too


def _with_t(texts: pa.StringArray) -> pa.StringArray | None:
    """Put a T where the blank is; None where years have not four digits, so that it is elsewhere."""
    at, held = _buffers(texts)
    known = np.flatnonzero(np.diff(at)) if len(texts) else np.zeros(0, dtype=np.int64)
    blanks = at[known] + _BLANK
    if not len(known):
        return texts
    if (np.diff(at)[known] <= _BLANK).any() or not (held[blanks] == ord(" ")).all():
        return None
    held = held.copy()
    held[blanks] = ord("T")
    mask, offsets, _ = texts.buffers()
    return pa.StringArray.from_buffers(
        len(texts), offsets, pa.py_buffer(held), mask, texts.null_count, texts.offset
    )


def _begins_with_formula(texts: pa.StringArray) -> bool:
    at, held = _buffers(texts)
    return bool(np.isin(held[at[:-1][np.diff(at) > 0]], _SIGNS).any())


def _buffers(texts: pa.StringArray) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return where each text begins (and the last ends), and the bytes of all."""
    _, offsets, held = texts.buffers()
    if not len(texts) or held is None:
        return np.zeros(len(texts) + 1, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    at = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return at, np.frombuffer(held, dtype=np.uint8)
