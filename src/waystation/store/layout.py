"""Where what lies in an archive, what counts as committed, and how a killed run is cleaned up.

ARCHIVE/positions/day=2024-12-26/<batch>.parquet
        identities/<batch>.parquet   rejected/<batch>.parquet
        sources/<batch>.parquet      ← written last: the batch exists once this does
        masks/…                      ← written by later stages
        .staging/…                   ← raw bytes on their way to the workers of a cluster
        .lock                        ← held while a run writes; in a bucket a lease (``store.leases``)

An archive is a folder here or ``s3://bucket/folder``: ``store.places``.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from waystation.store.atomic import TEMPORARY
from waystation.store.buckets import S3Path
from waystation.store.ours import refuse_foreign_archive
from waystation.store.places import below, listed, place_of
from waystation.terms.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waystation.store.places import Place

__all__ = ["STAGING", "clean", "committed", "is_archive", "lock", "position_files"]

STAGING: Final = ".staging"  # bytes on their way to workers
_MEMBERS: Final = ("positions", "identities", "rejected")  # tables whose files need a marker


def is_archive(folder: Place | str) -> bool:
    """Whether a place is an archive of ours, not raw files."""
    folder = place_of(folder)
    return (folder / "sources").is_dir() and (folder / "positions").is_dir()


def committed(archive: Place) -> list[str]:
    """Names of the batches that are whole, sorted."""
    return sorted(p.stem for p in (archive / "sources").glob("*.parquet"))


def position_files(archive: Place, days: frozenset[str] | None = None) -> list[Place]:
    """Position files of committed batches, sorted; ``days`` (``YYYY-MM-DD``) narrows them."""
    known = set(committed(archive))
    files: list[Place] = []
    for folder in listed(archive / "positions", "day=*"):
        if days is None or folder.name.removeprefix("day=") in days:
            files += [p for p in listed(folder, "*.parquet") if p.stem in known]
    return files


def clean(archive: Place) -> int:
    """Remove what a killed run left: files in the making and batches without a marker. Returns how many.

    Only a run that holds the lock may call this.
    """
    known = set(committed(archive))
    removed = 0
    for path in listed(archive / STAGING, "*"):
        path.unlink()
        removed += 1
    for path in below(archive, f"*{TEMPORARY}"):
        path.unlink()
        removed += 1
    for table in _MEMBERS:
        for path in below(archive / table, "*.parquet"):
            if path.stem not in known:
                path.unlink()
                removed += 1
    for folder in listed(archive / "positions", "day=*"):
        if not isinstance(folder, S3Path) and not any(folder.iterdir()):
            folder.rmdir()
    return removed


@contextmanager
def lock(archive: Place) -> Iterator[Callable[[], None]]:
    """Hold the archive for writing; yields what to call before a commit: it raises where the hold was lost.

    In a folder the kernel lets go when the holder dies, so no lock is ever stale; in a bucket a lease ends.
    """
    if isinstance(archive, S3Path):
        from waystation.store.leases import leased

        with leased(archive) as lease:
            yield lease.check
        return
    refuse_foreign_archive(archive)
    archive.mkdir(parents=True, exist_ok=True)
    with (archive / ".lock").open("a+") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            f.seek(0)
            holder = f.read(64).strip() or "unknown"
            raise ArchiveError(
                f"{archive} is being written by process {holder}; wait for it, or choose another --archive"
            ) from None
        f.truncate(0)
        f.write(str(os.getpid()))
        f.flush()
        try:
            yield _held
        finally:
            f.truncate(0)


def _held() -> None:
    """Do nothing: a kernel lock cannot be lost."""
