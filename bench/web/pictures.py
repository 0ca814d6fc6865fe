"""The pictures of docs/pictures: views of two cases as a browser draws them.

python -m bench.web.pictures cases/fire-season/out cases/hub-shift/out

Needs the map (`make bundle`), chromium, the extra `dev`, and the results of both cases; `pngquant`, where it
is there, makes the files a third as large.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from bench.web.browsing import chromium, serving

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
READY = "body[data-ready]"
PATIENCE_MS = 180_000  # software rendering


def a_flight(out: Path) -> str:
    """A flight that was seen to leave and whose end is inferred, of those the one with most silences."""
    flights = pq.read_table(out / "flights.parquet").to_pylist()
    gaps = pq.read_table(out / "gaps.parquet", columns=["flight_id"]).column(0).to_pylist()
    fit = [f for f in flights if f["origin_ending"] == "seen" and f["destination_ending"] == "inferred"]
    chosen = max(
        fit, key=lambda f: (f["origin"] != f["destination"], gaps.count(f["flight_id"]), f["flight_id"])
    )
    return str(chosen["flight_id"])


def take(browser: Any, address: str, name: str, size: tuple[int, int], theme: str = "light") -> None:
    """Write one picture (``size``: pixels)."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)
    page.goto(address, timeout=PATIENCE_MS)
    if address.startswith("http"):
        page.wait_for_selector(READY, timeout=PATIENCE_MS)
    page.wait_for_timeout(500)
    page.screenshot(path=str(PICTURES / name))
    page.close()
    if tool := shutil.which("pngquant"):
        subprocess.run([tool, "--force", "--ext", ".png", str(PICTURES / name)], check=True)


def main(real: Path, made_up: Path) -> None:
    """Take all four pictures from the two results."""
    with chromium() as browser:
        take(browser, (real / "briefing.html").resolve().as_uri(), "briefing.png", (1140, 1160))
        with serving(made_up, ROOT / "cases" / "hub-shift" / "case.toml") as base:
            take(browser, f"{base}/", "workbench.png", (1440, 1400))
            take(browser, f"{base}/flight/{a_flight(made_up)}", "flight.png", (1440, 1690))
        with serving(real, ROOT / "cases" / "fire-season" / "case.toml") as base:
            take(browser, f"{base}/", "overview-dark.png", (1440, 960), "dark")


if __name__ == "__main__":
    main(*(Path(a) for a in sys.argv[1:3]))
