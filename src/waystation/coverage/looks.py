"""Crossings of cells by aircraft that were heard before and after: each is a look at reception there.

    heard ── cell A ──┬── cell B ──┬── cell C ── heard
    first of a track  │  nothing   │  last of it
    not counted       │  a look,   │  not counted
                      │  not seen  │

A *track piece* is a run of positions in the air with no silence above ``max_silence_s`` and no jump. Its
first and last cell are heard by construction and say nothing; every cell, band and slot between counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from waystation.coverage.follow import Steps, follow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.coverage.heard import Heard

__all__ = ["LookRules", "Visits", "groups_of", "visits_of"]

MAX_KEY: Final = 2**62


@dataclass(frozen=True)
class LookRules:
    """Which crossings count."""

    max_silence_s: float = 3600.0  # heard both sides within an hour: beyond it the way is a guess
    max_speed_kt: float = 750.0  # faster than any transport with the wind behind it: a false place
    short_s: float = 600.0  # in a silence up to ten minutes nothing lands and leaves again
    through_share: float = 0.6  # in a longer one, less than this share of its own speed is not straight on
    through_kt: float = 120.0  # … where its speed is not known
    step_km: float = 5.0  # the way across a silence is followed in steps of a square
    min_inside_s: float = 60.0  # a corner clipped in less is no chance to be heard


class Visits(NamedTuple):
    """Stretches within one square, band and slot: equal-length arrays, by body and time."""

    body: NDArray[np.int32]
    square: NDArray[np.int64]
    band: NDArray[np.int8]  # -1 height unknown
    slot: NDArray[np.int64]  # 3-hour slots since 1970
    inside_s: NDArray[np.float64]
    heard: NDArray[np.bool_]  # a position lies in it
    open: NDArray[np.bool_]  # holds the first or last position of a track piece
    ends: NDArray[np.bool_]  # … and before or after it is silence, not the ground


def visits_of(heard: Heard, rules: LookRules = LookRules()) -> Visits:
    """Follow every body from position to position, and across silences along the great circle."""
    r = rules
    reals = (r.max_silence_s, r.max_speed_kt, r.short_s, r.through_share, r.through_kt, r.step_km)
    v = follow(Steps(*heard), reals)
    flags = ((v.flags & bit) != 0 for bit in (1, 2, 4))
    return Visits(v.body, v.square, v.band, v.slot, v.inside_s, *flags)


def groups_of(
    body: NDArray[np.int64], cell: NDArray[np.int64], band: NDArray[np.int64], slot: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return an order by body, cell, band and slot, equals as they come, and where each group begins."""
    if not len(body):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    least, slots = int(slot.min()), int(slot.max()) - int(slot.min()) + 1
    bodies, cells, bands = (int(x.max()) + 1 for x in (body, cell, band))
    if bodies * cells * bands * slots >= MAX_KEY:
        order = np.lexsort((slot, band, cell, body))
        new = np.any([c[order][1:] != c[order][:-1] for c in (body, cell, band, slot)], axis=0)
        return order, np.r_[0, np.flatnonzero(new) + 1]
    key = ((body * cells + cell) * bands + band) * slots + (slot - least)
    order = np.argsort(key, kind="stable")
    key = key[order]
    return order, np.r_[0, np.flatnonzero(key[1:] != key[:-1]) + 1]
