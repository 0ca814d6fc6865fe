"""The two ends of every flight: which airfield, how we know, and between which times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waystation.flights.low_ends import LowEndRules, LowState, name_by_approach, name_on_ground
from waystation.flights.runway_ends import RunwayEnds, runway_ends
from waystation.flights.segment import GAP, Segments
from waystation.terms.geodesy import distance_km
from waystation.terms.units import KT_KMH
from waystation.world.airfields import Airfields, within

if TYPE_CHECKING:
    from waystation.flights.bodies import Bodies

__all__ = ["End", "EndRules", "end_state", "observed_ends"]

LOW_END_RULES = LowEndRules()

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EndRules:
    """When a ground position speaks for the takeoff or landing next to it."""

    extra_s: float = 5400.0  # longer than straight flight plus this, an unseen flight fits in between
    near_km: float = 60.0  # first or last seen in the air this near and below near_ft, no other flight fits
    near_ft: float = 12000.0
    max_near_s: float = 43200.0  # … unless half a day lies between: then the ground sighting is another story
    smooth_s: float = 60.0  # motion at an end is the median over this time
    search_km: float = 25.0


class End(NamedTuple):
    """One end of one flight. Times in seconds since 1970 UTC, nan where unbounded."""

    airfield: int  # index, -1 = not named here
    ending: str
    probability: float
    earliest_s: float
    latest_s: float
    last: int  # index of the last (first) position in the air
    reason: str
    nowhere: bool = False  # on the ground, where the table has no airfield


def observed_ends(
    bodies: Bodies,
    segments: Segments,
    airfields: Airfields,
    rules: EndRules = EndRules(),
    low: LowEndRules = LOW_END_RULES,
) -> tuple[list[End], list[End]]:
    """Return (origins, destinations), one per flight. Ends that neither rule names are ``unknown``."""
    origins, destinations = [], []
    runways = runway_ends(airfields)
    for i in range(len(segments.body)):
        origins.append(_end(bodies, segments, i, True, airfields, runways, rules, low))
        destinations.append(_end(bodies, segments, i, False, airfields, runways, rules, low))
    return origins, destinations


def _end(
    b: Bodies,
    s: Segments,
    i: int,
    is_origin: bool,
    airfields: Airfields,
    runways: RunwayEnds,
    rules: EndRules,
    low: LowEndRules,
) -> End:
    air = int(s.air_first[i] if is_origin else s.air_last[i])
    ground = int(s.ground_before[i] if is_origin else s.ground_after[i])
    if ground >= 0:
        found = _by_ground(b, air, ground, airfields, runways, rules, low)
        if found is not None:
            return found
    state = end_state(b, s, i, is_origin, rules)
    _, near = within(airfields, state.lat, state.lon, rules.search_km)
    named = name_by_approach(state, near, airfields, runways, low)
    earliest, latest = _interval(b, s, i, air, ground, is_origin, state, named.away_km, named.airfield >= 0)
    if named.airfield >= 0:
        return End(named.airfield, "approach", named.probability, earliest, latest, air, named.reason)
    return End(-1, "unknown", 0.0, earliest, latest, air, named.reason)


def _by_ground(
    b: Bodies,
    air: int,
    ground: int,
    airfields: Airfields,
    runways: RunwayEnds,
    rules: EndRules,
    low: LowEndRules,
) -> End | None:
    """Return the end that a ground position shows, or None where an unseen flight fits in between."""
    silence = abs(b.t_s[air] - b.t_s[ground])
    apart = float(distance_km(b.lat[air], b.lon[air], b.lat[ground], b.lon[ground]))
    altitude = b.altitude_ft[air]
    close = apart < rules.near_km and not altitude > rules.near_ft
    speed = b.ground_speed_kt[air]
    straight_s = (
        apart / (max(speed, 100.0) * KT_KMH) * 3600.0 if np.isfinite(speed) else apart / 500.0 * 3600.0
    )
    if silence > rules.max_near_s or (not close and silence > straight_s + rules.extra_s):
        return None
    _, near = within(airfields, float(b.lat[ground]), float(b.lon[ground]), 12.0)
    named = name_on_ground(float(b.lat[ground]), float(b.lon[ground]), near, airfields, runways, low)
    earliest, latest = sorted((float(b.t_s[air]), float(b.t_s[ground])))
    ending = "seen" if named.airfield >= 0 else "unknown"
    nowhere = named.airfield < 0
    return End(named.airfield, ending, named.probability, earliest, latest, air, named.reason, nowhere)


def end_state(b: Bodies, s: Segments, i: int, is_origin: bool, rules: EndRules) -> LowState:
    """Return place and motion of flight ``i`` at its first (origin) or last position in the air."""
    first, last = int(s.air_first[i]), int(s.air_last[i])
    e = first if is_origin else last
    if is_origin:
        stop = int(np.searchsorted(b.t_s[first : last + 1], b.t_s[e] + rules.smooth_s, side="right")) + first
        part = slice(first, max(stop, first + 1))
    else:
        begin = int(np.searchsorted(b.t_s[first : last + 1], b.t_s[e] - rules.smooth_s, side="left")) + first
        part = slice(min(begin, last), last + 1)
    course = _circular_mean(b.track_angle_deg[part][-15:] if not is_origin else b.track_angle_deg[part][:15])
    climb = b.vertical_rate_fpm[part]
    climb = climb[np.isfinite(climb)]
    heights = b.altitude_ft[part]
    known = heights[np.isfinite(heights)]
    altitude = (
        b.altitude_ft[e]
        if np.isfinite(b.altitude_ft[e])
        else (known[0 if is_origin else -1] if len(known) else np.nan)
    )
    rate = float(np.median(climb)) if len(climb) else 0.0
    return LowState(
        float(b.lat[e]),
        float(b.lon[e]),
        float(altitude),
        float(b.ground_speed_kt[e]),
        (course + 180.0) % 360.0 if is_origin else course,
        -rate if is_origin else rate,
        is_origin,
    )


def _circular_mean(angles: Floats) -> float:
    a = np.radians(angles[np.isfinite(angles)])
    return (
        float(np.degrees(np.arctan2(np.sin(a).mean(), np.cos(a).mean())) % 360.0) if len(a) else float("nan")
    )


def _interval(
    b: Bodies,
    s: Segments,
    i: int,
    air: int,
    ground: int,
    is_origin: bool,
    state: LowState,
    away_km: float,
    named: bool,
) -> tuple[float, float]:
    """Return (earliest, latest) for wheels off or on: bounded by what was seen on either side."""
    t = float(b.t_s[air])
    if named and np.isfinite(away_km):
        speed = max(state.ground_speed_kt, 80.0) if np.isfinite(state.ground_speed_kt) else 130.0
        run_s = away_km / (speed * KT_KMH) * 3600.0
        quick, slow = 0.7 * run_s, 1.5 * run_s + 60.0  # half again: aircraft slow down on the way in
        return (t - slow, t - quick) if is_origin else (t + quick, t + slow)
    if ground >= 0:
        other = float(b.t_s[ground])
        return (other, t) if is_origin else (t, other)
    hidden = s.begins[i] == GAP if is_origin else s.ends[i] == GAP
    if hidden:
        neighbour = float(b.t_s[s.first[i] - 1] if is_origin else b.t_s[s.last[i] + 1])
        return (neighbour, t) if is_origin else (t, neighbour)
    return (float("nan"), t) if is_origin else (t, float("nan"))
