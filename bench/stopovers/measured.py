"""Write what was measured as JSON, with commit, machine and seconds."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"


def git(*args: str) -> str:
    return subprocess.run(["git", *args], cwd=HERE, capture_output=True, text=True, check=True).stdout.strip()


def save(name: str, measured: dict[str, Any], began: float) -> None:
    rooms = ("../../src/waystation/stopovers", "../../src/waystation/world", ".", ":(exclude)results")
    out = {
        "bench": f"bench/stopovers/{name}.py",
        "commit": git("rev-parse", "HEAD"),
        "changed_since_commit": bool(git("status", "--porcelain", "--", *rooms)),
        "date_utc": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "seconds": round(time.time() - began, 1),
        **measured,
    }
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / f"{name}.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")


def summary(ranks: list[int | None]) -> dict[str, float | int]:
    """Mean reciprocal rank and shares; no rank counts as infinite."""
    n = len(ranks)
    return {
        "n": n,
        "mrr": round(sum(1 / r for r in ranks if r) / n, 3),
        "first": round(sum(r == 1 for r in ranks) / n, 3),
        "top_5": round(sum(bool(r) and r <= 5 for r in ranks) / n, 3),
        "top_20": round(sum(bool(r) and r <= 20 for r in ranks) / n, 3),
        "no_rank": sum(r is None for r in ranks),
    }
