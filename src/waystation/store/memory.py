"""Memory that is needed no more goes back to the system: a process that stays would hold it for ever."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import pyarrow as pa

__all__ = ["give_back"]


def give_back() -> None:
    """Return what Arrow's pool and the C library hold of memory that nobody uses; a few milliseconds."""
    pa.default_memory_pool().release_unused()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:  # noqa: ANN401 - a function of the C library; only GNU's has it
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if hasattr(ctypes, "CDLL") else None
