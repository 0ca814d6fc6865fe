"""One way to compile a kernel: cached on disk, typed as the function that it compiles."""

from __future__ import annotations

import pkgutil
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from numba import njit
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Array", "kernel"]

Array = NDArray[Any]
P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` at its first call.

    Numba's cache forgets a kernel when its own file changes, not when that of a kernel it calls does,
    and would go on with the old one. The stamp of the cache is therefore that of the whole room.
    """
    compiled = njit(cache=True)(function)
    file = compiled._cache._cache_file  # noqa: SLF001 - there is no public way to widen the stamp
    file._source_stamp = (file._source_stamp, _room_stamp())  # noqa: SLF001
    return cast("Callable[P, R]", compiled)


@cache
def _room_stamp() -> tuple[tuple[str, float, int], ...]:
    """Name, time and size of every source file of this room."""
    stamps = []
    for info in pkgutil.iter_modules(sys.modules[__package__].__path__):
        loader: Any = info.module_finder.find_spec(f"{__package__}.{info.name}", None).loader  # type: ignore[union-attr]
        stats = loader.path_stats(loader.path)
        stamps.append((info.name, float(stats["mtime"]), int(stats["size"])))
    return tuple(sorted(stamps))
