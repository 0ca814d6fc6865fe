"""What stands around the pages of a Parquet file: their headers and the footer, in Thrift's compact form.

Field numbers and codes: parquet.thrift of apache/parquet-format, version 2.10.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

__all__ = [
    "BYTES",
    "DELTA",
    "DICTIONARY",
    "FLOAT",
    "INT32",
    "INT64",
    "PLAIN",
    "SPLIT",
    "TRUTH",
    "Chunk",
    "data_header",
    "footer_with",
    "group_mark",
    "words_header",
]  # fmt: skip

TRUTH, INT32, INT64, FLOAT, BYTES = 0, 1, 2, 4, 6  # types
PLAIN, _RLE, DELTA, DICTIONARY, SPLIT = 0, 3, 5, 8, 9  # encodings
CODECS: Final = {"none": 0, "zstd": 6, "lz4": 7}  # the last one is LZ4_RAW
_STOP: Final = b"\x00"
_I16, _I32, _I64, _BINARY, _LIST, _STRUCT = 4, 5, 6, 8, 9, 12
_SHORT_LIST: Final = 15
_REMEMBERED: Final = 1 << 13  # numbers whose bytes are kept: sizes of like pages are alike
_NO_ROWS: Final = b"\x16\x00\x19\x0c"  # of a footer: no rows, and an empty list of row groups


@dataclass(frozen=True)
class Chunk:
    """One column of one row group, as written. Offsets count from the beginning of the file.

    ``words_at``: where the dictionary is, if any; ``least``, ``greatest``: in bytes of the format.
    """

    name: str
    kind: int
    encoding: int
    codec: str
    rows: int
    nulls: int
    size: int
    packed_size: int
    at: int
    words_at: int | None = None
    measured: bool = False
    least: bytes | None = None
    greatest: bytes | None = None


@lru_cache(_REMEMBERED)
def _varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


@lru_cache(_REMEMBERED)
def _int(step: int, kind: int, value: int) -> bytes:
    """Write a field that stands ``step`` numbers after the one before."""
    return bytes([step << 4 | kind]) + _varint(value << 1 if value >= 0 else ~value << 1 | 1)


def _text(step: int, value: bytes) -> bytes:
    return bytes([step << 4 | _BINARY]) + _varint(len(value)) + value


def _struct(step: int, content: bytes) -> bytes:
    return bytes([step << 4 | _STRUCT]) + content + _STOP


def _items(kind: int, items: list[bytes]) -> bytes:
    n = len(items)
    head = bytes([n << 4 | kind]) if n < _SHORT_LIST else bytes([0xF0 | kind]) + _varint(n)
    return head + b"".join(items)


def _page(kind: int, size: int, packed_size: int) -> bytes:
    return _int(1, _I32, kind) + _int(1, _I32, size) + _int(1, _I32, packed_size)


def data_header(size: int, packed_size: int, rows: int, encoding: int) -> bytes:
    """Return the header of a page of values."""
    said = _int(1, _I32, rows) + _int(1, _I32, encoding) + _int(1, _I32, _RLE) + _int(1, _I32, _RLE)
    return _page(0, size, packed_size) + _struct(2, said) + _STOP


def words_header(size: int, packed_size: int, n: int) -> bytes:
    """Return the header of a page that holds a dictionary of ``n`` words."""
    return _page(2, size, packed_size) + _struct(4, _int(1, _I32, n) + _int(1, _I32, PLAIN)) + _STOP


@cache
def _chunk_start(name: str, kind: int, encoding: int, codec: int) -> bytes:
    encodings = [encoding, _RLE, *([PLAIN] if encoding == DICTIONARY else [])]
    return (
        _int(1, _I32, kind)
        + bytes([1 << 4 | _LIST])
        + _items(_I32, [_varint(e << 1) for e in encodings])
        + bytes([1 << 4 | _LIST])
        + _items(_BINARY, [_varint(len(name)) + name.encode()])
        + _int(1, _I32, codec)
    )


def _chunk(c: Chunk) -> bytes:
    out = (
        _chunk_start(c.name, c.kind, c.encoding, CODECS[c.codec])
        + _int(1, _I64, c.rows)
        + _int(1, _I64, c.size)
        + _int(1, _I64, c.packed_size)
        + _int(2, _I64, c.at)
    )
    step = 3
    if c.words_at is not None:
        out, step = out + _int(2, _I64, c.words_at), 1
    if c.measured:
        out += _struct(step, _int(3, _I64, c.nulls) + _span(c))
    return _int(2, _I64, 0) + _struct(1, out) + _STOP


def _span(c: Chunk) -> bytes:
    if c.least is None or c.greatest is None:
        return b""
    return _text(2, c.greatest) + _text(1, c.least) + b"\x11\x11"  # both are the values themselves, not cut


def group_mark(chunks: list[Chunk], number: int) -> bytes:
    """Return what the footer says of one row group."""
    first = chunks[0].at if chunks[0].words_at is None else chunks[0].words_at
    return (
        bytes([1 << 4 | _LIST])
        + _items(_STRUCT, [_chunk(c) for c in chunks])
        + _int(1, _I64, sum(c.size for c in chunks))
        + _int(1, _I64, chunks[0].rows)
        + _int(2, _I64, first)
        + _int(1, _I64, sum(c.packed_size for c in chunks))
        + _int(1, _I16, number)
        + _STOP
    )


def footer_with(empty: bytes, groups: list[bytes], rows: int, said_by: bytes, ours: bytes) -> bytes | None:
    """Return the footer of a file without rows, filled; None where it is not as we know it.

    ``said_by``: who wrote the empty file, replaced by ``ours``.
    """
    old = _varint(len(said_by)) + said_by
    if empty.count(_NO_ROWS) != 1 or empty.count(old) != 1:
        return None
    filled = _int(1, _I64, rows) + bytes([1 << 4 | _LIST]) + _items(_STRUCT, groups)
    return empty.replace(old, _varint(len(ours)) + ours).replace(_NO_ROWS, filled)
