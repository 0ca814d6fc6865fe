"""A batch of the archive: from its sources to files that count, wherever the work is done.

    local     task with the bytes ─► worker packs ─► files come back ─► written here ─┐
    cluster   bytes under .staging/ ─► worker packs and writes the files itself ──────┴─► marker, once: here

Files without a marker are not there for any reader, so only the marker has to be written with care: by the
run that holds the archive, once. Everything before may happen twice and gives the same bytes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from waystation.store.batches import Batch, Source, pack
from waystation.store.layout import STAGING
from waystation.store.places import settle, write_new, write_whole
from waystation.terms.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from waystation.store.batches import Packed
    from waystation.store.places import Place

__all__ = ["Task", "commit", "tasks_of", "unstage", "work"]


@dataclass(frozen=True)
class Task:
    """One batch to pack. ``batch`` is None where its bytes lie in ``archive/.staging/name``."""

    archive: Place
    name: str
    n_sources: int
    first_uri: str
    last_uri: str
    batch: Batch | None


def tasks_of(archive: Place, batches: Iterable[Batch], *, staged: bool) -> Iterator[Task]:
    """Yield a task for every batch; ``staged``: put its bytes where workers elsewhere can read them."""
    for batch in batches:
        first, last = batch.sources[0].uri, batch.sources[-1].uri
        if staged:
            write_whole(archive / STAGING / batch.name, _sealed(batch))
        yield Task(archive, batch.name, len(batch.sources), first, last, None if staged else batch)


def work(task: Task) -> Packed:
    """Pack a batch. One that was staged is written to the archive from here; only its marker comes back."""
    if task.batch is not None:
        return pack(task.batch)
    packed = pack(_opened((task.archive / STAGING / task.name).read_bytes()))
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
    if task.batch is None:
        (task.archive / STAGING / task.name).unlink(missing_ok=True)


def _sealed(batch: Batch) -> bytes:
    return msgspec.msgpack.encode(asdict(batch))


def _opened(data: bytes) -> Batch:
    raw: dict[str, Any] = msgspec.msgpack.decode(data)
    sources = tuple(
        Source(**s | {"notes": tuple((str(a), str(b)) for a, b in s["notes"])}) for s in raw.pop("sources")
    )
    return Batch(sources, **raw)
