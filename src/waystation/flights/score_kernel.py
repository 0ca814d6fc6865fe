"""Numba kernel: the terms of ``features`` added up at once, for many airfields of each of many ends.

``features.fill_terms`` lists the terms, and is what they are fitted with; here the same numbers are added in
the same order for each field, without writing them down. One term of all fields of an end is a plain loop
without branches, in which no addition waits for the one before it. A test compares the two, digit for digit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

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
    rate_and_phase,
)
from waystation.terms.compiled import kernel
from waystation.terms.units import EARTH_RADIUS_KM, KT_KMH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]
    Ints = NDArray[np.int64]

__all__ = ["Fields", "Who", "score_parts", "score_sums"]

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


@kernel(inner=True)
def _wrap(x: float) -> float:
    """Return ``x % 360``; in the usual range without the slow remainder, and as exact."""
    if 0.0 <= x < 1080.0:
        return x if x < 360.0 else (x - 360.0 if x < 720.0 else x - 720.0)
    return float(x % 360.0)


@kernel()
def _turn(a: float, b: float) -> float:
    return abs(float(_wrap(a - b + 540.0)) - 180.0)


@kernel(inner=True)
def _add(out: Singles, part: int, v: float, weight: float) -> None:
    if v != 0.0:
        out[part] += np.float32(v) * weight


@kernel(inner=True)
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


@kernel(inner=True)
def _km(h: float) -> float:
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(max(h, 0.0), 1.0)))


@kernel(inner=True)
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


@kernel(error_model="numpy", inner=True)
def _hats(x: Floats, n: int, knots: Floats, j: Ints, f: Floats) -> None:
    """Fill ``j`` and ``f`` with what ``_hat`` says of each ``x``."""
    last = len(knots) - 1
    for c in range(n):
        j[c] = 0
    for k in range(1, last):
        for c in range(n):
            j[c] += x[c] > knots[k]
    for c in range(n):
        a = knots[j[c]]
        f[c] = (x[c] - a) / (knots[j[c] + 1] - a)
    for c in range(n):
        if x[c] <= knots[0]:
            f[c] = 0.0
        if x[c] >= knots[last]:
            f[c] = 1.0


@kernel(error_model="numpy", inner=True)
def _curves(out: Singles, n: int, beta: Floats, at: Ints, j: Ints, f: Floats) -> None:
    """Add a curve to ``out``; ``at``: where that of each field begins."""
    for c in range(n):
        a = at[c] + j[c]
        v = np.float32(out[c] + np.float32(1.0 - f[c]) * beta[a])
        out[c] = v + np.float32(f[c]) * beta[a + 1]


@kernel(error_model="numpy", inner=True)
def _surfaces(
    out: Singles, n: int, beta: Floats, at: int, j: Ints, f: Floats, k: Ints, g: Floats, m: int
) -> None:
    """Add a surface with ``m`` knots across to ``out``."""
    for c in range(n):
        a = at + j[c] * m + k[c]
        v = np.float32(out[c] + np.float32((1.0 - f[c]) * (1.0 - g[c])) * beta[a])
        v = np.float32(v + np.float32((1.0 - f[c]) * g[c]) * beta[a + 1])
        v = np.float32(v + np.float32(f[c] * (1.0 - g[c])) * beta[a + m])
        out[c] = v + np.float32(f[c] * g[c]) * beta[a + m + 1]


@kernel(error_model="numpy", inner=True)
def _signs(out: Singles, rows: Ints, n: int, t: Fields, beta: Floats, at: int, share: float) -> None:
    """Add what speaks for each field by itself."""
    sign, attributes = np.empty(n), t.attributes
    for m in range(N_FIELD):
        first, second = beta[_FIELD + m * len(SPEED) + at], beta[_FIELD + m * len(SPEED) + at + 1]
        for c in range(n):
            sign[c] = attributes[rows[c], m]
        for c in range(n):
            v = np.float32(out[c] + np.float32(sign[c] * (1.0 - share)) * first)
            out[c] = v + np.float32(sign[c] * share) * second


@kernel(error_model="numpy", inner=True)
def _turns(course: float, b: Floats, n: int, out: Floats) -> None:
    for c in range(n):
        out[c] = _turn(course, b[c])


@kernel(error_model="numpy", inner=True)
def _runways(out: Singles, s: Floats, i: int, b: float, log_d: float, t: Fields, beta: Floats) -> None:
    """Add what lining up with a runway of field ``i`` says."""
    best = 180.0
    for m in range(t.runway_deg.shape[1]):
        a = t.runway_deg[i, m]
        if math.isnan(a):
            break
        best = min(best, _turn(s[6], a) + _turn(b, a), _turn(s[6], a + 180.0) + _turn(b, a + 180.0))
    if best < 180.0:
        k, g = _hat(log_d, LINED_UP_AT)
        _surface(out, 0, beta, _RUNWAY, best, LINED_UP, k, g, len(LINED_UP_AT))


@kernel(error_model="numpy", inner=True)
def _people(  # noqa: C901 - far country, country of the operator, its bases
    parts: Singles, rows: Ints, n: int, e: int, w: Who, t: Fields, beta: Floats
) -> None:
    """Add what country and operator say."""
    far, home, country = w.far_country[e], w.home_country[e], t.country
    if far >= 0:
        for c in range(n):
            if country[rows[c]] == far:
                parts[P_COUNTRY, c] += np.float32(1.0) * beta[_COUNTRY]
    if home < 0:
        return
    case = 2 if far < 0 else (0 if far == home else 1)
    for c in range(n):
        if country[rows[c]] == home:
            parts[P_OPERATOR, c] += np.float32(1.0) * beta[_OPERATOR + case]
    for m in range(w.bases.shape[1]):
        i = w.bases[e, m]
        known = i < 0
        for k in range(m):
            known |= w.bases[e, k] == i
        if known:
            continue
        for c in range(n):
            if rows[c] == i:
                parts[P_OPERATOR, c] += np.float32(1.0) * beta[_OPERATOR + 3 + case]


@kernel(error_model="numpy", inner=True)
def _all(  # noqa: C901, PLR0912, PLR0915 - the list of terms, as in fill_terms
    s: Floats, e: int, rows: Ints, n: int, w: Who, t: Fields, beta: Floats, parts: Singles
) -> None:
    """Fill ``parts``, (``PARTS``, candidates), for the first ``n`` of ``rows``."""
    parts[:] = 0.0
    speed_at, (p, sin_p, cos_p, r, cos_r, onward, share) = _view(s)
    o = 1 if w.is_origin[e] else 0
    d, b, log_d, u = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    j, k, at = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    f, g = np.empty(n), np.empty(n)
    lon, lat, sines, cosines = (
        t.lon,
        t.lat_rad,
        t.sin_lat,
        t.cos_lat,
    )  # looked up once: each look is counted
    elevation, attributes = t.elevation_ft, t.attributes
    for c in range(n):
        i = rows[c]
        turned, sin_q, cos_q = math.radians(lon[i] - s[1]), sines[i], cosines[i]
        d[c] = _km(math.sin((lat[i] - p) / 2) ** 2 + cos_p * cos_q * math.sin(turned / 2) ** 2)
        log_d[c] = math.log(max(d[c], 1.0))
        y, x = math.sin(turned) * cos_q, cos_p * sin_q - sin_p * cos_q * math.cos(turned)
        to = math.degrees(math.atan2(y, x))
        b[c] = to + 360.0 if to < 0.0 else to
    height, (rate, phase) = s[2], rate_and_phase(s)
    if not math.isnan(height):
        for c in range(n):
            above = max(height - elevation[rows[c]], 0.0)
            u[c] = math.log((d[c] + 4.0) / (above / FT_PER_KM + 6.0))
        _hats(u, n, RATIO, j, f)
        at[:] = _RATIO + (o * 3 + phase) * len(RATIO)
        _curves(parts[P_RATIO], n, beta, at, j, f)
        if phase == 0 and not math.isnan(s[3]):
            for c in range(n):
                above = max(height - elevation[rows[c]], 0.0)
                run = min(s[3] * KT_KMH / 60.0 * above / -rate, 600.0)
                u[c] = math.log((d[c] + 4.0) / (run + 4.0))
            _hats(u, n, RATIO, j, f)
            at[:] = _RUN + o * len(RATIO)
            _curves(parts[P_RUN], n, beta, at, j, f)
    _hats(log_d, n, DISTANCE, j, f)
    at[:] = _DISTANCE + (o * 2 + (0 if phase == 0 else 1)) * len(DISTANCE)
    _curves(parts[P_DISTANCE], n, beta, at, j, f)
    if not math.isnan(s[6]):
        _hats(log_d, n, ANGLE_AT, k, g)
        _turns(s[6], b, n, u)
        _hats(u, n, ANGLE, j, f)
        first = _COURSE + o * len(ANGLE) * len(ANGLE_AT)
        _surfaces(parts[P_COURSE], n, beta, first, j, f, k, g, len(ANGLE_AT))
        for c in range(n):
            if d[c] < LINED_UP_KM:
                _runways(parts[P_RUNWAY, c : c + 1], s, rows[c], b[c], log_d[c], t, beta)
    _hats(log_d, n, WIDE_AT, k, g)
    wide = o * len(WIDE) * len(WIDE_AT)
    for part, first, course, known in (
        (P_5, _C5, s[7], not math.isnan(s[7])),
        (P_15, _C15, s[8], not math.isnan(s[8])),
        (P_WHOLE, _CW, onward, s[12] > WHOLE_KM),
    ):
        if known:
            _turns(course, b, n, u)
            _hats(u, n, WIDE, j, f)
            _surfaces(parts[part], n, beta, first + wide, j, f, k, g, len(WIDE_AT))
    _signs(parts[P_FIELD], rows, n, t, beta, speed_at, share)
    if s[11] < FAR_LOW_FT:
        for c in range(n):
            i = rows[c]
            cos_q, turned = cosines[i], math.radians(lon[i] - s[10])
            h = math.sin((lat[i] - r) / 2) ** 2 + cos_r * cos_q * math.sin(turned / 2) ** 2
            u[c] = math.log(max(_km(h), 10.0))
            size = 0 if attributes[i, 0] > 0 else (1 if attributes[i, 1] > 0 else 2)
            at[c] = _SIZE + size * len(TOTAL_SIZE)
        _hats(u, n, TOTAL_SIZE, j, f)
        _curves(parts[P_SIZE], n, beta, at, j, f)
        if not math.isnan(s[13]):
            level, above_it = _hat(s[13], LEVEL)
            k[:], g[:] = level, above_it
            _hats(u, n, TOTAL, j, f)
            _surfaces(parts[P_TOTAL], n, beta, _TOTAL, j, f, k, g, len(LEVEL))
    _people(parts, rows, n, e, w, t, beta)


@kernel()
def _known(rows: Ints) -> int:
    """Return how many rows stand before the first -1."""
    n = 0
    while n < len(rows) and rows[n] >= 0:
        n += 1
    return n


@kernel(error_model="numpy")
def score_sums(states: Floats, rows: Ints, who: Who, fields: Fields, beta: Floats) -> tuple[Floats, Floats]:
    """Return the scores (-inf where ``rows`` is -1) and what of them is about the field itself.

    ``rows``: of the field table; those that are -1 stand last.
    """
    score, of_field = np.full(rows.shape, -math.inf), np.zeros(rows.shape)
    p = np.empty((N_PARTS, rows.shape[1]), dtype=np.float32)
    for e in range(len(states)):
        n = _known(rows[e])
        _all(states[e], e, rows[e], n, who, fields, beta[who.kind[e]], p)
        for c in range(n):  # added as np.sum adds thirteen numbers
            total = (np.float64(p[0, c]) + np.float64(p[1, c])) + (np.float64(p[2, c]) + np.float64(p[3, c]))
            more = (np.float64(p[4, c]) + np.float64(p[5, c])) + (np.float64(p[6, c]) + np.float64(p[7, c]))
            total += more
            for m in range(8, N_PARTS):
                total += np.float64(p[m, c])
            score[e, c], of_field[e, c] = total, np.float64(p[P_FIELD, c])
    return score, of_field


@kernel(error_model="numpy")
def score_parts(states: Floats, rows: Ints, who: Who, fields: Fields, beta: Floats, parts: Singles) -> None:
    """Fill ``parts``, (ends, candidates, ``PARTS``), for ``rows`` as in ``score_sums``; for -1 it stays.

    ``states``: rows of ``state_kernel.COLUMNS``. ``beta``: a row of parameters per kind of operator.
    """
    p = np.empty((N_PARTS, rows.shape[1]), dtype=np.float32)
    for e in range(len(states)):
        n = _known(rows[e])
        _all(states[e], e, rows[e], n, who, fields, beta[who.kind[e]], p)
        for c in range(n):  # one by one: an array in one go takes 5 s to compile, for what it says of shapes
            for m in range(N_PARTS):
                parts[e, c, m] = p[m, c]
