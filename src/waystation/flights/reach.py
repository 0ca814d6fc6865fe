"""Whether the airframe could have stopped at this field before it was seen again, in the time.

●  end of what was seen ──▶ field, stay ──▶ ● next seen, next_after_s later
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.terms.geodesy import distance_km
from waystation.terms.units import KT_KMH

if TYPE_CHECKING:
    from waystation.flights.states import EndStates
    from waystation.world.airfields import Airfields

__all__ = ["ReachRules", "hop_probability", "reach_score"]

DAY_S = 86400.0

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ReachRules:
    """What a stop on the way costs. Judged, not fitted: no flight with a known hidden stop is at hand."""

    overhead_s: float = 720.0  # approach, landing, taxi, takeoff and climb over straight flight
    wind_kt: float = 40.0  # tail wind that may help on both ways
    min_speed_kt: float = 120.0  # where no speed is known the usual speed is taken to be no less
    unknown_speed_kt: float = 430.0
    slack_s: float = 900.0  # speeds and times are this uncertain: the edge of the possible is soft
    stay_median_s: float = 9000.0  # two and a half hours, transports at outstations
    stay_log_sd: float = 0.9
    impossible: float = -8.0  # log weight of what cannot be: positions and addresses also err
    hop: float = 0.02  # chance of a whole flight unseen in between, so that the two ends are not one field
    hop_per_day: float = 0.1  # more where the silence is long
    max_hop: float = 0.5


def reach_score(
    states: EndStates, airfields: Airfields, airfield: Ints, rules: ReachRules = ReachRules()
) -> Floats:
    """Return what the next sighting adds to the log weights, (ends, candidates); 0 where unknown."""
    out = np.zeros(airfield.shape)
    known = np.flatnonzero(np.isfinite(states.next_after_s) & np.isfinite(states.next_lat))
    if len(known):
        out[known] += _time(states.take(known), airfields, airfield[known], rules)
    tied = np.flatnonzero(states.next_airfield >= 0)
    if len(tied):
        out[tied] += _tie(states.take(tied), airfield[tied], rules)
    return out


def _time(s: EndStates, airfields: Airfields, airfield: Ints, rules: ReachRules) -> Floats:
    lat, lon = airfields.lat[airfield], airfields.lon[airfield]
    km = distance_km(s.lat[:, None], s.lon[:, None], lat, lon) + distance_km(
        lat, lon, s.next_lat[:, None], s.next_lon[:, None]
    )
    speed = np.maximum(
        np.where(np.isfinite(s.usual_speed_kt), s.usual_speed_kt, rules.unknown_speed_kt), rules.min_speed_kt
    )
    way_s = km / ((speed[:, None] + rules.wind_kt) * KT_KMH) * 3600.0 + rules.overhead_s
    stay_s = s.next_after_s[:, None] - way_s
    possible = 1.0 / (1.0 + np.exp(-np.clip(stay_s / (rules.slack_s / 3.0), -40.0, 40.0)))
    usual = -0.5 * (np.log(np.maximum(stay_s, rules.slack_s) / rules.stay_median_s) / rules.stay_log_sd) ** 2
    usual -= usual.max(axis=1, keepdims=True)  # a long silence is no evidence against every field
    return np.asarray(np.maximum(np.log(possible + np.exp(rules.impossible)) + usual, rules.impossible))


def hop_probability(after_s: Floats, rules: ReachRules = ReachRules()) -> Floats:
    """Return the chance that a whole flight went unseen in ``after_s`` of silence (nan counts as short)."""
    days = np.nan_to_num(after_s, nan=0.0) / DAY_S
    return np.asarray(np.minimum(rules.hop + rules.hop_per_day * days, rules.max_hop))


def _tie(s: EndStates, airfield: Ints, rules: ReachRules) -> Floats:
    """It takes off where it landed, but for a whole flight unseen in between."""
    same = np.nan_to_num(s.next_probability, nan=1.0) * (1.0 - hop_probability(s.next_after_s, rules))
    return np.asarray(np.where(airfield == s.next_airfield[:, None], 0.0, np.log1p(-same)[:, None]))
