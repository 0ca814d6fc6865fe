"""Used rows, body by body, with and without a sort."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from waystation.terms.used_rows import used_rows


def table(branch: np.ndarray, mask: np.ndarray, time: np.ndarray) -> pa.Table:
    utc = pa.array(time.astype(np.int64)).cast(pa.timestamp("ms", tz="UTC"))
    return pa.table({"branch": branch.astype(np.int8), "mask": mask.astype(np.int16), "time_utc": utc})


def test_rows_in_any_order_come_back_by_address_branch_and_time_equals_as_they_stood():
    rng = np.random.default_rng(6)
    for in_order in (True, False):
        address, branch, mask, time = (rng.integers(0, k, 400) for k in (7, 2, 3, 90))
        if in_order:
            order = np.lexsort((time, branch, address))
            address, branch, mask, time = (x[order] for x in (address, branch, mask, time))
        rows, start = used_rows(table(branch, mask, time), address)
        used = np.flatnonzero(mask == 0)
        assert np.array_equal(rows, used[np.lexsort((time[used], branch[used], address[used]))])
        key = address[rows] * 256 + branch[rows]
        assert np.array_equal(start, np.r_[0, np.flatnonzero(np.diff(key)) + 1, len(rows)])


def test_no_row_or_none_that_is_used_is_no_body():
    for n in (0, 3):
        rows, start = used_rows(table(np.zeros(n), np.ones(n), np.zeros(n)), np.zeros(n, dtype=np.int64))
        assert len(rows) == 0
        assert start.tolist() == [0]
