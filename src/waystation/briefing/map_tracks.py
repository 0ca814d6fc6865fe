"""Tracks for the map: each flight's own positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Track", "flight_tracks"]

Line = NDArray[np.float64]


@dataclass(frozen=True)
class Track:
    """Positions of one flight in time order. ``time_s``: seconds, any epoch."""

    flight_id: str
    lat: Line
    lon: Line
    time_s: Line


def flight_tracks(flights: pa.Table, positions: pa.Table | None) -> list[Track]:
    """Cut unmasked positions, in any order, at the flights' first and last position."""
    if positions is None or positions.num_rows == 0:
        return []
    address = positions.column("icao24").combine_chunks().dictionary_encode()
    codes = {a: i for i, a in enumerate(address.dictionary.to_pylist())}
    code = address.indices.to_numpy(zero_copy_only=False)
    time = positions.column("time_utc").cast(pa.int64()).to_numpy()
    lat, lon = (positions.column(c).to_numpy() for c in ("lat", "lon"))
    use = np.isfinite(lat) & np.isfinite(lon)
    if "mask" in positions.column_names:
        use &= positions.column("mask").to_numpy() == 0
    order = np.lexsort((time, code))
    order = order[use[order]]
    code, time, lat, lon = code[order], time[order], lat[order], lon[order]
    out = []
    ids, addresses = (flights.column(c).to_pylist() for c in ("flight_id", "icao24"))
    first, last = (
        flights.column(c).cast(pa.int64()).to_pylist() for c in ("first_seen_utc", "last_seen_utc")
    )
    for flight_id, icao24, t0, t1 in zip(ids, addresses, first, last, strict=True):
        if icao24 not in codes:
            continue
        a, b = np.searchsorted(code, [codes[icao24], codes[icao24] + 1])
        rows = slice(a + np.searchsorted(time[a:b], t0), a + np.searchsorted(time[a:b], t1, side="right"))
        if len(lat[rows]) > 1:
            out.append(Track(flight_id, lat[rows], lon[rows], time[rows] / 1000.0))
    return out
