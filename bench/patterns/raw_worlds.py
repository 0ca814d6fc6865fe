"""Whole worlds through raw files: scenario → traces → archive → flights → changes, beside the truth and beside
the same test over the true flights as a table. SIMULATED.

    python bench/patterns/raw_worlds.py --worlds 5 [--cells move stays returns lost]

Each world is the shipped scenario with another seed; about 80 s of CPU each. Results are added as they come.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from measured import footer, into_page, load, save, table

from waystation import pipeline
from waystation.case import read_case
from waystation.overall import count_over_all
from waystation.store.reference import airfields_of, reference_of
from waystation.store.simulated import simulated_folder
from waystation.terms.schema import TABLES, conform, empty

CASES = Path(__file__).parents[2] / "cases" / "hub-shift"
OLD, NEW = "OSLK", "HL59"
AROUND = '["Samandag", "Adana", "Beirut", "Nicosia", "Larnaca", "Amman", "Haifa", "Antalya"]'


def scenario(cell: str, seed: int) -> tuple[str, list[date]]:
    """Return a scenario as TOML, and the days on which its hub moves."""
    name = "scenario.toml" if cell in {"move", "returns"} else "no-move-scenario.toml"
    text = re.sub(r"^seed = \d+", f"seed = {seed}", (CASES / name).read_text(), flags=re.MULTILINE)
    if cell == "lost":  # the receivers around the hub go silent, nothing else changes
        return text.replace(
            "[[dark]]", f"[[outage]]\nreceivers = {AROUND}\nfrom = 2024-12-05\n\n[[dark]]", 1
        ), []
    if cell == "returns":
        text = text.replace("to = 2024-12-13", "to = 2024-11-17").replace(
            'id = "hub-in-libya"\nfrom = 2024-12-14',
            'id = "hub-in-libya"\nfrom = 2024-11-18\nto = 2025-01-12',
        )
        head, mark, tail = text.partition("# before: everything goes through")
        back = f'[[regime]]\nid = "back"\nfrom = 2025-01-13\nchange = "hub"\nold = "{NEW}"\nnew = "{OLD}"\nsays = "back"\n\n'
        tail = tail.replace('regimes = ["hub-in-syria"]', 'regimes = ["hub-in-syria", "back"]')
        return head + back + mark + tail, [date(2024, 11, 18), date(2025, 1, 13)]
    return text, [date(2024, 12, 14)] if cell == "move" else []


def true_flights(folder: Path, fleet: set[str]) -> pa.Table:
    """Return the true flights of the fleet as if a list had named them."""
    rows = [
        {
            "flight_id": f["flight"],
            "icao24": f["icao24"],
            "registration": f["registration"],
            "type": f["type"],
            "origin": f["origin"],
            "origin_ending": "listed",
            "takeoff_utc": f["takeoff_utc"],
            "destination": f["destination"],
            "destination_ending": "listed",
            "landing_utc": f["landing_utc"],
            "first_seen_utc": f["takeoff_utc"],
            "last_seen_utc": f["landing_utc"],
        }
        for f in pq.read_table(folder / "truth_flights.parquet").to_pylist()
        if f["type"] in fleet
    ]
    schema = conform("flights", pa.table({})).schema
    return conform("flights", pa.Table.from_pylist(rows, schema=schema))


def moves(changes: pa.Table) -> list[dict]:
    """Return the changes of the old hub's share of visits, in time."""
    found = [c for c in changes.to_pylist() if c["subject"] == OLD and c["kind"] == "share"]
    return sorted(found, key=lambda c: c["date_utc"])


def world(cell: str, seed: int) -> dict:
    began = time.process_time()
    folder = Path(tempfile.mkdtemp(prefix="raw-world-"))
    try:
        text, truth = scenario(cell, seed)
        for file in CASES.glob("*.csv"):
            shutil.copy(file, folder)
        (folder / "scenario.toml").write_text(text)
        (folder / "case.toml").write_text((CASES / "case.toml").read_text())
        case = read_case(folder / "case.toml")
        made = pipeline.run(case, folder / "out")
        raw = moves(pq.read_table(made.out / "changes.parquet"))
        heirs = pq.read_table(made.out / "substitutions.parquet").to_pylist()
        cache = simulated_folder(folder / "scenario.toml")
        listed = true_flights(cache, {"A124", "IL76"})
        tables = {n: empty(n) for n in TABLES} | {
            "flights": listed,
            "aircraft": pq.read_table(made.out / "aircraft.parquet"),
        }
        airfields = airfields_of(reference_of(case.view.sites).overlays)
        table = moves(count_over_all(tables, case.view, airfields, {})["changes"])
        shutil.rmtree(cache)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "seed": seed,
        "n_flights_true": listed.num_rows,
        "n_flights_found": made.rows["flights"],
        "true_days": [str(d) for d in truth],
        "from_raw": [_said(c) for c in raw],
        "from_truth": [_said(c) for c in table],
        "heirs": [[h["lost_hub"], h["substitute"], round(h["share"], 2)] for h in heirs if h["substitute"]],
        "cpu_s": round(time.process_time() - began, 1),
    }


def _said(change: dict) -> dict:
    days = {k: f"{change[f'{k}_utc']:%Y-%m-%d}" for k in ("date", "low", "high")}
    return days | {"before": round(change["before"], 2), "after": round(change["after"], 2)}


def summary(cell: str, worlds: list[dict]) -> dict:
    """What a cell's worlds say together."""

    def as_many(key: str) -> float:
        return sum(len(w[key]) == len(w["true_days"]) for w in worlds) / len(worlds)

    pairs = [
        (datetime.fromisoformat(t), c)
        for w in worlds
        if len(w["from_raw"]) == len(w["true_days"])
        for t, c in zip(w["true_days"], w["from_raw"], strict=True)
    ]
    errors = sorted(abs((datetime.fromisoformat(c["date"]) - t).days) for t, c in pairs)
    held = [c["low"] <= f"{t:%Y-%m-%d}" <= c["high"] for t, c in pairs]
    agree = [
        abs((datetime.fromisoformat(a["date"]) - datetime.fromisoformat(b["date"])).days)
        for w in worlds
        for a, b in zip(w["from_raw"], w["from_truth"], strict=False)
    ]
    return {
        "raw_cell": cell,
        "worlds": len(worlds),
        "true_changes": len(worlds[0]["true_days"]),
        "right_number_raw": as_many("from_raw"),
        "right_number_truth": as_many("from_truth"),
        "median_error_days": errors[len(errors) // 2] if errors else None,
        "interval_holds": sum(held) / len(held) if held else None,
        "raw_against_truth_days_at_most": max(agree) if agree else None,
        "heir_found": sum([OLD, NEW] in [h[:2] for h in w["heirs"]] for w in worlds) / len(worlds)
        if worlds[0]["true_days"]
        else None,
    }


NAMES = {
    "move": "the hub moves on 14 December",
    "stays": "it stays",
    "returns": "it moves on 18 November and comes back on 13 January",
    "lost": "it stays, the receivers around it are lost",
}


def page() -> None:
    """Write the table into docs/rules/changes.md."""
    out = load("raw_worlds")
    columns = {
        "name": "Worlds through raw files",
        "worlds": "worlds",
        "true_changes": "true changes",
        "n_raw": "as many found in the raw files",
        "n_truth": "as many found in the true flights",
        "median_error_days": "median error, d",
        "raw_against_truth_days_at_most": "raw against true flights, d at most",
        "n_heir": "heir named",
    }
    cells = [
        c
        | {"name": NAMES[c["cell"]]}
        | {
            f"n_{short}": None if c[long] is None else f"{round(c[long] * c['worlds'])}"
            for short, long in (
                ("raw", "right_number_raw"),
                ("truth", "right_number_truth"),
                ("heir", "heir_found"),
            )
        }
        for c in out["cells"]
    ]
    into_page("changes.md", "raw", table(cells, columns) + footer(out))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--cells", nargs="+", default=["move", "stays", "returns", "lost"])
    parser.add_argument(
        "--page", action="store_true", help="only write docs/rules/changes.md from the results"
    )
    asked = parser.parse_args()
    if asked.page:
        page()
        return
    began = time.time()
    done: dict[str, list[dict]] = {}
    with contextlib.suppress(FileNotFoundError):
        done = {c["cell"]: c["each"] for c in load("raw_worlds")["cells"] if "each" in c}
    for n in range(asked.worlds):
        for cell in asked.cells:
            seed = asked.seed + n
            if any(w["seed"] == seed for w in done.get(cell, [])):
                continue
            done.setdefault(cell, []).append(world(cell, seed))
            cells = [summary(c, w) | {"cell": c, "each": w} for c, w in done.items()]
            save("raw_worlds", "raw_worlds", cells, asked.seed, asked.worlds, began)
            print(dict(summary(cell, done[cell]).items()), flush=True)


if __name__ == "__main__":
    main()
