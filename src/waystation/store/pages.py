"""Position files, page by page: what ``store.parquet`` has pyarrow write, in a third of the time.

The columns are packed already: whole numbers, and codes of sorted words. Each row group is one page a column
(and one of words), made by a kernel; pyarrow says the schema, by writing a file without rows.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from waystation import __version__
from waystation.store.page_kernels import Array, bits_page, delta_page, reals_page, room_of, words_page
from waystation.store.page_marks import (
    BYTES,
    DELTA,
    DICTIONARY,
    FLOAT,
    INT32,
    INT64,
    PLAIN,
    SPLIT,
    TRUTH,
    Chunk,
    data_header,
    footer_with,
    group_mark,
    words_header,
)
from waystation.terms.degrees import MICRO_DEGREES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

__all__ = ["pages_bytes"]

_MAGIC: Final = b"PAR1"
_TINY: Final = 128  # bytes: packing them costs more time than it saves room
_NO_BITS: Final = np.frombuffer(b"\0", np.uint8)[:0]
_SIGN: Final = 1 << 31
_LEAST, _GREATEST = 0x7FFFFF, 0xFF800000  # ranks of the infinite; beyond them is what is no number
_PLACES: Final = 1 << 16  # small numbers differ by less


@dataclass(frozen=True)
class _Column:
    """One column of the table: numbers or codes, which are there, and the words of the codes (PLAIN)."""

    name: str
    kind: int
    encoding: int
    values: Array
    first: int
    bits: Array
    bit: int
    words: tuple[bytes, ...] = ()
    codec: str = "none"
    measured: bool = False


class _Room:
    """What the kernels write into, used again for every page."""

    def __init__(self, rows: int, words: int) -> None:
        self.out: Array = np.empty(room_of(rows), np.uint8)
        self.spare: Array = np.empty(rows + 64, np.int64)
        self.places: Array = np.empty(max(words, _PLACES) + 1, np.int64)
        self.used: Array = np.empty(max(words, _PLACES) + 1, np.int64)
        self.codecs = {"zstd": pa.Codec("zstd", compression_level=1), "lz4": pa.Codec("lz4_raw")}


def pages_bytes(
    table: pa.Table,
    rows_of_group: int,
    empty: Callable[[], bytes],
    *,
    codecs: Mapping[str, str],
    measured: Collection[str],
) -> bytes | None:
    """Return packed positions as a Parquet file; None where pyarrow's footer is not as we know it.

    ``empty``: makes the file without rows; ``codecs``: none, lz4 or zstd for every column; ``measured``:
    columns whose least and greatest values are told.
    """
    columns = [_column(table[f.name], f, codecs[f.name], f.name in measured) for f in table.schema]
    room = _Room(min(rows_of_group, table.num_rows), max(len(c.words) for c in columns))
    out, at = [_MAGIC], len(_MAGIC)
    groups = []
    for number, first in enumerate(range(0, table.num_rows, rows_of_group)):
        n = min(rows_of_group, table.num_rows - first)
        chunks = []
        for column in columns:
            chunk, pieces = _written(column, first, n, at, room)
            chunks.append(chunk)
            out += pieces
            at += chunk.packed_size
        groups.append(group_mark(chunks, number))
    footer = _footer(empty(), groups, table.num_rows)
    return None if footer is None else b"".join([*out, footer, struct.pack("<I", len(footer)), _MAGIC])


def _footer(empty: bytes, groups: list[bytes], rows: int) -> bytes | None:
    length = struct.unpack("<I", empty[-8:-4])[0]
    by = f"parquet-cpp-arrow version {pa.__version__}".encode()
    return footer_with(
        empty[-8 - length : -8], groups, rows, by, f"waystation version {__version__}".encode()
    )


def _column(column: pa.ChunkedArray, field: pa.Field, codec: str, measured: bool) -> _Column:
    array = column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
    words: tuple[bytes, ...] = ()
    type_ = array.type
    kind, encoding = _KINDS.get(type_, (BYTES, DICTIONARY))
    if pa.types.is_dictionary(type_):
        words = tuple(_plain(w) for w in array.dictionary.to_pylist())
        array, type_ = array.indices, pa.int32()
    bits, data = array.buffers()
    values = np.frombuffer(data, np.uint8 if kind == TRUTH else _NUMBERS[type_])
    there = _NO_BITS if bits is None or array.null_count == 0 else np.frombuffer(bits, np.uint8)
    if kind == INT32 and encoding == DICTIONARY:
        values = values.astype(np.int32)
    values.flags.writeable = there.flags.writeable = False  # one kind of array: kernels are compiled once
    return _Column(
        field.name, kind, encoding, values, array.offset, there, array.offset, words, codec, measured
    )  # fmt: skip


_KINDS: Final = {
    pa.int32(): (INT32, DELTA),
    MICRO_DEGREES: (INT32, DELTA),
    pa.timestamp("ms", "UTC"): (INT64, DELTA),
    pa.int8(): (INT32, DICTIONARY),
    pa.int16(): (INT32, DICTIONARY),
    pa.float32(): (FLOAT, SPLIT),
    pa.bool_(): (TRUTH, PLAIN),
}
_NUMBERS: Final[dict[pa.DataType, Any]] = {
    pa.int32(): np.int32,
    MICRO_DEGREES: np.int32,
    pa.timestamp("ms", "UTC"): np.int64,
    pa.int8(): np.int8,
    pa.int16(): np.int16,
    pa.float32(): np.uint32,
}


def _plain(word: str) -> bytes:
    text = word.encode()
    return struct.pack("<I", len(text)) + text


def _written(c: _Column, first: int, n: int, at: int, room: _Room) -> tuple[Chunk, list[bytes]]:
    """Return one column of one row group, and the bytes of its pages with their headers."""
    begin, bit = c.first + first, c.bit + first
    told: tuple[bytes, bytes] | None = None
    words, n_words = b"", 0
    if c.encoding == DICTIONARY:
        size, nulls, n_words = words_page(
            c.values, begin, n, c.bits, bit, room.out, room.spare, room.places, room.used
        )
        used = room.used[:n_words]
        if c.kind == BYTES:
            own = [c.words[i] for i in used.tolist()]
            words, told = b"".join(own), (own[0][4:], own[-1][4:]) if own else None
        else:
            words = used.astype("<i4").tobytes()
    elif c.encoding == DELTA:
        size, nulls, low, high = delta_page(
            c.values, begin, n, c.bits, bit, room.out, room.spare, c.kind == INT32
        )
        form = "<i" if c.kind == INT32 else "<q"
        told = struct.pack(form, low), struct.pack(form, high)
    elif c.encoding == SPLIT:
        size, nulls, m, low, high = reals_page(c.values, begin, n, c.bits, bit, room.out, room.spare)
        told = _ranked_span(low, high) if _LEAST <= low <= high <= _GREATEST else _real_span(room.spare[:m])
    else:
        size, nulls, low, high = bits_page(c.values, begin, n, c.bits, bit, room.out)
        told = bytes([low]), bytes([high])
    codec = c.codec if size + len(words) > _TINY else "none"
    pack = room.codecs.get(codec)
    pieces, whole, words_at = [], 0, None
    if c.encoding == DICTIONARY:
        body = pack.compress(words, asbytes=True) if pack else words
        pieces += [words_header(len(words), len(body), n_words), body]
        whole, words_at = len(pieces[0]) + len(words), at
    page = pa.py_buffer(room.out[:size])
    body = pack.compress(page, asbytes=True) if pack else room.out[:size].tobytes()
    head = data_header(size, len(body), n, c.encoding)
    begins = at + sum(map(len, pieces))
    pieces += [head, body]
    least, greatest = told if told is not None and nulls < n else (None, None)
    chunk = Chunk(
        c.name, c.kind, c.encoding, codec, n, nulls, whole + len(head) + size, sum(map(len, pieces)),
        begins, words_at, c.measured, least, greatest,
    )  # fmt: skip
    return chunk, pieces


def _ranked_span(low: int, high: int) -> tuple[bytes, bytes]:
    """Least and greatest, from their ranks (``page_kernels``); signs of zeros as in ``_real_span``."""
    least, greatest = (k ^ (_SIGN if k & _SIGN else 0xFFFFFFFF) for k in (low, high))
    return struct.pack("<I", least or _SIGN), struct.pack("<I", 0 if greatest == _SIGN else greatest)


def _real_span(values: Array) -> tuple[bytes, bytes] | None:
    """Least and greatest; a zero at the edge has the sign that includes both zeros, as the format asks."""
    if not len(values):
        return None
    reals = values.astype(np.uint32).view(np.float32)
    low, high = float(reals.min()), float(reals.max())
    return struct.pack("<f", low or -0.0), struct.pack("<f", high or 0.0)
