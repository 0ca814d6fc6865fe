"""What ten years of the world's traffic would take: arithmetic from measured figures, into docs/scale.md.

python scripts/scale_figures.py           print the table
python scripts/scale_figures.py --write   put it into the page, between its markers

Speeds and sizes come from bench/speed/results/speed.json (the largest day measured); nothing is typed in but
the assumptions below, which the table repeats.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPEED = ROOT / "bench" / "speed" / "results" / "speed.json"
PAGE = ROOT / "docs" / "scale.md"
MARK = re.compile(r"(<!-- table: decade -->\n).*?(<!-- end -->)", re.DOTALL)
SIZES = ("80k", "10k", "1k")  # the largest that was measured counts


@dataclass(frozen=True)
class Assumed:
    """What is not measured by us. Prices are round ones of large clouds; put in your own."""

    positions: float = 1e11  # ten years; days grew over them
    days: int = 3_653
    cores: int = 128  # eight machines of 16
    busy: float = 0.7  # share of the cluster's time that is work: transfers, stragglers, starts
    dollars_a_core_hour: float = 0.04
    dollars_a_gb_month: float = 0.023
    positions_a_task: float = 2e6  # a task of a sweep reads as many
    task_s: float = 0.0035  # what the scheduler takes for one


@dataclass(frozen=True)
class Measured:
    """From one day of ``size`` traces, seconds of CPU."""

    size: str
    positions: int
    ingest_per_cpu_s: float
    flights_per_cpu_s: float
    raw_bytes_a_position: float
    archive_bytes_a_position: float


def measured(told: dict) -> Measured | None:
    """Return the figures of the largest day for which both steps were measured; None where none was."""
    for size in SIZES:
        i, f = told.get("ingest", {}).get(size), told.get("flights", {}).get(size)
        if i and f and "error" not in i and "error" not in f:
            return Measured(
                size, i["positions"], i["positions_per_cpu_s"], f["positions_per_cpu_s"],
                i["gzip_bytes"] / i["positions"], i["bytes_a_position"],
            )  # fmt: skip
    return None


def decade(m: Measured, a: Assumed) -> list[tuple[str, str, str]]:
    """Return rows of (what, formula, value)."""
    n = a.positions
    core_h = {"ingest": n / m.ingest_per_cpu_s / 3600, "flights": n / m.flights_per_cpu_s / 3600}
    wall_h = {k: v / (a.cores * a.busy) for k, v in core_h.items()}
    raw_tb, kept_tb = (n * b / 1e12 for b in (m.raw_bytes_a_position, m.archive_bytes_a_position))
    tasks = n / a.positions_a_task
    total = sum(core_h.values())
    money = total / a.busy * a.dollars_a_core_hour
    month = (raw_tb + kept_tb) * 1000 * a.dollars_a_gb_month
    only = kept_tb * 1000 * a.dollars_a_gb_month
    mb_a_second = raw_tb * 1e6 / wall_h["ingest"] / 3600
    return [
        ("raw days", "N × raw bytes", f"{raw_tb:.1f} TB"),
        ("archive", "N × archive bytes", f"{kept_tb:.1f} TB"),
        ("ingest", "N / speed", f"{core_h['ingest']:,.0f} core hours"),
        ("archive → flights", "N / speed", f"{core_h['flights']:,.0f} core hours"),
        (f"ingest on {a.cores} cores", "core hours / (cores × busy)", f"{wall_h['ingest']:.1f} h"),
        (f"flights on {a.cores} cores", "core hours / (cores × busy)", f"{wall_h['flights']:.1f} h"),
        ("one driver reads at", "raw / hours of ingest", f"{mb_a_second:,.0f} MB/s"),
        ("scheduler, whole sweep", "N / positions a task × s a task", f"{tasks * a.task_s / 60:.0f} min"),
        ("computing, once", "core hours / busy × price", f"${money:,.0f}"),
        ("storage, a month", "(raw + archive) × price", f"${month:,.0f}; the archive alone ${only:,.0f}"),
    ]  # fmt: skip


def page_table(told: dict, a: Assumed = Assumed()) -> str:
    """Return the Markdown between the markers."""
    m = measured(told)
    if m is None:
        return "Not measured yet: run `make bench`, then `python scripts/scale_figures.py --write`.\n"
    speeds = (
        f"Measured on a day of {m.size} traces ({m.positions / 1e6:.1f} M positions): ingest "
        f"{m.ingest_per_cpu_s / 1e6:.2f} M and flights {m.flights_per_cpu_s / 1e6:.2f} M positions a second "
        f"a core; {m.raw_bytes_a_position:.1f} bytes a position raw, {m.archive_bytes_a_position:.1f} in the "
        "archive."
    )
    assumed = (
        f"Assumed: N = {a.positions:.0e} positions in {a.days:,} days, {a.cores} cores busy {a.busy:.0%} of "
        f"the time, ${a.dollars_a_core_hour} a core hour, ${a.dollars_a_gb_month} a GB and month, "
        f"{a.positions_a_task / 1e6:.0f} M positions and {a.task_s * 1e3:.1f} ms of scheduler a task."
    )
    rows = [f"| {what} | {how} | {value} |" for what, how, value in decade(m, a)]
    lines = [speeds, assumed, "", "| **Extrapolated** | how | |", "| --- | --- | --- |", *rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    text = page_table(json.loads(SPEED.read_text()) if SPEED.is_file() else {})
    if not parser.parse_args().write:
        print(text)
        return
    page = PAGE.read_text()
    PAGE.write_text(MARK.sub(lambda m: m[1] + text + m[2], page))


if __name__ == "__main__":
    main()
