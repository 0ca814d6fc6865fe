"""Flights found in a simulated archive beside those that were flown.

    waystation simulate SCENARIO.toml --out DIR && waystation flights DIR/20* --out FOUND
    python bench/simulation/against_truth.py DIR FOUND

One to one: a found flight of the address overlaps the true one for half of the time in which it was heard, and
each overlaps no other by as much.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

FAR = 180_000  # ms: wheel times may differ by this much and still count as met


def main(folder: Path, found: Path) -> None:
    truth = pl.read_parquet(folder / "truth_flights.parquet").filter(pl.col("n_positions") > 0)
    flights = pl.read_parquet(found / "flights.parquet")
    pairs = (
        truth.join(flights, on="icao24", suffix="_found")
        .with_columns(
            both=(
                pl.min_horizontal("last_heard_utc", "last_seen_utc")
                - pl.max_horizontal("first_heard_utc", "first_seen_utc")
            ).dt.total_milliseconds(),
            heard=(pl.col("last_heard_utc") - pl.col("first_heard_utc")).dt.total_milliseconds(),
            seen=(pl.col("last_seen_utc") - pl.col("first_seen_utc")).dt.total_milliseconds(),
        )
        .filter((pl.col("both") >= 0.5 * pl.col("heard")) | (pl.col("both") >= 0.5 * pl.col("seen")))
        .filter(pl.col("both") >= 0)
    )
    pairs = pairs.with_columns(
        of_true=pl.len().over("flight"),
        of_found=pl.len().over("flight_id"),
        stranger=pl.col("role") == "stranger",
    )
    one = pairs.filter((pl.col("of_true") == 1) & (pl.col("of_found") == 1))
    print(f"flown and heard {truth.height}, found {flights.height}, one to one {one.height}")
    print(f"  true flights in several found: {pairs.filter(pl.col('of_true') > 1)['flight'].n_unique()}")
    print(
        f"  found flights that join several true: {pairs.filter(pl.col('of_found') > 1)['flight_id'].n_unique()}"
    )
    missed = truth.join(pairs, on="flight", how="anti")
    extra = flights.join(pairs, on="flight_id", how="anti")
    print(f"  true flights not found: {missed.height}; found flights that are no true one: {extra.height}")
    for name, part in (
        ("all", one),
        ("transports", one.filter("military")),
        ("civil", one.filter(~pl.col("military"))),
    ):
        _ends(name, part)
    transports = truth.filter("military")
    print(f"transports heard: {transports.height}, one to one {one.filter('military').height}")
    print(
        pairs.filter(pl.col("of_found") > 1)
        .select("registration", "origin", "destination", "takeoff_utc", "flight_id", "faults")
        .head(12)
    )
    print(
        extra.select("icao24", "registration", "type", "first_seen_utc", "last_seen_utc", "n_positions").head(
            12
        )
    )
    wrong = one.filter(pl.col("military") & (pl.col("destination_found") != pl.col("destination")))
    print(
        wrong.group_by("destination", "destination_found", "destination_ending")
        .len()
        .sort("len", descending=True)
        .head(15)
    )
    wrong = one.filter(pl.col("military") & (pl.col("origin_found") != pl.col("origin")))
    print(
        wrong.group_by("origin", "origin_found", "origin_ending").len().sort("len", descending=True).head(15)
    )


def _ends(name: str, part: pl.DataFrame) -> None:
    for end, wheel in (("origin", "takeoff_utc"), ("destination", "landing_utc")):
        for ending in ("seen", "approach", "inferred", "outside", "unknown"):
            rows = part.filter(pl.col(f"{end}_ending") == ending)
            named = rows.filter(pl.col(f"{end}_found").is_not_null())
            right = named.filter(pl.col(f"{end}_found") == pl.col(end))
            timed = rows.filter(pl.col(f"{wheel}_found").is_not_null())
            off = (timed[f"{wheel}_found"] - timed[wheel]).dt.total_milliseconds().abs()
            if rows.height:
                median = f"{off.median() / 1000:.0f} s" if timed.height else "-"
                within = f"{(off <= FAR).mean():.3f}" if timed.height else "-"
                print(
                    f"{name:10} {end:11} {ending:8} {rows.height:5} named {named.height:5} right {right.height:5} "
                    f"({right.height / max(named.height, 1):.3f})  wheel time off {median}, within 3 min {within}"
                )


if __name__ == "__main__":
    pl.Config.set_tbl_rows(30)
    pl.Config.set_tbl_cols(20)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
