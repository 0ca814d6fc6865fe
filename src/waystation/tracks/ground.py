"""On the ground or in the air, from everything that bears on it: one wrong ground bit is no landing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.tracks.compiled import Array, kernel
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
    state = np.full(len(c.t), UNKNOWN, dtype=np.int8)
    r = rules
    odds = _evidence(c, r)
    speeds = (r.fast_kt, r.fast, r.quick_kt, r.quick, r.slow_kt, r.slow, r.cruise_kt)
    _fill(c.start, c.t, c.lat, c.lon, c.gs, c.ground, mask, branch, odds, speeds, (r.stay_s, r.sure), state)
    return state


def _evidence(c: Columns, r: GroundRules) -> Array:
    """What each row says by itself, without its speed."""
    e = np.where(c.ground == GROUND, r.flag, np.where(c.ground == AIR, -r.flag, 0.0))
    with np.errstate(invalid="ignore"):
        e += np.where(c.alt > r.high_ft, r.high, 0.0)
        e += np.where(np.abs(c.vr) > r.climbing_fpm, r.climbing, 0.0)
        e += np.where((c.alt == 0.0) & (c.ground < 0), r.zero_altitude, 0.0)
    return np.asarray(e)


@kernel
def _fill(
    start: Array,
    t: Array,
    lat: Array,
    lon: Array,
    gs: Array,
    ground: Array,
    mask: Array,
    branch: Array,
    evidence: Array,
    speeds: tuple[float, float, float, float, float, float, float],
    chain: tuple[float, float],
    state: Array,
) -> None:
    stay_s, sure = chain
    limit = math.log(sure / (1.0 - sure))
    for a in range(len(start) - 1):
        lo, hi = start[a], start[a + 1]
        for b in range(branch[lo:hi].max() + 1):
            rows = lo + np.flatnonzero((mask[lo:hi] == 0) & (branch[lo:hi] == b))
            if len(rows) == 0:
                continue
            odds = evidence[rows]
            odds += _speed_evidence(_true_speed(rows, t, lat, lon, gs, ground), speeds)
            _smooth(rows, t, odds, stay_s)
            for k, i in enumerate(rows):
                if abs(odds[k]) >= limit:
                    state[i] = 1 if odds[k] > 0 else 0


@kernel
def _true_speed(rows: Array, t: Array, lat: Array, lon: Array, gs: Array, ground: Array) -> Array:
    """Reported speed; that of the places, over 10 s to each side, where none is reported or it is held.

    Held is a speed that the places deny: some sources repeat that of touchdown while the aircraft taxies.
    """
    n = len(rows)
    speed = gs[rows]
    i, j = 0, 0
    for k in range(n):
        while i + 1 < k and t[rows[k]] - t[rows[i + 1]] >= 10_000:
            i += 1
        j = max(j, k)
        while j < n - 1 and t[rows[j]] - t[rows[k]] < 10_000:
            j += 1
        dt = (t[rows[j]] - t[rows[i]]) / 1000.0
        if dt < 10.0 or dt > 180.0:
            continue
        moved = distance(lat[rows[i]], lon[rows[i]], lat[rows[j]], lon[rows[j]]) / dt / SPEED_UNIT
        held = moved < (0.5 if ground[rows[k]] == GROUND else 0.25) * speed[k] and moved < 60.0
        if np.isnan(speed[k]) or held:
            speed[k] = moved
    return speed


@kernel
def _speed_evidence(speed: Array, rules: tuple[float, float, float, float, float, float, float]) -> Array:
    fast_kt, fast, quick_kt, quick, slow_kt, slow, cruise_kt = rules
    top = 0.0
    for v in speed:
        top = max(top, 0.0 if np.isnan(v) else v)
    e = np.zeros(len(speed))
    for k, v in enumerate(speed):
        if v > fast_kt:
            e[k] = fast
        elif v > quick_kt:
            e[k] = quick
        elif v < slow_kt and top > cruise_kt:
            e[k] = slow
    return e


@kernel
def _carry(odds: float, dt_s: float, stay_s: float) -> float:
    """Log odds after ``dt_s`` in which the state may have changed."""
    change = 0.5 * (1.0 - math.exp(-2.0 * dt_s / stay_s))
    p = 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, odds))))
    q = p * (1.0 - change) + (1.0 - p) * change
    q = min(max(q, 1e-15), 1.0 - 1e-15)
    return math.log(q / (1.0 - q))


@kernel
def _smooth(rows: Array, t: Array, odds: Array, stay_s: float) -> None:
    """Replace each row's own log odds by those given the whole body."""
    n = len(rows)
    ahead = np.zeros(n)
    for k in range(n - 2, -1, -1):
        dt = (t[rows[k + 1]] - t[rows[k]]) / 1000.0
        ahead[k] = _carry(ahead[k + 1] + odds[k + 1], dt, stay_s)
    past = 0.0
    for k in range(n):
        if k:
            past = _carry(past, (t[rows[k]] - t[rows[k - 1]]) / 1000.0, stay_s)
        past += odds[k]
        odds[k] = past + ahead[k]
