"""The used positions of all bodies as arrays: what the kernels of this room read."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Heard", "heard_of"]

SLOW_KT = 50.0  # a position that may be on the ground and is slower than this is not counted as in the air
Array = NDArray[Any]


class Heard(NamedTuple):
    """n used positions of m bodies by body and time. Absent numbers are nan."""

    start: NDArray[np.int64]  # m + 1 offsets
    t_s: NDArray[np.float64]  # seconds since 1970 UTC
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    altitude_ft: NDArray[np.float64]
    speed_kt: NDArray[np.float64]
    air: NDArray[np.bool_]


def heard_of(positions: pa.Table) -> Heard:
    """Return the used rows of what ``tracks`` returns: columns ``mask``, ``branch``, ``ground`` included."""
    mask = positions.column("mask").to_numpy()
    code = _addresses(positions.column("icao24"))
    branch = positions.column("branch").to_numpy()
    if branch.any():
        code = code * 256 + branch
    time = positions.column("time_utc").cast(pa.int64()).to_numpy()
    used: Any = np.flatnonzero(mask == 0) if mask.any() else slice(None)
    key, t = code[used], time[used]
    if not bool(np.all((key[1:] > key[:-1]) | ((key[1:] == key[:-1]) & (t[1:] >= t[:-1])))):
        used = np.arange(len(mask))[used][np.lexsort((t, key))]
        key, t = code[used], time[used]
    first = np.flatnonzero(np.diff(key, prepend=-1)) if len(key) else np.zeros(0, dtype=np.int64)
    speed = _floats(positions, "ground_speed_kt")[used]
    ground = positions.column("ground").to_numpy()[used]
    return Heard(
        start=np.append(first, len(key)).astype(np.int64),
        t_s=t / 1000.0,
        lat=_floats(positions, "lat")[used],
        lon=_floats(positions, "lon")[used],
        altitude_ft=_floats(positions, "altitude_ft")[used],
        speed_kt=speed,
        air=(ground == 0) | ((ground == -1) & ~(speed < SLOW_KT)),
    )


def _floats(table: pa.Table, name: str) -> Array:
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def _addresses(column: pa.ChunkedArray) -> Array:
    """Return a number per row for its address: by first rows, or a dictionary's. Mostly they come in runs."""
    if pa.types.is_dictionary(column.type):
        codes = column.combine_chunks().indices
        return np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int64)
    runs = pc.run_end_encode(column.combine_chunks())
    ends = np.asarray(runs.run_ends.to_numpy(zero_copy_only=False), dtype=np.int64)
    address = runs.values.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return np.repeat(np.asarray(address, dtype=np.int64), np.diff(ends, prepend=0))
