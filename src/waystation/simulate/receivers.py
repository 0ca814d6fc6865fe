"""Who could hear: stations with a radio horizon, good and bad days, and messages that fade with distance."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from waystation.simulate.dice import dice
from waystation.terms.geodesy import unit_vectors
from waystation.terms.units import EARTH_RADIUS_KM, FT_M

if TYPE_CHECKING:
    from waystation.simulate.sampling import Heard
    from waystation.simulate.scenario import Scenario

__all__ = ["horizon_km", "received", "stations_up"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

_PER_S: Final = 2.0  # position messages a second
_WINDOW_S: Final = (2.0, 20.0)  # in which one message is enough for a row
_MLAT_STATIONS: Final = 4
_MLAT_SHARE: Final = 0.7  # of the rows that could be computed
_SHADOW: Final = 0.12  # sigma of a station's reach from flight to flight: terrain, antennas, weather
_AERIAL_M: Final = 3.0  # a transponder's antenna above the ground it stands on


def horizon_km(antenna_m: NDArray[np.float64] | float, height_m: NDArray[np.float64] | float) -> Floats:
    """Radio horizon on an Earth of 4/3 radius: 4.12·(√h1 + √h2) km, heights in metres."""
    return np.asarray(
        4.12 * (np.sqrt(np.maximum(antenna_m, 0.0)) + np.sqrt(np.maximum(height_m, 0.0))), dtype=np.float64
    )


@lru_cache(maxsize=4)
def stations_up(s: Scenario) -> Bools:
    """Return whether each station runs on each day, shape (stations, days): good, bad spells and outages."""
    days = (s.period.end - s.period.start).days + 3  # flights of the last day end on the next
    up = np.ones((len(s.receiver), days), dtype=np.bool_)
    r = s.reception
    for i, station in enumerate(s.receiver):
        draws = dice(s.seed, "receiver", station.name).random(days)
        at_first = (1 - r.stays_down) / max(2 - r.stays_up - r.stays_down, 1e-9)  # the share of days up
        state = bool(draws[0] < at_first)
        for day in range(days):
            if day:
                state = bool(draws[day] < (r.stays_up if state else 1 - r.stays_down))
            up[i, day] = state
    for o in s.outage:
        first = max((o.start - s.period.start).days, 0)
        last = days if o.end is None else (o.end - s.period.start).days + 1
        gone = [i for i, x in enumerate(s.receiver) if x.name in o.receivers]
        up[gone, first : max(last, 0)] = False
    return up


@lru_cache(maxsize=4)
def _stations(s: Scenario) -> tuple[Floats, Floats, Floats]:
    v = unit_vectors([x.lat for x in s.receiver], [x.lon for x in s.receiver])
    return v, np.array([x.antenna_m for x in s.receiver]), np.array([x.reach for x in s.receiver])


def day_index(start: date, time_s: Floats) -> NDArray[np.int64]:
    """Return the number of the UTC day since ``start``."""
    zero = datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()
    return np.floor((time_s - zero) / timedelta(days=1).total_seconds()).astype(np.int64)


def received(s: Scenario, h: Heard, field_ft: Floats, mlat: bool, rng: np.random.Generator) -> Bools:
    """Return which positions reach the network; ``field_ft``: the ground that heights count from."""
    v, antenna, reach = _stations(s)
    if not len(h.time_s) or not len(antenna):
        return np.zeros(len(h.time_s), dtype=np.bool_)
    at = unit_vectors(h.lat, h.lon)
    near = np.flatnonzero((at[:: max(1, len(at) // 60)] @ v.T).max(axis=0) > np.cos(700.0 / EARTH_RADIUS_KM))
    if not len(near):
        return np.zeros(len(h.time_s), dtype=np.bool_)
    km = EARTH_RADIUS_KM * np.arccos(np.clip(at @ v[near].T, -1, 1))
    above_m = np.where(h.on_ground, _AERIAL_M, np.maximum((h.altitude_ft - field_ft) * FT_M, _AERIAL_M))
    seen = km < horizon_km(antenna[near][None, :], above_m[:, None])
    up = stations_up(s)
    day = np.clip(day_index(s.period.start, h.time_s), 0, up.shape[1] - 1)
    seen &= up[near][:, day].T
    k = s.reception
    far = km / (reach[near] * np.exp(rng.normal(0, _SHADOW, len(near))))[None, :]
    one = np.where(seen, 1 / (1 + np.exp(np.clip((far - k.half_km) / k.falloff_km, -30, 30))), 0.0)
    window = np.clip(np.diff(h.time_s, prepend=h.time_s[0] - _WINDOW_S[1]), *_WINDOW_S)
    none = (1 - one) ** (_PER_S * window[:, None])
    draws = rng.random(len(h.time_s))
    if mlat:
        return np.asarray((draws < _mlat_chance(1 - none)) & ~h.on_ground, dtype=np.bool_)
    faded = _faded(h.time_s, k.fades_per_hour, k.fade_s, rng)
    return np.asarray((draws < 1 - none.prod(axis=1)) & ~faded, dtype=np.bool_)


def _mlat_chance(heard: Floats) -> Floats:
    """Four stations have to hear the same message; the fourth best decides, and the server often declines."""
    if heard.shape[1] < _MLAT_STATIONS:
        return np.zeros(len(heard))
    return np.asarray(np.minimum(np.sort(heard, axis=1)[:, -_MLAT_STATIONS], _MLAT_SHARE), dtype=np.float64)


def _faded(t: Floats, per_hour: float, mean_s: float, rng: np.random.Generator) -> Bools:
    """Spells of silence: another layer of the antenna's pattern, a busy frequency, a feeder's upload."""
    hours = (t[-1] - t[0]) / 3600
    n = int(rng.poisson(per_hour * hours))
    begin = np.sort(rng.uniform(t[0], t[-1], n))
    end = begin + rng.exponential(mean_s, n)
    if not n:
        return np.zeros(len(t), dtype=np.bool_)
    latest = np.maximum.accumulate(end)
    i = np.searchsorted(begin, t, side="right") - 1
    return np.asarray((i >= 0) & (t < latest[np.maximum(i, 0)]), dtype=np.bool_)
