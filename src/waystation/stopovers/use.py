"""How often an airfield, or a route, was used: flights with a named end there, before a day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["direct_flights", "used_before"]


def used_before(flights: pa.Table, before: date) -> dict[str, int]:
    """Return airfield → number of flights of the table that start or end there, first heard before a day.

    The table holds the fleet of the case: another type of the same operator counts.
    """
    early = _early(flights, before)
    ends = pl.concat(
        [early.select("flight_id", pl.col(end).alias("airfield")) for end in ("origin", "destination")]
    )
    named = ends.drop_nulls("airfield").unique()
    return dict(named.group_by("airfield").len().sort("airfield").iter_rows())


def direct_flights(flights: pa.Table, origin: str, destination: str, before: date) -> int:
    """Return how many flights went from the one to the other without a landing, before a day."""
    early = _early(flights, before)
    return early.filter((pl.col("origin") == origin) & (pl.col("destination") == destination)).height


def _early(flights: pa.Table, before: date) -> pl.DataFrame:
    frame = pl.DataFrame(flights.select(["flight_id", "origin", "destination", "first_seen_utc"]))
    day = datetime(before.year, before.month, before.day, tzinfo=UTC)
    return frame.filter(pl.col("first_seen_utc") < day)
