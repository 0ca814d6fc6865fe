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

__all__ = ["csv_bytes", "marked", "read_table", "read_tables", "write_tables"]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
_FORMULA: Final = r"^([=+\-@\t\r])"  # what spreadsheets evaluate, and the blanks that they skip before it


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
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")  # %S prints the milliseconds too
    if pa.types.is_list(kind):
        column = pc.binary_join(column.cast(pa.list_(pa.string())), " ")
        kind = pa.string()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pc.replace_substring_regex(column.cast(pa.string()), _FORMULA, r"'\1")
    return column
