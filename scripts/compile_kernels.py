"""Compile the kernels of ingest, store, tracks and flights once, before several processes want them.

Two processes that start on a clone without compiled kernels would both compile nearly all of them. Here
sixteen made traces, enough rows for the page kernels, are read into an archive; beside that, flights are
found among a few of their rows from a CSV, which needs no kernel of the traces' own. ``--alone`` does one
after the other, where something else has the second core. Where all is compiled it takes a few seconds.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
HEAD = ("timestamp", "icao24", "latitude", "longitude", "altitude", "groundspeed", "track", "vertical_rate",
        "onground", "callsign")  # fmt: skip
MOST = 12_000  # rows of the CSV: with more it is kept in pages, whose kernels the other process compiles


def main() -> None:
    """Read a made day beside finding flights; then find those of the whole archive."""
    lanes = 1 if "--alone" in sys.argv[1:] else 2
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(lanes) as pool:
        day = [sys.executable, "-m", "bench.speed.day_tars", folder, "--traces", "16", "--name", "day"]
        interpreted = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
        subprocess.run(day, check=True, cwd=ROOT, env=interpreted, stdout=subprocess.DEVNULL)
        tar, few, archive = (Path(folder) / name for name in ("day.tar", "few.csv", "archive"))
        rows = list(_rows(tar))
        with few.open("w", newline="") as out:
            csv.writer(out).writerows([HEAD, *rows[:: len(rows) // MOST + 1]])
        beside = pool.submit(_run, "flights", few, "--out", f"{folder}/few")
        pool.submit(_run, "ingest", tar, "--archive", archive).result()
        beside.result()
        _run("flights", "--archive", archive, "--out", f"{folder}/out")


def _rows(tar: Path) -> Iterator[tuple[object, ...]]:
    """Yield the positions of all traces of a tar, as ``HEAD`` names them."""
    with tarfile.open(tar) as members:
        for member in members:
            packed = members.extractfile(member)
            if packed is None:  # a folder
                continue
            trace = json.loads(gzip.decompress(packed.read()))
            callsign = ""
            for after, lat, lon, height, speed, track, _, rate, more, *_ in trace["trace"]:
                callsign = (more or {}).get("flight", callsign)
                time = datetime.fromtimestamp(trace["timestamp"] + after, UTC).isoformat()
                known = (None, True) if height == "ground" else (height, False)
                yield time, trace["icao"], lat, lon, known[0], speed, track, rate, known[1], callsign


def _run(*words: object) -> None:
    command = [sys.executable, "-m", "waystation", *map(str, words), "--workers", "1"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
