"""Which aircraft flew each piece of track where several share an address.

``bodies`` finds that there are several, but after a silence its heaviest chain may go on as the other.
The bodies are therefore cut into pieces where a step is long or leaps, and all pieces are given the one
that they come from at once: the likeliest cover of the pieces by paths.

    a ──●──●          ●──    after a silence either might have come here in time: the one that
    b ──●──●──●──●──●        was flying here, at this height, did
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.geodesy import distance_km
from waystation.tracks.motion import SPEED_UNIT

if TYPE_CHECKING:
    from waystation.tracks.compiled import Array
    from waystation.tracks.motion import Moves

__all__ = ["SharingRules", "share_out"]


@dataclass(frozen=True)
class SharingRules:
    """What parts two pieces, and what it costs to join them, in logarithms of odds."""

    cut_s: float = 120.0  # a shorter step that does not leap can hardly be one to another aircraft
    leap_km: float = 10.0  # beyond any lag
    late_s: float = 35.0  # places arrive 5 s late and are repeated for 30
    top_kt: float = 700.0  # as in ``BodyRules``
    unknown_kt: float = 300.0  # how far a place without a velocity may be from the next
    elsewhere: float = 44.0  # 24 for anywhere within 1,000 km and 30,000 ft, 20 against one more aircraft
    no_height: float = 8.0  # as much as a height costs that fits half well
    max_pieces: int = 1000  # more take a gigabyte to compare; then the chains stand


def share_out(m: Moves, rows: Array, branch: Array, rules: SharingRules = SharingRules()) -> Array:
    """Return the body of each of ``rows`` (in order of time), given the one that its chain put it in."""
    from scipy.optimize import linear_sum_assignment  # a tenth of a second that few need

    piece, first, last = _pieces(m, rows, branch, rules)
    n = len(first)
    if n == 1 or n > rules.max_pieces:
        return branch
    price = _prices(m, rows[last], rows[first], rules)
    price[np.arange(n - 1), np.arange(1, n)] = np.where(
        branch[last[:-1]] == branch[first[1:]],
        np.minimum(np.diag(price, 1), rules.elsewhere - 1.0),  # its chain found a way
        np.diag(price, 1),
    )
    begins = np.full((n, n), np.inf)
    np.fill_diagonal(begins, rules.elsewhere)
    choices = np.vstack([price, begins])
    before, after = linear_sum_assignment(np.where(np.isfinite(choices), choices, 1e6))
    came = np.empty(n, dtype=np.int64)
    came[after] = before
    body = np.empty(n, dtype=np.int64)
    bodies = 0
    for k in np.argsort(rows[first], kind="stable"):
        body[k] = body[came[k]] if came[k] < n else bodies
        bodies += came[k] >= n
    return body[piece]


def _pieces(m: Moves, rows: Array, branch: Array, r: SharingRules) -> tuple[Array, Array, Array]:
    """Return the piece of each row and the places in ``rows`` where each piece begins and ends.

    A body is parted, too, where a row of another lies in time and place between two of its own.
    """
    passed = np.append((branch[1:] != branch[:-1]) & ~_parted(m, rows[:-1], rows[1:], r), False)
    piece = np.empty(len(rows), dtype=np.int64)
    firsts, lasts, n = [], [], 0
    for b in np.unique(branch):
        at = np.flatnonzero(branch == b)
        parted = _parted(m, rows[at[:-1]], rows[at[1:]], r) | passed[at[:-1]] | passed[at[1:] - 1]
        piece[at] = n + np.append(0, np.cumsum(parted))
        firsts.append(at[np.append(True, parted)])
        lasts.append(at[np.append(parted, True)])
        n += len(firsts[-1])
    return piece, np.concatenate(firsts), np.concatenate(lasts)


def _parted(m: Moves, i: Array, j: Array, r: SharingRules) -> Array:
    """Whether rows j are long after rows i, or farther than they fly."""
    dt = (m.t[j] - m.t[i]) / 1000.0
    speed = np.fmax(m.speed[i], m.speed[j])
    way = np.where(np.isnan(speed), r.top_kt, speed) * SPEED_UNIT * dt
    return np.asarray((dt > r.cut_s) | (_away(m, i, j) > 1.5 * way + r.leap_km))


def _away(m: Moves, i: Array, j: Array) -> Array:
    return np.asarray(distance_km(m.lat[i], m.lon[i], m.lat[j], m.lon[j]))


def _prices(m: Moves, ends: Array, begins: Array, r: SharingRules) -> Array:
    """Return what it costs that a piece with that beginning (column) follows one with that end (row).

    The place is where it flew to, with an error that grows with the silence, or else the nearer the likelier
    at every scale: it may have turned, or landed. Both have long tails, as the height does. No way: inf.
    """
    i, j = ends[:, None], begins[None, :]
    dt = (m.t[j] - m.t[i]) / 1000.0
    s = np.maximum(dt, 0.0)
    away = _away(m, i, j)
    north, east = _velocity(m, i, j)
    speed = np.hypot(north, east)
    wide = 1.0 + 5.0 * speed + np.maximum(speed, 0.03) * s * np.minimum(1.0, 0.1 + s / 1000.0)
    up = (m.lat[j] - m.lat[i]) * 111.2
    right = ((m.lon[j] - m.lon[i] + 540.0) % 360.0 - 180.0) * 111.2 * np.cos(np.radians(m.lat[i]))
    off = np.hypot(up - north * s, right - east * s)
    silent = np.isnan(speed)
    wide = np.where(silent, 2.0 + r.unknown_kt * SPEED_UNIT * s, wide)
    flown = 2.0 * np.log(wide) + 2.5 * np.log1p((np.where(silent, away, off) / wide) ** 2 / 3.0)
    stayed = 4.0 + 2.0 * np.log1p(away) + 3.0 * np.exp(-s / 600.0)
    tall = 200.0 + np.minimum(15.0 * s, 12000.0)  # ft
    climbed = np.log(tall) + 1.5 * np.log1p(((m.alt[j] - m.alt[i]) / tall) ** 2 / 2.0)
    price = np.minimum(flown, stayed) + np.where(np.isnan(climbed), r.no_height, climbed)
    fast = np.fmax(m.speed[i], m.speed[j])
    top = np.clip(fast * 1.12 + 20.0, 200.0 + 0.35 * s, np.maximum(r.top_kt, fast * 1.12))
    reach = 0.3 + (s + r.late_s) * np.where(np.isnan(fast), r.top_kt, top) * SPEED_UNIT
    return np.where((dt > 0.0) & (away <= reach), price, np.inf)


def _velocity(m: Moves, i: Array, j: Array) -> tuple[Array, Array]:
    """Return km/s north and east between rows: the mean of what both report, or what one does, or nan."""
    parts = []
    for turn in (0.0, 90.0):
        a, b = (m.speed[k] * SPEED_UNIT * np.cos(np.radians(m.track[k] - turn)) for k in (i, j))
        parts.append(np.where(np.isnan(a), b, np.where(np.isnan(b), a, (a + b) / 2.0)))
    return parts[0], parts[1]
