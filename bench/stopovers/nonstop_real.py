"""Every real flight with two known ends, and every published leg, against the model: could it be flown?

    python bench/stopovers/nonstop_real.py

Types come from a public register by address. What has no curve here cannot be judged and is counted.
"""

from __future__ import annotations

import collections
import csv
import gzip
import time
from datetime import UTC, datetime

import pyarrow as pa
from measured import DATA, save

from waystation.stopovers import check_nonstop
from waystation.terms.schema import TABLES
from waystation.world.airfields import canonical_ident, load_airfields

# Legs of published_events.csv whose two ends are airfields and whose type is named there
PUBLISHED = (
    ("E01", "A124", "OSLK", "HL59"), ("E03", "A124", "OSLK", "HL59"), ("E03", "A124", "HL59", "GABS"),
    ("E03", "A124", "HL59", "DFFD"), ("E04", "IL76", "URKK", "OSLK"), ("E04", "IL76", "OSLK", "GABS"),
    ("E07", "A400", "LTAE", "HL77"), ("E09", "C30J", "LIRP", "HLMS"), ("E10", "IL76", "HL59", "OSLK"),
    ("E10", "IL76", "HL59", "HL69"), ("E11", "IL76", "OMRK", "HKJK"), ("C20", "A124", "UUMU", "OSLK"),
    ("C21", "IL76", "OMAA", "TD-0014"), ("C23", "IL76", "UBBB", "LLOV"), ("C26", "IL76", "UUMU", "OSLK"),
)  # fmt: skip


def register() -> dict[str, str]:
    with gzip.open(DATA / "aircraft" / "tar1090_db_20260406.csv.gz", "rt") as stream:
        return {r["icao24"].lower(): r["typecode"] for r in csv.DictReader(stream)}


def table(rows: list[dict]) -> pa.Table:
    schema = TABLES["flights"]
    start = datetime(2024, 1, 1, tzinfo=UTC)
    full = [{k: r.get(k) for k in schema.names} | {"first_seen_utc": start} for r in rows]
    return pa.Table.from_pylist(full, schema=schema)


def main() -> None:
    began = time.time()
    fields, types = load_airfields(), register()
    real = [
        {
            "flight_id": f"{r['file']}:{r['flight_id']}",
            "type": types.get(r["icao24"], "") or None,
            "origin": canonical_ident(fields, r["origin"]) or r["origin"],
            "destination": canonical_ident(fields, r["destination"]) or r["destination"],
            "origin_ending": "seen",
            "destination_ending": "seen",
        }
        for r in csv.DictReader((DATA / "flights_truth.csv").open())
        if r["origin"] and r["destination"]
    ]
    told = [
        {
            "flight_id": e,
            "type": t,
            "origin": a,
            "destination": b,
            "origin_ending": "seen",
            "destination_ending": "seen",
        }
        for e, t, a, b in PUBLISHED
    ]
    measured = {}
    for name, rows in (("real flights", real), ("published legs", told)):
        found = check_nonstop(table(rows), fields).to_pylist()
        verdicts = collections.Counter(r["verdict"] for r in found)
        print(f"{name}: {dict(verdicts)}")
        for r in found:
            if r["verdict"] == "violation":
                print(f"  {r['flight_id']} {r['type']} {r['origin']}-{r['destination']}: {r['reason']}")
            elif r["verdict"] == "feasible":
                print(
                    f"  {r['flight_id']} {r['type']} {r['origin']}-{r['destination']}: {r['distance_km']:.0f} km, "
                    f"{r['payload_max_t']:.0f} t would go"
                )
        measured[name] = {
            "verdicts": dict(verdicts),
            "judged": [r for r in found if r["verdict"] != "cannot tell"],
        }
    save("nonstop_real", measured, began)


if __name__ == "__main__":
    main()
