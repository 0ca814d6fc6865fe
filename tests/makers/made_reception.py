"""Tables of reception by week that nobody flew: looks and how many of them were seen, set by hand."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from waystation import coverage
from waystation.patterns.profiles import whole_way
from waystation.terms.cells import BANDS
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

MONDAY = date(2024, 9, 30)
FIELDS = {"AAAA": (35.4, 35.9), "BBBB": (32.0, 20.3), "CCCC": (50.0, 10.0), "DDDD": (35.4, 26.0)}


def airfields(fields=FIELDS):
    """As much of the airfield table as exposures read."""
    return SimpleNamespace(
        ident=np.array(list(fields)),
        lat=np.array([p for p, _ in fields.values()]),
        lon=np.array([q for _, q in fields.values()]),
    )


def stretches(o="AAAA", d="BBBB"):
    return whole_way(FIELDS[o], FIELDS[d])


def weeks_table(
    n_weeks: int,
    looks: Callable[[int, int], tuple[int, int]],
    *,
    of=None,
    elsewhere: int = 500,
    silences: tuple[int, int] = (0, 0),
) -> pa.Table:
    """``looks(stretch, week)`` → (looks, seen) on the way, and ``elsewhere`` looks a week far from it.

    ``silences``: looks after an unseen one, and how many of them were seen, in the first row.
    """
    way = of or stretches()
    rows = []
    for i, (cell, band) in enumerate(zip(way.cells.tolist(), way.bands.tolist(), strict=True)):
        for w in range(n_weeks):
            n, k = looks(i, w)
            rows.append((f"{cell:x}", BANDS[band], w, n, k))
    rows += [("831f1dfffffffff", BANDS[3], w, elsewhere, elsewhere) for w in range(n_weeks)]
    made = [
        {
            "cell": c,
            "altitude_band": b,
            "week_utc": MONDAY + timedelta(days=7 * w),
            "looks": n,
            "seen": k,
            "bodies": n,
            "after_silence": silences[0] if i == 0 else 0,
            "after_silence_seen": silences[1] if i == 0 else 0,
        }
        for i, (c, b, w, n, k) in enumerate(rows)
    ]
    return coverage.merge_weeks([pa.Table.from_pylist(made, schema=TABLES["coverage_weeks"])])


def days_table(n_days: int, share: Callable[[int], float | None] = lambda _: 1.0, reason="whole") -> pa.Table:
    rows = [
        {
            "network": "made",
            "day_utc": MONDAY + timedelta(days=i),
            "files": 0 if share(i) == 0.0 else 300,
            "share_present": share(i),
            "reason": reason,
        }
        for i in range(n_days)
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["archive_days"])


def fleet(n: int = 10) -> pa.Table:
    rows = [{"icao24": f"1540{i:02x}"} for i in range(n)]
    return pa.Table.from_pylist(rows, schema=TABLES["aircraft"])
