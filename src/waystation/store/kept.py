"""Results of some aircraft, kept beside the archive under a name made of all that decides them.

    ARCHIVE/.cache/kept/<2 digits>/<key>      magic | header (JSON) | the tables, end to end (Arrow), packed

A name that is there holds what working it out again would give: what changes (rows, rules, code, reference
tables) changes the name. A file that is not whole is not there. ``prune`` keeps the folder small; ``rm -r``
of it costs time only.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from waystation.store.atomic import TEMPORARY, write_atomic
from waystation.store.hashing import sha256

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

__all__ = ["has_kept", "packed", "prune", "read_kept", "unpacked", "write_kept"]

_MAGIC: Final = b"wsk3"
_HEAD: Final = len(_MAGIC) + 8
_CODEC: Final = "lz4"  # half as small as zstd, and read three times as fast
_TOUCH_S: Final = 3600.0  # how exactly it is known when a result was used last


def packed(tables: Mapping[str, pa.Table]) -> bytes:
    """Return tables as bytes; the same tables give the same bytes."""
    sink, sizes = pa.BufferOutputStream(), {}
    for name, table in tables.items():
        began = sink.tell()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        sizes[name] = sink.tell() - began
    body: bytes = pa.compress(sink.getvalue(), _CODEC, asbytes=True)  # at once: each start is dear
    head = json.dumps({"tables": sizes, "sha256": sha256(body)}).encode()
    return _MAGIC + len(head).to_bytes(8, "little") + head + body


def unpacked(data: bytes, only: Collection[str] | None = None) -> dict[str, pa.Table] | None:
    """Return the tables, or None where the bytes are not whole. ``only``: the names that are wanted."""
    if data[: len(_MAGIC)] != _MAGIC:
        return None
    at = _HEAD + int.from_bytes(data[len(_MAGIC) : _HEAD], "little")
    try:
        head = json.loads(data[_HEAD:at])
        stored = data[at:]
        if sha256(stored) != head["sha256"]:
            return None
    except (ValueError, KeyError, TypeError):
        return None
    tables, at = {}, 0
    body = pa.decompress(stored, sum(head["tables"].values()), _CODEC)
    for name, size in head["tables"].items():
        if only is None or name in only:
            tables[name] = pa.ipc.open_stream(body.slice(at, size)).read_all()
        at += size
    return tables


def write_kept(folder: Path, key: str, data: bytes) -> None:
    """Keep ``packed`` bytes. Raises ``OSError`` where the folder cannot be written to."""
    write_atomic(folder / key[:2] / key, data, lasting=False)  # a hash tells whether it is whole


def read_kept(folder: Path, key: str, only: Collection[str] | None = None) -> dict[str, pa.Table] | None:
    """Return what is kept under a key, or None. Notes that it was used."""
    path = folder / key[:2] / key
    try:
        data = path.read_bytes()
    except OSError:
        return None
    tables = unpacked(data, only)
    if tables is not None:
        _touch(path)
    return tables


def has_kept(folder: Path, key: str) -> bool:
    """Whether something is kept under a key; whether it is whole shows when it is read."""
    return (folder / key[:2] / key).is_file()


def _touch(path: Path) -> None:
    try:
        if time.time() - path.stat().st_mtime > _TOUCH_S:
            os.utime(path)
    except OSError:
        return


def prune(folder: Path, used: Iterable[str], most_bytes: int) -> int:
    """Remove what was not used for longest until the rest fits; ``used`` stays. Returns how many went."""
    keep = set(used)
    found = []
    for path in folder.glob("??/*"):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((stat.st_mtime, path, stat.st_size))
    total = sum(size for _, _, size in found)
    removed = 0
    for _, path, size in sorted(found):
        if total <= most_bytes:
            break
        young = path.name.endswith(TEMPORARY) and time.time() - path.stat().st_mtime < _TOUCH_S
        if path.name in keep or young:
            continue
        path.unlink(missing_ok=True)
        total -= size
        removed += 1
    return removed
