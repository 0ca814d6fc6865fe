"""What a process pays for kernels: not for SciPy's algebra, which stays there for whoever asks for it."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from waystation.terms.runs import run_counts
assert run_counts(np.ones(3, bool), np.array([0]), np.array([2]))[0] == 2
print("scipy.linalg" in sys.modules)
import scipy.linalg.cython_blas
print("scipy.linalg.cython_blas" in sys.modules)
"""


def test_kernels_do_not_load_scipy_and_do_not_hide_it() -> None:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "0"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.split() == ["False", "True"]
