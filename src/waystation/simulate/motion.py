"""One flight as it moved: from the stand over both runways to the stand, against the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waystation.simulate.performance import PERFORMANCE, Performance, climb, descent
from waystation.simulate.places import Place, Strip, stand
from waystation.simulate.routes import GroundTrack, ground_track
from waystation.simulate.winds import tailwind_kt
from waystation.terms.geodesy import destination_point, distance_km
from waystation.terms.units import KT_KMH

__all__ = ["Motion", "fly"]

Floats = NDArray[np.float64]

_TAXI_KT: Final = 15.0
_ROLL_OUT_KM: Final = 1.6
_EXIT_KT: Final = 25.0
_PARKED_S: Final = (60.0, 420.0)  # with the transponder on, before and after


@dataclass(frozen=True)
class Motion:
    """Points in time order, each shape (n,). ``time_s``: seconds since 1970, UTC.

    ``track_deg`` is unwrapped, so that it can be interpolated. ``takeoff_s``, ``landing_s``: wheels off, on.
    """

    time_s: Floats
    lat: Floats
    lon: Floats
    altitude_ft: Floats
    speed_kt: Floats
    track_deg: Floats
    rate_fpm: Floats
    takeoff_s: float
    landing_s: float
    distance_km: float


def fly(
    kind: str,
    o: Place,
    d: Place,
    via: tuple[tuple[float, float], ...],
    start_s: float,
    seed: int,
    rng: np.random.Generator,
) -> Motion:
    """Return the motion of one flight that leaves its stand about ``start_s``."""
    p = PERFORMANCE[kind]
    track = ground_track(o, d, via, p.roll_km, rng)
    altitude, tas = _profile(p, track, o, d, rng)
    course = _course(track.lat, track.lon)
    wind = tailwind_kt(seed, track.lat, track.lon, altitude, start_s, course)
    speed = np.maximum(tas + wind, 60.0)
    hours = np.diff(track.run_km) / KT_KMH / ((speed[1:] + speed[:-1]) / 2)
    air = np.concatenate([[0.0], np.cumsum(hours * 3600)])
    before = _before(track, speed[0], rng)
    after = _after(track, speed[-1], rng)
    off = start_s + before[0][-1]
    on = off + air[-1]
    t = np.concatenate([start_s + before[0][:-1], off + air, on + after[0][1:]])
    rate = np.gradient(altitude, air) * 60
    flat_o, flat_d = np.zeros(len(before[0]) - 1), np.zeros(len(after[0]) - 1)
    return Motion(
        time_s=t,
        lat=np.concatenate([before[1][:-1], track.lat, after[1][1:]]),
        lon=np.concatenate([before[2][:-1], track.lon, after[2][1:]]),
        altitude_ft=np.concatenate([flat_o + o.elevation_ft, altitude, flat_d + d.elevation_ft]),
        speed_kt=np.concatenate([before[3][:-1], speed, after[3][1:]]),
        track_deg=np.degrees(np.unwrap(np.radians(np.concatenate([before[4][:-1], course, after[4][1:]])))),
        rate_fpm=np.concatenate([flat_o, rate, flat_d]),
        takeoff_s=float(off),
        landing_s=float(on),
        distance_km=float(track.run_km[-1]),
    )


def _course(lat: Floats, lon: Floats) -> Floats:
    return np.asarray(
        np.degrees(np.arctan2(np.gradient(lon) * np.cos(np.radians(lat)), np.gradient(lat))) % 360.0,
        dtype=np.float64,
    )


def _profile(
    p: Performance, track: GroundTrack, o: Place, d: Place, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Altitude (ft) and true airspeed (kt) along the track: up, level, down; short hops stay lower."""
    run, go = track.run_km, track.run_km[-1] - track.run_km
    level = float(rng.choice(p.levels_ft))
    up_km, up_ft, up_kt = climb(p, o.elevation_ft, level)
    down_km, down_ft, down_kt = descent(p, d.elevation_ft, level)
    rising, falling = np.interp(run, up_km, up_ft), np.interp(go, down_km, down_ft)
    meet = float(np.max(np.minimum(rising, falling)))
    if meet < level:  # the hop is too short for this level: cut the tip of the tent by a tenth
        level = round(0.9 * meet / 1000) * 1000.0
    altitude = np.minimum(np.minimum(rising, falling), level)
    tas = np.minimum(np.interp(run, up_km, up_kt), np.interp(go, down_km, down_kt))
    return altitude, tas


Run = tuple[Floats, Floats, Floats, Floats, Floats]  # time s, lat, lon, speed kt, track °


def _line(t: Floats, f: Floats, a: tuple[float, float], b: tuple[float, float], speed: Floats) -> Run:
    """Points at the shares ``f`` of the straight from ``a`` to ``b``: runways and taxiways are short."""
    lat, lon = a[0] + f * (b[0] - a[0]), a[1] + f * (b[1] - a[1])
    track = np.degrees(np.arctan2((b[1] - a[1]) * np.cos(np.radians(a[0])), b[0] - a[0])) % 360
    return t, lat, lon, speed, np.full(len(t), track)


def _before(g: GroundTrack, lift_kt: float, rng: np.random.Generator) -> Run:
    """Parked, taxi to the threshold, roll to wheels off; times from 0."""
    start, threshold = stand(g.takeoff), (g.takeoff.lat, g.takeoff.lon)
    lift = (float(g.lat[0]), float(g.lon[0]))
    parked = rng.uniform(*_PARKED_S)
    taxi, hold = _taxi_s(start, threshold), rng.uniform(10, 90)
    km = float(distance_km(*threshold, *lift))
    f = np.linspace(0, 1, 12)
    roll = 2 * km / KT_KMH / lift_kt * 3600
    parts = [
        _line(np.array([0.0, parked]), np.zeros(2), start, threshold, np.zeros(2)),
        _line(parked + np.array([2.0, taxi]), np.array([0.01, 1.0]), start, threshold, np.full(2, _TAXI_KT)),
        _line(parked + taxi + np.array([3.0, hold]), np.zeros(2), threshold, lift, np.zeros(2)),
        _line(parked + taxi + hold + roll * f[1:], f[1:] ** 2, threshold, lift, lift_kt * f[1:]),
    ]
    return _joined(parts)


def _after(g: GroundTrack, touch_kt: float, rng: np.random.Generator) -> Run:
    """Roll out, taxi to the stand, park; times from 0 at wheels on."""
    touch, end = (
        (float(g.lat[-1]), float(g.lon[-1])),
        _along(g.landing, min(_ROLL_OUT_KM + 0.4, g.landing.length_km)),
    )
    km = float(distance_km(*touch, *end))
    f = np.linspace(0, 1, 12)
    slow = 2 * km / KT_KMH / (touch_kt + _EXIT_KT) * 3600
    done = f * touch_kt + (_EXIT_KT - touch_kt) / 2 * f * f  # distance under even braking, to scale
    home = stand(g.landing)
    taxi, parked = _taxi_s(end, home), rng.uniform(*_PARKED_S)
    parts = [
        _line(slow * f, done / done[-1], touch, end, touch_kt + (_EXIT_KT - touch_kt) * f),
        _line(slow + np.array([3.0, taxi]), np.array([3.0 / taxi, 1.0]), end, home, np.full(2, _TAXI_KT)),
        _line(slow + taxi + np.array([4.0, parked]), np.ones(2), end, home, np.zeros(2)),
    ]
    return _joined(parts)


def _along(s: Strip, km: float) -> tuple[float, float]:
    lat, lon = destination_point(s.lat, s.lon, s.heading_deg, km)
    return float(lat), float(lon)


def _taxi_s(a: tuple[float, float], b: tuple[float, float]) -> float:
    return max(60.0, float(distance_km(*a, *b)) / KT_KMH / _TAXI_KT * 3600)


def _joined(parts: list[Run]) -> Run:
    t, lat, lon, speed, track = (np.concatenate(c) for c in zip(*parts, strict=True))
    return t, lat, lon, speed, track
