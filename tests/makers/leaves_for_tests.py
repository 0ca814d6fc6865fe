"""A way in from Python for what only kernels call."""

from __future__ import annotations

from numba import njit


def opened(leaf):
    """Return ``leaf`` as compiled into a kernel of one line; as it is where the compiler is switched off."""
    return njit(lambda *args: leaf(*args)) if hasattr(leaf, "py_func") else leaf  # noqa: PLW0108 - no leaf alone
