"""Python's collector of cycles, kept from looking for them where there are none.

Reading makes hundreds of thousands of small objects and hardly a cycle, and each walk goes over what the
libraries brought, too.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["paused_collector", "spared_collector"]


@contextmanager
def paused_collector() -> Iterator[None]:
    """Collect no cycles inside: for work that ends soon."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def spared_collector() -> Iterator[None]:
    """Walk only over what is made inside: for work of any length."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
