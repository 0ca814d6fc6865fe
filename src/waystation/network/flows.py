"""Triples and visits as arrays, and whole histories drawn from their probabilities.

A group is what can have been only one thing: the triples of one pair of flights, the rows of one visit.
One draw takes one row of every group, or none: the rest of its probability is a place outside the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Flows", "draw", "flows_of", "groups_of", "past"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAY_MS = 86_400_000.0


@dataclass(frozen=True)
class Flows:
    """Triples in a fixed order. ``group``, ``trip`` count from 0; ``day``: days since 1970 at via."""

    names: Sequence[str]
    origin: Ints
    via: Ints
    destination: Ints
    p: Floats
    group: Ints
    trip: Ints
    day: Floats

    @property
    def through(self) -> NDArray[np.bool_]:
        """Whether the row leads on, not out and back: only that flows through."""
        return np.asarray(self.origin != self.destination)

    def take(self, rows: NDArray[np.bool_]) -> Flows:
        """Return the rows where ``rows`` is true; groups are counted anew."""
        group = np.unique(self.group[rows], return_inverse=True)[1].astype(np.int64)
        o, h, d = (c[rows] for c in (self.origin, self.via, self.destination))
        return Flows(self.names, o, h, d, self.p[rows], group, self.trip[rows], self.day[rows])


def flows_of(triples: pa.Table) -> Flows:
    """Return the ``triples`` table as arrays, in an order that does not hang on its rows'."""
    table = triples.sort_by([(c, "ascending") for c in ("from_flight", "to_flight", "triple_id")])
    places = [np.array(table.column(c).to_pylist(), dtype=object) for c in ("origin", "via", "destination")]
    names, codes = np.unique(np.concatenate(places).astype(str), return_inverse=True)
    origin, via, destination = np.split(codes.astype(np.int64), 3)
    time = table.column("arrived_utc").cast(pa.int64()).to_numpy().astype(np.float64)
    return Flows(
        names.tolist(),
        origin,
        via,
        destination,
        table.column("probability").to_numpy().astype(np.float64),
        groups_of(table, ("from_flight", "to_flight")),
        groups_of(table, ("itinerary_id",)),
        time / _DAY_MS,
    )


def past(triples: pa.Table, hub: str) -> pa.Table:
    """Return ``triples`` with those added that leave ``hub`` out of a chain: who else served the same demand.

    UUMU > OSLK > HL59 > GABS holds no triple from UUMU to GABS; past OSLK it is UUMU > HL59 > GABS. The
    probability is the smaller of the two triples', which share a flight.
    """
    t = pl.DataFrame(triples)
    one, two = t.filter(pl.col("via") == hub), t.filter(pl.col("origin") == hub)
    after = one.join(two, left_on=["to_flight", "destination"], right_on=["from_flight", "via"], suffix="_b")
    lead, rest = t.filter(pl.col("destination") == hub), t.filter(pl.col("via") == hub)
    before = lead.join(rest, left_on=["to_flight", "via"], right_on=["from_flight", "origin"], suffix="_b")
    made = [
        after.select(**_chained(via="destination", destination="destination_b", time="_b")),
        before.select(**_chained(via="via", destination="destination_b", time="")),
    ]
    chained = pl.concat(made).filter(
        (pl.col("origin") != pl.col("destination")) & (pl.col("via") != pl.col("destination"))
    )
    more = chained.filter(pl.col("origin") != pl.col("via")).select(t.columns)
    return pa.concat_tables([triples, more.to_arrow().cast(triples.schema)])


def _chained(*, via: str, destination: str, time: str) -> dict[str, pl.Expr]:
    """Columns of a triple made of two: from the first's origin and flight to the second's."""
    return {
        "triple_id": pl.col("triple_id") + "+" + pl.col("triple_id_b"),
        "icao24": pl.col("icao24"),
        "type": pl.col("type"),
        "origin": pl.col("origin"),
        "via": pl.col(via),
        "destination": pl.col(destination),
        "from_flight": pl.col("from_flight"),
        "to_flight": pl.col("to_flight_b"),
        "arrived_utc": pl.col(f"arrived_utc{time}"),
        "left_utc": pl.col(f"left_utc{time}"),
        "probability": pl.min_horizontal("probability", "probability_b"),
        "itinerary_id": pl.col("itinerary_id"),
    }


def groups_of(table: pa.Table, columns: Sequence[str]) -> Ints:
    """Number the rows by what they hold in ``columns``, in the order in which each is met."""
    code = np.zeros(table.num_rows, dtype=np.int64)
    for name in columns:
        column = table.column(name).combine_chunks().dictionary_encode()
        part = column.indices.fill_null(len(column.dictionary)).to_numpy(zero_copy_only=False)
        code = code * (len(column.dictionary) + 1) + part
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    met = np.argsort(np.argsort(first))
    return np.asarray(met[group], dtype=np.int64)


def draw(group: Ints, p: Floats, n: int, rng: np.random.Generator) -> Ints:
    """Return (n, groups) the row that each draw takes of each group, -1 for none. Rows sorted by group."""
    if not len(group):
        return np.zeros((n, 0), dtype=np.int64)
    total = np.cumsum(p)
    first = np.searchsorted(group, np.arange(group[-1] + 1))
    base = np.where(first > 0, total[first - 1], 0.0)
    within = np.minimum(total - base[group], 1.0)
    edges = group + within * (1.0 - 1e-12)  # group 7 lives in [7, 8)
    wanted = np.arange(len(first)) + rng.random((n, len(first)))
    rows = np.searchsorted(edges, wanted, side="right")
    inside = rows < len(group)
    rows = np.where(inside, rows, 0)
    return np.where(inside & (group[rows] == np.arange(len(first))), rows, -1)
