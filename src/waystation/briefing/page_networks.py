"""Which of several networks heard the flights, and how many silences of one another filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

__all__ = ["networks_heard"]


def networks_heard(tables: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    """A row per network, its name first in the alphabet; none where the archive is of one network.

    ``share``: of the minutes in which anyone heard a flight that this network heard too, over all flights.
    """
    heard = tables.get("flight_networks")
    if heard is None or heard.num_rows == 0:
        return []
    flights = pl.DataFrame(heard)
    minutes = pl.col("n_minutes").sum()
    of_all = (pl.col("n_minutes") / pl.col("share_of_minutes")).sum()
    rows = (
        flights.group_by("network")
        .agg(
            n_flights=pl.len(),
            share=minutes / of_all,
            n_minutes_alone=pl.col("n_minutes_alone").sum(),
            n_disagreements=pl.col("n_disagreements").sum(),
        )
        .join(_silences(tables), on="network", how="left")
        .with_columns(pl.col("n_silences", "n_filled").fill_null(0))
        .sort("network")
    )
    return rows.to_dicts()


def _silences(tables: Mapping[str, pa.Table]) -> pl.DataFrame:
    table = tables.get("network_silences")
    if table is None or table.num_rows == 0:
        return pl.DataFrame(schema={"network": pl.String, "n_silences": pl.UInt32, "n_filled": pl.UInt32})
    return (
        pl.DataFrame(table)
        .group_by("network")
        .agg(n_silences=pl.len(), n_filled=pl.col("filled_by").is_not_null().sum())
    )
