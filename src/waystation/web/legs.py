"""Every pair of airfields that each flight may have joined, with its probability, ready to be summed.

Made once for a result: moving the time window then only filters and adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from waystation.terms.endings import ENDS, SETTLED_ENDINGS
from waystation.terms.whereabouts import OTHER

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["legs_of"]

_LEAST: Final = 0.01  # pairs below one in a hundred are noise on a map; tables keep them


def legs_of(flights: pa.Table, candidates: pa.Table) -> pl.DataFrame:
    """Return rows (flight_id, time, type, origin, destination, p, named), in the order of time.

    The reading of ``terms.whereabouts``, over columns. ``named``: both ends have this very name.
    """
    frame = pl.DataFrame(flights)
    ranked = (
        pl.DataFrame(candidates)
        .filter(
            pl.col("airfield").is_not_null()
            & (pl.col("airfield") != OTHER)
            & pl.col("probability").is_not_null()
        )
        .select("flight_id", "end", "airfield", "probability")
    )
    ends = [_places(frame, ranked.filter(pl.col("end") == end).drop("end"), end) for end in ENDS]
    pairs = ends[0].join(ends[1], on="flight_id", how="inner")
    wanted = frame.select(
        "flight_id", "icao24", "type", pl.col("first_seen_utc").alias("time"),
        pl.col("origin").alias("o_name"), pl.col("destination").alias("d_name"),
    )  # fmt: skip
    return (
        pairs.with_columns((pl.col("origin_p") * pl.col("destination_p")).alias("p"))
        .filter(pl.col("p") >= _LEAST)
        .join(wanted, on="flight_id", how="inner")
        .with_columns(
            ((pl.col("origin") == pl.col("o_name")) & (pl.col("destination") == pl.col("d_name")))
            .fill_null(value=False)
            .alias("named")
        )
        .select("flight_id", "icao24", "type", "time", "origin", "destination", "p", "named")
        .sort("time", "flight_id", "origin", "destination")
    )


def _places(flights: pl.DataFrame, ranked: pl.DataFrame, end: str) -> pl.DataFrame:
    """Return (flight_id, airfield, probability) of one end, the columns named after it."""
    named = flights.filter(pl.col(end).is_not_null()).select(
        "flight_id",
        pl.col(end).alias("airfield"),
        pl.col(f"{end}_probability").fill_null(1.0).alias("probability"),
        (pl.col(f"{end}_ending").is_in(SETTLED_ENDINGS) | pl.col(f"{end}_probability").is_null()).alias(
            "settled"
        ),
    )
    settled = named.filter("settled").drop("settled")
    open_ended = ranked.join(settled.select("flight_id"), on="flight_id", how="anti")
    bare = (
        named.filter(~pl.col("settled"))
        .drop("settled")
        .join(ranked.select("flight_id").unique(), on="flight_id", how="anti")
    )
    return pl.concat([settled, open_ended.select(settled.columns), bare]).rename(
        {"airfield": end, "probability": f"{end}_p"}
    )
