"""How tables are written to Parquet: small, deterministic, and readable as degrees by every tool.

Latitude and longitude are DECIMAL(9, 6) over 32-bit integers, that is whole micro-degrees: lossless for
receivers' software, and the deltas of sorted positions pack to about two bytes.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from waystation.terms.degrees import MICRO_DEGREES, to_degrees, to_micro_degrees
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = [
    "MICRO_DEGREES",
    "ROW_GROUP",
    "TableWriter",
    "positions_bytes",
    "table_bytes",
    "to_degrees",
    "to_micro_degrees",
]

ROW_GROUP: Final = 16_384  # rows: what is decoded to get at one aircraft in one file (docs/decisions/0125)
_TABLE_GROUP: Final = 262_144  # of other tables, which are read whole
_DELTA: Final = (
    "time_utc",
    "lat",
    "lon",
    "altitude_ft",
    "geometric_altitude_ft",
    "vertical_rate_fpm",
    "record",
)
_SPLIT: Final = ("ground_speed_kt", "track_angle_deg")  # bytes of floats by place: 1 byte a position less
_DICTIONARY: Final = ("icao24", "callsign", "squawk", "heard_by", "source_id", "nic", "nac_p", "flags")
# deltas of times and places pack no further; zstd pays for bytes of floats and for rates alone, on the rest
# it takes three to twenty times as long as lz4 (each call sets up its tables) for a fiftieth of the file
_CODECS: Final = (
    dict.fromkeys(TABLES["positions"].names, "lz4")
    | dict.fromkeys((*_SPLIT, "vertical_rate_fpm"), "zstd")
    | dict.fromkeys(("time_utc", "lat", "lon"), "none")
)
# least and greatest value of each row group; of texts only where a search begins, since finding them is dear
_MEASURED: Final = ("icao24", *_DELTA, *_SPLIT, "on_ground")
_FEW_WORDS: Final = 64  # so many may as well be written in every row group
_TOGETHER: Final = 8_192  # rows that the writer takes at a time: a sixth faster than with its 1,024


_MANY: Final = 16_384  # positions: for fewer the kernels of ``store.pages`` are not worth loading
_WORDS: Final = pa.dictionary(pa.int32(), pa.string())
_PACKED_TYPES: Final = [
    MICRO_DEGREES if f.name in {"lat", "lon"} else _WORDS if f.type == pa.string() else f.type
    for f in TABLES["positions"]
]


def positions_bytes(positions: pa.Table) -> bytes:
    """Return sorted positions, as ``terms.schema`` has them or packed (``ingest.packed``), as a Parquet file.

    Texts that come as dictionaries are written as such without looking at each row, and read back as texts.
    """
    table = positions
    for name in ("lat", "lon"):
        if table.schema.field(name).type != MICRO_DEGREES:
            at = table.schema.get_field_index(name)
            table = table.set_column(at, pa.field(name, MICRO_DEGREES), to_micro_degrees(table[name]))
    if table.num_rows >= _MANY and table.schema.types == _PACKED_TYPES:
        from waystation.store.pages import pages_bytes

        made = pages_bytes(
            table, ROW_GROUP, lambda: _by_pyarrow(table.slice(0, 0)), codecs=_CODECS, measured=_MEASURED
        )
        if made is not None:
            return made
    return _by_pyarrow(table)


def _by_pyarrow(table: pa.Table) -> bytes:
    """Write positions whose places are micro-degrees: few of them, and what our own pages do not know."""
    sink = io.BytesIO()
    writer: Any = pq.ParquetWriter(
        sink,
        table.schema,
        compression=_CODECS,
        compression_level={c: 1 for c, codec in _CODECS.items() if codec == "zstd"},
        version="2.6",
        write_batch_size=_TOGETHER,
        write_statistics=list(_MEASURED),
        use_dictionary=list(_DICTIONARY),
        column_encoding=dict.fromkeys(_DELTA, "DELTA_BINARY_PACKED")
        | dict.fromkeys(_SPLIT, "BYTE_STREAM_SPLIT"),
        store_decimal_as_integer=True,
        store_schema=False,
    )
    coded = {f.name: _Coded(table[f.name]) for f in table.schema if pa.types.is_dictionary(f.type)}
    with writer:
        for first in range(0, table.num_rows, ROW_GROUP):
            rows = table.slice(first, ROW_GROUP)
            columns = [coded[n].own(first, ROW_GROUP) if n in coded else rows[n] for n in table.column_names]
            writer.write_table(pa.table(columns, schema=table.schema), row_group_size=ROW_GROUP)
        writer.add_key_value_metadata({"ARROW:schema": _SCHEMA})
    return sink.getvalue()


class _Coded:
    """A dictionary column, cut into pieces whose dictionaries hold only their own words.

    Each row group is written with a dictionary of its own: with that of the whole table in all of them, files
    of small row groups grow by a twentieth.
    """

    def __init__(self, column: pa.ChunkedArray) -> None:
        whole = column.combine_chunks()
        self.words = whole.dictionary
        self.nulls = whole.null_count > 0
        indices = whole.indices.fill_null(-1) if self.nulls else whole.indices
        self.codes = indices.to_numpy(zero_copy_only=False)

    def own(self, first: int, n: int) -> pa.DictionaryArray:
        """Return ``n`` rows from ``first`` on."""
        codes = self.codes[first : first + n]
        if len(self.words) <= _FEW_WORDS:
            used, indices = None, codes
        else:
            used = np.flatnonzero(np.bincount(codes + 1, minlength=len(self.words) + 1)[1:])
            place = np.zeros(len(self.words) + 1, dtype=np.int32)
            place[used + 1] = np.arange(len(used), dtype=np.int32)
            indices = place[codes + 1]
        coded = pa.array(indices, mask=codes < 0) if self.nulls else pa.array(indices)
        words = self.words if used is None else self.words.take(pa.array(used))
        return pa.DictionaryArray.from_arrays(coded, words)


def _told(name: str) -> pa.DataType:
    return MICRO_DEGREES if name in {"lat", "lon"} else TABLES["positions"].field(name).type


# what the file says its columns are; the writer's own note would say that texts are dictionaries
_SCHEMA: Final = base64.b64encode(
    pa.schema([(name, _told(name)) for name in TABLES["positions"].names]).serialize().to_pybytes()
).decode()


class TableWriter:
    """A Parquet file of any other table in the making; its bytes depend on all rows, not on how they come."""

    def __init__(self, sink: BinaryIO, schema: pa.Schema) -> None:
        options: Any = {"compression": "zstd", "compression_level": 3, "version": "2.6"}
        self._writer = pq.ParquetWriter(sink, schema, **options)
        self._waiting = schema.empty_table()
        self._written = False

    def add(self, rows: pa.Table) -> None:
        """Write more rows; the last few wait for others of their group."""
        self._waiting = pa.concat_tables([self._waiting, rows])
        while self._waiting.num_rows >= _TABLE_GROUP:
            self._group(_TABLE_GROUP)

    def close(self) -> None:
        """Write what waits, and the end."""
        if self._writer.is_open:
            if self._waiting.num_rows or not self._written:
                self._group(self._waiting.num_rows)
            self._writer.close()

    def _group(self, n: int) -> None:
        self._writer.write_table(self._waiting.slice(0, n).combine_chunks(), row_group_size=_TABLE_GROUP)
        self._waiting, self._written = self._waiting.slice(n), True


def table_bytes(table: pa.Table) -> bytes:
    """Return any other table as a Parquet file."""
    sink = io.BytesIO()
    writer = TableWriter(sink, table.schema)
    writer.add(table)
    writer.close()
    return sink.getvalue()


assert {*_DELTA, *_SPLIT, *_DICTIONARY, "on_ground"} == set(TABLES["positions"].names)
