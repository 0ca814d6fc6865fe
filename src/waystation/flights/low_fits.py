"""How well an airfield explains an end low above it: log densities per km², degree and way.

A mixture: on the extension of a runway and pointing along it, or anyhow in the circuit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.terms.geodesy import angle_between_deg, bearing_deg, distance_km
from waystation.terms.runs import first_least, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.end_motion import EndMotion
    from waystation.flights.low_ends import LowEndRules
    from waystation.flights.low_fields import LowFields

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Fits", "fit_fields", "local_km"]

GLIDE_FT_PER_KM = 172.0  # a three-degree path: tan 3° in ft per km
ANY_TURN_DEG = 90.0  # where the direction of flight is unknown
PAST_END_KM = 0.3  # how far past the far end of a runway one may stop being heard


class Fits(NamedTuple):
    """One element per pair of an end and an airfield."""

    log_density: Floats  # per km² and degree
    away_km: Floats  # to the runway
    aligned: Floats  # share of the density that stands on a runway's extension

    def take(self, at: Ints) -> Fits:
        """Return the pairs at ``at``."""
        return Fits(*(column[at] for column in self))


def fit_fields(
    ends: EndMotion, field: Ints, height_ft: Floats, fields: LowFields, rules: LowEndRules
) -> Fits:
    """Return how well each of ``field`` fits the end in the same place, which is ``height_ft`` above it."""
    generic, away = _fit_circuit(ends, field, height_ft, fields, rules)
    log = generic + np.log(rules.circuit_share)
    aligned = np.zeros(len(field))
    pair, k = spread(fields.start[field], fields.start[field + 1])
    along, away_k = _fit_thresholds(ends.take(pair), k, height_ft[pair], fields, rules)
    best = first_least(pair, -along)
    at = pair[best]
    n = (fields.start[field + 1] - fields.start[field])[at]
    on_runway = along[best] + np.log(1.0 - rules.circuit_share) - np.log(n)
    both = np.logaddexp(on_runway, log[at])
    log[at], away[at], aligned[at] = both, away_k[best], np.exp(on_runway - both)
    return Fits(log, away, aligned)


def local_km(lat: Floats, lon: Floats, lats: Floats, lons: Floats) -> tuple[Floats, Floats]:
    """Return east and north (km) of places as seen from positions; good to 0.1 % within 50 km."""
    east = ((lons - lon + 180.0) % 360.0 - 180.0) * 111.195 * np.cos(np.radians(lat))
    return east, (lats - lat) * 111.195


def _fit_thresholds(
    s: EndMotion, k: Ints, height_ft: Floats, fields: LowFields, rules: LowEndRules
) -> tuple[Floats, Floats]:
    """Return log densities on the extension of each threshold ``k``, and the way (km) to its runway."""
    x, y = local_km(s.lat, s.lon, fields.end_lat[k], fields.end_lon[k])
    u, v = fields.east[k], fields.north[k]
    along = x * u + y * v  # to the threshold; negative: past it
    across = np.abs(x * v - y * u)
    over = np.maximum(-along - fields.length_km[k], 0.0)  # past the far end
    ahead = np.maximum(along, 0.0)
    turn = np.where(
        np.isfinite(s.course_deg), angle_between_deg(s.course_deg, fields.heading_deg[k]), ANY_TURN_DEG
    )
    wide = rules.runway_half_width_km + np.where(s.is_origin, rules.spread_origin, rules.spread) * ahead
    angle = np.where(s.is_origin, rules.turn_origin_deg, rules.turn_deg)
    log = (
        _log_normal(across, wide)
        + _log_normal(turn, angle)
        + _log_height(height_ft, ahead, s.is_origin, rules)
    )
    log += -0.5 * (over / PAST_END_KM) ** 2
    return log, np.hypot(ahead + over, across)


def _log_normal(x: Floats, sigma: Floats | float) -> Floats:
    return np.asarray(-0.5 * (x / sigma) ** 2 - np.log(sigma) - 0.919, dtype=np.float64)


def _log_height(
    height_ft: Floats, ahead_km: Floats, is_origin: NDArray[np.bool_], rules: LowEndRules
) -> Floats:
    """Log density of the way left, given the height: a glide path on the way in, a climb on the way out."""
    gradient = np.where(is_origin, rules.climb_ft_per_km, GLIDE_FT_PER_KM)
    expected = np.maximum(height_ft, 0.0) / gradient
    sigma = np.hypot(rules.pressure_ft / gradient, np.where(is_origin, 0.5, 0.25) * expected)
    return _log_normal(ahead_km - expected, sigma)


def _fit_circuit(
    s: EndMotion, field: Ints, height_ft: Floats, fields: LowFields, rules: LowEndRules
) -> tuple[Floats, Floats]:
    """Return the same without use of runways: near the field, at a height that fits, rather towards it."""
    lat, lon = fields.lat[field], fields.lon[field]
    d = distance_km(s.lat, s.lon, lat, lon)
    beyond = np.maximum(d - 1.0, 0.0)  # a reference point is not a threshold
    off = angle_between_deg(bearing_deg(s.lat, s.lon, lat, lon), s.course_deg)
    heading = np.isfinite(s.course_deg) & (d > rules.overhead_km)
    towards = np.where(heading, np.exp(_log_normal(off, rules.towards_deg)), 0.0)
    turn = np.log(rules.towards_share * towards + (1.0 - rules.towards_share) / 180.0)
    log = _log_normal(beyond, rules.circuit_km) - np.log(2.0 * rules.circuit_km) + turn
    return log + 0.5 * _log_height(height_ft, beyond, s.is_origin, rules), beyond
