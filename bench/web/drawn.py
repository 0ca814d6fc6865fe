"""How soon tracks stand on the map: 0.1, 1 and 5 million positions, in Chromium with software rendering.

The tracks of a result are cut or laid again and again until there are as many as asked for (``tracks.py``), and
the workbench serves those. Measured from the choice of *tracks as heard* on a page whose map is drawn: until the
first batch is in the map (the first picture), until the last is, and until the browser has shown the frame
after it. Seconds on the clock and of the browser's processors; beside them those of a page without a map, the
floor. Run: python bench/web/drawn.py RESULT [--to FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from waystation.store.manifest import read_manifest
from waystation.store.tables import read_tables
from waystation.web import tracks as made

sys.path.insert(0, str(Path(__file__).parent))
from browsing import browser_cpu_s, chromium, serving

from tracks import copied

SIZES = (100_000, 1_000_000, 5_000_000)
WATCH = """window.seenTracks = [];
document.addEventListener("tracks", (e) => window.seenTracks.push([performance.now(), !!e.detail?.whole]), true);"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"


def of_size(tracks: made.Tracks, n: int) -> made.Tracks:
    """The first paths of ``tracks``, or copies of all of them within the same days, as near ``n`` as they come."""
    if n < len(tracks.lon):
        paths = int(tracks.path[n])
        end = int(np.searchsorted(tracks.path, paths))
        return made.Tracks(
            tracks.lon[:end],
            tracks.lat[:end],
            tracks.path[:end],
            tracks.level[:end],
            tracks.flight[:paths],
            tracks.first_ms[:paths],
        )
    return in_order(copied(tracks, max(1, round(n / len(tracks.lon))), 0))


def in_order(tracks: made.Tracks) -> made.Tracks:
    """Paths by their first position again, as ``Tracks`` promises."""
    order = np.argsort(tracks.first_ms, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    path = rank[tracks.path]
    rows = np.argsort(path, kind="stable")
    return made.Tracks(
        tracks.lon[rows],
        tracks.lat[rows],
        path[rows].astype(np.int32),
        tracks.level[rows],
        tuple(tracks.flight[i] for i in order),
        tracks.first_ms[order],
    )


def shown(folder: Path, tracks: made.Tracks) -> dict[str, Any]:
    """Choose the tracks on a page that is drawn, and wait for them."""
    patience = 300_000
    with patch("waystation.web.app.make_tracks", lambda *_: tracks), serving(folder) as base, chromium() as b:
        page = b.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(patience)
        page.add_init_script(WATCH)
        began, cpu = time.perf_counter(), browser_cpu_s()
        page.goto(f"{base}/tables")
        page.wait_for_selector("body[data-ready]")
        floor = {"floor_s": time.perf_counter() - began, "floor_cpu_s": browser_cpu_s() - cpu}
        page.goto(f"{base}/")
        page.wait_for_selector("body[data-ready]")
        page.evaluate(FRAMES)
        cpu = browser_cpu_s()
        page.evaluate("window.chosen = performance.now()")
        page.select_option("#lines", "tracks")
        page.wait_for_selector("#map[data-tracks]:not([data-tracks=''])")
        last = page.evaluate(FRAMES)
        spent = browser_cpu_s() - cpu
        at, seen = page.evaluate("[window.chosen, window.seenTracks]")
        said = int(page.locator("#map").get_attribute("data-tracks"))
        return {
            "positions": len(tracks.lon),
            "sent_positions": said,
            "first_batch_s": round((seen[0][0] - at) / 1000, 2),
            "all_batches_s": round((next(t for t, whole in seen if whole) - at) / 1000, 2),
            "shown_s": round((last - at) / 1000, 2),
            "browser_cpu_s": round(spent, 2),
            **{k: round(v, 2) for k, v in floor.items()},
        }


def main() -> None:
    """Measure every size and print JSON, with machine and commit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("--to", type=Path)
    asked = parser.parse_args()
    held = read_tables(asked.result)
    archive = Path(read_manifest(asked.result)["archive"])
    whole = made.make_tracks(archive, held["flights"], held["masks"])
    rows = []
    for n in SIZES:
        rows.append(shown(asked.result, of_size(whole, n)))
        print(rows[-1], flush=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    over = math.log(rows[-1]["positions"] / rows[0]["positions"])
    grown = {
        k: round(math.log(rows[-1][k] / rows[0][k]) / over, 2) for k in ("first_batch_s", "browser_cpu_s")
    }
    text = json.dumps(
        {
            "commit": commit,
            "python": platform.python_version(),
            "machine": platform.machine(),
            "load": os.getloadavg()[0],
            "growth": grown,
            "sizes": rows,
        },
        indent=1,
    )
    if asked.to:
        asked.to.write_text(f"{text}\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
