"""One way to compile a kernel: cached on disk, typed as the function that it compiles."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from waystation.terms import compiled

__all__ = ["Array", "inner", "kernel"]

Array = NDArray[Any]

kernel = compiled.kernel()
inner = compiled.kernel(inner=True)  # for what only kernels call
