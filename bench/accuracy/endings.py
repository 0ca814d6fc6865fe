"""Measure the endings anew, all of it: cross-fitted, hidden by another program, and the time that ranking takes.

    python -m bench.accuracy.endings [--data ../shared/data] [--hidden-by ../shared/tools/endpoints]
        [--json bench/accuracy/results/endings.json]

About five minutes on two cores. `python -m bench.accuracy.endings_table --write` then puts the figures into the page.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from bench.accuracy.blackbox import TOOL
from bench.accuracy.measured import DATA, RESULTS


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--hidden-by", type=Path, default=TOOL)
    parser.add_argument("--json", type=Path, default=RESULTS / "endings.json")
    a = parser.parse_args()
    steps = (
        ("fit", str(a.data), "--without"),
        ("blackbox", "--data", str(a.data), "--hidden-by", str(a.hidden_by)),
        ("speed", str(a.data)),
    )
    for name, *more in steps:
        command = [sys.executable, "-m", f"bench.accuracy.{name}", *more, "--json", str(a.json)]
        code = subprocess.run(command, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
