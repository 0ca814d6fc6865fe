"""Where what lies in an archive, what counts as committed, and how a killed run is cleaned up.

ARCHIVE/positions/day=2024-12-26/<batch>.parquet
        identities/<batch>.parquet   rejected/<batch>.parquet
        sources/<batch>.parquet      ← written last: the batch exists once this does
        masks/…                      ← written by later stages
        .lock                        ← held while a run writes
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from waystation.store.atomic import TEMPORARY
from waystation.terms.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["clean", "committed", "is_archive", "lock", "position_files"]

_MEMBERS: Final = ("positions", "identities", "rejected")  # tables whose files need a marker


def is_archive(folder: Path) -> bool:
    """Whether a folder is an archive of ours, not raw files."""
    return (folder / "sources").is_dir() and (folder / "positions").is_dir()


def committed(archive: Path) -> list[str]:
    """Names of the batches that are whole, sorted."""
    return sorted(p.stem for p in (archive / "sources").glob("*.parquet"))


def position_files(archive: Path, days: frozenset[str] | None = None) -> list[Path]:
    """Position files of committed batches, sorted; ``days`` (``YYYY-MM-DD``) narrows them."""
    known = set(committed(archive))
    files = []
    for folder in sorted((archive / "positions").glob("day=*")):
        if days is None or folder.name.removeprefix("day=") in days:
            files += [p for p in sorted(folder.glob("*.parquet")) if p.stem in known]
    return files


def clean(archive: Path) -> int:
    """Remove what a killed run left: files in the making and batches without a marker. Returns how many.

    Only a run that holds the lock may call this.
    """
    known = set(committed(archive))
    removed = 0
    for path in sorted(archive.rglob(f"*{TEMPORARY}")):
        path.unlink()
        removed += 1
    for table in _MEMBERS:
        for path in sorted((archive / table).rglob("*.parquet")):
            if path.stem not in known:
                path.unlink()
                removed += 1
    for folder in sorted((archive / "positions").glob("day=*")):
        if not any(folder.iterdir()):
            folder.rmdir()
    return removed


@contextmanager
def lock(archive: Path) -> Iterator[None]:
    """Hold the archive for writing. The kernel lets go when the holder dies, so no lock is ever stale."""
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
            yield
        finally:
            f.truncate(0)
