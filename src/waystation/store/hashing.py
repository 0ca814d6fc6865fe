"""SHA-256 of bytes and files, the source id made of it, and a checksum for bytes that are read again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from isal import isal_zlib

if TYPE_CHECKING:
    from waystation.store.places import Place

__all__ = ["checksum", "file_sha256", "sha256", "source_id"]

ID_LENGTH: Final = 16  # hex digits: among 10^8 files a clash has p < 0.0003


def sha256(data: bytes | memoryview) -> str:
    """Return the SHA-256 as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def checksum(data: bytes | memoryview) -> int:
    """Return the CRC-32: whether bytes that were hashed once are still the same, at no cost (0164)."""
    return isal_zlib.crc32(data)


def file_sha256(path: Place) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def source_id(digest: str) -> str:
    """Return the id of a source from the SHA-256 of its bytes as found (still packed, if packed)."""
    return digest[:ID_LENGTH]
