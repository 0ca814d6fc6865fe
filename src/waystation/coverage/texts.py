"""Cells and bands as tables write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from waystation.terms.cells import BANDS, long_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["band_texts", "cell_texts"]

_BANDS: Final = pa.array(BANDS, pa.string())


def cell_texts(short: NDArray[np.int64], level: int) -> pa.Array:
    """Return the hexadecimal H3 number of each short cell; equal ones stand together."""
    first = np.r_[True, short[1:] != short[:-1]][: len(short)]
    names = pa.array([f"{c:x}" for c in long_cells(short[first], level).tolist()], pa.string())
    return pa.DictionaryArray.from_arrays(np.cumsum(first, dtype=np.int32) - 1, names).cast(pa.string())


def band_texts(band: NDArray[np.int64]) -> pa.Array:
    """Return the name of each band."""
    return pa.DictionaryArray.from_arrays(band.astype(np.int32), _BANDS).cast(pa.string())
