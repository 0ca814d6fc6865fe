"""Unpack gzip by its content, within bounds.

The name says nothing: globe_history serves gzip under ``.json``. A file that ends too early gives up what
it holds; one that breaks its own checksum gives nothing, since a flipped bit may look like a good digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Final

from isal import igzip_lib

__all__ = ["InflateRules", "Inflated", "inflate"]

_MAGIC: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 18


@dataclass(frozen=True)
class InflateRules:
    """How much one source may unpack to."""

    max_bytes: int = 1 << 30  # 1 GiB: fifty times the largest real trace or sample; memory has to hold it
    max_ratio: float = 200.0  # real traces pack 6 to 15 times, constant columns 60; a bomb 1000
    ratio_from_bytes: int = 64 << 20  # below this even a bomb is harmless, and small files may pack well


@dataclass(frozen=True)
class Inflated:
    """``fault``: None, ``truncated`` (data is the good part), ``corrupt-gzip`` or ``too-big`` (no data)."""

    data: bytes
    fault: str | None = None
    detail: str = ""


def inflate(stream: BinaryIO, rules: InflateRules = InflateRules()) -> Inflated:
    """Return the content of ``stream`` unpacked, or as it is where it is not gzip."""
    head = stream.read(_CHUNK)
    if not head.startswith(_MAGIC):
        return _plain(stream, head, rules)
    out: list[bytes] = []
    size_in, size_out, rest = 0, 0, head
    decoder = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    while True:
        size_in += len(rest)
        try:
            piece = decoder.decompress(rest, _CHUNK * 16)
        except (igzip_lib.IsalError, EOFError, ValueError) as e:  # type: ignore[misc] # its stub errs
            return Inflated(b"", "corrupt-gzip", f"after {size_out} bytes: {e}")
        out.append(piece)
        size_out += len(piece)
        if size_out > rules.max_bytes:
            return Inflated(b"", "too-big", f"unpacks to more than {rules.max_bytes} bytes")
        if size_out > rules.ratio_from_bytes and size_out > rules.max_ratio * size_in:
            return Inflated(
                b"", "too-big", f"{size_in} bytes unpack to more than {size_out}: looks like a bomb"
            )
        if decoder.eof:
            following = decoder.unused_data + stream.read(_CHUNK)
            if not following.startswith(_MAGIC):  # the end, or padding after it
                return Inflated(b"".join(out))
            size_in -= len(decoder.unused_data)
            decoder = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            rest = following
            continue
        rest = stream.read(_CHUNK) if decoder.needs_input else b""
        if not rest and decoder.needs_input:
            return Inflated(
                b"".join(out), "truncated", f"the gzip stream ends after {size_out} unpacked bytes"
            )


def _plain(stream: BinaryIO, head: bytes, rules: InflateRules) -> Inflated:
    data = head + stream.read(rules.max_bytes + 1 - len(head))
    if len(data) > rules.max_bytes:
        return Inflated(b"", "too-big", f"more than {rules.max_bytes} bytes")
    return Inflated(data)
