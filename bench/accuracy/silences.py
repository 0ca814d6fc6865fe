"""Are silences cut where they hide a landing, and bridged where they do not? On real flights.

    python -m bench.accuracy.silences [--data ../shared/data] [--json FILE]

Bridged: a stretch of one real flight is removed (10 minutes to 6 hours, not nearer than 8 minutes to either
end); it must come back as one flight. Cut: two consecutive real flights of one aircraft with a stay of
20 minutes to 12 hours at the same airfield lose their last and first 5 to 40 minutes; they must come back
as two. Aircraft are split in two halves by a hash of their address: rules were looked at on half A only,
half B is reported beside it. Simple rules on the same cases: split at every silence of 30 minutes
(a common choice), and OpenSky's published rule (a silence of more than 10 minutes at an implied speed below
a quarter of the median speed).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from bench.accuracy.measured import DATA, Run
from bench.accuracy.observed import SETS, archive_of

from waystation import flights, tracks
from waystation.store.archive import iter_aircraft
from waystation.terms.geodesy import distance_km
from waystation.terms.schema import empty
from waystation.world.airfields import load_airfields

SEED = 20241208


def cases(archive: Path, rng: np.random.Generator, airfields: object):
    """Yield (kind, address, hours hidden, positions table with the stretch removed)."""
    for table in iter_aircraft(archive):
        judged = tracks.build(table)
        made = flights.build(judged.positions, judged.gaps, airfields=airfields, aircraft=empty("aircraft"))
        time = table["time_utc"].cast(pa.int64()).to_numpy() / 1000
        address = np.asarray(table["icao24"].to_pylist())
        rows = made.flights.sort_by([("icao24", "ascending"), ("first_seen_utc", "ascending")]).to_pylist()
        for f in rows:
            a, b = f["first_seen_utc"].timestamp(), f["last_seen_utc"].timestamp()
            mine = (address == f["icao24"]) & (time >= a) & (time <= b)
            if b - a < 2400 or f["longest_gap_s"] > 600 or mine.sum() < 20:
                continue
            for _ in range(2):
                length = float(np.exp(rng.uniform(np.log(600), np.log(min(b - a - 960, 6 * 3600)))))
                start = rng.uniform(a + 480, b - 480 - length)
                keep = mine & ~((time > start) & (time < start + length))
                if (keep & (time <= start)).sum() >= 5 and (keep & (time > start)).sum() >= 5:
                    yield (
                        f"bridge, {course(table, mine, f)}",
                        f["icao24"],
                        length / 3600,
                        table.filter(pa.array(keep)),
                    )
        for f, g in pairwise(rows):
            if f["icao24"] != g["icao24"] or not f["destination"] or f["destination"] != g["origin"]:
                continue
            down, up = f["last_seen_utc"].timestamp(), g["first_seen_utc"].timestamp()
            if not 1200 < up - down < 12 * 3600:
                continue
            for _ in range(2):
                m, k = rng.uniform(300, 2400, 2)
                a, b = f["first_seen_utc"].timestamp(), g["last_seen_utc"].timestamp()
                keep = (address == f["icao24"]) & (
                    ((time >= a) & (time < down - m)) | ((time > up + k) & (time <= b))
                )
                if (keep & (time < down)).sum() >= 5 and (keep & (time > up)).sum() >= 5:
                    yield "cut", f["icao24"], (up + k - down + m) / 3600, table.filter(pa.array(keep))


def course(table: pa.Table, mine: np.ndarray, flight: dict[str, object]) -> str:
    """Whether the flight goes somewhere, or circles over a place (surveys, fires, gliders, calibration)."""
    t = table["time_utc"].cast(pa.int64()).to_numpy()
    at = np.flatnonzero(mine)
    first, last = at[t[at].argmin()], at[t[at].argmax()]
    lat, lon = table["lat"].to_numpy(), table["lon"].to_numpy()
    net = float(distance_km(lat[first], lon[first], lat[last], lon[last]))
    return "going somewhere" if net > 0.6 * float(flight["distance_km"]) else "circling"


def simple(table: pa.Table) -> tuple[int, int]:
    """Flights by two simple rules: 30 minutes of silence; OpenSky's rule."""
    t = table["time_utc"].cast(pa.int64()).to_numpy() / 1000
    lat, lon = table["lat"].to_numpy(), table["lon"].to_numpy()
    order = np.argsort(t, kind="stable")
    dt = np.diff(t[order])
    d = distance_km(lat[order][:-1], lon[order][:-1], lat[order][1:], lon[order][1:])
    ok = dt > 0
    v = d[ok] / dt[ok]
    return 1 + int((dt > 1800).sum()), 1 + int(((dt[ok] > 600) & (v < np.median(v) / 4)).sum())


def main() -> int:
    """Print the table; exit 0."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", type=Path, help="keep the figures there, in the section silences")
    parser.add_argument("--list", action="store_true", help="print the errors of half A")
    args = parser.parse_args()
    run = Run({"seed": SEED})
    airfields = load_airfields()
    rng = np.random.default_rng(SEED)
    counts: dict[tuple[str, str, str], list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in SETS:
            for kind, address, hours, table in cases(
                archive_of(name, args.data, Path(folder)), rng, airfields
            ):
                judged = tracks.build(table)
                n = flights.build(
                    judged.positions, judged.gaps, airfields=airfields, aircraft=empty("aircraft")
                ).flights.num_rows
                half = "A" if int(hashlib.sha256(address.encode()).hexdigest(), 16) % 2 else "B"
                band = "< 1 h" if hours < 1 else "1–2 h" if hours < 2 else "> 2 h"
                want = 1 if kind.startswith("bridge") else 2
                tally = counts.setdefault((kind, band, half), [0, 0, 0, 0])
                for i, got in enumerate((n, *simple(table))):
                    tally[i] += got == want
                tally[3] += 1
                if args.list and half == "A" and n != want:
                    print(kind, address, f"{hours:.2f} h", n)
    print(
        "| silence | hidden | half | cases | right | 30-minute rule | OpenSky's rule |\n|---|---|---|---|---|---|---|"
    )
    for (kind, band, half), (ours, thirty, opensky, n) in sorted(counts.items()):
        print(f"| {kind} | {band} | {half} | {n} | {ours / n:.1%} | {thirty / n:.1%} | {opensky / n:.1%} |")
    if args.json:
        told = [
            dict(
                zip(
                    ("silence", "hidden", "half", "right", "thirty", "opensky", "cases"),
                    (*k, *v),
                    strict=True,
                )
            )
            for k, v in sorted(counts.items())
        ]
        run.keep(args.json, "silences", {"cases": told})
    return 0


if __name__ == "__main__":
    sys.exit(main())
