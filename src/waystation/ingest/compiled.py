"""One way to compile a kernel of this room: cached on disk, typed as the function that it compiles."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from waystation.terms import compiled

__all__ = ["Array", "kernel", "leaf"]

Array = NDArray[Any]

kernel = compiled.kernel(nogil=True, error_model="numpy", _nrt=False)
# What every caller takes in: a call for each byte would cost more than the byte.
leaf = compiled.kernel(inner=True, cache=False, nogil=True, error_model="numpy", _nrt=False, forceinline=True)
