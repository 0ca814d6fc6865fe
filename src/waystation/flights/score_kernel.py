"""Numba kernel: the terms of ``features`` added up at once, for a few airfields of each of many ends.

``features.fill_terms`` lists the terms, and is what they are fitted with; here the same numbers are added in
the same order without writing them down, and what only hangs on the field or the end is worked out once. A
test compares the two, digit for digit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from waystation.flights.features import (
    _C5,
    _C15,
    _COUNTRY,
    _COURSE,
    _CW,
    _DISTANCE,
    _FIELD,
    _OPERATOR,
    _RATIO,
    _RUN,
    _RUNWAY,
    _SIZE,
    _TOTAL,
    ANGLE,
    ANGLE_AT,
    DISTANCE,
    FAR_LOW_FT,
    FT_PER_KM,
    LEVEL,
    LINED_UP,
    LINED_UP_AT,
    LINED_UP_KM,
    MOVING_FPM,
    N_FIELD,
    PARTS,
    RATIO,
    SPEED,
    TOTAL,
    TOTAL_SIZE,
    USUAL_KT,
    WHOLE_KM,
    WIDE,
    WIDE_AT,
    _hat,
    onward_deg,
)
from waystation.terms.units import EARTH_RADIUS_KM, KT_KMH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]
    Ints = NDArray[np.int64]

__all__ = ["Fields", "Who", "score_each"]

N_PARTS = len(PARTS)
P_RATIO, P_RUN, P_DISTANCE, P_COURSE, P_5, P_15, P_WHOLE, P_FIELD, P_TOTAL, P_SIZE, P_RUNWAY, P_COUNTRY = (
    range(12)
)
P_OPERATOR = 12


class Fields(NamedTuple):
    """Of every field: place, sine and cosine of latitude, height, signs, runways, country."""

    lat: Floats
    lon: Floats
    lat_rad: Floats
    sin_lat: Floats
    cos_lat: Floats
    elevation_ft: Floats
    attributes: Floats
    runway_deg: Floats
    country: Ints


class Who(NamedTuple):
    """Of every end: which side, country at the other extreme, the operator's, its bases, kind of operator."""

    is_origin: NDArray[np.bool_]
    far_country: Ints
    home_country: Ints
    bases: Ints
    kind: Ints


@njit(cache=True)  # type: ignore[untyped-decorator]
def _wrap(x: float) -> float:
    """Return ``x % 360``; in the usual range without the slow remainder, and as exact."""
    if 0.0 <= x < 1080.0:
        return x if x < 360.0 else (x - 360.0 if x < 720.0 else x - 720.0)
    return float(x % 360.0)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _turn(a: float, b: float) -> float:
    return abs(float(_wrap(a - b + 540.0)) - 180.0)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _add(out: Singles, part: int, v: float, weight: float) -> None:
    if v != 0.0:
        out[part] += np.float32(v) * weight


@njit(cache=True)  # type: ignore[untyped-decorator]
def _curve(out: Singles, part: int, beta: Floats, at: int, x: float, knots: Floats) -> None:
    j, f = _hat(x, knots)
    _add(out, part, 1.0 - f, beta[at + j])
    _add(out, part, f, beta[at + j + 1])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _surface(
    out: Singles,
    part: int,
    beta: Floats,
    at: int,
    x: float,
    knots: Floats,
    k: int,
    g: float,
    n: int,
) -> None:
    """``k``, ``g``: where the second number lies among its ``n`` knots."""
    j, f = _hat(x, knots)
    a = at + j * n + k
    _add(out, part, (1.0 - f) * (1.0 - g), beta[a])
    _add(out, part, (1.0 - f) * g, beta[a + 1])
    _add(out, part, f * (1.0 - g), beta[a + n])
    _add(out, part, f * g, beta[a + n + 1])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _km(h: float) -> float:
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(max(h, 0.0), 1.0)))


@njit(cache=True)  # type: ignore[untyped-decorator]
def _one(  # noqa: C901, PLR0912, PLR0915 - the list of terms, as in fill_terms
    s: Floats,
    e: int,
    i: int,
    v: tuple[float, ...],
    speed_at: int,
    w: Who,
    t: Fields,
    beta: Floats,
    out: Singles,
) -> None:
    """Add up the parts of field ``i`` for end ``e``, whose state is ``s`` and ``_view`` is ``v``."""
    out[:] = 0.0
    o = 1 if w.is_origin[e] else 0
    lon = t.lon[i]
    p, sin_p, cos_p, r, cos_r, onward, speed_share = v
    q, turned = t.lat_rad[i], math.radians(lon - s[1])
    sin_q, cos_q = t.sin_lat[i], t.cos_lat[i]
    d = _km(math.sin((q - p) / 2) ** 2 + cos_p * cos_q * math.sin(turned / 2) ** 2)
    log_d = math.log(max(d, 1.0))
    y, x = math.sin(turned) * cos_q, cos_p * sin_q - sin_p * cos_q * math.cos(turned)
    b = math.degrees(math.atan2(y, x))
    b = b + 360.0 if b < 0.0 else b
    height, rate = s[2], s[4]
    if math.isnan(rate):
        rate = s[5]
    if math.isnan(rate):
        rate = 0.0
    phase = 0 if rate < -MOVING_FPM else (1 if rate <= MOVING_FPM else 2)
    if not math.isnan(height):
        above = max(height - t.elevation_ft[i], 0.0)
        u = math.log((d + 4.0) / (above / FT_PER_KM + 6.0))
        _curve(out, P_RATIO, beta, _RATIO + (o * 3 + phase) * len(RATIO), u, RATIO)
        if phase == 0 and not math.isnan(s[3]):
            run = min(s[3] * KT_KMH / 60.0 * above / -rate, 600.0)
            u = math.log((d + 4.0) / (run + 4.0))
            _curve(out, P_RUN, beta, _RUN + o * len(RATIO), u, RATIO)
    at = _DISTANCE + (o * 2 + (0 if phase == 0 else 1)) * len(DISTANCE)
    _curve(out, P_DISTANCE, beta, at, log_d, DISTANCE)
    wide = o * len(WIDE) * len(WIDE_AT)
    if not math.isnan(s[6]):
        k, g = _hat(log_d, ANGLE_AT)
        at = _COURSE + o * len(ANGLE) * len(ANGLE_AT)
        _surface(out, P_COURSE, beta, at, _turn(s[6], b), ANGLE, k, g, len(ANGLE_AT))
    k, g = _hat(log_d, WIDE_AT)
    if not math.isnan(s[7]):
        _surface(out, P_5, beta, _C5 + wide, _turn(s[7], b), WIDE, k, g, len(WIDE_AT))
    if not math.isnan(s[8]):
        _surface(out, P_15, beta, _C15 + wide, _turn(s[8], b), WIDE, k, g, len(WIDE_AT))
    if s[12] > WHOLE_KM:
        _surface(out, P_WHOLE, beta, _CW + wide, _turn(onward, b), WIDE, k, g, len(WIDE_AT))
    for n in range(N_FIELD):
        sign = t.attributes[i, n]
        if sign != 0.0:
            at = _FIELD + n * len(SPEED) + speed_at
            _add(out, P_FIELD, sign * (1.0 - speed_share), beta[at])
            _add(out, P_FIELD, sign * speed_share, beta[at + 1])
    if s[11] < FAR_LOW_FT:
        h = math.sin((q - r) / 2) ** 2 + cos_r * cos_q * math.sin(math.radians(lon - s[10]) / 2) ** 2
        total = math.log(max(_km(h), 10.0))
        if not math.isnan(s[13]):
            k, g = _hat(s[13], LEVEL)
            _surface(out, P_TOTAL, beta, _TOTAL, total, TOTAL, k, g, len(LEVEL))
        size = 0 if t.attributes[i, 0] > 0 else (1 if t.attributes[i, 1] > 0 else 2)
        _curve(out, P_SIZE, beta, _SIZE + size * len(TOTAL_SIZE), total, TOTAL_SIZE)
    if not math.isnan(s[6]) and d < LINED_UP_KM:
        best = 180.0
        for n in range(t.runway_deg.shape[1]):
            a = t.runway_deg[i, n]
            if math.isnan(a):
                break
            best = min(best, _turn(s[6], a) + _turn(b, a), _turn(s[6], a + 180.0) + _turn(b, a + 180.0))
        if best < 180.0:
            k, g = _hat(log_d, LINED_UP_AT)
            _surface(out, P_RUNWAY, beta, _RUNWAY, best, LINED_UP, k, g, len(LINED_UP_AT))
    far, home = w.far_country[e], w.home_country[e]
    if far >= 0 and t.country[i] == far:
        _add(out, P_COUNTRY, 1.0, beta[_COUNTRY])
    if home >= 0:
        case = 2 if far < 0 else (0 if far == home else 1)
        if t.country[i] == home:
            _add(out, P_OPERATOR, 1.0, beta[_OPERATOR + case])
        for n in range(w.bases.shape[1]):
            if w.bases[e, n] == i:
                _add(out, P_OPERATOR, 1.0, beta[_OPERATOR + 3 + case])
                break


@njit(cache=True)  # type: ignore[untyped-decorator]
def _view(s: Floats) -> tuple[int, tuple[float, ...]]:
    """Return where the speed lies among its knots, and what is the same for every field that an end sees."""
    speed = s[14]
    if math.isnan(speed):
        speed = s[3]
    if math.isnan(speed):
        speed = USUAL_KT
    j, f = _hat(speed, SPEED)
    p, r = math.radians(s[0]), math.radians(s[9])
    return j, (p, math.sin(p), math.cos(p), r, math.cos(r), onward_deg(s), f)


@njit(cache=True)  # type: ignore[untyped-decorator]
def score_each(states: Floats, rows: Ints, who: Who, fields: Fields, beta: Floats, parts: Singles) -> None:
    """Fill ``parts``, (ends, candidates, ``PARTS``), for ``rows`` of the field table; -1 stays as it is.

    ``states``: rows of ``state_kernel.COLUMNS``. ``beta``: a row of parameters per kind of operator.
    """
    for e in range(len(states)):
        s, weight = states[e], beta[who.kind[e]]
        j, view = _view(s)
        for c in range(rows.shape[1]):
            if rows[e, c] >= 0:
                _one(s, e, rows[e, c], view, j, who, fields, weight, parts[e, c])
