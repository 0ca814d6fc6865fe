r"""Avro's container taken apart and put together again without compression, within bounds.

    "Obj\x01" · map of names → bytes (schema, codec) · 16 bytes sync · [count, size, block, sync]…

A library unpacks a block to whatever it holds; here each block is unpacked up to a limit first, so that
what the library then reads is as large as it looks. Layout: the Avro specification, "Object container files".
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from waystation.terms.errors import FormatError

__all__ = ["MAGIC", "Container", "open_container"]

MAGIC: Final = b"Obj\x01"
_ALLOWED: Final = 64 << 20  # bytes of a header: real ones have a few thousand


@dataclass(frozen=True)
class Container:
    """``data``: the same records, uncompressed; ``fault``: why it ends early, where it does."""

    data: bytes
    n_records: int
    fault: str | None = None


def open_container(data: bytes, max_bytes: int, max_rows: int) -> Container:
    """Return the container uncompressed. Raises ``FormatError`` for a broken header or what is too big.

    A broken or missing end gives up the whole blocks before it, with ``fault`` set.
    """
    header, at = _header(data)
    codec = header.get(b"avro.codec", b"null").decode("ascii", "replace")
    sync = data[at : at + 16]
    out = [MAGIC, _map({**header, b"avro.codec": b"null"}), sync]
    at, size, rows, fault = at + 16, 0, 0, None
    while at < len(data):
        try:
            count, block, at = _block(data, at, codec, sync, max_bytes - size)
        except FormatError as e:
            fault = f"at byte {at}: {e}"
            break
        size, rows = size + len(block), rows + count
        if rows > max_rows:
            raise FormatError(f"Avro of more than {max_rows} records; cut it in parts")
        out += [_varint(count), _varint(len(block)), block, sync]
    return Container(b"".join(out), rows, fault)


def _block(data: bytes, at: int, codec: str, sync: bytes, room: int) -> tuple[int, bytes, int]:
    """Return how many records a block holds, the block unpacked, and where the next begins."""
    count, start = _long(data, at)
    packed, start = _long(data, start)
    end = start + packed
    if packed < 0 or end + 16 > len(data):
        raise FormatError("the last block ends too early")
    if data[end : end + 16] != sync:
        raise FormatError("the mark after a block is not that of the header")
    block = _unpack(codec, data[start:end], room)
    if not 0 <= count <= len(block):  # a record with time and place has more than a byte
        raise FormatError(f"a block of {len(block)} bytes claims {count} records")
    return count, block, end + 16


def _header(data: bytes) -> tuple[dict[bytes, bytes], int]:
    header: dict[bytes, bytes] = {}
    at = len(MAGIC)
    while True:
        n, at = _long(data, at)
        if n == 0:
            break
        if n < 0:  # then the size of these entries in bytes follows
            n, (_, at) = -n, _long(data, at)
        if n > 1000:
            raise FormatError(f"an Avro header of {n} entries")
        for _ in range(n):
            key, at = _bytes(data, at)
            header[key], at = _bytes(data, at)
    if at + 16 > len(data):
        raise FormatError("an Avro header that ends too early")
    return header, at


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    n, at = _long(data, at)
    if not 0 <= n <= min(_ALLOWED, len(data) - at):
        raise FormatError("an Avro header that ends too early")
    return data[at : at + n], at + n


def _long(data: bytes, at: int) -> tuple[int, int]:
    """Read a zigzag variable-length number; at most ten bytes."""
    value = 0
    for i in range(10):
        if at + i >= len(data):
            raise FormatError("ends within a number")
        byte = data[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at + i + 1
    raise FormatError("a number of more than ten bytes")


def _varint(value: int) -> bytes:
    rest, out = value << 1, bytearray()  # all that we write is positive
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def _map(entries: dict[bytes, bytes]) -> bytes:
    body = b"".join(_varint(len(x)) + x for kv in entries.items() for x in kv)
    return _varint(len(entries)) + body + b"\x00"


def _unpack(codec: str, block: bytes, room: int) -> bytes:
    """Unpack one block to at most ``room`` bytes."""
    if codec == "null":
        return block
    try:
        if codec == "deflate":
            return _within(zlib.decompressobj(-15).decompress(block, room + 1), room)
        if codec == "snappy":  # four bytes of CRC stand after the stream; its length stands first, unsigned
            size = _size(block)
            _within(b"", room - size)
            return bytes(pa.Codec("snappy").decompress(block[:-4], size, asbytes=True))
        if codec == "zstandard":
            with pa.CompressedInputStream(pa.BufferReader(block), "zstd") as stream:
                return _within(stream.read(room + 1), room)
    except (zlib.error, pa.ArrowException, OSError) as e:
        raise FormatError(f"a block that does not unpack ({codec}): {e}") from e
    raise FormatError(f"Avro packed with {codec!r}; deflate, snappy and zstandard are read")


def _size(block: bytes) -> int:
    value = 0
    for i, byte in enumerate(block[:5]):
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value
    raise FormatError("a snappy block without a length")


def _within(out: bytes, room: int) -> bytes:
    if len(out) > room:
        raise FormatError("unpacks to more than the limit")
    return out
