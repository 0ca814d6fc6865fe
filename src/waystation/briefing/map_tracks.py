"""Tracks for the map: each flight's own positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    """Cut unmasked positions (sorted by address and time) at the flights' first and last position."""
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
    starts = {c: int(np.searchsorted(code, c)) for c in set(codes.values())} if _sorted(code) else None
    out = []
    columns = (flights.column(c) for c in ("flight_id", "icao24"))
    first, last = (
        flights.column(c).cast(pa.int64()).to_pylist() for c in ("first_seen_utc", "last_seen_utc")
    )
    for flight_id, icao24, t0, t1 in zip(*(c.to_pylist() for c in columns), first, last, strict=True):
        c = codes.get(icao24)
        if c is None:
            continue
        if starts is not None:
            a, b = starts[c], int(np.searchsorted(code, c, side="right"))
            rows = np.arange(
                a + np.searchsorted(time[a:b], t0), a + np.searchsorted(time[a:b], t1, side="right")
            )
        else:
            rows = np.flatnonzero((code == c) & (time >= t0) & (time <= t1))
            rows = rows[np.argsort(time[rows], kind="stable")]
        rows = rows[use[rows]]
        if len(rows) > 1:
            out.append(Track(flight_id, lat[rows], lon[rows], time[rows] / 1000.0))
    return out


def _sorted(code: NDArray[Any]) -> bool:
    return bool(np.all(np.diff(code) >= 0))
