"""Files that appear whole or not at all: written beside their place, synced, then renamed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["TEMPORARY", "sync_folder", "write_atomic"]

TEMPORARY: Final = ".waystation-tmp"  # suffix of files in the making; readers do not look at them


def write_atomic(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write ``data`` to ``path``; a crash leaves the old file or the new one, never a part.

    ``lasting``: also through a power cut, which takes a while; not for what can be made again and tells
    whether it is whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as f:
            f.write(data)
            if lasting:
                f.flush()
                os.fsync(f.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
