"""Runs: stretches of positions each within reach of the next, and how much each deserves belief."""

from __future__ import annotations

import math

import numpy as np

from waystation.tracks.bounds import farther
from waystation.tracks.circles import fit_circle, goes_round, ring_tolerance, turning
from waystation.tracks.compiled import Array, inner, kernel
from waystation.tracks.motion import (
    FLIES_KT,
    SPEED_UNIT,
    STEADY_S,
    Moves,
    chord,
    missed_km,
    reachable,
    roughly_missed,
)

__all__ = ["cut_runs", "stands", "weigh_runs"]

EVEN_MS = 120_000  # what a motion without a track angle is good for
LATE_STEPS = 2  # so many does one late place spoil: that to it and that from it
NEXT_ROWS = 3  # strays come so many at a time
STAND_MS = 45_000  # in a shorter time the jitter of places hides whether they move
HALT_MS = 120_000  # longer than any lag of a place
LEAP_KM, SPOT_KM = 10.0, 3.0  # farther than a lag; as wide as a spot is
JITTER_KM = 0.5  # about a false spot; also what 20 kt make of 45 s, and false spots report less
RING_MS, RING_ROWS = 150_000, 6  # what shows a circle
WIDEST_KM = 15.0  # in radius: false circles were reported with 2 to 15 km


@inner
def cut_runs(m: Moves, rows: Array, late: float, top: float, back_s: float) -> tuple[Array, Array, Array]:
    """Return where runs begin, where neighbours are out of reach, and rings, as flags of len(rows) + 1.

    A run ends where the next row is out of reach. It is cut inside, too, at the last row within reach
    of what follows the break, and behind a break at the first row within reach of what came before; where
    steps next to a break are not flown as reported; and where an even circle began that ends in the break.
    Silence cuts, too: what lies behind one is judged by itself.
    """
    n = len(rows)
    broken = np.zeros(n + 1, dtype=np.bool_)
    broken[0] = broken[n] = True
    for p in range(1, n):
        broken[p] = not reachable(m, rows[p - 1], rows[p], late, top)
    cut, ring = broken.copy(), np.zeros(n + 1, dtype=np.bool_)
    for p in range(1, n):
        cut[p] |= m.t[rows[p]] - m.t[rows[p - 1]] > STEADY_S * 1000.0
    for p in range(1, n):
        if not broken[p]:
            continue
        q = p - 2
        while q >= 0 and not broken[q + 1] and m.t[rows[p]] - m.t[rows[q]] <= back_s * 1000.0:
            if reachable(m, rows[q], rows[p], late, top):
                cut[q + 1] = True
                break
            q -= 1
        q = p + 1
        while q < n and not broken[q] and m.t[rows[q]] - m.t[rows[p - 1]] <= back_s * 1000.0:
            if reachable(m, rows[p - 1], rows[q], late, top):
                cut[q] = True
                break
            q += 1
        for q in range(max(1, p - NEXT_ROWS), min(n, p + NEXT_ROWS + 1)):
            cut[q] |= _unsure(m, rows[max(0, q - 2)], rows[q - 1], rows[q])
        q = p if _goes_on(m, rows, p, late, top) else _ring_begins(m, rows, broken, p)
        cut[q] = True
        ring[q:p] = True
    return cut, broken, ring


@inner
def _unsure(m: Moves, h: int, i: int, j: int) -> bool:
    """Whether row j is not plainly where row i was flying to; without track angles, as it came from row h."""
    if np.isnan(m.speed[j]):
        return True
    way = (m.t[j] - m.t[i]) / 1000.0 * SPEED_UNIT * m.speed[j]
    if np.isnan(m.track[i]) and np.isnan(m.track[j]):
        if not 0 < m.t[i] - m.t[h] <= EVEN_MS:
            return True
        share = (m.t[j] - m.t[i]) / (m.t[i] - m.t[h])
        up = m.lat[j] - m.lat[i] - share * (m.lat[i] - m.lat[h])
        right = (m.lon[j] - m.lon[i] + 540.0) % 360.0 - 180.0
        right -= share * ((m.lon[i] - m.lon[h] + 540.0) % 360.0 - 180.0)
        return bool(math.hypot(up, right * math.cos(math.radians(m.lat[i]))) * 111.2 > 1.0 + 0.3 * way)
    return bool(missed_km(m, i, j) > 1.0 + 0.3 * way)


@inner
def _goes_on(m: Moves, rows: Array, p: int, late: float, top: float) -> bool:
    """Whether the track goes on from before ``p`` after a few strays."""
    for k in range(p + 1, min(len(rows), p + NEXT_ROWS + 2)):
        if reachable(m, rows[p - 1], rows[k], late, top):
            return True
    return False


@inner
def _ring_begins(m: Moves, rows: Array, broken: Array, p: int) -> int:
    """Return where the circle that ends before ``p`` began; ``p`` if there is none.

    A false circle may begin where the aircraft is, without a jump; it ends with one.
    """
    q = p - 1
    while q > 0 and not broken[q] and (m.t[rows[p - 1]] - m.t[rows[q]] < RING_MS or p - q < RING_ROWS):
        if m.t[rows[q]] - m.t[rows[q - 1]] > RING_MS:  # what was flown in so long a silence nobody knows
            return p
        q -= 1
    if m.t[rows[p - 1]] - m.t[rows[q]] < RING_MS or p - q < RING_ROWS:
        return p
    part = rows[q:p]
    lat, lon, radius, off, _ = fit_circle(m.t[part], m.lat[part], m.lon[part], WIDEST_KM)
    if not 1.0 < radius < WIDEST_KM or off > 0.02 * radius + 0.1:
        return p
    circle = (lat, lon, radius)
    sense, tolerance = turning(m.lat[part], m.lon[part], circle), ring_tolerance(radius, off)
    while q > 0 and not broken[q]:
        i, j = rows[q - 1], rows[q]
        if not goes_round((m.lat[i], m.lon[i]), (m.lat[j], m.lon[j]), circle, tolerance, sense):
            break
        q -= 1
    return q if _circles(m, rows[q:p]) else p


@inner
def weigh_runs(m: Moves, rows: Array, first: Array, ring: Array, high_ft: float) -> Array:
    """Return the seconds that each run accounts for; less where it does not fly as it says.

    A fiftieth where most of it stands still in the air, is one even circle faster than gliders and
    helicopters turn, or a piece of one that ended in a jump; a third where it goes elsewhere than speed
    and track say, whose tracks are emptied.
    """
    weight = np.zeros(len(first) - 1)
    spot = -1
    for r in range(len(first) - 1):
        part = rows[first[r] : first[r + 1]]
        heard = 0.0
        for k in range(1, len(part)):
            heard += min((m.t[part[k]] - m.t[part[k - 1]]) / 1000.0, 60.0)
        weight[r] = 1.0 + heard
        if ring[first[r]] and ring[first[r + 1] - 1]:
            weight[r] = 0.02 * heard + 0.01
        elif _halts(m, rows, first[r], first[r + 1]) or (spot >= 0 and _spotted(m, spot, part)):
            weight[r] = 0.02 * heard + 0.01
            spot = part[0]
        elif (
            stands(m, part, high_ft)
            or _lingers(m, rows, first[r], first[r + 1], high_ft)
            or _circles(m, part)
        ):
            weight[r] = 1.0 + 0.02 * heard
        elif _strays(m, part, heard):  # false places, or a source with false tracks
            weight[r] = 1.0 + 0.3 * heard
            m.track[part] = np.nan
    return weight


@inner
def _strays(m: Moves, rows: Array, heard: float) -> bool:
    """Whether the steps of 10 to 30 s disagree with reported speed and track by more than half, on average.

    Only where such steps make up half of what was heard.
    """
    off, way, asked, steps = _strayed(m, rows, False)
    if steps <= LATE_STEPS or asked <= 0.5 * heard or way <= 1.0 or off <= 0.5 * way:
        return False
    return _strayed(m, rows, True)[0] > 0.5 * way


@inner
def _strayed(m: Moves, rows: Array, exact: bool) -> tuple[float, float, float, int]:
    """Return what the steps miss (unless ``exact``: no less than that), their way, time and number."""
    anchor, off, way, asked, steps = 0, 0.0, 0.0, 0.0, 0
    for k in range(1, len(rows)):
        i, j = rows[anchor], rows[k]
        dt = (m.t[j] - m.t[i]) / 1000.0
        if dt < 10.0 and k < len(rows) - 1:
            continue
        if 2.0 <= dt <= 30.0 and min(m.speed[i], m.speed[j]) > 100.0 and m.ground[j] != 1:
            run = dt * SPEED_UNIT * (m.speed[i] + m.speed[j]) / 2.0
            if exact:
                off += missed_km(m, i, j)
            else:
                about, error = roughly_missed(m, i, j)
                off += (about + error) * 1.000001
            way += run + 0.3
            asked += dt
            steps += 1
        anchor = k
    return off, way, asked, steps


@kernel
def stands(m: Moves, rows: Array, high_ft: float) -> bool:
    """Whether most of it moves by less than 60 kt, over 45 s and more, at ``high_ft`` or with the air bit."""
    anchor, still, heard = 0, 0.0, 0.0
    for k in range(1, len(rows)):
        waited = (m.t[rows[k]] - m.t[rows[anchor]]) / 1000.0
        if waited >= 45.0 or (k == len(rows) - 1 and waited >= 5.0):
            heard += min(waited, 120.0)
            bits = m.ground[rows[k]] == 0 and m.ground[rows[anchor]] == 0
            up = m.alt[rows[k]] > high_ft or (bits and not _goes(m, rows[anchor], rows[k]))
            if up and _within(m, rows[anchor], rows[k], 60.0 * SPEED_UNIT * waited):
                still += min(waited, 120.0)
            anchor = k
    return still > 0.5 * heard


@inner
def _lingers(m: Moves, rows: Array, lo: int, hi: int, high_ft: float) -> bool:
    """Whether a run too short to show it is part of a cloud that stands: its neighbours 45 s off are as near.

    False places that scatter by more than reach are a run each.
    """
    if m.t[rows[hi - 1]] - m.t[rows[lo]] >= STAND_MS or _goes(m, rows[lo], rows[hi - 1]):
        return False
    behind = lo
    while behind > 0 and m.t[rows[lo]] - m.t[rows[behind]] < STAND_MS:
        behind -= 1
    ahead = hi - 1
    while ahead < len(rows) - 1 and m.t[rows[ahead]] - m.t[rows[hi - 1]] < STAND_MS:
        ahead += 1
    return _near_still(m, rows[behind], rows[lo], high_ft) or _near_still(
        m, rows[hi - 1], rows[ahead], high_ft
    )


@inner
def _goes(m: Moves, i: int, j: int) -> bool:
    """Whether the step goes farther than jitter, and where reported speed and track say: slow, but flown."""
    way = (m.t[j] - m.t[i]) / 1000.0 * SPEED_UNIT * (m.speed[i] + m.speed[j]) / 2.0
    if np.isnan(m.track[i]) or np.isnan(m.track[j]) or not way > JITTER_KM:
        return False
    return bool(missed_km(m, i, j) < 0.3 * way)


@inner
def _halts(m: Moves, rows: Array, lo: int, hi: int) -> bool:
    """Whether the place stands for two minutes beside a leap from or to flight, and the height goes on.

    Nothing stops within a minute; where the height is the one flown at, it is the place that is false, and
    no aircraft on the ground, however low.
    """
    if m.t[rows[hi - 1]] - m.t[rows[lo]] < HALT_MS or not stands(m, rows[lo:hi], -np.inf):
        return False
    for k in range(1, NEXT_ROWS + 2):  # the first few may be runs of their own
        if lo - k >= 0 and _leapt(m, rows[lo - k], rows[lo]):
            return True
        if hi - 1 + k < len(rows) and _leapt(m, rows[hi - 1 + k], rows[hi - 1]):
            return True
    return False


@inner
def _leapt(m: Moves, flown: int, stood: int) -> bool:
    """Whether one row flies and the other is far from it within a minute, at its height."""
    waited = abs(m.t[stood] - m.t[flown]) / 1000.0
    if not (waited <= 60.0 and m.speed[flown] > FLIES_KT and m.ground[stood] != 1):
        return False
    if not abs(m.alt[stood] - m.alt[flown]) <= 300.0 + 50.0 * waited:
        return False
    return bool(chord(m, flown, stood) > LEAP_KM + 2.0 * m.speed[flown] * SPEED_UNIT * waited)


@inner
def _spotted(m: Moves, spot: int, part: Array) -> bool:
    """Whether a run lies where another stood that was false."""
    return chord(m, spot, part[0]) < SPOT_KM and chord(m, spot, part[-1]) < SPOT_KM


@inner
def _near_still(m: Moves, i: int, j: int, high_ft: float) -> bool:
    """Whether row j, 45 to 120 s later than row i, is where an aircraft that stands up there would be."""
    waited = (m.t[j] - m.t[i]) / 1000.0
    up = (m.alt[i] > high_ft and m.alt[j] > high_ft) or (m.ground[i] == 0 and m.ground[j] == 0)
    return bool(up and 45.0 <= waited <= 120.0 and _within(m, i, j, 60.0 * SPEED_UNIT * waited))


@inner
def _within(m: Moves, i: int, j: int, km: float) -> bool:
    """Whether two rows are less than ``km`` apart."""
    if farther(m.lat[i], m.lon[i], m.lat[j], m.lon[j], km):
        return False
    return bool(chord(m, i, j) < km)


@inner
def _circles(m: Moves, rows: Array) -> bool:
    """Whether all of it is one even circle."""
    if len(rows) < 6 or m.t[rows[-1]] - m.t[rows[0]] < 120_000 or not m.speed[rows[len(rows) // 2]] > 100.0:
        return False
    wide = 4.0 * WIDEST_KM + math.sqrt(len(rows))  # no circle holds both, or it is off by more than allowed
    if chord(m, rows[0], rows[-1]) > wide or chord(m, rows[0], rows[len(rows) // 2]) > wide:
        return False
    _, _, radius, off, turned = fit_circle(m.t[rows], m.lat[rows], m.lon[rows], WIDEST_KM)
    return radius < WIDEST_KM and off < 0.02 * radius + 0.1 and turned > 120.0
