"""Tables as CSV that people open in spreadsheets.

Callsigns come from strangers: text that a spreadsheet would take for a formula gets an apostrophe in front.
Times are ISO 8601 with a ``Z``, lists are joined by blanks, what is null is empty.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from waystation.terms.schema import TIME

if TYPE_CHECKING:
    from typing import BinaryIO

    from numpy.typing import NDArray

__all__ = ["CsvWriter", "csv_bytes"]

_SIGNS: Final = np.frombuffer(b"=+-@\t\r", dtype=np.uint8)
_FORMULA: Final = r"^([=+\-@\t\r])"  # what spreadsheets evaluate, and the blanks that they skip before it
_ISO: Final = b"0000-00-00T00:00:00.000Z"
_DAY_MS: Final = 86_400_000
_EPOCH_YEAR: Final = 1970  # of NumPy's dates
_LAST_YEAR: Final = 9999
_ROWS: Final = 65_536  # that are laid out as texts at a time


class CsvWriter:
    """A CSV file in the making, to which rows are added."""

    def __init__(self, sink: BinaryIO, schema: pa.Schema) -> None:
        options = pa_csv.WriteOptions(quoting_style="needed")
        self._writer: Any = pa_csv.CSVWriter(sink, _flat(schema.empty_table()).schema, write_options=options)

    def add(self, rows: pa.Table) -> None:
        """Write more rows."""
        for at in range(0, rows.num_rows, _ROWS):
            self._writer.write_table(_flat(rows.slice(at, _ROWS)))

    def close(self) -> None:
        """Write what is left."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None


def csv_bytes(table: pa.Table) -> bytes:
    """Return the table as CSV in UTF-8."""
    sink = io.BytesIO()
    writer = CsvWriter(sink, table.schema)
    writer.add(table)
    writer.close()
    return sink.getvalue()


def _flat(table: pa.Table) -> pa.Table:
    """Return the table with numbers and texts alone."""
    return pa.table({f.name: _plain(table[f.name]) for f in table.schema})


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
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
    """Return times as ISO 8601; in digits of our own, as formatting takes fifty times as long."""
    if column.type == TIME:
        chunks = [_written_out(c) for c in column.chunks]
        if None not in chunks:
            return pa.chunked_array(chunks, pa.string())
    return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")  # %S prints the milliseconds too


def _written_out(times: pa.TimestampArray) -> pa.StringArray | None:
    """Return the times of a chunk as texts; None where years have not four digits."""
    ms = times.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    day, ms = np.divmod(ms, _DAY_MS)
    days = day.astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    year = month.astype("datetime64[Y]")
    y = year.astype(np.int64) + _EPOCH_YEAR
    if len(y) and not (y.min() >= 0 and y.max() <= _LAST_YEAR):
        return None
    out = np.empty((len(y), len(_ISO)), dtype=np.uint8)
    out[:] = np.frombuffer(_ISO, dtype=np.uint8)
    parts = (
        (0, 4, y),
        (5, 2, (month - year).astype(np.int64) + 1),
        (8, 2, (days - month.astype("datetime64[D]")).astype(np.int64) + 1),
        (11, 2, ms // 3_600_000),
        (14, 2, ms // 60_000 % 60),
        (17, 2, ms // 1000 % 60),
        (20, 3, ms % 1000),
    )
    for at, width, number in parts:
        rest = number.astype(np.int16)
        for place in range(at + width - 1, at - 1, -1):
            out[:, place] += (rest % 10).astype(np.uint8)
            rest //= 10
    begins = np.arange(len(y) + 1, dtype=np.int64) * len(_ISO)
    if begins[-1] > np.iinfo(np.int32).max:
        return None
    known = None
    if times.null_count:
        valid = pc.is_valid(times).to_numpy(zero_copy_only=False)
        known = pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.StringArray.from_buffers(
        len(y), pa.py_buffer(begins.astype(np.int32)), pa.py_buffer(out), known
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
