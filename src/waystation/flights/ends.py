"""The two ends of every flight: which airfield, how we know, and between which times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.flights.end_motion import EndMotion, end_motion
from waystation.flights.ground_names import name_on_ground
from waystation.flights.low_ends import LowEndRules, LowEnds, name_by_approach
from waystation.flights.low_fields import low_fields
from waystation.flights.segment import GAP, Segments
from waystation.terms.geodesy import distance_km
from waystation.terms.units import KT_KMH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.bodies import Bodies
    from waystation.world.airfields import Airfields

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["APPROACH", "ENDINGS", "SEEN", "UNKNOWN", "EndRules", "Ends", "motion_of", "observed_ends"]

LOW_END_RULES = LowEndRules()
ENDINGS = ("seen", "approach", "unknown")
SEEN, APPROACH, UNKNOWN = range(3)


@dataclass(frozen=True)
class EndRules:
    """When a ground position speaks for the takeoff or landing next to it."""

    extra_s: float = 5400.0  # longer than straight flight plus this, an unseen flight fits in between
    near_km: float = 60.0  # first or last seen in the air this near and below near_ft, no other flight fits
    near_ft: float = 12000.0
    max_near_s: float = 43200.0  # … unless half a day lies between: then the ground sighting is another story
    smooth_s: float = 60.0  # motion at an end is the median over this time
    search_km: float = 25.0


class Ends(NamedTuple):
    """Two elements per flight, origin first. Times in seconds since 1970 UTC, nan where unbounded."""

    flight: Ints
    is_origin: Bools
    air: Ints  # the last (first) position in the air
    ground: Ints  # the ground position after (before) it, -1 where there is none
    airfield: Ints  # index, -1 = not named here
    ending: NDArray[np.int8]  # into ENDINGS
    probability: Floats
    earliest_s: Floats
    latest_s: Floats
    reason: list[str]
    nowhere: Bools  # on the ground, where the table has no airfield


def observed_ends(
    bodies: Bodies,
    segments: Segments,
    airfields: Airfields,
    rules: EndRules = EndRules(),
    low: LowEndRules = LOW_END_RULES,
) -> Ends:
    """Return the ends of all flights. Those that neither rule names are ``unknown``."""
    b, s, fields = bodies, segments, low_fields(airfields)
    flight = np.repeat(np.arange(len(s.body)), 2)
    is_origin = np.tile([True, False], len(s.body))
    air = np.where(is_origin, s.air_first[flight], s.air_last[flight])
    ground = np.where(is_origin, s.ground_before[flight], s.ground_after[flight])
    shown = _shown_by_ground(b, air, ground, rules)
    open_ = np.flatnonzero(~shown)
    motion = motion_of(b, s, flight[open_], is_origin[open_], rules)
    named = name_by_approach(motion, airfields, fields, rules.search_km, low)
    landed = np.flatnonzero(shown)
    found = name_on_ground(b.lat[ground[landed]], b.lon[ground[landed]], airfields, fields, low)
    n = len(flight)
    airfield, ending = np.empty(n, dtype=np.int64), np.full(n, UNKNOWN, dtype=np.int8)
    probability, reason = np.empty(n), np.empty(n, dtype=object)
    for at, how, ends in ((open_, APPROACH, named), (landed, SEEN, found)):
        airfield[at], probability[at], reason[at] = ends.airfield, ends.probability, ends.reason
        ending[at[ends.airfield >= 0]] = how
    earliest, latest = _between(b, s, flight, is_origin, air, ground)
    _run_in(b.t_s[air[open_]], open_, motion, named, earliest, latest)
    nowhere = shown & (airfield < 0)
    probability[airfield < 0] = 0.0
    return Ends(
        flight,
        is_origin,
        air,
        ground,
        airfield,
        ending,
        probability,
        earliest,
        latest,
        reason.tolist(),
        nowhere,
    )


def motion_of(bodies: Bodies, s: Segments, flight: Ints, is_origin: Bools, rules: EndRules) -> EndMotion:
    """Return place and motion of flights at the first (origin) or last position in the air."""
    return end_motion(bodies, s.air_first[flight], s.air_last[flight], is_origin, rules.smooth_s)


def _shown_by_ground(b: Bodies, air: Ints, ground: Ints, rules: EndRules) -> Bools:
    """Whether a ground position shows the end: false where an unseen flight fits in between."""
    silence = np.abs(b.t_s[air] - b.t_s[ground])
    apart = distance_km(b.lat[air], b.lon[air], b.lat[ground], b.lon[ground])
    close = (apart < rules.near_km) & ~(b.altitude_ft[air] > rules.near_ft)
    speed = b.ground_speed_kt[air]
    km_h = np.where(np.isfinite(speed), np.maximum(speed, 100.0) * KT_KMH, 500.0)
    unseen_flight = (silence > rules.max_near_s) | (
        ~close & (silence > apart / km_h * 3600.0 + rules.extra_s)
    )
    return np.asarray((ground >= 0) & ~unseen_flight)


def _between(
    b: Bodies, s: Segments, flight: Ints, is_origin: Bools, air: Ints, ground: Ints
) -> tuple[Floats, Floats]:
    """Return (earliest, latest) for wheels off or on: bounded by what was seen on either side."""
    beyond = np.where(is_origin, s.first[flight] - 1, s.last[flight] + 1)
    hidden = np.where(is_origin, s.begins[flight], s.ends[flight]) == GAP
    beyond = np.where(ground >= 0, ground, np.where(hidden, beyond, -1))
    t = b.t_s[air]
    other = np.where(beyond >= 0, b.t_s[beyond], np.nan)
    return np.where(is_origin, other, t), np.where(is_origin, t, other)


def _run_in(t: Floats, at: Ints, motion: EndMotion, named: LowEnds, earliest: Floats, latest: Floats) -> None:
    """Bound the ends at ``at`` that have a name by the run to its runway, at the speed of the end."""
    near = np.flatnonzero((named.airfield >= 0) & np.isfinite(named.away_km))
    speed = motion.ground_speed_kt[near]
    speed = np.where(np.isfinite(speed), np.maximum(speed, 80.0), 130.0)
    run_s = named.away_km[near] / (speed * KT_KMH) * 3600.0
    quick, slow = 0.7 * run_s, 1.5 * run_s + 60.0  # half again: aircraft slow down on the way in
    origin, t = motion.is_origin[near], t[near]
    earliest[at[near]] = np.where(origin, t - slow, t + quick)
    latest[at[near]] = np.where(origin, t - quick, t + slow)
