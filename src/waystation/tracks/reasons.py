"""The ``masks`` table: every position not used, the word for it and the values behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

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
from waystation.tracks.compiled import Array, kernel

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["masks_table"]

_FALSE_HEIGHTS = ("is no height of an aircraft", "is out of reach of the heights before and after")


def masks_table(
    table: pa.Table, c: Columns, mask: Array, heights: tuple[Array, Array], hints: dict[int, str]
) -> pa.Table:
    """Return one row per masked position and reason, in the order of ``table``.

    ``heights``: rows whose altitude was emptied, as absurd and as out of reach. ``hints``: what a rule has
    to say of a row, where it is more than the values around it tell.
    """
    masked = np.flatnonzero(mask)
    near = np.empty((2, len(masked)), dtype=np.int64)
    _neighbours(c.start, mask, masked, near)
    rows: list[Array] = []
    words: list[str] = []
    reasons: list[str] = []
    for bit, word in WORDS.items():
        at = np.flatnonzero(mask[masked] & bit)
        rows.append(masked[at])
        words += [word] * len(at)
        told = _reasons(c, bit, masked[at], near[:, at])
        reasons += [hints.get(i) or why for i, why in zip(masked[at].tolist(), told, strict=True)]
    for which, why in zip(heights, _FALSE_HEIGHTS, strict=True):
        at = np.flatnonzero(which)
        rows.append(at)
        words += [ALTITUDE_WORD] * len(at)
        reasons += [f"{alt:.0f} ft {why}; the place is kept" for alt in c.alt[at].tolist()]
    place = np.concatenate(rows)
    if not len(place):
        return empty("masks")
    order = np.argsort(place, kind="stable")  # of one row: by bit, heights last
    keys = table.select(["icao24", "time_utc", "source_id", "record"]).take(pa.array(place[order]))
    told_by = pa.array(order)
    return conform(
        "masks",
        keys.append_column("mask", pa.array(words, pa.string()).take(told_by)).append_column(
            "reason", pa.array(reasons, pa.string()).take(told_by)
        ),
    )


@kernel
def _neighbours(start: Array, mask: Array, masked: Array, near: Array) -> None:
    """Write the nearest used row of the same aircraft before and after each masked row, -1 for none."""
    at = 0
    for a in range(len(start) - 1):
        first, used = at, -1
        for i in range(start[a], start[a + 1]):
            if mask[i] == 0:
                used = i
            elif at < len(masked) and masked[at] == i:
                near[0, at] = used
                at += 1
        used, i = -1, start[a + 1] - 1
        for k in range(at - 1, first - 1, -1):
            while i > masked[k]:
                if mask[i] == 0:
                    used = i
                i -= 1
            near[1, k] = used


def _apart(c: Columns, i: Array, j: Array) -> list[str]:
    """Say how far rows j lie from rows i; empty where one is -1."""
    km = distance_km(c.lat[i], c.lon[i], c.lat[j], c.lon[j])
    s = np.abs(c.t[j] - c.t[i]) / 1000.0
    with np.errstate(divide="ignore", invalid="ignore"):
        kt = km / NM_KM / s * HOUR_S
    known = (i >= 0) & (j >= 0)
    return [
        (f"{d:.1f} km in {t:.0f} s = {v:.0f} kt" if t else f"{d:.1f} km in {t:.0f} s") if k else ""
        for d, t, v, k in zip(km.tolist(), s.tolist(), kt.tolist(), known.tolist(), strict=True)
    ]


_PLAIN = {
    DUPLICATE: "another report of this instant is used",
    LOWER_SOURCE: "lies between reports of a better kind",
    NO_PLACE: "latitude or longitude is absent or impossible",
}


def _reasons(c: Columns, bit: int, rows: Array, near: Array) -> list[str]:
    """Say why each of ``rows`` carries ``bit``; ``near``: the used rows before and after."""
    if bit in _PLAIN:
        return [_PLAIN[bit]] * len(rows)
    told = []
    for last, following in zip(_apart(c, near[0], rows), _apart(c, near[1], rows), strict=True):
        ends = [f"{last} from the last used position"] if last else []
        ends += [f"{following} from the next used position"] if following else []
        told.append("; ".join(ends) if ends else "no position of this address is used")
    if bit == TELEPORT:
        return [f"out of reach: {x}" for x in told]
    if bit == FROZEN:
        speeds = c.gs[rows].tolist()
        return [
            f"place unchanged{'' if v != v else f' at {v:.0f} kt'}: {x}"  # noqa: PLR0124 - nan
            for v, x in zip(speeds, told, strict=True)
        ]
    return told
