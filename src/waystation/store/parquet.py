"""How tables are written to Parquet: small, deterministic, and readable as degrees by every tool.

Latitude and longitude are DECIMAL(9, 6) over 32-bit integers, that is whole micro-degrees: lossless for
receivers' software, and the deltas of sorted positions pack to about two bytes.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MICRO_DEGREES", "ROW_GROUP", "positions_bytes", "table_bytes", "to_degrees", "to_micro_degrees"]

MICRO_DEGREES: Final = pa.decimal32(9, 6)
ROW_GROUP: Final = 262_144  # rows: one aircraft is found by the statistics without reading much beside it
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


def to_micro_degrees(degrees: pa.ChunkedArray) -> pa.Array:
    """Return float64 degrees as decimals; rounds to the micro-degree (0.11 m)."""
    micro = np.rint(degrees.to_numpy() * 1e6).astype(np.int32)
    return pa.Array.from_buffers(MICRO_DEGREES, len(micro), [None, pa.py_buffer(micro.tobytes())])


def to_degrees(decimals: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return decimals as float64: the double nearest to the written number."""
    chunks = []
    for chunk in decimals.chunks:
        micro = np.frombuffer(chunk.buffers()[1], dtype=np.int32)[chunk.offset : chunk.offset + len(chunk)]
        chunks.append(pa.array(micro / 1e6))
    return pa.chunked_array(chunks, pa.float64())


def positions_bytes(positions: pa.Table) -> bytes:
    """Return sorted positions as a Parquet file."""
    table = positions
    for name in ("lat", "lon"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, pa.field(name, MICRO_DEGREES), to_micro_degrees(table[name]))
    return _written(
        table,
        use_dictionary=list(_DICTIONARY),
        column_encoding=dict.fromkeys(_DELTA, "DELTA_BINARY_PACKED")
        | dict.fromkeys(_SPLIT, "BYTE_STREAM_SPLIT"),
        store_decimal_as_integer=True,
        row_group_size=ROW_GROUP,
        compression_level=3,
    )


def table_bytes(table: pa.Table) -> bytes:
    """Return any other table as a Parquet file."""
    return _written(table, row_group_size=ROW_GROUP, compression_level=3)


def _written(table: pa.Table, **options: Any) -> bytes:  # noqa: ANN401 - options of pyarrow's writer
    sink = io.BytesIO()
    write: Callable[..., None] = pq.write_table
    write(table, sink, compression="zstd", version="2.6", **options)
    return sink.getvalue()


assert {*_DELTA, *_SPLIT, *_DICTIONARY, "on_ground"} == set(TABLES["positions"].names)
