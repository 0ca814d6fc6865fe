"""Files that appear whole or not at all: written beside their place, synced, then renamed."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["TEMPORARY", "atomic_file", "settle", "sync_folder", "write_atomic"]

TEMPORARY: Final = ".waystation-tmp"  # suffix of files in the making; readers do not look at them


def write_atomic(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write ``data`` to ``path``; a crash leaves the old file or the new one, never a part.

    ``lasting``: also through a power cut, which takes a while; not for what can be made again and tells
    whether it is whole.
    """
    with atomic_file(path, lasting=lasting) as f:
        f.write(data)


@contextmanager
def atomic_file(path: Path, *, lasting: bool = True) -> Iterator[BinaryIO]:
    """Give a file to write to, which becomes ``path`` at the end; after an error, ``path`` is as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as f:
            yield f
            if lasting:
                settle(f)
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            raise OSError(error.errno, error.strerror, str(path)) from error  # a full disk does not say where
        raise


def settle(file: BinaryIO) -> None:
    """Have what was written on disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
