"""On the ground or in the air, from everything that bears on it: one wrong ground bit is no landing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.tracks.bounds import farther
from waystation.tracks.columns import used_rows
from waystation.tracks.compiled import Array, inner, kernel
from waystation.tracks.motion import SPEED_UNIT, distance

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["AIR", "GROUND", "UNKNOWN", "GroundRules", "ground_states"]

GROUND, AIR, UNKNOWN = 1, 0, -1


@dataclass(frozen=True)
class GroundRules:
    """Evidence in log odds of ground against air (2.3 is ten to one), and how often the state changes."""

    flag: float = 2.3  # 9.1 % of changes of the ground bit are false (LKPR, CTU 2026)
    fast: float = -6.0  # no wheels roll so fast for long
    fast_kt: float = 120.0  # lighter types leave the ground below, airliners touch down a little above
    quick: float = -1.0
    quick_kt: float = 60.0
    slow: float = 3.0  # an aircraft that has cruised fast does not fly so slowly
    slow_kt: float = 40.0
    cruise_kt: float = (
        140.0  # an aircraft seen above this speed needs speed to fly; helicopters and gliders stay below
    )
    high: float = -6.0
    high_ft: float = 16000.0  # the highest airfields lie at 14,500 ft
    climbing: float = -1.5
    climbing_fpm: float = 500.0
    zero_altitude: float = 1.5  # some sources write 0 ft for the ground
    stay_s: float = 1800.0  # mean time between changes, seen over all traffic
    sure: float = 0.9  # probability from which a state is named


def ground_states(c: Columns, mask: Array, branch: Array, rules: GroundRules = GroundRules()) -> Array:
    """Return 1 ground, 0 air or -1 unknown for each of n rows (int8); masked rows are -1.

    A hidden Markov chain of two states over the used positions of each body, smoothed forwards and
    backwards, so that a lone bit needs support from its neighbours.
    """
    r = rules
    speeds = (r.fast_kt, r.fast, r.quick_kt, r.quick, r.slow_kt, r.slow, r.cruise_kt)
    alone = (r.flag, r.high_ft, r.high, r.climbing_fpm, r.climbing, r.zero_altitude)
    state = np.full(len(c.t), UNKNOWN, dtype=np.int8)
    said = Said(c.t, c.lat, c.lon, c.gs, c.alt, c.vr, c.ground)
    _fill(c.start, said, mask, branch, speeds, alone, (r.stay_s, r.sure), state)
    return state


class Said(NamedTuple):
    """What bears on the state of each row."""

    t: Array
    lat: Array
    lon: Array
    gs: Array
    alt: Array
    vr: Array
    ground: Array


SpeedRules = tuple[float, float, float, float, float, float, float]
RowRules = tuple[float, float, float, float, float, float]


@kernel
def _fill(
    start: Array,
    c: Said,
    mask: Array,
    branch: Array,
    speeds: SpeedRules,
    alone: RowRules,
    chain: tuple[float, float],
    state: Array,
) -> None:
    stay_s, sure = chain
    limit = sure / (1.0 - sure)
    most = 0
    for a in range(len(start) - 1):
        most = max(most, start[a + 1] - start[a])
    rows, speed = np.empty(most, dtype=np.int64), np.empty(most)
    odds, carried = np.empty(most), np.empty(most)
    for a in range(len(start) - 1):
        lo, hi = start[a], start[a + 1]
        for b in range(branch[lo:hi].max() + 1):
            n = used_rows(lo, hi, b, mask, branch, rows)
            if n == 0:
                continue
            _true_speed(rows[:n], c, speed)
            _evidence(rows[:n], c, speed, speeds, alone, odds)
            _smooth(rows[:n], c.t, odds, stay_s, carried, speed)  # which nobody asks for any more
            for k in range(n):
                if odds[k] >= limit:
                    state[rows[k]] = 1
                elif odds[k] <= 1.0 / limit:
                    state[rows[k]] = 0


@inner
def _true_speed(rows: Array, c: Said, speed: Array) -> None:
    """Write reported speed; that of the places, over 10 s to each side, where none is reported or it is held.

    Held is a speed that the places deny: some sources repeat that of touchdown while the aircraft taxies.
    """
    n = len(rows)
    i, j = 0, 0
    for k in range(n):
        row = rows[k]
        speed[k] = c.gs[row]
        while i + 1 < k and c.t[row] - c.t[rows[i + 1]] >= 10_000:
            i += 1
        j = max(j, k)
        while j < n - 1 and c.t[rows[j]] - c.t[row] < 10_000:
            j += 1
        p, q = rows[i], rows[j]
        dt = (c.t[q] - c.t[p]) / 1000.0
        if dt < 10.0 or dt > 180.0:
            continue
        slow = (0.5 if c.ground[row] == GROUND else 0.25) * speed[k]
        if farther(c.lat[p], c.lon[p], c.lat[q], c.lon[q], min(slow, 60.0) * dt * SPEED_UNIT * 1.000001):
            continue
        moved = distance(c.lat[p], c.lon[p], c.lat[q], c.lon[q]) / dt / SPEED_UNIT
        if np.isnan(speed[k]) or (moved < slow and moved < 60.0):
            speed[k] = moved


@inner
def _evidence(rows: Array, c: Said, speed: Array, rules: SpeedRules, alone: RowRules, odds: Array) -> None:
    """Write what each row says by itself, as odds of ground against air."""
    fast_kt, fast, quick_kt, quick, slow_kt, slow, cruise_kt = rules
    flag, high_ft, high, climbing_fpm, climbing, zero_altitude = alone
    flagged, cleared, high, climbing = math.exp(flag), math.exp(-flag), math.exp(high), math.exp(climbing)
    zero, fast, quick, slow = math.exp(zero_altitude), math.exp(fast), math.exp(quick), math.exp(slow)
    top = 0.0
    for k in range(len(rows)):
        top = max(top, speed[k])
    for k, i in enumerate(rows):
        ground, v = c.ground[i], speed[k]
        e = flagged if ground == GROUND else (cleared if ground == AIR else 1.0)
        if c.alt[i] > high_ft:
            e *= high
        if abs(c.vr[i]) > climbing_fpm:
            e *= climbing
        if c.alt[i] == 0.0 and ground < 0:
            e *= zero
        if v > fast_kt:
            e *= fast
        elif v > quick_kt:
            e *= quick
        elif v < slow_kt and top > cruise_kt:
            e *= slow
        odds[k] = e


LEAST, MOST = 1e-15, 1e15  # odds beyond them say no more


@inner
def _carry(odds: float, change: float) -> float:
    """Odds after a time in which the state has changed with probability ``change``."""
    q = (odds * (1.0 - change) + change) / (odds * change + (1.0 - change))
    return min(max(q, LEAST), MOST)


@inner
def _change(dt_s: float, stay_s: float) -> float:
    """The probability of an odd number of changes: (1 - exp(-x)) / 2, by its series where x is small."""
    x = 2.0 * dt_s / stay_s
    if x < 0.02:
        return x * (0.5 - x * (0.25 - x * (1.0 / 12.0 - x * (1.0 / 48.0 - x / 240.0))))
    return 0.5 * (1.0 - math.exp(-x))


@inner
def _smooth(rows: Array, t: Array, odds: Array, stay_s: float, ahead: Array, past: Array) -> None:
    """Replace each row's own odds by those given the whole body. ``ahead``, ``past``: room for as many.

    Both ways at once: each step waits for the one before it, and a processor does something else meanwhile.
    """
    n = len(rows)
    ahead[n - 1], past[0] = 1.0, odds[0]
    for k in range(1, n):
        j = n - 1 - k
        dt = (t[rows[j + 1]] - t[rows[j]]) / 1000.0
        ahead[j] = _carry(ahead[j + 1] * odds[j + 1], _change(dt, stay_s))
        dt = (t[rows[k]] - t[rows[k - 1]]) / 1000.0
        past[k] = _carry(past[k - 1], _change(dt, stay_s)) * odds[k]
    for k in range(n):
        odds[k] = past[k] * ahead[k]
