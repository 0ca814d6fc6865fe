"""Gap labels where the truth is ours: stretches taken from real flights, and a hole cut for everybody.

    python -m bench.accuracy.gaps [--data ../shared/data] [--json FILE]

Europe, one hour, a position a minute (waypoints). *dark*: 22 minutes taken from some flights only. *hole*: all
positions in a box taken from all flights. Prints the labels of all gaps.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from bench.accuracy.measured import DATA, Run

from waystation import coverage, tracks
from waystation.flights.build import observe
from waystation.terms.schema import TIME, conform, empty
from waystation.world.airfields import load_airfields

FT_M = 0.3048
HOLE = (46.0, 50.0, 4.0, 14.0)
DRAWS, MINUTES = 5, 22


def positions(data: Path) -> pa.Table:
    """The waypoints as positions; each flight an aircraft."""
    frame = pl.read_parquet(data / "waypoints" / "europe_20190101_12z.parquet")
    number = {f: i for i, f in enumerate(frame["flight_id"].unique(maintain_order=True))}
    columns = {
        "icao24": pa.array([f"{0xA00000 + number[f]:06x}" for f in frame["flight_id"]]),
        "time_utc": frame["time"].cast(pl.Datetime("ms")).to_arrow().cast(pa.timestamp("ms")).cast(TIME),
        "lat": frame["latitude"].cast(pl.Float64).to_arrow(),
        "lon": frame["longitude"].cast(pl.Float64).to_arrow(),
        "altitude_ft": (frame["altitude_m"] / FT_M).round().cast(pl.Int32).to_arrow(),
        "source_id": pa.array(["waypoints"] * len(frame)),
        "record": pa.array(range(len(frame)), pa.int32()),
    }
    return conform("positions", pa.table(columns))


def labels(table: pa.Table, keep: np.ndarray) -> Counter[str]:
    """Labels of all gaps when only some positions are kept."""
    judged = tracks.build(table.filter(pa.array(keep)))
    measured = coverage.build(judged.positions)
    made = observe(
        judged.positions,
        judged.gaps,
        airfields=load_airfields(),
        aircraft=empty("aircraft"),
        coverage=measured,
    )
    return Counter(made.gaps.column("label").to_pylist())


def main() -> None:
    """Print the labels of all gaps, and keep them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", type=Path, help="keep the figures there, in the section gaps")
    args = parser.parse_args()
    run = Run({"draws": DRAWS, "minutes": MINUTES, "hole": HOLE})
    table = positions(args.data)
    address = np.array(table.column("icao24").to_pylist())
    t = table.column("time_utc").cast(pa.int64()).to_numpy() / 1000.0
    lat, lon = table.column("lat").to_numpy(), table.column("lon").to_numpy()
    names, count = np.unique(address, return_counts=True)
    start = {a: t[address == a].min() for a in names}
    told = {"flights": len(names), "untouched": dict(labels(table, np.ones(len(t), dtype=bool))), "dark": []}
    for n in (10, 40):
        total: Counter[str] = Counter()
        for seed in range(DRAWS):
            keep = np.ones(len(t), dtype=bool)
            for a in np.random.default_rng(seed).choice(names[count > 50], n, replace=False):
                gone = (t > start[a] + 18 * 60.0) & (t < start[a] + (18 + MINUTES) * 60.0)
                keep &= ~((address == a) & gone)
            total += labels(table, keep)
        told["dark"].append({"flights": n, "labels": dict(total)})
    south, north, west, east = HOLE
    inside = (lat > south) & (lat < north) & (lon > west) & (lon < east)
    told["hole"] = dict(labels(table, ~inside))
    print(json.dumps(told, indent=1))
    if args.json:
        run.keep(args.json, "gaps", told)


if __name__ == "__main__":
    main()
