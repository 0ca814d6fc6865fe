"""Streams under a tar: several files as one, and gzip that gives what it holds before it breaks."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, Final

from isal import igzip_lib

if TYPE_CHECKING:
    from waystation.store.places import Place

__all__ = ["joined", "unpacked"]

_PIECE: Final = 1 << 18


def joined(paths: tuple[Place, ...]) -> io.BufferedReader:
    """Return the files, one after the other, as one stream that can be peeked into."""
    return io.BufferedReader(_Joined(paths), 1 << 20)  # type: ignore[arg-type] # a raw stream of our own


def unpacked(packed: BinaryIO) -> io.BufferedReader:
    """Return the content of a gzip stream, unpacked as it is read."""
    return io.BufferedReader(_Gunzip(packed), 1 << 20)  # type: ignore[arg-type] # a raw stream of our own


class _Joined(io.RawIOBase):
    """Several files, read as one."""

    def __init__(self, paths: tuple[Place, ...]) -> None:
        self._left = list(paths)
        self._now: io.BufferedReader | None = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill ``buffer`` from the present file, or the next."""
        while self._now is not None or self._left:
            if self._now is None:
                self._now = self._left.pop(0).open("rb")
            n = self._now.readinto(buffer)
            if n:
                return n
            self._now.close()
            self._now = None
        return 0

    def close(self) -> None:
        """Close the file at hand."""
        if self._now is not None:
            self._now.close()
            self._now = None
        super().close()


class _Gunzip(io.RawIOBase):
    """Unpacks as it is read, in bounded memory. A broken or cut stream ends early, and the tar says so."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._decoder = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        self._ended = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill ``buffer`` with the next unpacked bytes; 0 at the end."""
        while not self._ended:
            piece = self._packed.read(_PIECE) if self._decoder.needs_input else b""
            if not piece and self._decoder.needs_input:
                break
            try:
                out = self._decoder.decompress(piece, len(buffer))
            except (igzip_lib.IsalError, EOFError, ValueError):  # type: ignore[misc] # its stub errs
                break
            if self._decoder.eof:  # members after the first are not what tars are packed as
                self._ended = True
            if out:
                buffer[: len(out)] = out
                return len(out)
        self._ended = True
        return 0
