"""A place beside a straight and even way, from sources so slow that it stays within reach.

●────●            ●────●      the way on both sides and across is one velocity;
○ ○                 what lies far beside it was not flown
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.mask_bits import TELEPORT
from waystation.tracks.bounds import EXACT
from waystation.tracks.columns import used_rows
from waystation.tracks.compiled import Array, inner, kernel
from waystation.tracks.motion import SPEED_UNIT, Moves

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["SpikeRules", "mark_spikes"]


@dataclass(frozen=True)
class SpikeRules:
    """When positions lie beside the way."""

    max_rows: int = 3  # more in a row are not strays
    max_s: float = 300.0  # over a longer time an aircraft may leave its way and come back
    even: float = 0.12  # share by which wind, turns and rounding change the velocity of a straight flight
    noise_km: float = 0.3  # by which places err, and times with them
    min_kt: float = 100.0  # slower aircraft wander
    off_km: float = 2.5  # more than any receiver errs
    off_share: float = 0.06  # of the way across; half of ``even``


def mark_spikes(c: Columns, m: Moves, mask: Array, branch: Array, rules: SpikeRules = SpikeRules()) -> None:
    """Set ``TELEPORT`` on up to ``max_rows`` used rows that lie beside a straight way of their body."""
    r = rules
    many = (r.max_s * 1000.0, r.even, r.noise_km, r.min_kt, r.off_km, r.off_share)
    _mark(c.start, m, r.max_rows, many, mask, branch)


Reals = tuple[float, float, float, float, float, float]


@kernel
def _mark(start: Array, m: Moves, max_rows: int, rules: Reals, mask: Array, branch: Array) -> None:
    most = 0
    for a in range(len(start) - 1):
        most = max(most, start[a + 1] - start[a])
    rows = np.empty(most, dtype=np.int64)
    for a in range(len(start) - 1):
        lo, hi = start[a], start[a + 1]
        for b in range(branch[lo:hi].max() + 1):
            n = used_rows(lo, hi, b, mask, branch, rows)
            j = 1
            while j < n - 2:
                step = 1
                for k in range(1, min(max_rows, n - j - 3) + 1):
                    if _near_line(m, rows[j], rows[j + 1], rows[j + k + 1], rules[4]):
                        continue
                    if _beside(m, rows[j - 1 : j + k + 3], rules):
                        mask[rows[j + 1 : j + k + 1]] |= TELEPORT
                        step = k + 1
                        break
                j += step


@inner
def _near_line(m: Moves, j: int, i: int, k: int, off_km: float) -> bool:
    """Whether row i lies within ``off_km`` of the way from j to k, on a map without cosines: a wider one."""
    whole, part = float(m.t[k] - m.t[j]), float(m.t[i] - m.t[j])
    east, right = m.lon[k] - m.lon[j], m.lon[i] - m.lon[j]
    if not (abs(east) < 180.0 and abs(right) < 180.0 and whole > 0.0):
        return False
    up = (m.lat[i] - m.lat[j]) * whole - part * (m.lat[k] - m.lat[j])
    right = right * whole - part * east
    limit = off_km * EXACT / 111.2 * whole
    return bool(up * up + right * right < limit * limit)


@kernel
def _beside(m: Moves, part: Array, rules: Reals) -> bool:
    """Whether all but the first and last two rows lie off the way that those four make."""
    max_ms, even, noise, min_kt, off_km, off_share = rules
    o, j, k, p = part[0], part[1], part[-2], part[-1]
    if m.t[p] - m.t[o] > max_ms or m.t[j] == m.t[o] or m.t[p] == m.t[k] or m.t[k] == m.t[j]:
        return False
    north, east = _way(m, j, k)
    whole = (m.t[k] - m.t[j]) / 1000.0
    limit = off_km + off_share * math.hypot(north, east)
    for i in part[2:-2]:
        share = (m.t[i] - m.t[j]) / 1000.0 / whole
        up, right = _way(m, j, i)
        if math.hypot(up - share * north, right - share * east) < limit:
            return False
    north, east = north / whole, east / whole
    speed = math.hypot(north, east)
    if speed < min_kt * SPEED_UNIT:
        return False
    for x, y in ((o, j), (k, p)):
        dt = (m.t[y] - m.t[x]) / 1000.0
        up, right = _way(m, x, y)
        if math.hypot(up / dt - north, right / dt - east) > even * speed + noise / dt:
            return False
    return True


@kernel
def _way(m: Moves, i: int, j: int) -> tuple[float, float]:
    """Kilometres north and east from row i to row j."""
    east = (m.lon[j] - m.lon[i] + 540.0) % 360.0 - 180.0
    return (m.lat[j] - m.lat[i]) * 111.2, east * 111.2 * math.cos(math.radians(m.lat[i]))
