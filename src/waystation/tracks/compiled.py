"""One way to compile a kernel: cached on disk, typed as the function that it compiles."""

from __future__ import annotations

import pkgutil
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from numpy.typing import NDArray

from waystation.terms import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Array", "inner", "kernel"]

Array = NDArray[Any]
P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` at its first call.

    Numba's cache forgets a kernel when its own file changes, not when that of a kernel it calls does,
    and would go on with the old one. The stamp of the cache is therefore that of the whole room.
    """
    return _stamped(compiled.kernel()(function))


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function``, which is called by kernels only."""
    return _stamped(compiled.kernel(inner=True)(function))


def _stamped(made: Callable[P, R]) -> Callable[P, R]:
    file = cast("Any", made)._cache._cache_file  # noqa: SLF001 - there is no public way to widen the stamp
    file._source_stamp = (file._source_stamp, _room_stamp())  # noqa: SLF001
    return made


@cache
def _room_stamp() -> tuple[tuple[str, float, int], ...]:
    """Name, time and size of every source file of this room."""
    stamps = []
    for info in pkgutil.iter_modules(sys.modules[__package__].__path__):
        loader: Any = info.module_finder.find_spec(f"{__package__}.{info.name}", None).loader  # type: ignore[union-attr]
        stats = loader.path_stats(loader.path)
        stamps.append((info.name, float(stats["mtime"]), int(stats["size"])))
    return tuple(sorted(stamps))
