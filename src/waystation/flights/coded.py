"""Texts as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["coded"]


def coded(texts: pa.Array) -> tuple[NDArray[np.int64], pa.Array]:
    """Return a code per text, -1 for null, and the distinct texts that codes count, by first use.

    Quick where neighbours are mostly the same, as along a track: a comparison a row, a hash a run.
    """
    if pa.types.is_dictionary(texts.type):
        return _numbers(texts), texts.dictionary
    runs = pc.run_end_encode(texts)
    words = runs.values.dictionary_encode()
    return np.repeat(_numbers(words), np.diff(runs.run_ends.to_numpy(), prepend=0)), words.dictionary


def _numbers(words: pa.DictionaryArray) -> NDArray[np.int64]:
    return np.asarray(words.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
