"""How fast tracks reach the map: 0.5 and 5 million positions, by zoom; processor time and bytes.

The tracks of a result are made from its archive, then laid again and again, one after the other, until
there are as many as asked for. Run: python bench/web/tracks.py RESULT [--to FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from waystation.store.tables import read_tables
from waystation.web import tracks as drawn
from waystation.web.tracks_sent import streamed
from waystation.web.window import Window

SIZES = (500_000, 5_000_000)
REPEATS = 5
VIEWS = {
    "whole map, zoom 2": drawn.View(-60, 5, 90, 60, 2.2),
    "a sea, zoom 5": drawn.View(24, 30, 42, 38, 5.2),
    "a city, zoom 9": drawn.View(35, 34.5, 37, 36, 9.0),
}
TARGET_MS = 150.0


def copied(made: drawn.Tracks, copies: int, shift_ms: int) -> drawn.Tracks:
    """The same tracks, again and again, each time later."""
    n = len(made.flight)
    return drawn.Tracks(
        np.tile(made.lon, copies),
        np.tile(made.lat, copies),
        np.concatenate([made.path + i * n for i in range(copies)]).astype(np.int32),
        np.tile(made.level, copies),
        tuple(f"{f}-{i}" for i in range(copies) for f in made.flight),
        np.concatenate([made.first_ms + i * shift_ms for i in range(copies)]),
    )


def spent(act: object) -> tuple[float, object]:
    started = time.process_time()
    out = act()
    return 1000 * (time.process_time() - started), out


def measured(tracks: drawn.Tracks, window: Window) -> dict[str, dict[str, float]]:
    out = {}
    for name, view in VIEWS.items():
        drawn.pick(tracks, window, view)  # the positions of a zoom are listed once
        both = [spent(lambda v=view: drawn.pick(tracks, window, v)) for _ in range(REPEATS)]
        picked = both[-1][1]
        sent = [spent(lambda p=picked: b"".join(streamed(p))) for _ in range(REPEATS)]
        out[name] = {
            "pick_cpu_ms": round(statistics.median(m for m, _ in both), 1),
            "send_cpu_ms": round(statistics.median(m for m, _ in sent), 1),
            "positions": len(picked.found),
            "bytes": len(sent[-1][1]),
            "one_in": picked.every,
        }
    return out


def main() -> None:
    """Measure both sizes and print JSON, with machine and commit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("--to", type=Path)
    asked = parser.parse_args()
    manifest = json.loads((asked.result / "manifest.json").read_text())
    held = read_tables(asked.result)
    read_ms, made = spent(
        lambda: drawn.make_tracks(Path(manifest["archive"]), held["flights"], held["masks"])
    )
    rows = []
    for n in SIZES:
        copies = max(1, round(n / len(made.lon)))
        tracks = copied(made, copies, int(np.ptp(made.first_ms)) + 86_400_000)
        window = Window(date(2000, 1, 1), date(2040, 1, 1))
        memory = sum(a.nbytes for a in (tracks.lon, tracks.lat, tracks.path, tracks.level, tracks.first_ms))
        first = date.fromisoformat(str(np.datetime64(int(tracks.first_ms.min()), "ms"))[:10])
        month = Window(first, first + timedelta(days=30))
        rows.append(
            {
                "positions": len(tracks.lon),
                "paths": len(tracks.flight),
                "memory_mb": round(memory / 1e6, 1),
                "whole_period": measured(tracks, window),
                "one_month": measured(tracks, month),
            }
        )
        print(json.dumps(rows[-1], indent=1), flush=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    worst = max(v["pick_cpu_ms"] for r in rows for w in ("whole_period", "one_month") for v in r[w].values())
    text = (
        json.dumps(
            {
                "commit": commit,
                "python": platform.python_version(),
                "machine": platform.machine(),
                "load": os.getloadavg()[0],
                "make_cpu_us_per_position": round(1000 * read_ms / len(made.lon), 2),
                "target_pick_ms": TARGET_MS,
                "worst_pick_cpu_ms": worst,
                "target_met": worst < TARGET_MS,
                "sizes": rows,
            },
            indent=1,
        )
        + "\n"
    )
    if asked.to:
        asked.to.parent.mkdir(parents=True, exist_ok=True)
        asked.to.write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
