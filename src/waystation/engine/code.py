"""What code runs here, in one line: two machines that say the same compute the same."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import metadata
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from waystation import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

__all__ = ["code_mark"]

_PACKAGES: Final = ("numpy", "scipy", "pyarrow", "polars", "numba", "isal", "h3")  # their sums are in tables
_SHOWN: Final = ("web", "cli", "briefing")  # rooms that run only where the command was given


@cache
def code_mark() -> str:
    """Return our version, a hash of our code, and the versions of Python and the packages that compute."""
    parts = hashlib.sha256()
    for name, item in sorted(_files(files("waystation"), ""), key=lambda pair: pair[0]):
        parts.update(f"{name} {hashlib.sha256(item.read_bytes()).hexdigest()}\n".encode())
    packages = " ".join(f"{n} {metadata.version(n)}" for n in _PACKAGES)
    return (
        f"waystation {__version__} ({parts.hexdigest()[:12]}) Python {platform.python_version()} {packages} "
        f"{platform.machine()}"
    )


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for item in folder.iterdir():
        if item.is_dir():
            if item.name != "__pycache__" and prefix + item.name not in _SHOWN:
                yield from _files(item, f"{prefix}{item.name}/")
        elif not item.name.endswith((".pyc", ".nbi", ".nbc")):
            yield prefix + item.name, item
