"""Positions that were masked as spoofed or jammed, looked up by address and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.mask_bits import INTERFERENCE
from waystation.terms.runs import edges_of, run_search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Spoilt", "count_spoilt", "spoilt_positions"]


class Spoilt(NamedTuple):
    """Times (s) of bad positions: those of address i are ``start[i]`` to ``start[i + 1]``, rising."""

    address: pa.Array
    start: Ints
    t_s: Floats


def spoilt_positions(positions: pa.Table) -> Spoilt:
    """Return the bad positions of the output of ``tracks``."""
    hit = np.flatnonzero(positions.column("mask").to_numpy() & INTERFERENCE)
    icao24 = positions.column("icao24").take(pa.array(hit)).combine_chunks().cast(pa.string())
    coded = icao24.dictionary_encode()
    t_s = positions.column("time_utc").cast(pa.int64()).to_numpy()[hit] / 1000.0
    code = coded.indices.to_numpy(zero_copy_only=False)
    order = np.lexsort((t_s, code))
    return Spoilt(coded.dictionary, edges_of(code[order], len(coded.dictionary)), t_s[order])


def count_spoilt(spoilt: Spoilt, address: Sequence[str] | pa.Array, from_s: Floats, to_s: Floats) -> Ints:
    """Return the number of bad positions of each address between two times, both included."""
    out = np.zeros(len(from_s), dtype=np.int64)
    if not len(spoilt.address):
        return out
    found = pc.index_in(pa.array(address, pa.string()), value_set=spoilt.address)
    code = found.fill_null(-1).to_numpy(zero_copy_only=False)
    at = np.flatnonzero(code >= 0)
    start, stop = spoilt.start[code[at]], spoilt.start[code[at] + 1]
    first, last = (
        run_search(spoilt.t_s, start, stop, from_s[at], False),
        run_search(spoilt.t_s, start, stop, to_s[at], True),
    )
    out[at] = last - first
    return out
