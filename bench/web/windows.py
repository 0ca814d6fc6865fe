"""How long the workbench takes with 1,000, 10,000 and 100,000 flights: first map, window move, bytes.

Flights of a real or made result are copied with new ids over a year, so that tables have true shapes and
sizes. Server times are processor time of this process, the median of repeats; the first answer, which reads
the tables and makes the legs, is told apart. Then Chromium (software rendering) loads the page and moves its
window; its processor time and the time on the clock are told beside those of an empty page, the floor.
Run: python bench/web/windows.py RESULT [--to FILE] [--no-browser]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import polars as pl
from starlette.testclient import TestClient

from waystation.store.manifest import read_manifest, write_manifest
from waystation.store.tables import read_tables, write_tables
from waystation.web import make_app

sys.path.insert(0, str(Path(__file__).parent))
from browsing import browser_cpu_s, chromium, serving

PORT = 8765
SIZES = (1_000, 10_000, 100_000)
REPEATS = 9
TARGET_MS = 150.0
KEYS = (
    "flight_id",
    "from_flight",
    "to_flight",
    "arrival_flight",
    "departure_flight",
    "visit_id",
    "triple_id",
)
COPIED = ("flights", "ends", "candidates", "visits", "triples", "stays")


def grown(result: Path, n: int, out: Path) -> int:
    """Write a result with ``n`` flights: copies of those of ``result``, spread over a year."""
    tables = {k: pl.DataFrame(t) for k, t in read_tables(result).items()}
    copies = -(-n // tables["flights"].height)
    made = dict(tables)
    for name in COPIED:
        if name in tables:
            made[name] = pl.concat([_copy(tables[name], i, copies) for i in range(copies)])
    made["flights"] = made["flights"].head(n)
    kept = made["flights"].select("flight_id")
    for name in ("ends", "candidates"):
        if name in made:
            made[name] = made[name].join(kept, on="flight_id", how="semi")
    schema = {k: read_tables(result)[k].schema for k in made}
    write_tables(out, {k: f.to_arrow().cast(schema[k]) for k, f in made.items()})
    write_manifest(out, read_manifest(result) | {"case": None})
    return int(made["flights"].height)


def _copy(frame: pl.DataFrame, i: int, copies: int) -> pl.DataFrame:
    shift = timedelta(days=round(365 * i / copies))
    times = [c for c, t in frame.schema.items() if t == pl.Datetime("ms", "UTC")]
    keys = [c for c in KEYS if c in frame.columns]
    return frame.with_columns(*(pl.col(c) + shift for c in times), *(pl.col(c) + f"-{i}" for c in keys if i))


def measured(folder: Path) -> dict[str, float | int]:
    """Time the views over one result, in milliseconds of processor; sizes in bytes, as sent."""
    app = make_app(folder, port=PORT)
    ask = TestClient(app, base_url=f"http://127.0.0.1:{PORT}")
    started = time.process_time()
    page = ask.get("/")
    first_ms = 1000 * (time.process_time() - started)
    span = ask.get("/overview.json").json()["span"]
    day = pl.Series([span["from"]]).str.to_date()[0]
    moves, pages, size = [], [], 0
    for i in range(REPEATS):
        window = f"from={day + timedelta(days=10 * i)}&to={day + timedelta(days=10 * i + 180)}"
        started = time.process_time()
        twin = ask.get(f"/overview.json?{window}")
        moves.append(1000 * (time.process_time() - started))
        assert twin.status_code == 200
        started = time.process_time()
        assert ask.get(f"/?{window}").status_code == 200
        pages.append(1000 * (time.process_time() - started))
        size = max(size, len(twin.content))
    started = time.process_time()
    assert ask.get("/table/flights?sort=first_seen_utc").status_code == 200
    table_ms = 1000 * (time.process_time() - started)
    return {
        "first_overview_cpu_ms": round(first_ms, 1),
        "window_move_cpu_ms": round(statistics.median(moves), 1),
        "window_move_worst_cpu_ms": round(max(moves), 1),
        "window_page_cpu_ms": round(statistics.median(pages), 1),
        "table_page_cpu_ms": round(table_ms, 1),
        "page_bytes": len(page.content),
        "window_json_bytes": size,
    }


def seen(folder: Path) -> dict[str, float]:
    """Load the overview in Chromium and drag its window; seconds on the clock and of processors."""
    out: dict[str, float] = {}
    with serving(folder) as base, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})

        def timed(name: str, act: object) -> None:
            clock, cpu = time.perf_counter(), browser_cpu_s()
            act()
            out[f"{name}_s"] = round(time.perf_counter() - clock, 2)
            out[f"{name}_cpu_s"] = round(browser_cpu_s() - cpu, 2)

        timed("empty_page", lambda: page.goto(f"{base}/assets/icon.svg"))

        def load() -> None:
            page.goto(f"{base}/")
            page.wait_for_selector("body[data-ready]", timeout=300_000)

        timed("first_map", load)

        def move() -> None:
            box = page.locator("svg.timeline").bounding_box()
            page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 60)
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60)
            page.mouse.up()
            page.wait_for_selector("body[data-moved]", timeout=300_000)

        page.locator("svg.timeline").scroll_into_view_if_needed()
        timed("window_moved", move)
        sizes = page.evaluate(
            "performance.getEntriesByType('resource').reduce((n, e) => n + e.transferSize, 0)"
            " + performance.getEntriesByType('navigation')[0].transferSize"
        )
        out["sent_bytes"] = sizes
    return out


def growth(rows: list[dict]) -> dict[str, float]:
    """The power of the number of flights by which each figure grows, from the smallest to the largest."""
    first, last = rows[0], rows[-1]
    over = math.log(last["flights"] / first["flights"])
    names = [k for k in first if k != "flights" and first[k] > 0 and last[k] > 0]
    return {k: round(math.log(last[k] / first[k]) / over, 2) for k in names}


def main() -> None:
    """Measure every size and print JSON, with machine and commit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("--to", type=Path)
    parser.add_argument("--no-browser", action="store_true")
    asked = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for n in SIZES:
            flights = grown(asked.result, n, Path(place) / str(n))
            rows.append({"flights": flights, **measured(Path(place) / str(n))})
            if not asked.no_browser:
                rows[-1] |= seen(Path(place) / str(n))
            print(rows[-1], flush=True)
    made = {
        "commit": commit,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": "2, shared with other work: read processor times, and clock times beside the empty page's",
        "load": os.getloadavg()[0],
        "target_window_move_ms": TARGET_MS,
        "target_met": rows[-1]["window_move_cpu_ms"] < TARGET_MS,
        "sizes": rows,
        "growth": growth(rows),
    }
    text = json.dumps(made, indent=1) + "\n"
    if asked.to:
        asked.to.parent.mkdir(parents=True, exist_ok=True)
        asked.to.write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
