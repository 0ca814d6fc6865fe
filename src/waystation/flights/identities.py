"""Who an address stood for at a time: rows of the table ``aircraft``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.runs import edges_of, first_least, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.bodies import Bodies

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["identities_of"]

NAMES = ("registration", "type", "operator")


def identities_of(aircraft: pa.Table, bodies: Bodies, body: Ints, t_s: Floats) -> dict[str, pa.Array]:
    """Return registration, type and operator of each body at each time (s); null where nothing is known.

    From the row whose period holds the time, else the one whose period is nearest in time; the first of
    several.
    """
    code = pc.index_in(aircraft.column("icao24"), value_set=pa.array(bodies.icao24, pa.string()).unique())
    known = np.flatnonzero(code.is_valid().to_numpy(zero_copy_only=False))
    code = code.drop_null().to_numpy().astype(np.int64)
    order = np.argsort(code, kind="stable")
    table, code = aircraft.select(["from_utc", "to_utc", *NAMES]).take(pa.array(known[order])), code[order]
    start_s, stop_s = (_seconds(table, c, e) for c, e in (("from_utc", -np.inf), ("to_utc", np.inf)))
    own = _address_numbers(bodies)[body]
    edges = edges_of(code, len(bodies.icao24))
    at, row = spread(edges[own], edges[own + 1])
    away = np.maximum(np.maximum(start_s[row] - t_s[at], t_s[at] - stop_s[row]), 0.0)
    best = first_least(at, away)
    chosen = np.full(len(body), -1, dtype=np.int64)
    chosen[at[best]] = row[best]
    index = pa.array(chosen, mask=chosen < 0)
    return {n: table.column(n).combine_chunks().cast(pa.string()).take(index) for n in NAMES}


def _address_numbers(bodies: Bodies) -> Ints:
    """Return the number of each body's address among the distinct ones, in order."""
    address = np.asarray(bodies.icao24, dtype=object)
    return np.asarray(np.r_[0, np.cumsum(address[1:] != address[:-1])], dtype=np.int64)


def _seconds(table: pa.Table, name: str, unknown: float) -> Floats:
    ms = pc.cast(pc.cast(table.column(name), pa.int64()), pa.float64()).fill_null(np.nan).to_numpy()
    return np.where(np.isnan(ms), unknown, ms / 1000.0)
