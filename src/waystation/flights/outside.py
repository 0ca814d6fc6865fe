"""Did it leave the region that the archive hears? Asked of measured traffic, never of a box typed in.

            ┊ others end and begin here too
    ───►  ──┊  . . . . . . . .
     heard  ┊  nobody is ever heard
            edge

``outside`` takes four things at once: high enough that landing at once is out of the question; along the
course, and well to both sides of it, the heard area stops within minutes; beyond it nobody is heard at any
height; and other aircraft appear or vanish in the air at this edge as well. A lone track has no edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.flights.ends import EndRules
from waystation.terms.geodesy import destination_point
from waystation.terms.reception import bodies_heard, edge_traffic
from waystation.terms.units import KT_KMH

if TYPE_CHECKING:
    from waystation.flights.low_ends import LowState
    from waystation.terms.reception import Reception

__all__ = ["OutsideRules", "may_be_outside", "outside_reason"]


MOTION = EndRules()
STEP_KM = 5.0  # a square of the cells' grid


@dataclass(frozen=True)
class OutsideRules:
    """When an end in the air is the archive's edge and not the aircraft's."""

    min_altitude_ft: float = 10000.0  # lower, it may be about to land, or just have taken off
    descent_ft: float = 15000.0  # … and while descending (before: climbing) from below this
    descent_fpm: float = 500.0
    edge_minutes: float = 5.0  # an edge further off is not what silenced it: docs/rules/outside.md
    edge_least_km: float = 45.0  # … but a cell is as wide as this, and the edge runs somewhere through it
    beyond_km: float = 100.0  # so far past the edge nobody may be heard: a hole in reception is no edge
    fan_deg: float = 20.0  # straight on and to both sides: along an edge one is heard on
    stray_share: float = 0.1  # of the traffic here; as few heard beyond are strays
    min_others: int = 5  # other aircraft that appear or vanish in the air next to it
    min_share: float = 0.2  # … of all aircraft heard there; where most fly on, silence is not the edge's


def outside_reason(state: LowState, reception: Reception, rules: OutsideRules = OutsideRules()) -> str | None:
    """Return why this end lies outside the heard region, or None where that cannot be said.

    ``state``: motion at the end, at an origin turned round in time (course backwards, climb as descent).
    """
    if not may_be_outside(state, rules):
        return None
    ends, bodies = edge_traffic(reception, state.lat, state.lon)
    if ends - 1 < rules.min_others or ends < rules.min_share * bodies:
        return None
    edge = _edge_km(state, reception, rules)
    if edge is None:
        return None
    way = "back along its course" if state.is_origin else "ahead"
    return (
        f"in the air at {state.altitude_ft:,.0f} ft where the record stops: nobody is heard in the "
        f"{rules.beyond_km:.0f} km beyond {edge:.0f} km {way}, and {ends} of {bodies} aircraft heard in the "
        "cell next to it appear or vanish in the air there"
    )


def may_be_outside(state: LowState, rules: OutsideRules = OutsideRules()) -> bool:
    """Whether the end's own track allows it: known place, height and course, and high."""
    known = np.isfinite([state.lat, state.lon, state.altitude_ft, state.course_deg]).all()
    return bool(known) and _high(state, rules)


def _high(state: LowState, rules: OutsideRules) -> bool:
    descending = state.climb_fpm < -rules.descent_fpm
    return state.altitude_ft >= (rules.descent_ft if descending else rules.min_altitude_ft)


def _edge_km(state: LowState, reception: Reception, rules: OutsideRules) -> float | None:
    """Return how far ahead the heard area stops, the furthest of the fan; None where it goes on."""
    speed = state.ground_speed_kt if math.isfinite(state.ground_speed_kt) else 0.0
    reach = max(rules.edge_least_km, speed * KT_KMH / 60.0 * rules.edge_minutes)
    run = np.arange(0.0, reach + rules.beyond_km, STEP_KM)
    course = state.course_deg + np.array([[-rules.fan_deg], [0.0], [rules.fan_deg]])
    lat, lon = destination_point(state.lat, state.lon, course, run[None, :])
    heard = bodies_heard(reception, lat, lon)
    strays = rules.stray_share * float(heard[:, 0].max())
    furthest = float(np.max(np.where(heard > max(strays, 0.0), run[None, :], 0.0)))
    return furthest + STEP_KM if furthest + STEP_KM <= reach else None
