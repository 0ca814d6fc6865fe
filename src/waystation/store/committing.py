"""A batch of the archive: from its sources to files that count, wherever the work is done.

    local     task with the bytes ─► worker packs ─► files come back ─► written here ─┐
              (or where they lie)                                                      │
    cluster   bytes under .staging/ ─► worker packs and writes the files itself ──────┴─► marker, once: here

Files without a marker are not there for any reader, so only the marker has to be written with care: by the
run that holds the archive, once. Everything before may happen twice and gives the same bytes.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from waystation.store.batches import Source, pack
from waystation.store.hashing import checksum
from waystation.store.layout import STAGING
from waystation.store.places import settle, write_new, write_whole
from waystation.terms.errors import ArchiveError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

    from waystation.store.batches import Batch, Packed
    from waystation.store.places import Place

__all__ = ["Task", "commit", "tasks_of", "unstage", "work"]


@dataclass(frozen=True)
class Task:
    """One batch to pack. ``staged``: the bytes of its sources lie in ``archive/.staging/name``, not in it."""

    archive: Place
    name: str
    n_sources: int
    first_uri: str
    last_uri: str
    batch: Batch
    staged: bool


def tasks_of(archive: Place, batches: Iterable[Batch], *, staged: bool, here: bool = False) -> Iterator[Task]:
    """Yield a task for every batch; ``staged``: put its bytes where workers elsewhere can read them.

    ``here``: workers are processes of this machine, and read again what lies in a file: a tenth of the
    work of handing bytes from process to process.
    """
    for batch in batches:
        first, last = batch.sources[0].uri, batch.sources[-1].uri
        light = batch
        if staged:
            data = msgspec.msgpack.encode([s.data for s in batch.sources])
            write_whole(archive / STAGING / batch.name, data)
            light = replace(batch, sources=tuple(replace(s, data=b"") for s in batch.sources))
        elif here:
            light = replace(batch, sources=tuple(map(_without_data, batch.sources)))
        yield Task(archive, batch.name, len(batch.sources), first, last, light, staged)


def work(task: Task) -> Packed:
    """Pack a batch. One that was staged is written to the archive from here; only its marker comes back."""
    if not task.staged:
        return pack(replace(task.batch, sources=tuple(_with_data(task.batch.sources))))
    found = msgspec.msgpack.decode((task.archive / STAGING / task.name).read_bytes(), type=list[bytes])
    sources = tuple(replace(s, data=d) for s, d in zip(task.batch.sources, found, strict=True))
    packed = pack(replace(task.batch, sources=sources))
    for name, data in packed.files.items():
        write_whole(task.archive / name, data)
    return replace(packed, files={})


def _without_data(source: Source) -> Source:
    if source.stretch is None or not source.data:
        return source
    return replace(source, data=b"", check=checksum(source.data))


def _with_data(sources: Iterable[Source]) -> Iterator[Source]:
    """Read what was left out, and see that it is what was hashed. Raises ``InputError`` where it changed."""
    with ExitStack() as stack:
        opened: dict[str, BinaryIO] = {}
        for source in sources:
            if source.stretch is None or source.data:
                yield source
                continue
            path, first, n = source.stretch
            if path not in opened:
                opened[path] = stack.enter_context(Path(path).open("rb", buffering=0))
            data = os.pread(opened[path].fileno(), n, first)
            if len(data) != n or checksum(data) != source.check:
                raise InputError(f"{source.uri} changed while it was read; run the same command again")
            yield Source(
                source.uri, data, source.sha256, source.notes, source.refused, source.mapping, source.stretch
            )  # ``replace`` takes three times as long


def commit(archive: Place, packed: Packed, held: Callable[[], None]) -> None:
    """Write what is not written yet, then the marker. ``held`` raises where the archive is no longer ours."""
    files = [archive / name for name in packed.files]
    for path, data in zip(files, packed.files.values(), strict=True):
        write_whole(path, data)
    settle(files)
    marker = archive / "sources" / f"{packed.name}.parquet"
    held()
    if not write_new(marker, packed.marker):
        raise ArchiveError(f"{marker} was written by another run or version; run the same command again")
    settle([marker])


def unstage(task: Task) -> None:
    """Remove the bytes of a task that is committed or given up."""
    if task.staged:
        (task.archive / STAGING / task.name).unlink(missing_ok=True)
