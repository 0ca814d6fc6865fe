"""Numbers as texts, many at once: every distinct number is written out once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["joined", "scattered", "signed", "whole", "word"]

MINUS_NIL = -0.5  # stands for a negative number that is rounded to nothing
HALF_WAY = 1e-6  # so near to half a tenth, the number itself has to be asked


def whole(values: Floats) -> pa.Array:
    """Return ``f"{v:,.0f}"`` of each number."""
    key = np.rint(values)  # to the even one half way, as the format does
    key = np.where((key == 0.0) & np.signbit(values), MINUS_NIL, key)
    distinct, of = np.unique(key, return_inverse=True)
    texts = ["-0" if k == MINUS_NIL else f"{k:,.0f}" for k in distinct.tolist()]
    return pa.array(texts, pa.string()).take(pa.array(of))


def signed(values: Floats) -> pa.Array:
    """Return ``f"{v:+.1f}"`` of each number that is not 0."""
    tenths = values * 10.0
    unsure = np.flatnonzero(np.abs(tenths - np.floor(tenths) - 0.5) < HALF_WAY)
    key = np.rint(tenths)
    key = np.where((key == 0.0) & np.signbit(values), MINUS_NIL, key)
    distinct, of = np.unique(key, return_inverse=True)
    texts = ["-0.0" if k == MINUS_NIL else f"{k / 10.0:+.1f}" for k in distinct.tolist()]
    texts += [f"{v:+.1f}" for v in values[unsure].tolist()]
    of[unsure] = len(distinct) + np.arange(len(unsure))
    return pa.array(texts, pa.string()).take(pa.array(of))


def joined(*pieces: pa.Array | str) -> pa.Array:
    """Return the texts that pieces make, end to end; an array at least."""
    return pc.binary_join_element_wise(*(word(p) if isinstance(p, str) else p for p in pieces), word(""))


@lru_cache(maxsize=256)
def word(text: str) -> pa.StringScalar:
    """Return a text as Arrow has it; to make one, it looks each time whether ``dateutil`` is there."""
    return pa.scalar(text, pa.string())


def scattered(texts: pa.Array, rows: Ints, n: int) -> pa.Array:
    """Return ``n`` texts: ``texts`` at ``rows``, "" elsewhere."""
    at = np.full(n, len(texts), dtype=np.int64)
    at[rows] = np.arange(len(rows))
    return pa.concat_arrays([texts, pa.array([word("")], pa.string())]).take(pa.array(at))
