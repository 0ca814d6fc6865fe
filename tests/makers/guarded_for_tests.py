"""Programs that put memory which kills behind every buffer: they run in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MAKERS = Path(__file__).resolve().parent


def survivors(program: str, times: int, *, interpreted: bool) -> int:
    """Run a program ``times`` times round; return the number that it prints. It may import makers.

    ``interpreted``: without compiled kernels. Fails where the process is killed, with what it said.
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(times)],
        env={**os.environ, "NUMBA_DISABLE_JIT": str(int(interpreted)), "PYTHONPATH": str(MAKERS)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return int(done.stdout)
