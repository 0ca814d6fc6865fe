"""One way to compile a kernel of this room: cached on disk, typed as the function that it compiles."""

from __future__ import annotations

import pkgutil
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from numpy.typing import NDArray

from waystation.terms import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Array", "kernel", "leaf"]

Array = NDArray[Any]
P = ParamSpec("P")
R = TypeVar("R")

_KERNELS: Final = "readsb_"  # modules that hold kernels begin so
_KERNEL: Final = compiled.kernel(nogil=True, error_model="numpy", _nrt=False)
_LEAF: Final = compiled.kernel(
    inner=True, cache=False, nogil=True, error_model="numpy", _nrt=False, forceinline=True
)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` at its first call; later processes take it from numba's cache.

    Numba's cache forgets a kernel when its own file changes, not when that of a kernel it calls does,
    so the stamp of the cache is that of all modules with kernels.
    """
    made = _KERNEL(function)
    file = getattr(getattr(made, "_cache", None), "_cache_file", None)
    if file is not None:  # none where the compiler is switched off
        file._source_stamp = (file._source_stamp, _stamps())  # noqa: SLF001 - there is no public way
    return made


def leaf(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that every caller takes in: a call for each byte would cost more than the byte."""
    return _LEAF(function)


@cache
def _stamps() -> tuple[tuple[str, float, int], ...]:
    """Name, time and size of every module with kernels."""
    stamps = []
    for info in pkgutil.iter_modules(sys.modules[__package__].__path__):
        if not info.name.startswith(_KERNELS):
            continue
        loader: Any = info.module_finder.find_spec(f"{__package__}.{info.name}", None).loader  # type: ignore[union-attr]
        stats = loader.path_stats(loader.path)
        stamps.append((info.name, float(stats["mtime"]), int(stats["size"])))
    return tuple(sorted(stamps))
