"""Terms that weigh an airfield against an end, as they are fitted; ``score_kernel`` adds them up at once.

Every term is a piecewise-linear function of one or two physical numbers, given by its values at knots; the
score of a candidate is the sum of its terms. ``GROUPS`` names them; the values are fitted (``model``).

    score = ratio(distance / distance that the height needs)      too high to be near, too low to be far?
          + run(distance / distance at the present rate)          where does this descent meet the ground?
          + distance + course (now, 5 min, 15 min, whole way)     is it ahead?
          + field (size, service, runway …, by speed of aircraft) would such an aircraft land there?
          + total, total_size (length of the whole flight)        as long as its cruise level says?
          + runway (lined up) + country + operator
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from waystation.flights.state_kernel import bearing, distance
from waystation.terms.compiled import kernel
from waystation.terms.units import KT_KMH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["GROUPS", "N_PARAMETERS", "PARTS", "fill_terms", "onward_deg", "rate_and_phase"]

N_FIELD = 18  # len(field_table.ATTRIBUTES); a compiled constant
RATIO = np.array([-2.0, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 1.5, 2.2, 3.0])
DISTANCE = np.log(np.array([5.0, 15.0, 40.0, 100.0, 250.0, 500.0, 1000.0, 1600.0]))
ANGLE = np.array([0.0, 5.0, 12.0, 25.0, 45.0, 80.0, 120.0, 180.0])
ANGLE_AT = np.log(np.array([10.0, 30.0, 80.0, 200.0, 500.0]))
WIDE = np.array([0.0, 4.0, 10.0, 20.0, 40.0, 80.0, 180.0])
WIDE_AT = np.log(np.array([30.0, 100.0, 400.0]))
SPEED = np.array([120.0, 220.0, 330.0, 430.0])
TOTAL = np.log(np.array([50.0, 150.0, 400.0, 1000.0, 2500.0, 6000.0]))
LEVEL = np.array([8000.0, 20000.0, 30000.0, 37000.0])
TOTAL_SIZE = np.log(np.array([100.0, 500.0, 1500.0, 5000.0]))
LINED_UP = np.array([0.0, 10.0, 25.0, 50.0, 90.0, 180.0])
LINED_UP_AT = np.log(np.array([5.0, 20.0, 60.0]))

SHAPES = {
    "ratio": (6, len(RATIO)),
    "run": (2, len(RATIO)),
    "distance": (4, len(DISTANCE)),
    "course": (2, len(ANGLE), len(ANGLE_AT)),
    "course_5min": (2, len(WIDE), len(WIDE_AT)),
    "course_15min": (2, len(WIDE), len(WIDE_AT)),
    "course_whole": (2, len(WIDE), len(WIDE_AT)),
    "field": (N_FIELD, len(SPEED)),
    "total": (len(TOTAL), len(LEVEL)),
    "total_size": (3, len(TOTAL_SIZE)),
    "runway": (len(LINED_UP), len(LINED_UP_AT)),
    "country": (1,),
    "operator": (6,),
}


def _layout() -> tuple[dict[str, tuple[int, tuple[int, ...]]], int]:
    groups, at = {}, 0
    for name, shape in SHAPES.items():
        groups[name] = (at, shape)
        at += int(np.prod(shape))
    return groups, at


GROUPS, N_PARAMETERS = _layout()
PARTS = tuple(SHAPES)
N_TERMS = 80  # more than any candidate has
_RATIO, _RUN, _DISTANCE = GROUPS["ratio"][0], GROUPS["run"][0], GROUPS["distance"][0]
_COURSE, _C5, _C15, _CW = (GROUPS[g][0] for g in ("course", "course_5min", "course_15min", "course_whole"))
_FIELD, _TOTAL, _SIZE, _RUNWAY = (GROUPS[g][0] for g in ("field", "total", "total_size", "runway"))
_COUNTRY, _OPERATOR = GROUPS["country"][0], GROUPS["operator"][0]

FT_PER_KM = 162.0  # 300 ft per nautical mile, the usual three degrees
MOVING_FPM = 400.0  # slower than this is level
FAR_LOW_FT = 9000.0  # the other extreme of the track is near its airfield below this
WHOLE_KM = 60.0  # shorter ways say nothing about a direction
LINED_UP_KM = 90.0
USUAL_KT = 330.0  # where no speed is known


@kernel()
def _turn(a: float, b: float) -> float:
    return abs((a - b + 540.0) % 360.0 - 180.0)


@kernel(inner=True)
def _hat(x: float, knots: Floats) -> tuple[int, float]:
    n = len(knots)
    if x <= knots[0]:
        return 0, 0.0
    if x >= knots[n - 1]:
        return n - 2, 1.0
    j = 0
    while x > knots[j + 1]:
        j += 1
    return j, (x - knots[j]) / (knots[j + 1] - knots[j])


@kernel(inner=True)
def _put(index: NDArray[np.int16], value: NDArray[np.float32], z: int, i: int, v: float) -> int:
    if v != 0.0:
        index[z] = i
        value[z] = v
        return z + 1
    return z


@kernel(inner=True)
def _curve(
    index: NDArray[np.int16], value: NDArray[np.float32], z: int, at: int, x: float, knots: Floats, w: float
) -> int:
    j, f = _hat(x, knots)
    z = _put(index, value, z, at + j, w * (1.0 - f))
    return int(_put(index, value, z, at + j + 1, w * f))


@kernel(inner=True)
def _surface(
    index: NDArray[np.int16],
    value: NDArray[np.float32],
    z: int,
    at: int,
    x: float,
    knots: Floats,
    y: float,
    across: Floats,
) -> int:
    j, f = _hat(x, knots)
    k, g = _hat(y, across)
    n = len(across)
    z = _put(index, value, z, at + j * n + k, (1.0 - f) * (1.0 - g))
    z = _put(index, value, z, at + j * n + k + 1, (1.0 - f) * g)
    z = _put(index, value, z, at + (j + 1) * n + k, f * (1.0 - g))
    return int(_put(index, value, z, at + (j + 1) * n + k + 1, f * g))


@kernel()
def onward_deg(s: Floats) -> float:
    """Return the direction away from the other extreme of the track. ``s``: a row of ``COLUMNS``."""
    return float((bearing(s[0], s[1], s[9], s[10]) + 180.0) % 360.0)


@kernel(inner=True)
def rate_and_phase(s: Floats) -> tuple[float, int]:
    """Return the climb rate (ft/min, 0 where unknown), and 0 in descent, 1 level, 2 in climb."""
    rate = s[4]
    if math.isnan(rate):
        rate = s[5]
    if math.isnan(rate):
        rate = 0.0
    return rate, 0 if rate < -MOVING_FPM else (1 if rate <= MOVING_FPM else 2)


@kernel()
def fill_terms(  # noqa: C901, PLR0912, PLR0915, PLR0917 - the list of terms, read top to bottom
    s: Floats,
    onward: float,
    is_origin: bool,
    far_country: int,
    home_country: int,
    at_base: bool,
    lat: float,
    lon: float,
    elevation_ft: float,
    attributes: Floats,
    runway_deg: Floats,
    country: int,
    index: NDArray[np.int16],
    value: NDArray[np.float32],
) -> int:
    """Write the terms of one candidate; return how many.

    ``s``: a row of ``state_kernel.COLUMNS``; ``onward``: its ``onward_deg``.
    """
    z = 0
    o = 1 if is_origin else 0
    d = distance(s[0], s[1], lat, lon)
    log_d = math.log(max(d, 1.0))
    b = bearing(s[0], s[1], lat, lon)
    height, (rate, phase) = s[2], rate_and_phase(s)
    if not math.isnan(height):
        above = max(height - elevation_ft, 0.0)
        u = math.log((d + 4.0) / (above / FT_PER_KM + 6.0))
        z = _curve(index, value, z, _RATIO + (o * 3 + phase) * len(RATIO), u, RATIO, 1.0)
        if phase == 0 and not math.isnan(s[3]):
            run = min(s[3] * KT_KMH / 60.0 * above / -rate, 600.0)
            u = math.log((d + 4.0) / (run + 4.0))
            z = _curve(index, value, z, _RUN + o * len(RATIO), u, RATIO, 1.0)
    z = _curve(
        index, value, z, _DISTANCE + (o * 2 + (0 if phase == 0 else 1)) * len(DISTANCE), log_d, DISTANCE, 1.0
    )
    wide = o * len(WIDE) * len(WIDE_AT)
    if not math.isnan(s[6]):
        at = _COURSE + o * len(ANGLE) * len(ANGLE_AT)
        z = _surface(index, value, z, at, _turn(s[6], b), ANGLE, log_d, ANGLE_AT)
    if not math.isnan(s[7]):
        z = _surface(index, value, z, _C5 + wide, _turn(s[7], b), WIDE, log_d, WIDE_AT)
    if not math.isnan(s[8]):
        z = _surface(index, value, z, _C15 + wide, _turn(s[8], b), WIDE, log_d, WIDE_AT)
    if s[12] > WHOLE_KM:
        z = _surface(index, value, z, _CW + wide, _turn(onward, b), WIDE, log_d, WIDE_AT)
    speed = s[14]
    if math.isnan(speed):
        speed = s[3]
    if math.isnan(speed):
        speed = USUAL_KT
    j, f = _hat(speed, SPEED)
    for k in range(N_FIELD):
        at = _FIELD + k * len(SPEED) + j
        z = _put(index, value, z, at, attributes[k] * (1.0 - f))
        z = _put(index, value, z, at + 1, attributes[k] * f)
    if s[11] < FAR_LOW_FT:
        total = math.log(max(distance(s[9], s[10], lat, lon), 10.0))
        if not math.isnan(s[13]):
            z = _surface(index, value, z, _TOTAL, total, TOTAL, s[13], LEVEL)
        size = 0 if attributes[0] > 0 else (1 if attributes[1] > 0 else 2)
        z = _curve(index, value, z, _SIZE + size * len(TOTAL_SIZE), total, TOTAL_SIZE, 1.0)
    if not math.isnan(s[6]) and d < LINED_UP_KM:
        best = 180.0
        for k in range(len(runway_deg)):
            r = runway_deg[k]
            if math.isnan(r):
                break
            best = min(best, _turn(s[6], r) + _turn(b, r), _turn(s[6], r + 180.0) + _turn(b, r + 180.0))
        if best < 180.0:
            z = _surface(index, value, z, _RUNWAY, best, LINED_UP, log_d, LINED_UP_AT)
    if far_country >= 0 and country == far_country:
        z = _put(index, value, z, _COUNTRY, 1.0)
    if home_country >= 0:
        case = 2 if far_country < 0 else (0 if far_country == home_country else 1)
        if country == home_country:
            z = _put(index, value, z, _OPERATOR + case, 1.0)
        if at_base:
            z = _put(index, value, z, _OPERATOR + 3 + case, 1.0)
    return int(z)
