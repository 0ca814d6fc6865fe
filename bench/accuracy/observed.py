"""How many flights are found and how many ends are named right, on real flights with known truth.

    python -m bench.accuracy.observed [--data ../shared/data] [--json FILE] [--list]

Sends each set of real flights through ingest, tracks and flights and compares with
``flights_truth.csv`` (per set) and ``physical_flights.csv`` (flights as they were flown). A truth row
is *doubtful* where the airfield was read off the track itself and a larger one lies within 8 km of a
small one. It is *disputed* where ``disputed.csv`` says so, with the reason (``docs/hard-cases.md`` has them in
full). Shares are printed with all rows and without the disputed, so that nobody has to take our word for it.
``--list`` prints every disagreement; ``docs/hard-cases.md`` discusses them.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.accuracy.measured import DATA, Run

from waystation.finding import run_flights
from waystation.store.archive import read_archive_table
from waystation.store.ingesting import ingest
from waystation.store.tables import read_tables
from waystation.terms.geodesy import distance_km
from waystation.world.airfields import Airfields, canonical_ident, load_airfields

SETS = {
    "readsb": ("readsb_trace",),
    "csv_adsbx": ("adsbx_csv",),
    "fr24": ("traffic_fr24", "trrrj_fr24"),
    "traffic": ("traffic",),
}
READ_OFF = ("file", "fr24", "nm_rt")  # truth that does not come from the track itself
DISPUTES: dict[tuple[str, str], tuple[str, str]] = {}
SAME_PLACE_KM = 2.5  # one airfield under two idents (EBMB is the other side of EBBR)


@dataclass
class Tally:
    """Counts of one set of flights."""

    n_flights: int = 0
    n_rows: int = 0
    n_ends: int = 0
    named: int = 0
    right: int = 0
    doubtful_wrong: int = 0
    disputed_wrong: int = 0
    abstained: int = 0
    reached: int = 0
    reached_named: int = 0
    reached_disputed: int = 0
    rows_without_flight: int = 0
    flights_without_row: int = 0
    named_where_unknown: int = 0
    none_rows_named: int = 0
    out_and_back: int = 0
    out_and_back_kept: int = 0
    disagreements: list[str] = field(default_factory=list)


def when(text: str) -> datetime:
    """Return an ISO time as UTC."""
    t = datetime.fromisoformat(text)
    return t if t.tzinfo else t.replace(tzinfo=UTC)


def archive_of(name: str, data: Path, folder: Path) -> Path:
    """Ingest one set of flights; FR24's track files name no aircraft, their list of flights does."""
    archive = folder / name
    if name == "fr24":
        ingest([str(p) for p in sorted((data / "fr24").glob("*.json"))], archive, workers=1)
        for day in ("20170205", "20170206"):
            with (data / "fr24" / f"{day}_flights.csv").open(encoding="utf-8") as lines:
                for row in csv.DictReader(lines):
                    path = data / "fr24" / f"{day}_positions" / f"{day}_{row['flight_id']}.csv"
                    if path.exists():
                        address = f"{int(row['aircraft_id']):06x}"
                        ingest([str(path)], archive, mapping={"icao24": f"={address}"}, workers=1)
        return archive
    inputs = (
        [data / "readsb" / "globe_history", *sorted((data / "readsb").glob("*.json*"))]
        if name == "readsb"
        else [data / name]
    )
    ingest([str(p) for p in inputs], archive, workers=2)
    return archive


def flights_of(archive: Path, out: Path) -> list[dict[str, object]]:
    """Return all flights of an archive as rows, with the reasons of their ends: what the command gives a user."""
    run_flights([], archive, out)
    tables = read_tables(out)
    reason = {(r["flight_id"], r["end"]): r["reason"] for r in tables["ends"].to_pylist()}
    rows = tables["flights"].to_pylist()
    for row in rows:
        row["why"] = {e: reason[row["flight_id"], e] for e in ("origin", "destination")}
    return rows


def disputes() -> dict[tuple[str, str], tuple[str, str]]:
    """Return (flight_id, end) → (verdict, reason) of the rows of truth that docs/hard-cases.md disputes."""
    with (Path(__file__).parent / "disputed.csv").open(encoding="utf-8") as lines:
        return {(r["flight_id"], r["end"]): (r["verdict"], r["reason"]) for r in csv.DictReader(lines)}


def same(airfields: Airfields, a: str | None, b: str | None) -> bool:
    """Whether two idents of any release mean one place."""
    if not a or not b:
        return False
    i, j = (airfields.index.get(canonical_ident(airfields, x) or "") for x in (a, b))
    if i is None or j is None:
        return a == b
    return (
        i == j
        or float(distance_km(airfields.lat[i], airfields.lon[i], airfields.lat[j], airfields.lon[j]))
        < SAME_PLACE_KM
    )


def doubtful(airfields: Airfields, ident: str, how: str) -> bool:
    """Whether truth was read off the track at a small field with a larger one within 8 km."""
    i = airfields.index.get(canonical_ident(airfields, ident) or "")
    if i is None or how in READ_OFF or airfields.kind[i] != "small_airport":
        return False
    larger = (airfields.kind == "medium_airport") | (airfields.kind == "large_airport")
    return bool(
        (
            distance_km(airfields.lat[i], airfields.lon[i], airfields.lat[larger], airfields.lon[larger]) < 8
        ).any()
    )


def overlap(row: dict[str, object], start: datetime, stop: datetime) -> float:
    """Seconds that a flight and a truth row share."""
    return (min(stop, row["last_seen_utc"]) - max(start, row["first_seen_utc"])).total_seconds()  # type: ignore[type-var, operator, call-overload, no-any-return]


def tally(
    name: str, found: list[dict[str, object]], truth: list[dict[str, str]], airfields: Airfields
) -> Tally:
    """Compare the flights of one set with its truth rows."""
    out = Tally(n_flights=len(found), n_rows=len(truth))
    by_address: dict[str, list[dict[str, object]]] = {}
    for f in found:
        by_address.setdefault(str(f["icao24"]), []).append(f)
    matched = set()
    for row in truth:
        start, stop = when(row["start"]), when(row["end"])
        hits = [f for f in by_address.get(row["icao24"].lower(), []) if overlap(f, start, stop) > 0]
        matched.update(str(f["flight_id"]) for f in hits)
        if not hits:
            out.rows_without_flight += 1
        for end in ("origin", "destination"):
            key, mark = ("first_seen_utc", start) if end == "origin" else ("last_seen_utc", stop)
            flight = min(hits, key=lambda f: abs((f[key] - mark).total_seconds()), default=None)  # type: ignore[operator]
            count_end(out, name, row, end, flight, airfields)
        if row["origin"] and row["origin"] == row["destination"] and len(hits) == 1:
            out.out_and_back += 1
            out.out_and_back_kept += (
                hits[0]["origin"] == hits[0]["destination"] and hits[0]["origin"] is not None
            )
    out.flights_without_row = sum(str(f["flight_id"]) not in matched for f in found)
    return out


def count_end(
    out: Tally,
    name: str,
    row: dict[str, str],
    end: str,
    flight: dict[str, object] | None,
    airfields: Airfields,
) -> None:
    """Count one end of one truth row."""
    said = str(flight[end]) if flight and flight[end] else None
    known = row[end]
    label = f"{name} {row['file'].split('/')[-1]} {row['flight_id']} {row['start'][:16]} {end}"
    why = flight["why"][end] if flight else "no flight"  # type: ignore[index]
    if not known:
        out.named_where_unknown += said is not None
        out.none_rows_named += said is not None and row["truth_class"] == "none"
        return
    out.n_ends += 1
    doubt = doubtful(airfields, known, row[f"{end}_truth"])
    reach = row["track_starts_at_airport" if end == "origin" else "track_ends_at_airport"].lower() == "true"
    out.reached += reach
    disputed = DISPUTES.get((row["flight_id"], end)) is not None
    if said is None:
        out.abstained += 1
        if reach:
            out.reached_disputed += disputed
            out.disagreements.append(
                f"{label}: truth {known}{' (doubtful)' if doubt else ''}{' (disputed)' if disputed else ''}, abstained: {why}"
            )
        return
    out.named += 1
    out.reached_named += reach
    if same(airfields, said, known):
        out.right += 1
    else:
        out.doubtful_wrong += doubt
        out.disputed_wrong += disputed
        out.disagreements.append(
            f"{label}: truth {known}{' (doubtful)' if doubt else ''}{' (disputed)' if disputed else ''}, named {said}: {why}"
        )


def physical(
    found: list[dict[str, object]], rows: list[dict[str, str]], airfields: Airfields
) -> dict[str, object]:
    """Compare with the flights as they were flown: one to one, names at low ends, none at the others."""
    out: dict[str, object] = dict.fromkeys(
        (
            "flights",
            "one_to_one",
            "low_ends",
            "low_named",
            "low_right",
            "air_ends",
            "air_named",
            "overflights",
            "overflight_ends_named",
        ),
        0,
    )
    notes = []
    by_airframe: dict[str, list[int]] = {}
    for row in rows:
        start, stop = when(row["first_utc"]), when(row["last_utc"])
        hits = [f for f in found if f["icao24"] == row["icao24"] and overlap(f, start, stop) > 0]
        if row["kind"] == "overflight":
            out["overflights"] += 1  # type: ignore[operator]
            named = sum(f[e] is not None for f in hits for e in ("origin", "destination"))
            out["overflight_ends_named"] += named  # type: ignore[operator]
            continue
        if row["kind"] != "flight":
            continue
        out["flights"] += 1  # type: ignore[operator]
        slack = timedelta(minutes=10)
        whole = [f for f in hits if f["first_seen_utc"] > start - slack and f["last_seen_utc"] < stop + slack]  # type: ignore[operator]
        one = len(hits) == 1 and len(whole) == 1
        out["one_to_one"] += one  # type: ignore[operator]
        mine = by_airframe.setdefault(row["icao24"], [0, 0])  # flights, and of them one to one
        mine[0] += 1
        mine[1] += one
        if not one:
            notes.append(
                f"{row['flight']}: {len(hits)} flights, {[(str(f['first_seen_utc']), str(f['last_seen_utc'])) for f in hits]}"
            )
        for end in ("origin", "destination"):
            said = [f[end] for f in hits if f[f"{end}_ending"] in ("seen", "approach")]
            how = row[f"{end}_known"]
            if how == "low-at":
                out["low_ends"] += 1  # type: ignore[operator]
                out["low_named"] += bool(said)  # type: ignore[operator]
                out["low_right"] += any(same(airfields, str(x), row[end]) for x in said)  # type: ignore[operator]
            elif how == "air":
                out["air_ends"] += 1  # type: ignore[operator]
                out["air_named"] += bool(said)  # type: ignore[operator]
    out["notes"] = notes
    out["by_airframe"] = by_airframe
    return out


def share(a: int, b: int) -> str:
    """Return a percentage, or a dash of nothing."""
    return f"{100 * a / b:.1f} %" if b else "–"


def main() -> int:
    """Print the tables; exit 0."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", type=Path, help="keep the figures there, in the section observed")
    parser.add_argument("--list", action="store_true", help="print every disagreement")
    args = parser.parse_args()
    if not args.data.is_dir():
        print(f"no real flights at {args.data}: give their folder with --data", file=sys.stderr)
        return 1
    run = Run({})
    airfields = load_airfields()
    DISPUTES.update(disputes())
    with (args.data / "flights_truth.csv").open(encoding="utf-8") as lines:
        truth = list(csv.DictReader(lines))
    with (args.data / "physical_flights.csv").open(encoding="utf-8") as lines:
        flown = list(csv.DictReader(lines))
    results: dict[str, Tally] = {}
    everything: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, datasets in SETS.items():
            archive = archive_of(name, args.data, Path(folder))
            found = flights_of(archive, Path(folder) / f"out-{name}")
            refused = read_archive_table(archive, "rejected").num_rows
            results[name] = tally(name, found, [r for r in truth if r["dataset"] in datasets], airfields)
            if name in ("readsb", "csv_adsbx"):
                everything += found
            print(f"{name}: {len(found)} flights, {refused} records refused", file=sys.stderr)
    report(results)
    flown_result = physical(everything, flown, airfields)
    print(
        "\nflights as they were flown:", json.dumps({k: v for k, v in flown_result.items() if k != "notes"})
    )
    for note in flown_result["notes"]:  # type: ignore[attr-defined]
        print("  ", note)
    if args.list:
        print("\n" + "\n".join(line for t in results.values() for line in t.disagreements))
    if args.json:
        counts = {
            name: {k: v for k, v in vars(t).items() if isinstance(v, int)} for name, t in results.items()
        }
        run.keep(args.json, "observed", {"sets": counts, "flown": flown_result})
    return 0


def report(results: dict[str, Tally]) -> None:
    """Print one row per set and the sum."""
    head = "| set | flights | truth rows | ends known | named | right | wrong (doubtful, disputed) | right without disputes | abstained | reached | named of reached | without disputes | rows without flight | flights without row | named, truth unknown | out and back |"
    print(head + "\n" + "|---" * (head.count("|") - 1) + "|")
    total = Tally()
    for name, t in results.items():
        for key, value in vars(t).items():
            if isinstance(value, int):
                setattr(total, key, getattr(total, key) + value)
        print(line(name, t))
    print(line("all", total))


def line(name: str, t: Tally) -> str:
    """Return one row of the table."""
    return (
        f"| {name} | {t.n_flights} | {t.n_rows} | {t.n_ends} | {t.named} | {t.right} ({share(t.right, t.named)}) | "
        f"{t.named - t.right} ({t.doubtful_wrong}, {t.disputed_wrong}) | {share(t.right, t.named - t.disputed_wrong)} | {t.abstained} | "
        f"{t.reached} | {t.reached_named} ({share(t.reached_named, t.reached)}) | {share(t.reached_named, t.reached - t.reached_disputed)} | "
        f"{t.rows_without_flight} | {t.flights_without_row} | {t.named_where_unknown} | {t.out_and_back_kept}/{t.out_and_back} |"
    )


if __name__ == "__main__":
    sys.exit(main())
