"""Worlds in which the true heir of a lost hub is known: is it ranked first, with the right share?

SIMULATED: every flight here is made up. A world is a table of flights with ends, as `flights` would leave it,
run through the rules of `network.build` and of substitutions.

    python bench/patterns/substitution_worlds.py [--worlds 2000] [--seed 1] [--workers 2]

An errand is a flight from home to a hub and a flight on to where the load goes (the aircraft comes home
empty, by a flight of its own). 12 demands of unequal size; 360 days; the change is on day 180. A fifth of the
ends at hubs is dark: candidates, of which the true field has 0.65 on average and is first as often as it
says.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from waystation.network.flows import flows_of
from waystation.network.itineraries import itineraries_of
from waystation.network.substitutions import SubstitutionRules, substitution_rows
from waystation.network.triples import triples_table
from waystation.network.visits import chains_of
from waystation.terms.schema import TABLES

RESULTS = Path(__file__).parent / "results" / "substitution_worlds.json"
HOMES = ("UUMU", "UMMS", "ULLI")
TARGETS = ("GABS", "FTTJ", "DRRN", "FEFF")
HUBS = ("OSLK", "HL59", "HLLB", "HL69")
FULL = 500  # worlds a cell with interval and placebos; the others only ask for share and rank
DAYS, CHANGE = 360, 180
START = datetime(2024, 1, 1, tzinfo=UTC)
BEFORE, AFTER = (0.85, 0.05, 0.05, 0.05), (0.15, 0.65, 0.10, 0.10)
TRUTH = (AFTER[1] - BEFORE[1]) / (
    BEFORE[0] - AFTER[0]
)  # of what the hub lost, the share that the heir gained


@dataclass(frozen=True)
class Cell:
    """One kind of world."""

    name: str
    per_week: float  # errands
    heard: float = 0.6
    whole: bool = False  # whether an errand is heard as a whole, or each flight of it by itself
    after: tuple[float, ...] = AFTER
    volume: float = 1.0  # of errands after the change
    heard_after: float | None = None


CELLS = (
    *(Cell("shift", r) for r in (2, 4)),
    *(Cell("no loss", r, after=BEFORE) for r in (2, 4)),
    *(Cell("gone, no heir", r, after=BEFORE, volume=0.25) for r in (2, 4)),
    *(Cell("coverage halves, no loss", r, after=BEFORE, heard_after=0.3) for r in (2, 4)),
    *(Cell("shift", r, whole=True) for r in (2, 4)),
    *(Cell("no loss", r, whole=True, after=BEFORE) for r in (2, 4)),
)


def world(cell: Cell, rng: np.random.Generator) -> tuple[pa.Table, pa.Table]:
    """Return flights and candidates of one world."""
    demand = rng.dirichlet(np.full(len(HOMES) * len(TARGETS), 1.5))
    rows, ranked = [], []
    free = {home: [0.0] * 6 for home in HOMES}
    for half, shares in enumerate((BEFORE, cell.after)):
        lam = cell.per_week * CHANGE / 7 * (cell.volume if half else 1.0)
        heard = cell.heard if not half or cell.heard_after is None else cell.heard_after
        for at in np.sort(rng.uniform(half * CHANGE, (half + 1) * CHANGE, rng.poisson(lam))):
            h, t = divmod(int(rng.choice(len(demand), p=demand)), len(TARGETS))
            home, target, hub = HOMES[h], TARGETS[t], HUBS[rng.choice(4, p=shares)]
            tail = int(np.argmin(free[home]))
            off = max(at, free[home][tail]) * 24.0
            stops = rng.lognormal(np.log(3.0), 0.6, 2).clip(0.75, 60)
            legs = ((home, hub, off, off + 4), (hub, target, off + 4 + stops[0], off + 9 + stops[0]))
            back = off + 9 + stops.sum()
            legs = (*legs, (target, home, back, back + 8))
            free[home][tail] = (back + 8 + 10) / 24.0
            names = dark(hub, rng)
            together = rng.random() < heard
            for n, (a, b, dep, arr) in enumerate(legs):
                if together if cell.whole and n < 2 else rng.random() < heard:
                    add(rows, ranked, f"{home}{tail}", (a, b), (dep, arr), hub, names)
    flights = pa.Table.from_pylist(rows, schema=TABLES["flights"])
    return flights, pa.Table.from_pylist(ranked, schema=TABLES["candidates"])


def dark(hub: str, rng: np.random.Generator) -> dict[str, float] | None:
    """Return the candidates of a dark stop, decoded jointly: the same at landing and takeoff."""
    if rng.random() >= 0.2:
        return None
    p = np.array([0.65, 0.2, 0.1])
    others = [x for x in HUBS if x != hub]
    rng.shuffle(others)
    true_at = rng.choice(4, p=[*p, 1 - p.sum()])
    order = others[:3]
    if true_at < 3:
        order[true_at] = hub
    return dict(zip(order, p.tolist(), strict=True))


def add(rows, ranked, tail, ends, hours, hub, names):
    fid = f"f{len(rows):05d}"
    row = {"flight_id": fid, "icao24": tail, "type": "IL76"}
    for end, place, hour in zip(("origin", "destination"), ends, hours, strict=True):
        when = START + timedelta(hours=float(hour))
        wheels, seen = (
            ("takeoff_utc", "first_seen_utc") if end == "origin" else ("landing_utc", "last_seen_utc")
        )
        row[seen] = when
        if place == hub and names:
            row |= {end: None, f"{end}_ending": "unknown", f"{end}_probability": None}
            ranked += [
                {"flight_id": fid, "end": end, "rank": k + 1, "airfield": a, "probability": p}
                for k, (a, p) in enumerate(names.items())
            ]
        else:
            row |= {end: place, f"{end}_ending": "seen", f"{end}_probability": 0.999, wheels: when}
    rows.append(row)


def trial(job: tuple[Cell, int]) -> dict:
    cell, seed = job
    rng = np.random.default_rng([seed, CELLS.index(cell)])
    flights, candidates = world(cell, rng)
    homes = {f"{home}{k}": home for home in HOMES for k in range(6)}
    chains = chains_of(flights, candidates, TABLES["ends"].empty_table())
    trips = [t for c in chains for t in itineraries_of(c, homes[c.icao24])]
    triples = triples_table(trips, chains[0].places)
    day = (START - datetime(1970, 1, 1, tzinfo=UTC)).days
    flows = flows_of(triples)
    full = seed % 1_000_000 < FULL
    rules = SubstitutionRules() if full else SubstitutionRules(draws=2, placebo_hubs=0, placebo_dates=0)
    rows = substitution_rows(flows, HUBS[0], day + CHANGE, (day, day + DAYS), rules=rules)
    heir = next((r for r in rows if r["substitute"] == HUBS[1]), None)
    return {
        "flights": flights.num_rows,
        "triples": float(flows.p[flows.through].sum()),
        "first": rows[0]["substitute"] == HUBS[1],
        "share": heir["share"] if heir else 0.0,
        "full": full,
        "inside": bool(heir and heir["low"] <= TRUTH <= heir["high"]),
        "width": heir["high"] - heir["low"] if heir else None,
        "placebo": heir["placebo_rank"] if heir else None,
        "max_share": max((r["share"] for r in rows if r["substitute"]), default=0.0),
    }


def summary(cell: Cell, found: list[dict]) -> dict:
    share = np.array([f["share"] for f in found])
    most = np.array([f["max_share"] for f in found])
    out = asdict(cell) | {
        "worlds": len(found),
        "median_flights_heard": float(np.median([f["flights"] for f in found])),
        "median_triples_heard": float(np.median([f["triples"] for f in found])),
    }
    if cell.name == "shift":
        full = [f for f in found if f["full"]]
        wide = [f["width"] for f in full if f["width"] is not None]
        ranks = [f["placebo"] for f in full if f["placebo"] is not None]
        miss = np.abs(share - TRUTH)
        return out | {
            "truth": TRUTH,
            "heir_ranked_first": float(np.mean([f["first"] for f in found])),
            "median_share": float(np.median(share)),
            "median_miss": float(np.median(miss)),
            "p90_miss": float(np.quantile(miss, 0.9)),
            "interval_covers": float(np.mean([f["inside"] for f in full])),
            "worlds_with_interval": len(full),
            "median_width": float(np.median(wide)),
            "placebo_rank_at_most_0.1": float(np.mean(np.array(ranks) <= 0.1)),
        }
    return out | {
        "max_share_below_0.2": float(np.mean(most < 0.2)),
        "any_heir_named": float(np.mean(most > 0)),
        "p95_max_share": float(np.quantile(most, 0.95)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument(
        "--cells", type=int, nargs="*", default=range(len(CELLS)), help="only these; others stay"
    )
    args = parser.parse_args()
    began, cells = time.time(), []
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout
    with ProcessPoolExecutor(args.workers) as pool:
        for cell in [CELLS[k] for k in args.cells]:
            jobs = [(cell, args.seed * 1_000_000 + k) for k in range(args.worlds)]
            cells.append(summary(cell, list(pool.map(trial, jobs, chunksize=20))))
            print(json.dumps(cells[-1]), flush=True)
            write(args, cells, commit.strip(), time.time() - began)


def write(args: argparse.Namespace, cells: list[dict], commit: str, seconds: float) -> None:
    """Write what there is so far: a run that is cut short leaves whole cells."""
    before = json.loads(args.out.read_text())["cells"] if args.out.exists() else []
    new = {key(c) for c in cells}
    report = {
        "simulated": True,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "cells": [c for c in before if key(c) not in new]
        + [c | {"commit": commit, "seed": args.seed, "seconds": round(seconds)} for c in cells],
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(report, indent=1) + "\n")


def key(cell: dict) -> tuple:
    return cell["name"], cell["per_week"], cell["whole"]


if __name__ == "__main__":
    main()
