"""Heights that leap away and come back: another aircraft's, or a wrong bit in the message.

    38,000 ft        ▔▔▔▔▔          the place does not move; it stands at the gate
     1,550 ft  ──────     ──────╱

The heights of a body are cut into runs where one cannot follow the other. The chain of runs with the most
rows is kept; a short run between its parts is emptied, and at either end one of a few rows or one whose
place stands. The place stays in use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.tracks.compiled import Array, inner, kernel
from waystation.tracks.motion import SPEED_UNIT, distance

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["HeightRules", "clear_heights"]


@dataclass(frozen=True)
class HeightRules:
    """When a height cannot follow another."""

    top_ft_s: float = 200.0  # 12,000 ft/min; `traffic` and OPDI filter from the same figure
    long_ft_s: float = 100.0  # beyond half a minute; emergency descents do it
    slack_ft: float = 3000.0  # heights come late, and some sources write them in steps
    held_s: float = 20.0  # how long sources repeat a height without a word
    max_leap_s: float = 300.0  # a longer series is a second opinion, and stays
    standing_kt: float = 60.0  # slower than anything flies up there


def clear_heights(
    c: Columns, mask: Array, branch: Array, alt: Array, rules: HeightRules = HeightRules()
) -> Array:
    """Return where used rows hold a height out of reach of their body's others; empty these in ``alt``.

    ``alt``: ft, n, nan where absent; changed in place. Heights of 0 are left: some sources write them for
    the ground.
    """
    leapt = np.zeros(len(alt), dtype=np.bool_)
    r = rules
    reals = (r.top_ft_s, r.long_ft_s, r.slack_ft, r.held_s * 1000.0, r.max_leap_s * 1000.0, r.standing_kt)
    _clear(c.start, Heights(c.t, c.lat, c.lon, alt, np.zeros_like(c.t), leapt), mask, branch, reals)
    return leapt


class Heights(NamedTuple):
    """What the kernels know of each row; ``since``: ms from which the height is known to be this."""

    t: Array
    lat: Array
    lon: Array
    alt: Array
    since: Array
    leapt: Array


BODIES = 128  # as many as an int8 can number
MAX_LINKS = 200  # runs that one run is compared with; more is noise
STRAY_ROWS = 3  # so few at the end of a track are no second opinion
Reals = tuple[float, float, float, float, float, float]


@kernel
def _clear(start: Array, h: Heights, mask: Array, branch: Array, rules: Reals) -> None:
    last = np.empty(BODIES, dtype=np.int64)
    for a in range(len(start) - 1):
        last[:] = -1
        leaps = np.zeros(BODIES, dtype=np.bool_)
        for i in range(start[a], start[a + 1]):
            if mask[i] != 0 or np.isnan(h.alt[i]) or h.alt[i] == 0.0:
                continue
            b = branch[i]
            k = last[b]
            h.since[i] = h.t[i]
            if k >= 0 and h.alt[k] == h.alt[i]:
                h.since[i] = max(h.since[k], h.t[i] - int(rules[3]))
            elif k >= 0:
                leaps[b] |= not _follows(h, k, i, rules)
            last[b] = i
        for b in np.flatnonzero(leaps):
            mine = np.arange(start[a], start[a + 1])
            given = (mask[mine] == 0) & (branch[mine] == b) & (np.abs(h.alt[mine]) > 0.0)
            _clear_body(h, mine[given], rules)


@inner
def _follows(h: Heights, i: int, j: int, rules: Reals) -> bool:
    """Whether the height of row j can follow that of the earlier row i."""
    dt = (h.t[j] - h.since[i]) / 1000.0
    reach = rules[2] + rules[0] * min(dt, 30.0) + rules[1] * max(0.0, dt - 30.0)
    return bool(abs(h.alt[j] - h.alt[i]) <= reach)


@inner
def _clear_body(h: Heights, rows: Array, rules: Reals) -> None:
    cut = np.ones(len(rows) + 1, dtype=np.bool_)
    for k in range(1, len(rows)):
        cut[k] = not _follows(h, rows[k - 1], rows[k], rules)
    first = np.flatnonzero(cut)
    runs = len(first) - 1
    best, came = np.zeros(runs), np.full(runs, -1, dtype=np.int64)
    for r in range(runs):
        own = best[r] = first[r + 1] - first[r]
        for s in range(r - 1, max(-1, r - 1 - MAX_LINKS), -1):
            if best[s] + own > best[r] and _follows(h, rows[first[s + 1] - 1], rows[first[r]], rules):
                best[r], came[r] = best[s] + own, s
    kept = np.zeros(runs, dtype=np.bool_)
    r = end = int(np.argmax(best))
    while came[r] >= 0:
        kept[r] = True
        r = came[r]
    kept[r] = True
    for k in range(runs):
        part = rows[first[k] : first[k + 1]]
        i, j = part[0], part[-1]
        span = h.t[j] - h.t[i]
        if kept[k] or span > rules[4]:
            continue
        stood = distance(h.lat[i], h.lon[i], h.lat[j], h.lon[j]) < rules[5] * SPEED_UNIT * span / 1000.0
        if r < k < end or len(part) <= STRAY_ROWS or stood:
            h.alt[part] = np.nan
            h.leapt[part] = True
