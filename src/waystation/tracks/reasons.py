"""The ``masks`` table: every position not used, the word for it and the values behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.terms.geodesy import distance_km
from waystation.terms.mask_bits import (
    ALTITUDE_WORD,
    DUPLICATE,
    FROZEN,
    LOWER_SOURCE,
    NO_PLACE,
    TELEPORT,
    WORDS,
)
from waystation.terms.schema import conform, empty
from waystation.terms.units import HOUR_S, NM_KM

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["masks_table"]

Array = NDArray[Any]
_FALSE_HEIGHTS = ("is no height of an aircraft", "is out of reach of the heights before and after")


def masks_table(
    table: pa.Table, c: Columns, mask: Array, heights: tuple[Array, Array], hints: dict[int, str]
) -> pa.Table:
    """Return one row per masked position and reason, in the order of ``table``.

    ``heights``: rows whose altitude was emptied, as absurd and as out of reach. ``hints``: what a rule has
    to say of a row, where it is more than the values around it tell.
    """
    said: list[tuple[int, str, str]] = []
    before, after = _neighbours(c, mask)
    for i in np.flatnonzero(mask).tolist():
        for bit, word in WORDS.items():
            if mask[i] & bit:
                said.append((i, word, hints.get(i) or _reason(c, bit, i, int(before[i]), int(after[i]))))
    for which, why in zip(heights, _FALSE_HEIGHTS, strict=True):
        said.extend(
            (i, ALTITUDE_WORD, f"{c.alt[i]:.0f} ft {why}; the place is kept")
            for i in np.flatnonzero(which).tolist()
        )
    if not said:
        return empty("masks")
    said.sort(key=lambda x: x[0])
    rows = table.select(["icao24", "time_utc", "source_id", "record"]).take(pa.array([x[0] for x in said]))
    return conform(
        "masks",
        rows.append_column("mask", pa.array([x[1] for x in said])).append_column(
            "reason", pa.array([x[2] for x in said])
        ),
    )


def _neighbours(c: Columns, mask: Array) -> tuple[Array, Array]:
    """Return the nearest used row of the same aircraft before and after each row, -1 where there is none."""
    n = len(mask)
    aircraft = np.repeat(np.arange(len(c.start) - 1), np.diff(c.start))
    k = np.arange(n)
    before = np.maximum.accumulate(np.where(mask == 0, k, -1)) if n else k
    after = np.minimum.accumulate(np.where(mask == 0, k, n)[::-1])[::-1] if n else k
    before = np.where((before >= 0) & (aircraft[before] == aircraft), before, -1)
    inside = np.minimum(after, n - 1)
    return before, np.where((after < n) & (aircraft[inside] == aircraft), inside, -1)


def _apart(c: Columns, i: int, j: int) -> str:
    km = float(distance_km(c.lat[i], c.lon[i], c.lat[j], c.lon[j]))
    s = abs(int(c.t[j] - c.t[i])) / 1000.0
    speed = f" = {km / NM_KM / s * HOUR_S:.0f} kt" if s else ""
    return f"{km:.1f} km in {s:.0f} s{speed}"


def _reason(c: Columns, bit: int, i: int, before: int, after: int) -> str:
    if bit == DUPLICATE:
        return "another report of this instant is used"
    if bit == LOWER_SOURCE:
        return "lies between reports of a better kind"
    if bit == NO_PLACE:
        return "latitude or longitude is absent or impossible"
    ends = [
        f"{_apart(c, j, i)} from the {w} used position"
        for j, w in ((before, "last"), (after, "next"))
        if j >= 0
    ]
    told = "; ".join(ends) if ends else "no position of this address is used"
    if bit == FROZEN:
        speed = "" if np.isnan(c.gs[i]) else f" at {c.gs[i]:.0f} kt"
        return f"place unchanged{speed}: {told}"
    if bit == TELEPORT:
        return f"out of reach: {told}"
    return told
