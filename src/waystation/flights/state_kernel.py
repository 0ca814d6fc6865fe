"""Numba kernel: what a track says near one of its ends. See ``states`` for the meaning of each number.

The walk begins at the hidden end and goes back into what was seen, so both ends read alike.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.terms.compiled import kernel
from waystation.terms.units import EARTH_RADIUS_KM, KT_KMH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["COLUMNS", "Track", "all_states", "bearing", "distance"]

COLUMNS = (
    "lat",
    "lon",
    "altitude_ft",
    "ground_speed_kt",
    "vertical_rate_fpm",
    "vertical_rate_5min_fpm",
    "course_deg",
    "course_5min_deg",
    "course_15min_deg",
    "far_lat",
    "far_lon",
    "far_altitude_ft",
    "far_km",
    "max_altitude_ft",
    "usual_speed_kt",
    "flown_km",
    "duration_s",
    "time_s",
)
SMOOTH_S = 60.0  # motion at the end is the median of this: one report is noise
HEIGHT_S = 45.0  # the height is the median of this, carried forward at the rate of climb: altitudes spike
MIN_HEIGHTS = 3  # … or of this many, where a source reports once a minute
OLD_HEIGHT_S = 180.0
BACK_S = 45.0  # shortest base over which course, speed and climb are taken from places
MIDDLE_S = 300.0
LONG_S = 900.0
PIECE_S = 60.0  # usual speed is measured over pieces this long …
PIECE_MAX_S = 600.0  # … and not across silences
MAX_SPEED_KT = 700.0
MIN_TRACK_KT = 30.0  # below this the track angle is where the nose points on an apron
N_BUFFER = 4096
N_PIECES = 1024
N_HEIGHTS = 64


class Track(NamedTuple):
    """Positions of flights, as in ``Bodies``; ``steps_km`` from each to the next."""

    t: Floats
    lat: Floats
    lon: Floats
    alt: Floats
    gs: Floats
    track: Floats
    rate: Floats
    ground: NDArray[np.int8]
    steps_km: Floats


@kernel()
def distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance, km."""
    p, q = math.radians(lat1), math.radians(lat2)
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(max(h, 0.0), 1.0)))


@kernel()
def bearing(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Initial bearing, degrees."""
    p, q, d = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    y = math.sin(d) * math.cos(q)
    x = math.cos(p) * math.sin(q) - math.sin(p) * math.cos(q) * math.cos(d)
    return math.degrees(math.atan2(y, x)) % 360.0


@kernel(inner=True)
def _median(values: Floats, n: int) -> float:
    if n == 0:
        return math.nan
    s = np.sort(values[:n])
    return float(s[n // 2]) if n % 2 else 0.5 * float(s[n // 2 - 1] + s[n // 2])


@kernel(inner=True)
def _usual_speed(t: Floats, lat: Floats, lon: Floats, speeds: Floats) -> float:
    """Return the 90th percentile of speed over pieces of a minute; nan where there is none."""
    n, q = 0, 0
    for i in range(len(t)):
        dt = t[i] - t[q]
        if dt >= PIECE_S:
            if dt < PIECE_MAX_S and n < len(speeds):
                speeds[n] = distance(lat[q], lon[q], lat[i], lon[i]) / dt * 3600.0 / KT_KMH
                n += 1
            q = i
    if n == 0:
        return math.nan
    return min(float(np.sort(speeds[:n])[int(0.9 * (n - 1))]), MAX_SPEED_KT)


@kernel(inner=True)
def _far_altitude(t: Floats, alt: Floats, ground: NDArray[np.int8], far: int, back: int) -> float:
    """Return the height at the other extreme: 0 on the ground, nan unknown."""
    i = far
    while 0 <= i < len(t) and abs(t[i] - t[far]) <= 2 * SMOOTH_S:
        if ground[i] == 1:
            return 0.0
        if not math.isnan(alt[i]):
            return float(alt[i])
        i += back
    return math.nan


@kernel(inner=True)
def _one_state(  # noqa: C901, PLR0912, PLR0915 - one walk over the positions, kept in one place
    w: Track, is_origin: bool, usual: float, speeds: Floats, rates: Floats, out: Floats
) -> None:
    t, lat, lon, alt, gs, track, rate, ground, steps = w
    n = len(t)
    end, far = (0, n - 1) if is_origin else (n - 1, 0)
    step, sign = (1, -1.0) if is_origin else (-1, 1.0)
    heights, ages = np.empty(N_HEIGHTS), np.empty(N_HEIGHTS)
    n_speed = n_rate = n_height = n_course = 0
    east = north = flown = 0.0
    back60 = back300 = back900 = -1
    top, previous_height = math.nan, math.nan
    for k in range(n):  # times rise, so what is near the end comes first
        i = end + step * k
        flown += steps[i - is_origin] if k > 0 else 0.0
        if not math.isnan(alt[i]):
            if not math.isnan(previous_height):
                low = min(alt[i], previous_height)  # two in a row, or it is a spike
                if math.isnan(top) or low > top:
                    top = low
            previous_height = alt[i]
    i = end
    while 0 <= i < n and back900 < 0:
        age = abs(t[i] - t[end])
        if (
            not math.isnan(alt[i])
            and n_height < len(heights)
            and (age <= HEIGHT_S or (n_height < MIN_HEIGHTS and age <= OLD_HEIGHT_S))
        ):
            heights[n_height], ages[n_height] = alt[i], age
            n_height += 1
        if age <= SMOOTH_S:
            if not math.isnan(gs[i]) and n_speed < len(speeds):
                speeds[n_speed] = gs[i]
                n_speed += 1
            if not math.isnan(rate[i]) and n_rate < len(rates):
                rates[n_rate] = rate[i]
                n_rate += 1
            if not math.isnan(track[i]) and not gs[i] <= MIN_TRACK_KT:
                east += math.sin(math.radians(track[i]))
                north += math.cos(math.radians(track[i]))
                n_course += 1
        if back60 < 0 and age >= BACK_S:
            back60 = i
        if back300 < 0 and age >= MIDDLE_S:
            back300 = i
        if back900 < 0 and age >= LONG_S:
            back900 = i
        i += step
    b = back60 if back60 >= 0 else far
    run, seconds = distance(lat[b], lon[b], lat[end], lon[end]), abs(t[b] - t[end])
    speed = _median(speeds, n_speed)
    if math.isnan(speed) and seconds > 0:
        speed = min(run / seconds * 3600.0 / KT_KMH, MAX_SPEED_KT)
    climb = _median(rates, n_rate) * sign
    if math.isnan(climb) and seconds > 0 and n_height > 0:
        climb = (heights[0] - alt[b]) / seconds * 60.0  # nan where the other height is unknown
    for k in range(n_height):
        heights[k] += (0.0 if math.isnan(climb) else climb) * ages[k] / 60.0
    height = _median(heights, n_height)
    course = math.nan
    if n_course > 0:
        course = (math.degrees(math.atan2(east, north)) + (180.0 if is_origin else 0.0)) % 360.0
    elif run > 0.3:
        course = bearing(lat[b], lon[b], lat[end], lon[end])
    out[0], out[1], out[2], out[3], out[4] = lat[end], lon[end], height, speed, climb
    if back300 >= 0:
        out[5] = (height - alt[back300]) / abs(t[back300] - t[end]) * 60.0
        if distance(lat[back300], lon[back300], lat[end], lon[end]) > 2.0:
            out[7] = bearing(lat[back300], lon[back300], lat[end], lon[end])
    out[6] = course
    b = back900 if back900 >= 0 else far
    if distance(lat[b], lon[b], lat[end], lon[end]) > 5.0:
        out[8] = bearing(lat[b], lon[b], lat[end], lon[end])
    out[9], out[10] = lat[far], lon[far]
    out[11] = _far_altitude(t, alt, ground, far, -step)
    out[12] = distance(lat[far], lon[far], lat[end], lon[end])
    out[13], out[14] = top, usual
    out[15], out[16], out[17] = flown, abs(t[far] - t[end]), t[end]


@kernel()
def all_states(
    w: Track, start: NDArray[np.int64], stop: NDArray[np.int64], is_origin: NDArray[np.bool_], out: Floats
) -> None:
    """Fill ``out`` (ends × ``COLUMNS``, nan before); each end's flight is positions ``start`` to ``stop``.

    The two ends of a flight stand together, and share the usual speed.
    """
    usual = math.nan
    speeds, rates, pieces = np.empty(N_BUFFER), np.empty(N_BUFFER), np.empty(N_PIECES)
    for e in range(len(start)):
        a, b = start[e], stop[e]
        if b > a:
            part = Track(
                w.t[a:b],
                w.lat[a:b],
                w.lon[a:b],
                w.alt[a:b],
                w.gs[a:b],
                w.track[a:b],
                w.rate[a:b],
                w.ground[a:b],
                w.steps_km[a : b - 1],
            )
            if e == 0 or start[e - 1] != a or stop[e - 1] != b:
                usual = _usual_speed(part.t, part.lat, part.lon, pieces)
            _one_state(part, is_origin[e], usual, speeds, rates, out[e])
