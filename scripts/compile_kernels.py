"""Compile the kernels of ingest, tracks, coverage and flights once, before several processes want them.

Two test workers that start on a clone without compiled kernels would both compile nearly all of them. This
runs sixteen made traces, enough rows for the page kernels, through the program in one process; where all is
compiled it takes a few seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Make a tiny day and find its flights."""
    root = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory() as folder:
        day = [sys.executable, "-m", "bench.speed.day_tars", folder, "--traces", "16", "--name", "day"]
        interpreted = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
        subprocess.run(day, check=True, cwd=root, env=interpreted, stdout=subprocess.DEVNULL)
        find = ["flights", f"{folder}/day.tar", "--out", f"{folder}/out", "--workers", "1"]
        subprocess.run([sys.executable, "-m", "waystation", *find], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
