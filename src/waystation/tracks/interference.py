"""Places that a receiver was made to believe: standing or circling where the aircraft is not.

Positions that ``bodies`` set aside are judged stretch by stretch. A stretch that lasts is interference
rather than a stray message: *spoof* where it stands, circles, or lies at a place known for it; *jam* where
the transponder itself said that its place was lost. The rest stays a teleport. What belongs to a false
circle before the jump that gave it away is added to it.

    true ────╮  ╭── true        the rows of the circle before the jump at x were within reach
             ╰◯x                of the track and used; they lie on the circle of the others
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.geodesy import distance_km
from waystation.terms.mask_bits import JAM, SPOOF, TELEPORT
from waystation.tracks.bounds import farther
from waystation.tracks.circles import Ring, fit_circle, goes_round, ring_tolerance, turning
from waystation.tracks.compiled import Array, inner, kernel
from waystation.tracks.motion import SPEED_UNIT, Moves, chord, distance

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["Attractor", "InterferenceRules", "mark_interference"]


STRETCH_ROWS = 3  # fewer rows have no shape


@dataclass(frozen=True)
class Attractor:
    """A place to which receivers were led, over a period (from and to: ISO dates, UTC)."""

    name: str
    lat: float
    lon: float
    since: str
    until: str = "9999-12-31"


# Places that pilots' and researchers' reports name; from the month when reports began.
_ATTRACTORS = (
    Attractor("Beirut OLBA", 33.8209, 35.4884, "2023-10-01"),
    Attractor("Cairo HECA", 30.1219, 31.4056, "2023-10-01"),
    Attractor("Ben Gurion LLBG", 32.0114, 34.8867, "2023-10-01"),
    Attractor("Amman OJAI", 31.7226, 35.9932, "2024-01-01"),
)


@dataclass(frozen=True)
class InterferenceRules:
    """What makes a false place interference."""

    min_stretch_s: float = 60.0  # receivers are led for minutes; a stray message lasts a moment
    high_ft: float = 16000.0  # above every airfield: nothing fast stands still there
    min_still_s: float = 120.0  # longer than any lag of a place
    still_kt: float = 60.0  # chords below it are jitter about a place
    fast_kt: float = (
        250.0  # an aircraft that flies faster for a quarter of its time up there does not stand or loiter
    )
    min_radius_km: float = 1.0  # a smaller ring is jitter about a spot
    max_radius_km: float = 20.0  # false circles were reported with radii of 2 to 15 km
    max_roughness: float = 0.05  # share of the radius: a true hold is a racetrack
    spot_km: float = 3.0  # a wider stretch is no spot, and the true track may lie within it
    extend_s: float = 1800.0  # how far a spot or circle is followed back from its jump
    near_attractor_km: float = 15.0  # false places lie on the field or circle about it
    lost_nic: int = 0  # transponders say NIC 0 for a place of unknown integrity
    usual_nic: int = 7  # and this or more when all is well
    attractors: tuple[Attractor, ...] = _ATTRACTORS


def mark_interference(
    c: Columns, m: Moves, mask: Array, branch: Array, rules: InterferenceRules = InterferenceRules()
) -> dict[int, str]:
    """Turn ``TELEPORT`` into ``SPOOF`` or ``JAM`` where a stretch shows it; return what to say of each row.

    Changes ``mask`` in place. Rows that stand at height join without a jump.
    """
    r = rules
    _mark_standing(c.start, m, (r.high_ft, r.min_still_s, r.still_kt, r.fast_kt), mask, branch)
    said = {int(i): _STANDS for i in np.flatnonzero(mask & SPOOF)}
    for lo, hi in _stretches(c.start, c.t, mask, r.min_stretch_s * 1000.0):
        said |= _judge(c, mask, branch, np.arange(lo, hi)[(mask[lo:hi] & TELEPORT) != 0], rules)
    return said


_STANDS = "stands still at a height and for a time in which this aircraft flies"


@kernel
def _stretches(start: Array, t: Array, mask: Array, min_ms: float) -> list[tuple[int, int]]:
    """Half-open row ranges of one aircraft in which every row is set aside, teleports over ``min_ms``."""
    found = [(0, 0) for _ in range(0)]
    for a in range(len(start) - 1):
        lo = first = last = start[a]
        n = 0
        for i in range(start[a], start[a + 1] + 1):
            if i < start[a + 1] and mask[i] != 0:
                if mask[i] & TELEPORT:
                    first = first if n else i
                    last = i
                    n += 1
                continue
            if n >= STRETCH_ROWS and t[last] - t[first] >= min_ms:
                found.append((lo, i))
            lo, n = i + 1, 0
    return found


def _judge(c: Columns, mask: Array, branch: Array, rows: Array, r: InterferenceRules) -> dict[int, str]:
    """Name one stretch of teleports; empty where it stays one."""
    t, lat, lon = c.t[rows], c.lat[rows], c.lon[rows]
    ends = _neighbours(c, mask, branch, rows)
    if _lost(c, rows, r):
        return _name(
            mask,
            rows,
            JAM,
            f"the transponder reports NIC {r.lost_nic}, usually {r.usual_nic} or more; {ends}",
        )
    here_lat, here_lon, radius, off, turned = fit_circle(t, lat, lon)
    site = _attractor(r, float(np.median(lat)), float(np.median(lon)), int(t[0]))
    span = float(distance_km(lat, lon, np.median(lat), np.median(lon)).max())
    even = off < r.max_roughness * radius + 0.2 and turned > 90.0
    round_ = r.min_radius_km < radius < r.max_radius_km and even and len(rows) >= 5
    if round_:
        rows = _extended(c, mask, branch, rows, (here_lat, here_lon, radius), ring_tolerance(radius, off), r)
        why = f"runs round a circle of {radius:.1f} km"
    elif span < (t[-1] - t[0]) / 1000.0 * r.still_kt * SPEED_UNIT:
        middle = (float(np.median(lat)), float(np.median(lon)), 0.0)
        if span <= r.spot_km:
            rows = _extended(c, mask, branch, rows, middle, max(1.0, 1.2 * span), r)
        why = f"stays within {span:.1f} km for {(t[-1] - t[0]) / 1000:.0f} s"
    elif site:
        why = "is out of reach"
    else:
        return {}
    return _name(mask, rows, SPOOF, f"{why}{f' at {site}' if site else ''}; {ends}")


def _name(mask: Array, rows: Array, bit: int, why: str) -> dict[int, str]:
    mask[rows] = (mask[rows] & ~TELEPORT) | bit
    return {int(i): why for i in rows}


def _lost(c: Columns, rows: Array, r: InterferenceRules) -> bool:
    """Whether the stretch says NIC 0 on an aircraft that usually knows better."""
    own = c.nic[slice(*c.start[np.searchsorted(c.start, rows[0], side="right") - 1 :][:2])]
    own, here = own[own >= 0], c.nic[rows][c.nic[rows] >= 0]
    return bool(len(here) and np.median(here) <= r.lost_nic and np.median(own) >= r.usual_nic)


def _attractor(r: InterferenceRules, lat: float, lon: float, t_ms: int) -> str:
    for a in r.attractors:
        period = np.array([a.since, a.until], dtype="datetime64[ms]").astype(np.int64)
        if (
            period[0] <= t_ms <= period[1]
            and float(distance_km(lat, lon, a.lat, a.lon)) <= r.near_attractor_km
        ):
            return a.name
    return ""


def _neighbours(c: Columns, mask: Array, branch: Array, rows: Array) -> str:
    """Say the last good and the first good place of the main body: where the aircraft surely was."""
    said = []
    for word, step, i in (("last good", -1, rows[0] - 1), ("first good", 1, rows[-1] + 1)):
        lo, hi = c.start[np.searchsorted(c.start, rows[0], side="right") - 1 :][:2]
        k = i
        while lo <= k < hi and (mask[k] != 0 or branch[k] != 0):
            k += step
        if lo <= k < hi:
            when = np.datetime_as_string(np.datetime64(int(c.t[k]), "ms"), unit="s")
            said.append(f"{word} {c.lat[k]:.3f} {c.lon[k]:.3f} at {when}Z")
    return ", ".join(said) or "no good place of this address"


def _extended(
    c: Columns, mask: Array, branch: Array, rows: Array, ring: Ring, tolerance: float, r: InterferenceRules
) -> Array:
    """Add the used rows before and after that lie on the ring and go round it, up to the first that does not.

    ``ring``: radius 0 for a spot; ``tolerance``: km.
    """
    lo, hi = c.start[np.searchsorted(c.start, rows[0], side="right") - 1 :][:2]
    sense = turning(c.lat[rows], c.lon[rows], ring)
    more = [rows]
    for step, i in ((-1, rows[0]), (1, rows[-1])):
        k = i + step
        last, found = i, []
        while lo <= k < hi and abs(c.t[k] - c.t[i]) <= r.extend_s * 1000:
            if mask[k] == 0 and branch[k] == 0:
                here, there = (c.lat[last], c.lon[last]), (c.lat[k], c.lon[k])
                if ring[2] == 0.0:
                    belongs = distance(*there, ring[0], ring[1]) <= tolerance
                else:
                    belongs = goes_round(here, there, ring, tolerance, step * sense)
                if not belongs:
                    break
                found.append(k)
                last = k
            k += step
        more.append(np.array(found, dtype=np.int64))
    return np.sort(np.concatenate(more))


@kernel
def _mark_standing(  # noqa: C901, PLR0912 - one pass over sorted rows
    start: Array, m: Moves, rules: tuple[float, float, float, float], mask: Array, branch: Array
) -> None:
    """Set ``SPOOF`` on rows of fast aircraft that stand at height for long."""
    high, min_still, still_kt, fast = rules
    near_km = still_kt * SPEED_UNIT * min_still
    for a in range(len(start) - 1):
        if not _cruises(m, mask, start[a], start[a + 1], high, fast):
            continue
        anchor = late = start[a]
        while anchor < start[a + 1]:
            if mask[anchor] != 0 or not m.alt[anchor] > high:
                anchor += 1
                continue
            late = max(late, anchor)  # the first row so late that it must be near if the aircraft stands
            while late < start[a + 1] and (m.t[late] - m.t[anchor] < min_still * 1000.0 or mask[late] != 0):
                late += 1
            if late == start[a + 1] or (
                branch[late] == branch[anchor]
                and farther(m.lat[anchor], m.lon[anchor], m.lat[late], m.lon[late], near_km)
            ):
                anchor += 1
                continue
            last, k, way, told = anchor, anchor + 1, 0.0, 0.0
            while k < start[a + 1]:
                if mask[k] == 0 and branch[k] == branch[anchor]:
                    if not m.alt[k] > high or chord(m, anchor, k) > near_km:
                        break
                    if m.t[k] - m.t[last] > 180_000:
                        break
                    way += chord(m, last, k)
                    told += (m.t[k] - m.t[last]) / 1000.0 * m.speed[k] * SPEED_UNIT
                    last = k
                k += 1
            waited = (m.t[last] - m.t[anchor]) / 1000.0
            held = still_kt * SPEED_UNIT * waited
            orbits = way > 1.5 * held and 0.6 * told < way < 1.4 * told  # round and round, as fast as it says
            if (
                waited >= min_still
                and chord(m, anchor, last) < held
                and not orbits
                and not _grounded(m, mask, anchor, last, start[a], start[a + 1], high)
            ):
                for k in range(anchor, last + 1):
                    if mask[k] == 0 and branch[k] == branch[anchor]:
                        mask[k] |= SPOOF
                anchor = last + 1
            else:
                anchor += 1


@inner
def _cruises(m: Moves, mask: Array, lo: int, hi: int, high: float, fast: float) -> bool:
    """Whether a quarter of the used rows above ``high`` are ``fast``: their third quartile is no less."""
    n, below = 0, 0
    for i in range(lo, hi):
        if mask[i] == 0 and m.alt[i] > high and m.speed[i] >= 0.0:
            n += 1
            below += m.speed[i] < fast
    place = 3 * (n - 1) // 4  # the quartile lies between this one and the next
    if n == 0 or below >= place + 2:
        return False
    if below <= place:
        return True
    under, over = -np.inf, np.inf
    for i in range(lo, hi):
        if mask[i] == 0 and m.alt[i] > high and m.speed[i] >= 0.0:
            if m.speed[i] < fast:
                under = max(under, m.speed[i])
            else:
                over = min(over, m.speed[i])
    return bool(below < n and under + (0.75 * (n - 1) - place) * (over - under) >= fast)


@inner
def _grounded(m: Moves, mask: Array, first: int, last: int, lo: int, hi: int, high: float) -> bool:
    """Whether the place is reported low just before or after: then the height is wrong, not the place."""
    i, j = first - 1, last + 1
    while i >= lo and mask[i] != 0:
        i -= 1
    while j < hi and mask[j] != 0:
        j += 1
    before = i >= lo and not m.alt[i] > high and chord(m, i, first) < 1.0
    return before or (j < hi and not m.alt[j] > high and chord(m, last, j) < 1.0)
