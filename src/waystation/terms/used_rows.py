"""The used rows of what ``tracks`` returns, body by body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waystation.terms.compiled import kernel

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Ints = NDArray[np.int64]

__all__ = ["used_rows"]


def used_rows(positions: pa.Table, address: Ints) -> tuple[Ints, Ints]:
    """Return the rows whose ``mask`` is 0, by address, ``branch`` and ``time_utc``, and where bodies begin.

    ``address``: a number for each row. The second array has one more element, the number of rows. Rows that
    are in order, as those of ``tracks`` are, are not sorted.
    """
    import pyarrow as pa

    branch, mask = (np.array(positions.column(n).to_numpy()) for n in ("branch", "mask"))  # copies: one kind
    time = np.array(positions.column("time_utc").cast(pa.int64()).to_numpy())
    rows, start = np.empty(len(mask), dtype=np.int64), np.empty(len(mask) + 1, dtype=np.int64)
    n, m = _used(address, branch, mask, time, rows, start)
    rows = rows[:n]
    if m >= 0:
        return rows, start[: m + 1].copy()
    key = address[rows] * 256 + branch[rows]
    order = np.lexsort((time[rows], key))
    key = key[order]
    return rows[order], np.flatnonzero(np.r_[True, key[1:] != key[:-1], True]).astype(np.int64)


@kernel()
def _used(address: Ints, branch: Array, mask: Array, time: Ints, rows: Ints, start: Ints) -> tuple[int, int]:
    """Write the used rows, and where each body's begin and the last one's end; return how many of each.

    The second is -1 where rows are not in order.
    """
    n, m, key, when = 0, 0, -1, 0
    for i in range(len(mask)):
        if mask[i] != 0:
            continue
        here = address[i] * 256 + branch[i]
        if m >= 0 and (here < key or (here == key and time[i] < when)):
            m = -1
        elif m >= 0 and here > key:
            start[m] = n
            m += 1
        rows[n], key, when = i, here, time[i]
        n += 1
    start[max(m, 0)] = n
    return n, m
