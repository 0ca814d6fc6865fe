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

from waystation.terms.geodesy import distance_km
from waystation.terms.units import KT_KMH
from waystation.world.airfields import Airfields, nearest

if TYPE_CHECKING:
    from waystation.flights.bodies import Bodies

__all__ = ["SilenceRules", "hidden_landings"]

Floats = NDArray[np.float64]


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


def cruise_speed_kt(bodies: Bodies) -> Floats:
    """Return per body the 70th percentile of its speed in the air, at least 60 kt."""
    out = np.full(len(bodies.start) - 1, 60.0)
    for i in range(len(out)):
        part = slice(bodies.start[i], bodies.start[i + 1])
        v = bodies.ground_speed_kt[part]
        v = v[(bodies.ground[part] != 1) & (v > 40.0)]
        if len(v):
            out[i] = max(60.0, float(np.percentile(v, 70)))
    return out


def hidden_landings(
    bodies: Bodies,
    state: NDArray[np.int8],
    height_ft: Floats,
    callsign: NDArray[np.int64],
    airfields: Airfields,
    rules: SilenceRules = SilenceRules(),
) -> tuple[NDArray[np.bool_], Floats]:
    """Return for each position whether the silence after it hides a landing, and its probability.

    ``height_ft``: height over the nearest airfield (nan unknown). ``callsign``: a code per position, -1
    where none was heard for a while. Silences that touch the ground are for ``segment``; they get 0.
    """
    n = len(bodies.t_s)
    hides, probability = np.zeros(n, dtype=np.bool_), np.zeros(n)
    if n < 2:
        return hides, probability
    same = np.ones(n - 1, dtype=np.bool_)
    same[bodies.start[1:-1] - 1] = False
    dt_all = np.diff(bodies.t_s)
    i = np.flatnonzero(same & (dt_all > rules.min_silence_s) & (state[:-1] == 0) & (state[1:] == 0))
    if not len(i):
        return hides, probability
    p = _probability(bodies, i, height_ft, callsign, airfields, rules)
    probability[i] = p
    hides[i] = p >= 0.5
    return hides, probability


def _probability(
    bodies: Bodies,
    i: NDArray[np.int64],
    height_ft: Floats,
    callsign: NDArray[np.int64],
    airfields: Airfields,
    rules: SilenceRules,
) -> Floats:
    j = i + 1
    body = np.searchsorted(bodies.start, i, side="right") - 1
    cruise = cruise_speed_kt(bodies)[body]
    dt = bodies.t_s[j] - bodies.t_s[i]
    apart = distance_km(bodies.lat[i], bodies.lon[i], bodies.lat[j], bodies.lon[j])
    implied = apart / KT_KMH / (dt / 3600.0)
    progress = np.maximum(_progress_kt(bodies, i, rules, -1), _progress_kt(bodies, j, rules, 1))
    usual = np.clip(
        np.nan_to_num(progress, nan=np.inf), 0.15 * cruise, cruise
    )  # circling aircraft go nowhere
    ratio = implied / usual
    h_i, h_j = (np.nan_to_num(np.maximum(height_ft[k], 0.0), nan=0.0) for k in (i, j))
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
    usual_ft = _usual_height_ft(bodies, height_ft)[body]
    low_i, low_j = (h < np.minimum(5000.0, rules.low_share * usual_ft) for h in (h_i, h_j))
    vr_i, vr_j = bodies.vertical_rate_fpm[i], bodies.vertical_rate_fpm[j]
    known = (callsign[i] >= 0) & (callsign[j] >= 0)
    w = rules.weights
    z = (
        w[0]
        + w[1] * np.log(dt / 3600.0)
        + w[2] * (1.0 - np.minimum(ratio, 1.2))
        + w[3] * low_i
        + w[4] * low_j
        + w[5] * (vr_i < -300.0)
        + w[6] * (vr_j > 300.0)
        + w[7] * (known & (callsign[i] != callsign[j]))
        + w[8] * (known & (callsign[i] == callsign[j]))
    )
    high = (h_i > rules.high_ft) & (h_j > rules.high_ft)
    z = z - rules.loiter * (high & (dt < rules.loiter_s))  # an orbit, a thermal, a fire: airborne all along
    weighed = 1.0 / (1.0 + np.exp(-z))
    sure = np.where(high & (dt < rules.loiter_s), weighed, 0.98)
    return np.where(~landed, 0.0, np.where(~through, np.maximum(weighed, sure), weighed))


def _progress_kt(bodies: Bodies, at: NDArray[np.int64], rules: SilenceRules, way: int) -> Floats:
    """Return the speed made good in the stretch before (way -1) or after (1) a silence; nan unknown."""
    body = np.searchsorted(bodies.start, at, side="right") - 1
    out = np.full(len(at), np.nan)
    for n, (k, b) in enumerate(zip(at, body, strict=True)):
        first, last = int(bodies.start[b]), int(bodies.start[b + 1]) - 1
        far = int(np.searchsorted(bodies.t_s[first : last + 1], bodies.t_s[k] + way * rules.window_s)) + first
        far = min(max(far, first), last)
        span = abs(bodies.t_s[far] - bodies.t_s[k])
        if rules.window_s / 2 <= span <= 1.5 * rules.window_s:
            d = distance_km(bodies.lat[far], bodies.lon[far], bodies.lat[k], bodies.lon[k])
            out[n] = float(d) / KT_KMH / (span / 3600.0)
    return out


def _usual_height_ft(bodies: Bodies, height_ft: Floats) -> Floats:
    """Return per body the median of its height in the air: low is no news of one that is always low."""
    out = np.full(len(bodies.start) - 1, np.inf)
    for i in range(len(out)):
        part = slice(bodies.start[i], bodies.start[i + 1])
        h = height_ft[part]
        h = h[(bodies.ground[part] != 1) & np.isfinite(h)]
        if len(h):
            out[i] = float(np.median(h))
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
