"""One report for one instant: the same record twice, or two files that hold the same message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.mask_bits import DUPLICATE
from waystation.tracks.compiled import Array, inner, kernel
from waystation.tracks.motion import distance

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["DuplicateRules", "mark_duplicates"]


@dataclass(frozen=True)
class DuplicateRules:
    """When two reports of one instant are one report."""

    same_place_km: float = (
        1.0  # files round times to a second, in which a jet flies 0.25 km; others differ in latency
    )


def mark_duplicates(c: Columns, mask: Array, rules: DuplicateRules = DuplicateRules()) -> None:
    """Set ``DUPLICATE`` in ``mask`` on all but the best report of each aircraft, instant and place.

    Best is the better kind of reception, then the one that says more, then the first in order.
    Reports of one instant at places apart all stay: which of them is true is for ``bodies``.
    """
    said = sum((~np.isnan(x)).astype(np.int8) for x in (c.alt, c.gs, c.track, c.vr)) + (c.ground >= 0)
    worth = 16 - c.rank.astype(np.int64) * 8 + said
    _mark(c.start, c.t, c.lat, c.lon, worth, rules.same_place_km, mask)


@kernel
def _mark(start: Array, t: Array, lat: Array, lon: Array, worth: Array, near_km: float, mask: Array) -> None:
    for a in range(len(start) - 1):
        i, end = start[a], start[a + 1]
        while i < end:
            j = i + 1
            while j < end and t[j] == t[i]:
                j += 1
            if j > i + 1:
                _mark_instant(i, j, lat, lon, worth, near_km, mask)
            i = j


@inner
def _mark_instant(i: int, j: int, lat: Array, lon: Array, worth: Array, near_km: float, mask: Array) -> None:
    """Rows i..j-1 share an instant: the best left keeps its place, those near it fall, until none is left."""
    settled = np.zeros(j - i, dtype=np.bool_)
    for _ in range(j - i):
        best = -1
        for k in range(i, j):
            if not settled[k - i] and mask[k] == 0 and (best < 0 or worth[k] > worth[best]):
                best = k
        if best < 0:
            return
        settled[best - i] = True
        for k in range(i, j):
            if settled[k - i] or mask[k] != 0:
                continue
            if distance(lat[best], lon[best], lat[k], lon[k]) <= near_km:
                mask[k] |= DUPLICATE
                settled[k - i] = True
