"""Does a silence hide a landing? Ask what was possible first, what is likely second.

``landed`` is possible when some airfield could be reached, stopped at and left again in the time;
``through`` is possible when flying straight on explains place and time. Where only one is possible
there is nothing to weigh. Where both are, a logistic in duration, implied speed, height, climb and
callsign decides (docs/rules/segmentation.md tells how its weights were fitted).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.flights.callsigns import Callsigns, held_callsign
from waystation.flights.surroundings import GroundRules, height_above_airfield, heights_along
from waystation.terms.geodesy import distance_km
from waystation.terms.runs import run_counts, run_medians, run_quantiles, run_search, spread
from waystation.terms.units import KT_KMH
from waystation.world.airfields import Airfields, nearest

if TYPE_CHECKING:
    from waystation.flights.bodies import Bodies

__all__ = ["SilenceRules", "fast_speed_kt", "hidden_landings"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LOW_FT = 5000.0
MOVING_KT = 40.0  # speeds below this are no flight
GROUND_RULES = GroundRules()
SLOWEST_KT = 60.0  # no body is taken to fly slower than this


@dataclass(frozen=True)
class SilenceRules:
    """Thresholds and weights; the weights come from bench/accuracy/silences.py."""

    min_silence_s: float = 600.0  # below ten minutes nothing lands, stops and leaves unseen
    low_share: float = 0.5  # low is below 5,000 ft and below this share of the body's usual height
    window_s: float = 1200.0  # how an aircraft gets on is judged over this before and after a silence
    stop_s: float = 600.0  # wheels on to wheels off at its quickest, engines running
    manoeuvre_s: float = 240.0  # circuit, approach and departure cost this much over straight flight
    descent_fpm: float = 3000.0  # quickest way down and up that transports use
    climb_fpm: float = 2500.0
    wind_share: float = 0.25  # what a tail wind may add to the body's own fast speed: 110 kt for a jet
    slow_share: float = 0.5  # implied speed below this share of cruise is not flying through
    long_s: float = 4 * 3600.0  # in a silence this long …
    long_share: float = 0.8  # … less than this share of cruise is not flying through
    high_ft: float = 3000.0  # above this at both ends, for less than loiter_s, it may have circled all along:
    loiter_s: float = 5400.0
    loiter: float = 2.0  # taken off the log-odds of a landing
    weights: tuple[float, ...] = (-1.0, 0.5, 3.0, 1.0, 1.0, 0.8, 0.8, 1.7, -1.0)
    # intercept, ln hours, slowness, low before, low after, descending, climbing, callsign changed, or kept


def hidden_landings(
    bodies: Bodies,
    state: NDArray[np.int8],
    callsigns: Callsigns,
    airfields: Airfields,
    rules: SilenceRules = SilenceRules(),
    ground: GroundRules = GROUND_RULES,
) -> tuple[NDArray[np.bool_], Floats]:
    """Return for each position whether the silence after it hides a landing, and its probability.

    ``state``: 1 on the ground. Silences that touch the ground are for ``segment``; they get 0.
    """
    n = len(bodies.t_s)
    hides, probability = np.zeros(n, dtype=np.bool_), np.zeros(n)
    if n < 2:
        return hides, probability
    i = np.flatnonzero(np.diff(bodies.t_s) > rules.min_silence_s)
    body = np.searchsorted(bodies.start, i, side="right") - 1
    i = i[(bodies.start[body + 1] - 1 != i) & (state[i] == 0) & (state[i + 1] == 0)]
    if not len(i):
        return hides, probability
    p = _probability(bodies, i, callsigns, airfields, rules, ground)
    probability[i] = p
    hides[i] = p >= 0.5
    return hides, probability


def _probability(
    bodies: Bodies,
    i: Ints,
    callsigns: Callsigns,
    airfields: Airfields,
    rules: SilenceRules,
    ground: GroundRules,
) -> Floats:
    j = i + 1
    silent, body = np.unique(np.searchsorted(bodies.start, i, side="right") - 1, return_inverse=True)
    cruise = np.fmax(fast_speed_kt(bodies, silent), SLOWEST_KT)[body]
    dt = bodies.t_s[j] - bodies.t_s[i]
    apart = distance_km(bodies.lat[i], bodies.lon[i], bodies.lat[j], bodies.lon[j])
    implied = apart / KT_KMH / (dt / 3600.0)
    progress = np.maximum(_progress_kt(bodies, i, rules, -1), _progress_kt(bodies, j, rules, 1))
    usual = np.clip(
        np.nan_to_num(progress, nan=np.inf), 0.15 * cruise, cruise
    )  # circling aircraft go nowhere
    ratio = implied / usual
    heights = (height_above_airfield(bodies, k, airfields, ground)[0] for k in (i, j))
    h_i, h_j = (np.nan_to_num(np.maximum(h, 0.0), nan=0.0) for h in heights)
    overhead = rules.stop_s + rules.manoeuvre_s
    fastest = (1.1 + rules.wind_share) * cruise * KT_KMH / 3600.0  # km/s
    budget_s = dt - overhead
    down, up = h_i / rules.descent_fpm * 60.0, h_j / rules.climb_fpm * 60.0
    ways = _detours(bodies, i, airfields)  # (k, 2, gaps): way in and way out by some airfield
    need = np.maximum(ways[:, 0] / fastest, down) + np.maximum(ways[:, 1] / fastest, up)
    landed = (need <= budget_s).any(axis=0)
    long = dt > rules.long_s
    through = (ratio >= np.where(long, rules.long_share, rules.slow_share)) & (
        implied <= (1.15 + rules.wind_share) * cruise
    )
    low_ft = np.full(len(silent), LOW_FT)
    asked = np.unique(body[landed & (np.minimum(h_i, h_j) < LOW_FT)])
    usual_ft = _usual_height_ft(bodies, silent[asked], airfields, ground)
    low_ft[asked] = np.minimum(LOW_FT, rules.low_share * usual_ft)
    low_i, low_j = (h < low_ft[body] for h in (h_i, h_j))
    vr_i, vr_j = bodies.vertical_rate_fpm[i], bodies.vertical_rate_fpm[j]
    name_i, name_j = (held_callsign(callsigns, bodies, k) for k in (i, j))
    known = (name_i >= 0) & (name_j >= 0)
    w = rules.weights
    z = (
        w[0]
        + w[1] * np.log(dt / 3600.0)
        + w[2] * (1.0 - np.minimum(ratio, 1.2))
        + w[3] * low_i
        + w[4] * low_j
        + w[5] * (vr_i < -300.0)
        + w[6] * (vr_j > 300.0)
        + w[7] * (known & (name_i != name_j))
        + w[8] * (known & (name_i == name_j))
    )
    high = (h_i > rules.high_ft) & (h_j > rules.high_ft)
    z = z - rules.loiter * (high & (dt < rules.loiter_s))  # an orbit, a thermal, a fire: airborne all along
    weighed = 1.0 / (1.0 + np.exp(-z))
    sure = np.where(high & (dt < rules.loiter_s), weighed, 0.98)
    return np.where(~landed, 0.0, np.where(~through, np.maximum(weighed, sure), weighed))


def _progress_kt(bodies: Bodies, at: Ints, rules: SilenceRules, way: int) -> Floats:
    """Return the speed made good in the stretch before (way -1) or after (1) a silence; nan unknown."""
    body = np.searchsorted(bodies.start, at, side="right") - 1
    first, stop = bodies.start[body], bodies.start[body + 1]
    far = run_search(bodies.t_s, first, stop, bodies.t_s[at] + way * rules.window_s, False)
    far = np.minimum(far, stop - 1)
    span = np.abs(bodies.t_s[far] - bodies.t_s[at])
    told = (rules.window_s / 2 <= span) & (span <= 1.5 * rules.window_s)
    d = distance_km(bodies.lat[far], bodies.lon[far], bodies.lat[at], bodies.lon[at])
    return np.where(told, d / KT_KMH / (np.where(told, span, 1.0) / 3600.0), np.nan)


def fast_speed_kt(bodies: Bodies, body: Ints) -> Floats:
    """Return for each of ``body`` the 70th percentile of its speed in the air; nan where none is known."""
    start, stop = bodies.start[body], bodies.start[body + 1]
    moving = (bodies.ground != 1) & (bodies.ground_speed_kt > MOVING_KT)
    fast: Floats = run_quantiles(np.where(moving, bodies.ground_speed_kt, np.nan), start, stop, 0.7)
    return fast


def _usual_height_ft(bodies: Bodies, body: Ints, airfields: Airfields, ground: GroundRules) -> Floats:
    """Return per body the median of its height in the air: low is no news of one that is always low.

    Infinite for bodies that are mostly above ``ground.low_ft``, or never in the air at a known height: what
    is low is the same for all of these, and there is no need to look for airfields below them.
    """
    known = (bodies.ground != 1) & np.isfinite(bodies.altitude_ft)
    n_known, n_high = (
        run_counts(x, bodies.start[body], bodies.start[body + 1])
        for x in (known, known & (bodies.altitude_ft > ground.low_ft))
    )
    often_low = np.flatnonzero(2 * n_high < n_known)
    _, at = spread(bodies.start[body[often_low]], bodies.start[body[often_low] + 1])
    at = at[known[at]]
    out = np.full(len(body), np.inf)
    edges = np.r_[0, np.cumsum(n_known[often_low])]
    height = heights_along(bodies, at, airfields, ground)
    out[often_low] = run_medians(height, edges[:-1], edges[1:])
    return out


def _detours(bodies: Bodies, i: NDArray[np.int64], airfields: Airfields, k: int = 6) -> Floats:
    """Return the ways in and out (km) by the airfields near before, middle and after: (3k, 2, gaps)."""
    j = i + 1
    lat0, lon0, lat1, lon1 = bodies.lat[i], bodies.lon[i], bodies.lat[j], bodies.lon[j]
    dlon = (lon1 - lon0 + 180.0) % 360.0 - 180.0
    out = []
    for lat, lon in ((lat0, lon0), ((lat0 + lat1) / 2, lon0 + dlon / 2), (lat1, lon1)):
        _, index = nearest(airfields, lat, lon, k)
        for c in range(k):
            a = index[:, c]
            way_in = distance_km(lat0, lon0, airfields.lat[a], airfields.lon[a])
            out.append(np.stack([way_in, distance_km(airfields.lat[a], airfields.lon[a], lat1, lon1)]))
    return np.stack(out)
