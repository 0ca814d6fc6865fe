"""Write measured cells as JSON with commit, seed and machine, and as a table into a rule's page."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGES = HERE.parents[1] / "docs" / "rules"


def git(*args: str) -> str:
    return subprocess.run(["git", *args], cwd=HERE, capture_output=True, text=True, check=True).stdout.strip()


COMMIT = git("rev-parse", "HEAD")  # when the run began: what is measured is what was loaded
CHANGED = bool(git("status", "--porcelain", "--", "../../src/waystation/patterns", "*.py"))


def save(
    name: str, script: str, cells: list[dict[str, Any]], seed: int, worlds: int, began: float
) -> dict[str, Any]:
    """Write ``results/<name>.json`` and return it."""
    out = {
        "bench": f"bench/patterns/{script}.py",
        "commit": COMMIT,
        "changed_since_commit": CHANGED,
        "seed": seed,
        "worlds_a_cell": worlds,
        "date_utc": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "machine": f"{platform.machine()}, Python {platform.python_version()}, one core",
        "seconds": round(time.time() - began, 1),
        "cells": cells,
    }
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / f"{name}.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")
    return out


def load(name: str) -> dict[str, Any]:
    """Return what ``save`` wrote."""
    return dict(json.loads((HERE / "results" / f"{name}.json").read_text()))


def table(cells: list[dict[str, Any]], columns: dict[str, str]) -> str:
    """Markdown of the cells that have the first column; ``columns``: key → heading."""
    mine = [c for c in cells if next(iter(columns)) in c]
    lines = ["| " + " | ".join(columns.values()) + " |", "|---" * len(columns) + "|"]
    lines += ["| " + " | ".join(said(c.get(k)) for k in columns) + " |" for c in mine]
    return "\n".join(lines)


def said(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 2 else f"{value:.0f}"
    return str(value)


def into_page(page: str, mark: str, text: str) -> None:
    """Replace what stands between ``<!-- mark -->`` and ``<!-- end mark -->``."""
    path = PAGES / page
    whole = path.read_text()
    start, stop = f"<!-- {mark} -->", f"<!-- end {mark} -->"
    if start not in whole or stop not in whole:
        raise SystemExit(f"{path}: no place for the table: it needs {start} and {stop}")
    head, rest = whole.split(start, 1)
    path.write_text(f"{head}{start}\n{text}\n{stop}{rest.split(stop, 1)[1]}")


def footer(out: dict[str, Any]) -> str:
    return (
        f"\n\n`{out['bench']}`, {out['worlds_a_cell']:,} worlds a cell, seed {out['seed']}, "
        f"commit {out['commit'][:10]}, {out['date_utc']} UTC."
    )
