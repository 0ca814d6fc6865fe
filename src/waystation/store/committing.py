"""A batch of the archive: from its sources to files that count, wherever the work is done.

    local     task with the bytes ─► worker packs ─► files come back ─► written here ─┐
    cluster   bytes under .staging/ ─► worker packs and writes the files itself ──────┴─► marker, once: here

Files without a marker are not there for any reader, so only the marker has to be written with care: by the
run that holds the archive, once. Everything before may happen twice and gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from waystation.store.batches import pack
from waystation.store.layout import STAGING
from waystation.store.places import settle, write_new, write_whole
from waystation.terms.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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


def tasks_of(archive: Place, batches: Iterable[Batch], *, staged: bool) -> Iterator[Task]:
    """Yield a task for every batch; ``staged``: put its bytes where workers elsewhere can read them."""
    for batch in batches:
        first, last = batch.sources[0].uri, batch.sources[-1].uri
        light = batch
        if staged:
            data = msgspec.msgpack.encode([s.data for s in batch.sources])
            write_whole(archive / STAGING / batch.name, data)
            light = replace(batch, sources=tuple(replace(s, data=b"") for s in batch.sources))
        yield Task(archive, batch.name, len(batch.sources), first, last, light, staged)


def work(task: Task) -> Packed:
    """Pack a batch. One that was staged is written to the archive from here; only its marker comes back."""
    if not task.staged:
        return pack(task.batch)
    found = msgspec.msgpack.decode((task.archive / STAGING / task.name).read_bytes(), type=list[bytes])
    sources = tuple(replace(s, data=d) for s, d in zip(task.batch.sources, found, strict=True))
    packed = pack(replace(task.batch, sources=sources))
    for name, data in packed.files.items():
        write_whole(task.archive / name, data)
    return replace(packed, files={})


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
