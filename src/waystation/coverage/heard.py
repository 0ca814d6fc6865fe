"""The used positions of all bodies as arrays: what the kernels of this room read."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from waystation.terms.used_rows import used_rows

__all__ = ["Heard", "heard_of"]

SLOW_KT = 50.0  # a position that may be on the ground and is slower than this is not counted as in the air
Array = NDArray[Any]


class Heard(NamedTuple):
    """Columns of positions as Arrow lends them, and the used rows of m bodies by body and time.

    Absent numbers are nan. No array may be written to, so that kernels know one kind only.
    """

    rows: NDArray[np.int64]
    start: NDArray[np.int64]  # m + 1 offsets into rows
    time_ms: NDArray[np.int64]  # since 1970 UTC
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    altitude_ft: NDArray[np.float64]
    speed_kt: NDArray[np.float64]
    ground: NDArray[np.int8]  # 1 ground, 0 air, -1 unknown


def heard_of(positions: pa.Table) -> Heard:
    """Return the used rows of what ``tracks`` returns: columns ``mask``, ``branch``, ``ground`` included."""
    rows, start = used_rows(positions, _addresses(positions.column("icao24")))
    floats = (
        np.asarray(positions.column(name).to_numpy(), dtype=np.float64)
        for name in ("lat", "lon", "altitude_ft", "ground_speed_kt")
    )
    time = positions.column("time_utc").cast(pa.int64()).to_numpy()
    ground = positions.column("ground").to_numpy()
    return Heard(*(_lent(x) for x in (rows, start, time, *floats, ground)))


def _lent(array: Array) -> Array:
    array = np.ascontiguousarray(array).view()
    array.flags.writeable = False
    return array


def _addresses(column: pa.ChunkedArray) -> Array:
    """Return a number per row for its address: by first rows, or a dictionary's. Mostly they come in runs."""
    if pa.types.is_dictionary(column.type):
        codes = column.combine_chunks().indices
        return np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int64)
    runs = pc.run_end_encode(column.combine_chunks())
    ends = np.asarray(runs.run_ends.to_numpy(zero_copy_only=False), dtype=np.int64)
    address = runs.values.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return np.repeat(np.asarray(address, dtype=np.int64), np.diff(ends, prepend=0))
