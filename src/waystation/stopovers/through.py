"""What a hub carried, and which airfields carried it afterwards, told by the triples of the flights."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl

from waystation.stopovers.demand import Conditions, Demand
from waystation.world.performance import performance_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["carried_after", "demands_through"]

_SHARE = 0.8  # of the greatest payload: flights do not say what they carry, and few are flown full


def demands_through(
    triples: pa.Table,
    hub: str,
    on: date,
    *,
    operator_class: str = "other",
    most: int = 5,
    share: float = _SHARE,
    under: Conditions | None = None,
) -> list[Demand]:
    """Return the demands that stopped at ``hub`` before a day, the frequent ones first, at most ``most``.

    ``triples``: schema ``triples``; one weighs its probability. The payload is ``share`` of what the type may
    carry, None for a type that we do not know (its ranking then says that it cannot tell).
    ``under``: closures of the case, and other conditions, of all.
    """
    before = _named(triples).filter((pl.col("via") == hub) & (pl.col("arrived_utc") < _start(on)))
    counted = (
        before.group_by("origin", "destination", "type")
        .agg(pl.col("probability").sum())
        .sort(["probability", "origin", "destination", "type"], descending=[True, False, False, False])
    )
    out = []
    for row in counted.head(most).iter_rows(named=True):
        aircraft = performance_of(row["type"])
        payload = round(share * aircraft.payload_t) if aircraft else None
        demand = Demand(row["origin"], row["destination"], row["type"], payload, on, operator_class)
        demand = replace(demand, under=under) if under else demand
        out.append(demand)
    return out


def carried_after(triples: pa.Table, demands: list[Demand], hub: str, on: date) -> dict[str, float]:
    """Return airfield → expected stops for the same demands since a day, the hub left out, most first."""
    pairs = {(d.origin, d.destination) for d in demands}
    after = _named(triples).filter((pl.col("via") != hub) & (pl.col("arrived_utc") >= _start(on)))
    same = [pair in pairs for pair in after.select("origin", "destination").iter_rows()]
    counted = (
        after.filter(pl.Series(same, dtype=pl.Boolean))
        .group_by("via")
        .agg(pl.col("probability").sum())
        .sort(["probability", "via"], descending=[True, False])
    )
    return dict(counted.iter_rows())


def _named(triples: pa.Table) -> pl.DataFrame:
    columns = ["origin", "via", "destination", "type", "arrived_utc", "probability"]
    frame = pl.DataFrame(triples.select(columns)).drop_nulls()
    return frame.filter(pl.col("origin") != pl.col("destination"))


def _start(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=UTC)
