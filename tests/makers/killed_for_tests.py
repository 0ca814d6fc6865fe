"""``waystation fetch`` killed at random moments and called again, beside one that was left alone.

Both write into the same folder, one after the other: where a file lies is a part of what the archive says.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING

import servers_for_tests as sv

if TYPE_CHECKING:
    import random
    from pathlib import Path

FLEET = [f"{0x154000 + i * 37:06x}" for i in range(6)]
DAYS = [date(2024, 12, 26) + timedelta(days=n) for n in range(3)]


def fill(server: sv.Server) -> None:
    """Put two traces of three on a slow server."""
    for i, (icao, day) in enumerate((icao, day) for icao in FLEET for day in DAYS):
        if i % 3:
            page = sv.put_trace(server, icao, day, records=300)
            page.piece, page.pause_s = 200, 0.015


def disturb(server: sv.Server, dice: random.Random) -> None:
    """Let some of the next answers be cut off or refused for the moment."""
    server.moods.clear()
    for path in server.files:
        some = [sv.cut(dice.randrange(1, 2_000)), sv.status(503), sv.status(429, retry_after="1")]
        server.moods[path] = [m for m in some if dice.random() < 0.2]


def start(server: sv.Server, archive: Path) -> subprocess.Popen[bytes]:
    """Begin to fetch in a process group of its own."""
    command = [sys.executable, "-m", "waystation", "fetch", server.url, "--icao24", *FLEET]
    command += ["--from", f"{DAYS[0]}", "--to", f"{DAYS[-1]}", "--archive", str(archive), "--delay-s", "0"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        command,
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,
        env={**os.environ, "no_proxy": "127.0.0.1"},
    )


def finish(server: sv.Server, archive: Path) -> None:
    """Fetch without a disturbance; the exit code must be 0."""
    server.moods.clear()
    code = start(server, archive).wait(120)
    assert code == 0, f"fetch ended with {code}"


def kill_and_resume(server: sv.Server, archive: Path, kills: int, dice: random.Random) -> int:
    """Start, kill after a random time, start again, at most ``kills`` times or until it is done; then finish."""
    done = 0
    while done < kills:
        disturb(server, dice)
        process = start(server, archive)
        try:
            process.wait(dice.uniform(0.3, 2.5))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            done += 1
            time.sleep(0.02)
        else:
            break
    finish(server, archive)
    return done


def snapshot(archive: Path) -> dict[str, bytes]:
    """Return every file of the archive by name, and what the journal says last of each address."""
    left_out = {"fetch.jsonl", ".lock"}
    files = {
        str(p.relative_to(archive)): p.read_bytes()
        for p in sorted(archive.rglob("*"))
        if p.is_file() and p.name not in left_out
    }
    last = {}
    for text in (archive / "fetch.jsonl").read_text().splitlines():
        try:
            line = json.loads(text)
        except ValueError:  # cut by a kill
            continue
        if not line["url"].startswith("ingest:"):
            last[line["url"]] = [line.get(k) for k in ("outcome", "path", "bytes", "sha256", "day", "icao24")]
    files["journal"] = json.dumps(last, sort_keys=True).encode()
    return files


def left_alone(server: sv.Server, archive: Path) -> dict[str, bytes]:
    """Return the snapshot of an archive that nobody disturbed; the folder is gone afterwards."""
    finish(server, archive)
    whole = snapshot(archive)
    shutil.rmtree(archive)
    return whole
