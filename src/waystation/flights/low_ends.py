"""Name the airfield at an end that reaches the ground, or nearly: ``seen`` and ``approach``.

``seen``: a ground position, and the airfield whose runways or reference point are nearest to it.
``approach``: the track stops (or starts) low, and of the airfields around one explains it: on the
extension of a runway, pointing along it, at the height that a glide path has there. How well each
explains it is a cost; costs become probabilities; a name is given only when one airfield has nearly
all of them and nothing speaks against an end so near. Otherwise the end is not for this rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waystation.terms.geodesy import angle_between_deg, bearing_deg, distance_km

if TYPE_CHECKING:
    from waystation.flights.runway_ends import RunwayEnds
    from waystation.world.airfields import Airfields

__all__ = ["LowEnd", "LowEndRules", "LowState", "name_by_approach", "name_on_ground"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHORT_STRIP_FT, SHORT_STRIP_WEIGHT = (
    2600.0,
    0.35,
)  # private strips without a code, or with no runway on record
GLIDE_FT_PER_KM = 172.0  # a three-degree path: tan 3° in ft per km
KIND_WEIGHT = {"large_airport": 4.0, "medium_airport": 2.5, "small_airport": 1.0, "seaplane_base": 0.2}


@dataclass(frozen=True)
class LowEndRules:
    """What counts as on the ground at an airfield, or about to be."""

    on_field_km: float = 3.0  # ground positions this far from every runway and reference point are elsewhere
    larger_wins_km: float = (
        0.7  # a ground position this little nearer to a smaller field belongs to the larger
    )
    max_height_ft: float = 3000.0  # above this a track can still go anywhere
    max_away_km: float = 13.0  # final approach at the heights that count
    max_away_origin_km: float = 5.5  # departures turn: further out they may have come from anywhere around
    against_fpm: float = 700.0  # steeper than this away from the ground it is not landing
    pressure_ft: float = (
        450.0  # what an unknown QNH does to a barometric height: 1 sigma over a year is 12 hPa
    )
    climb_ft_per_km: float = 330.0  # a 10 % climb, the middle of what transports do
    runway_half_width_km: float = 0.12  # and the error of thresholds
    spread: float = 0.04  # how far landings stray from the extended runway, per km out
    spread_origin: float = 0.3  # departures turn
    turn_deg: float = 7.0
    turn_origin_deg: float = 20.0
    circuit_share: float = 0.1  # ends that are not on the extension of a runway on record
    circuit_km: float = 2.5
    circuit_height_ft: float = 1500.0  # not lined up, an end counts only below this …
    circuit_away_km: float = 5.0  # … this near …
    overhead_km: float = 1.5  # nearer than this, the direction of flight says nothing
    towards_deg: float = 20.0  # further out most aircraft head for the field …
    towards_share: float = 0.6  # … the others fly a circuit
    circuit_probability: float = 0.9  # … and this clear
    other_density: float = 2e-8  # per km² and degree and way: an end that belongs to none of these airfields
    min_probability: float = 0.9  # below this the end stays without a name here


class LowState(NamedTuple):
    """The last moment of a track before its hidden end; for origins, time runs backwards."""

    lat: float
    lon: float
    altitude_ft: float
    ground_speed_kt: float
    course_deg: float  # towards the field
    climb_fpm: float  # towards the field: negative = towards the ground
    is_origin: bool


class LowEnd(NamedTuple):
    """A name, or -1, with its probability and reason."""

    airfield: int
    probability: float
    reason: str
    away_km: float


def _place_km(runways: RunwayEnds, field: int, airfields: Airfields, lat: float, lon: float) -> float:
    """Return the distance (km) from a position to a field: its nearest runway or its reference point."""
    point = float(distance_km(lat, lon, airfields.lat[field], airfields.lon[field]))
    ends = slice(runways.start[field], runways.start[field + 1])
    if ends.start == ends.stop:
        return point
    x, y = _local_km(lat, lon, runways.lat[ends], runways.lon[ends])
    h = np.radians(runways.heading_deg[ends])
    along = np.clip(-(x * np.sin(h) + y * np.cos(h)), 0.0, np.nan_to_num(runways.length_km[ends], nan=0.0))
    d = np.hypot(x + along * np.sin(h), y + along * np.cos(h))
    return min(point, float(np.nanmin(d))) if np.isfinite(d).any() else point


def _local_km(lat: float, lon: float, lats: Floats, lons: Floats) -> tuple[Floats, Floats]:
    """Return east and north (km) of places as seen from a position; good to 0.1 % within 50 km."""
    east = ((lons - lon + 180.0) % 360.0 - 180.0) * 111.195 * np.cos(np.radians(lat))
    return east, (lats - lat) * 111.195


def name_on_ground(
    lat: float,
    lon: float,
    near: Ints,
    airfields: Airfields,
    runways: RunwayEnds,
    rules: LowEndRules = LowEndRules(),
) -> LowEnd:
    """Return the airfield of a ground position; ``near``: indices of the airfields around it."""
    if not len(near):
        return LowEnd(-1, 0.0, "on the ground where the table has no airfield", np.nan)
    d = np.array([_place_km(runways, int(a), airfields, lat, lon) for a in near])
    rank = d - rules.larger_wins_km * np.array([_size(airfields, int(a)) for a in near])
    best = int(np.argmin(rank))
    if d[best] > rules.on_field_km:
        k = int(np.argmin(d))
        reason = (
            f"on the ground {d[k]:.1f} km from the nearest airfield in the table, {airfields.ident[near[k]]}"
        )
        return LowEnd(-1, 0.0, reason, float(d[k]))
    others = np.delete(rank, best)
    clear = float(others.min() - rank[best]) if len(others) else 9.0
    probability = 0.999 if clear > 1.0 else 0.99
    return LowEnd(
        int(near[best]),
        probability,
        f"on the ground at the airfield ({d[best]:.1f} km from its runways)",
        float(d[best]),
    )


def _size(airfields: Airfields, a: int) -> float:
    return {"large_airport": 2.0, "medium_airport": 1.0}.get(str(airfields.kind[a]), 0.0)


def name_by_approach(
    s: LowState, near: Ints, airfields: Airfields, runways: RunwayEnds, rules: LowEndRules = LowEndRules()
) -> LowEnd:
    """Return the one airfield that explains a low end, or -1 with the reason why none is named."""
    if not np.isfinite(s.altitude_ft):
        return LowEnd(-1, 0.0, "first height unknown" if s.is_origin else "last height unknown", np.nan)
    height = s.altitude_ft - np.nan_to_num(airfields.elevation_ft[near], nan=0.0)
    low = np.flatnonzero(height < rules.max_height_ft)
    if not len(low):
        if not len(near):
            return LowEnd(-1, 0.0, "no airfield around", np.nan)
        return LowEnd(
            -1, 0.0, f"{height.min():,.0f} ft above the nearest airfields is too high to tell", np.nan
        )
    fits = [_fit(s, int(near[k]), float(height[k]), airfields, runways, rules) for k in low]
    weight = np.array([_weight(airfields, int(near[k])) for k in low])
    score = np.exp([f.log_density for f in fits]) * weight
    p = score / (score.sum() + rules.other_density)
    best = int(np.argmax(p))
    field, fit, h = int(near[low[best]]), fits[best], float(height[low[best]])
    where = f"{h:,.0f} ft above {airfields.ident[field]}, {fit.away_km:.1f} km from its runway"
    doubt = _doubt(s, h, fit, float(p[best]), rules)
    if doubt:
        return LowEnd(-1, float(p[best]), f"{where}: {doubt}", fit.away_km)
    word = "climbing away from it" if s.is_origin else "lined up with it"
    word = word if fit.aligned >= 0.5 else "in its circuit"
    return LowEnd(field, float(min(p[best], 0.995)), f"{where}, {word}", fit.away_km)


def _doubt(s: LowState, height_ft: float, fit: _Fit, p: float, rules: LowEndRules) -> str:
    """Return what speaks against naming the best airfield, or nothing."""
    aligned = fit.aligned >= 0.5
    if p < (rules.min_probability if aligned else rules.circuit_probability):
        return f"not clear enough ({p:.0%})"
    straight = rules.max_away_origin_km if s.is_origin else rules.max_away_km
    if fit.away_km > (straight if aligned else rules.circuit_away_km):
        return f"too far to be sure that it {'came from' if s.is_origin else 'landed'} there"
    if not aligned and height_ft > rules.circuit_height_ft:
        return "too high for an aircraft that is not lined up with a runway"
    if s.climb_fpm > rules.against_fpm:
        return "but moving away from the ground"
    return ""


def _weight(airfields: Airfields, field: int) -> float:
    """How much more often aircraft end here than at the next field, all else equal: a guess."""
    kind = str(airfields.kind[field])
    if kind != "small_airport":
        return KIND_WEIGHT.get(kind, 1.0)
    length = float(airfields.longest_runway_ft[field])
    return SHORT_STRIP_WEIGHT if not length > SHORT_STRIP_FT and not airfields.icao_code[field] else 1.0


class _Fit(NamedTuple):
    log_density: float  # per km² and degree
    away_km: float  # to the runway
    aligned: float  # share of the density that stands on a runway's extension


def _fit(
    s: LowState, field: int, height_ft: float, airfields: Airfields, runways: RunwayEnds, rules: LowEndRules
) -> _Fit:
    """Return how well the end fits ``field``.

    A mixture: on the extension of a runway and pointing along it, or anyhow in the circuit.
    """
    generic, away = _fit_circuit(s, field, height_ft, airfields, rules)
    ends = slice(runways.start[field], runways.start[field + 1])
    if ends.start == ends.stop:
        return _Fit(float(generic + np.log(rules.circuit_share)), away, 0.0)
    x, y = _local_km(s.lat, s.lon, runways.lat[ends], runways.lon[ends])
    heading, length = runways.heading_deg[ends], runways.length_km[ends]
    u, v = np.sin(np.radians(heading)), np.cos(np.radians(heading))
    along = x * u + y * v  # to the threshold; negative: past it
    across = np.abs(x * v - y * u)
    over = np.maximum(-along - length, 0.0)  # past the far end
    ahead = np.maximum(along, 0.0)
    turn = angle_between_deg(s.course_deg, heading) if np.isfinite(s.course_deg) else np.full(len(u), 90.0)
    wide = rules.runway_half_width_km + (rules.spread_origin if s.is_origin else rules.spread) * ahead
    angle = rules.turn_origin_deg if s.is_origin else rules.turn_deg
    log = (
        _log_normal(across, wide)
        + _log_normal(turn, angle)
        + _log_height(height_ft, ahead, s.is_origin, rules)
    )
    log += -0.5 * (over / 0.3) ** 2
    best = int(np.argmax(log))
    on_runway = float(log[best]) + np.log(1.0 - rules.circuit_share) - np.log(len(u))
    away = float(np.hypot(ahead[best] + over[best], across[best]))
    both = float(np.logaddexp(on_runway, generic + np.log(rules.circuit_share)))
    return _Fit(both, away, float(np.exp(on_runway - both)))


def _log_normal(x: Floats, sigma: Floats | float) -> Floats:
    return np.asarray(-0.5 * (x / sigma) ** 2 - np.log(sigma) - 0.919, dtype=np.float64)


def _log_height(height_ft: float, ahead_km: Floats, is_origin: bool, rules: LowEndRules) -> Floats:
    """Log density of the way left, given the height: a glide path on the way in, a climb on the way out."""
    gradient = rules.climb_ft_per_km if is_origin else GLIDE_FT_PER_KM
    expected = max(height_ft, 0.0) / gradient
    sigma = np.hypot(rules.pressure_ft / gradient, (0.5 if is_origin else 0.25) * expected)
    return _log_normal(ahead_km - expected, float(sigma))


def _fit_circuit(
    s: LowState, field: int, height_ft: float, airfields: Airfields, rules: LowEndRules
) -> tuple[float, float]:
    """Return the same without use of runways: near the field, at a height that fits, rather towards it."""
    lat, lon = float(airfields.lat[field]), float(airfields.lon[field])
    d = float(distance_km(s.lat, s.lon, lat, lon))
    beyond = np.array([max(d - 1.0, 0.0)])  # a reference point is not a threshold
    spread = rules.circuit_km
    towards = 0.0
    if np.isfinite(s.course_deg) and d > rules.overhead_km:
        off = angle_between_deg(bearing_deg(s.lat, s.lon, lat, lon), s.course_deg)
        towards = float(np.exp(_log_normal(off, rules.towards_deg)))
    turn = np.log(rules.towards_share * towards + (1.0 - rules.towards_share) / 180.0)
    log = _log_normal(beyond, spread)[0] - np.log(2.0 * spread) + turn
    return float(log + 0.5 * _log_height(height_ft, beyond, s.is_origin, rules)[0]), float(beyond[0])
