"""A place that stands still while the aircraft does not: some sources repeat the last one they had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.mask_bits import FROZEN
from waystation.tracks.bounds import farther
from waystation.tracks.compiled import Array, inner, kernel
from waystation.tracks.motion import SPEED_UNIT, distance

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["FrozenRules", "mark_frozen"]

SURE_ROWS = 5  # ground bits that are wrong one by one, 9 % of them, make such a row once in 170,000


@dataclass(frozen=True)
class FrozenRules:
    """When an unchanged place is a repeated place."""

    min_still_s: float = 15.0  # readsb calls a place stale after 15 s without a new one (TRACE_STALE)
    min_speed_kt: float = 50.0  # below it hover and wind make standing still real
    min_missed_km: float = 0.4  # how far it should have gone; a shorter way is lost in rounded degrees
    same_place_km: float = 0.005  # a tenth of what the slowest aircraft above moves in a second


def mark_frozen(c: Columns, mask: Array, rules: FrozenRules = FrozenRules()) -> None:
    """Set ``FROZEN`` on every repeat of a place that reported speed contradicts; its first report stays.

    Where most of them say ground, or ``SURE_ROWS`` in a row, places do stand still, and it is the speed
    that is repeated. A run without reported speed is judged by that at which the aircraft came.
    """
    _mark(
        c.start,
        c.t,
        c.lat,
        c.lon,
        c.gs,
        c.ground,
        (rules.min_still_s, rules.min_speed_kt, rules.min_missed_km, rules.same_place_km),
        mask,
    )


@kernel
def _mark(  # noqa: C901, PLR0912 - one pass over sorted rows
    start: Array,
    t: Array,
    lat: Array,
    lon: Array,
    gs: Array,
    ground: Array,
    rules: tuple[float, float, float, float],
    mask: Array,
) -> None:
    min_still, min_speed, min_missed, near = rules
    for a in range(len(start) - 1):
        end = start[a + 1]
        before = -1
        i = start[a]
        while i < end:
            if mask[i] != 0:
                i += 1
                continue
            came = np.nan  # the speed at which the aircraft came here, once it is asked for
            last, j, should, votes, streak = i, i + 1, 0.0, 0, 0
            while j < end:
                if mask[j] == 0:
                    if farther(lat[i], lon[i], lat[j], lon[j], near):
                        break
                    speed = gs[j]
                    if np.isnan(speed):
                        if np.isnan(came):
                            came = _came(before, i, t, lat, lon)
                        speed = came
                    if speed < min_speed or distance(lat[i], lon[i], lat[j], lon[j]) > near:
                        break
                    votes += 1 if ground[j] == 1 else -1
                    streak = streak + 1 if ground[j] == 1 else 0
                    if streak == SURE_ROWS:
                        votes = 1_000_000
                    should += (t[j] - t[last]) / 1000.0 * speed * SPEED_UNIT
                    last = j
                j += 1
            if votes < 0 and t[last] - t[i] >= min_still * 1000.0 and should >= min_missed:
                for k in range(i + 1, last + 1):
                    if mask[k] == 0:
                        mask[k] |= FROZEN
            before = last
            i = j


@inner
def _came(before: int, i: int, t: Array, lat: Array, lon: Array) -> float:
    """Return the speed from the row before to row i, kt; -1 where there is none or nothing flies so fast."""
    if before < 0 or t[i] <= t[before]:
        return -1.0
    speed = distance(lat[before], lon[before], lat[i], lon[i]) / ((t[i] - t[before]) / 1000.0) / SPEED_UNIT
    return speed if speed < 700.0 else -1.0
