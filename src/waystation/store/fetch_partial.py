"""A file on its way: bytes so far, and of which version of the file they are.

RAW/.partial/<id>.part    the bytes        RAW/.partial/<id>.json    address, ETag, date, length

What says of which version the bytes are is written before the first of them, so that a kill at any moment
leaves bytes of a known version or none.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from waystation.store.atomic import write_atomic
from waystation.store.hashing import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["PARTIAL", "Partial", "clean_partials", "place"]

PARTIAL: Final = ".partial"  # hidden: ingest does not look into it


class Partial:
    """The partial file of one address."""

    def __init__(self, raw: Path, url: str) -> None:
        stem = sha256(url.encode())[:24]
        self.url = url
        self.path = raw / PARTIAL / f"{stem}.part"
        self._about = raw / PARTIAL / f"{stem}.json"
        self.about = self._read()

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def total(self) -> int | None:
        """Bytes in all, where the server said so."""
        total = self.about.get("total")
        return total if isinstance(total, int) else None

    @property
    def complete(self) -> bool:
        """Whether all is there already: a run was killed between the last byte and the check."""
        return self.total is not None and self.size == self.total

    def range_headers(self) -> dict[str, str]:
        """Ask for the rest, if the file is still the same; nothing where that cannot be told."""
        mark = self.about.get("etag") or self.about.get("modified")
        if not self.size or not mark:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": mark}

    def fits(self, headers: Mapping[str, str]) -> bool:
        """Whether a 206 goes on where these bytes end, in the same version of the file."""
        start, _, total = headers.get("content-range", "").removeprefix("bytes ").partition("/")
        etag = strong(headers.get("etag"))
        return (
            start.partition("-")[0] == str(self.size)
            and (self.total is None or total in {"*", str(self.total)})
            and (etag is None or self.about.get("etag") in {None, etag})
        )

    def begin(self, headers: Mapping[str, str]) -> None:
        """Start anew with the version that an answer holds."""
        self.drop()
        length = headers.get("content-length", "")
        self.about = {
            "url": self.url,
            "etag": strong(headers.get("etag")),
            "modified": headers.get("last-modified"),
            "total": int(length) if length.isdigit() else None,
        }
        write_atomic(self._about, json.dumps(self.about).encode())

    def drop(self) -> None:
        """Forget the bytes, then of which version they were."""
        self.path.unlink(missing_ok=True)
        self._about.unlink(missing_ok=True)
        self.about = {}

    def finish(self, target: Path) -> None:
        """Put the whole file in its place."""
        with self.path.open("rb") as f:
            os.fsync(f.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(target)
        self._about.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        try:
            about = json.loads(self._about.read_bytes())
        except (OSError, ValueError):
            about = None
        if isinstance(about, dict) and about.get("url") == self.url:
            return about
        self.drop()  # bytes of which nobody knows the version
        return {}


def strong(etag: str | None) -> str | None:
    """Return an ETag that vouches for every byte; weak ones do not."""
    return etag if etag and etag.startswith('"') else None


def clean_partials(raw: Path) -> None:
    """Remove what belongs to no partial file."""
    for about in (raw / PARTIAL).glob("*.json"):
        if not about.with_suffix(".part").exists():
            about.unlink()


def place(raw: Path, path: str) -> Path:
    """Return where a file goes. Raises ``ValueError`` for a place outside the raw folder, links followed."""
    root = raw.resolve()
    target = (root / path).resolve()
    if not target.is_relative_to(root) or target == root or PARTIAL in target.relative_to(root).parts:
        raise ValueError(f"{path!r} leads out of {raw}; is a link in the way?")
    return target
