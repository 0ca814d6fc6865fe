"""Keep what was measured: a section of a JSON file, with machine, commit, date, arguments and seconds."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from bench.speed.watched import machine

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "results"
DATA = ROOT.parent / "shared" / "data"


class Run:
    """One measurement: made before it begins, for the commit is that of what was loaded: the last one of ``src``."""

    def __init__(self, arguments: dict[str, object]) -> None:
        source = ["git", "-C", str(ROOT), "log", "-1", "--format=%h", "--", "src"]
        commit = subprocess.run(source, capture_output=True, text=True, check=False).stdout.strip()
        self.on, self.arguments, self.began = machine(ROOT) | {"commit": commit}, arguments, time.time()

    def keep(self, path: Path, section: str, told: dict[str, object]) -> None:
        """Write ``told`` as a section of ``path``; its other sections stay."""
        whole = json.loads(path.read_text()) if path.exists() else {}
        on = self.on | {"arguments": self.arguments, "seconds": round(time.time() - self.began, 1)}
        whole[section] = told | {"on": on}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def section(path: Path, name: str) -> dict:
    """Return a section of ``path``; empty where it was not measured."""
    return dict(json.loads(path.read_text()).get(name, {})) if path.exists() else {}


def stamp(told: dict) -> str:
    """Return on what and when a section was measured, as a sentence."""
    on = told["on"]
    state = " and changes" if on["source_changed_since_commit"] else ""
    return (
        f"{on['date']}, source of commit {on['commit']}{state}, {on['seconds']:,.0f} s on {on['cores']} cores of {on['cpu']}, "
        f"load {on['load_before']:.1f} before it"
    )
