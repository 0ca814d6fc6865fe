"""Hide known ends of real flights: at random for fitting, at round numbers for reporting.

An end is used where its airfield is known, the track reaches it, and origin and destination differ (or, where the other
end is unknown, the track's other extreme lies at least 60 km away). Ends whose truth was read off the track at a small
field within 8 km of a larger one are left out: low near one is low near the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from waystation.flights.states import end_states
from waystation.terms.geodesy import distance_km

SURE = ("file", "fr24", "nm_rt")  # truth that does not come from the track itself
ROUND = (
    [("time", m) for m in (5, 10, 20, 40)]
    + [("dist", k) for k in (25, 50, 100, 200)]
    + [("alt", a) for a in (5000, 10000, 20000)]
)
HARD = ("time_20", "time_40")
RANDOM = {"time": (3, 110), "dist": (12, 900), "alt": (2500, 34000)}  # minutes, km, ft; log-uniform
PER_END, TRIES = 14, 60
MIN_POSITIONS, MIN_KEPT_S, MAX_CUT_GAP_S = 8, 480, 600
OVERFLIGHTS = "collections/switzerland"


@dataclass
class Case:
    flight: object
    is_origin: bool
    mask: str
    first: int  # positions kept: first to last, inclusive
    last: int
    truth: int  # index of the airfield; -1 for en-route controls
    minutes: float
    km: float


def hidden_ends(flights, a):
    """Yield (flight, is_origin, truth, distance to it, height above it, index of positions in the air), time towards the end."""
    major = np.flatnonzero((a.kind == "large_airport") | (a.kind == "medium_airport"))
    for f in flights:
        for is_origin in (False, True):
            here, other = (f.origin, f.destination) if is_origin else (f.destination, f.origin)
            if here < 0 or here == other or not (f.starts_there if is_origin else f.ends_there):
                continue
            p = f.p
            d = distance_km(p["lat"], p["lon"], a.lat[here], a.lon[here])
            if other < 0 and (d[-1] if is_origin else d[0]) < 60:
                continue
            sure = (f.origin_truth if is_origin else f.destination_truth) in SURE
            rival = distance_km(a.lat[here], a.lon[here], a.lat[major], a.lon[major]) < 8
            if not sure and here not in major and rival.any():
                continue
            height = p["alt"] - np.nan_to_num(a.elevation_ft[here])
            ground = (d < 8) & (
                (p["ground"] == 1) | ((np.nan_to_num(p["gs"], nan=999) < 50) & ~(height > 1500))
            )
            height = np.where(np.isnan(height) & ground, 0.0, height)
            way = slice(None, None, -1) if is_origin else slice(None)
            yield (
                f,
                is_origin,
                here,
                p["t"][way] * (-1 if is_origin else 1),
                d[way],
                height[way],
                np.flatnonzero(~ground[way]),
            )


def keep(kind, value, t, d, height, air):
    """How many positions a mask leaves, counted towards the hidden end; None where it does not bite."""
    if not len(air):
        return None
    if kind == "time":
        k = int(np.searchsorted(t, t[air[-1]] - 60 * value, "right"))
    elif kind == "dist":
        inside = np.flatnonzero(d < value)
        k = int(inside[0]) if len(inside) else None
    else:
        high = np.flatnonzero(height >= value)
        k = int(high[-1]) + 1 if len(high) else None
    if (
        k is None
        or k < MIN_POSITIONS
        or k >= len(t)
        or k > air[-1]
        or t[k - 1] - t[0] < MIN_KEPT_S
        or t[k] - t[k - 1] > MAX_CUT_GAP_S
    ):
        return None
    return k


def case(f, is_origin, here, mask, k, t, d, air):
    n = len(t)
    first, last = (n - k, n - 1) if is_origin else (0, k - 1)
    return Case(f, is_origin, mask, first, last, here, float(t[air[-1]] - t[k - 1]) / 60, float(d[k - 1]))


def random_cases(flights, a, seed):
    rng, out = np.random.default_rng(seed), []
    for f, is_origin, here, t, d, height, air in hidden_ends(flights, a):
        done = 0
        for _ in range(TRIES):
            if done == PER_END:
                break
            kind = "time" if rng.random() < 0.5 else ("dist", "alt")[rng.integers(2)]
            lo, hi = RANDOM[kind]
            k = keep(kind, float(np.exp(rng.uniform(np.log(lo), np.log(hi)))), t, d, height, air)
            if k is None or d[0] < 40 or d[k - 1] < 8:
                continue
            out.append(case(f, is_origin, here, f"random_{kind}", k, t, d, air))
            done += 1
    return out


def round_cases(flights, a):
    out = []
    for f, is_origin, here, t, d, height, air in hidden_ends(flights, a):
        for kind, value in ROUND:
            k = keep(kind, value, t, d, height, air)
            near = 50 + (value if kind == "dist" else 0)
            if k is None or t[k - 1] - t[0] < 600 or d[0] < near or (kind == "dist" and d[:k].min() < value):
                continue
            out.append(case(f, is_origin, here, f"{kind}_{value}", k, t, d, air))
    return out


def controls(flights):
    """Both ends of en-route flights: naming an airfield for them is an error."""
    return [Case(f, o, "control", 0, len(f.p["t"]) - 1, -1, 0.0, 0.0) for f in flights
            if f.dataset == "traffic" and f.file.startswith(OVERFLIGHTS) and f.nothing_known and len(f.p["t"]) >= MIN_POSITIONS
            for o in (True, False)]  # fmt: skip


def states_of(cases):
    """End states of cases; each case is cut out of its flight first, so nothing hidden can leak."""
    parts = [c.flight.cut(slice(c.first, c.last + 1)) for c in cases]
    n = np.array([len(p["t"]) for p in parts])
    stop = np.cumsum(n)
    joined = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    return end_states(
        joined["t"], joined["lat"], joined["lon"], joined["alt"], joined["gs"], joined["track"], joined["rate"], joined["ground"],
        start=stop - n, stop=stop, is_origin=np.array([c.is_origin for c in cases]),
        callsign=[c.flight.callsign for c in cases], type_=[c.flight.type for c in cases],
    )  # fmt: skip
