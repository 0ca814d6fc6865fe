"""One thread for linear algebra.

OpenBLAS shares even small products among all processors and lets its threads spin while they wait: where
other processes want those processors too, that costs four times what it saves. One thread also adds up in
one order wherever it runs. ``OPENBLAS_NUM_THREADS`` overrules it.
"""

from __future__ import annotations

import os  # noqa: TID251 - OpenBLAS is told by the environment, before it is loaded

__all__ = ["take_one_thread"]


def take_one_thread() -> None:
    """Keep OpenBLAS to one thread. Has to run before NumPy is loaded."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
