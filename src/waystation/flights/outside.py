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

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.flights.edge_counts import edge_counts
from waystation.flights.ends import EndRules
from waystation.terms.geodesy import destination_point
from waystation.terms.reception import bodies_heard
from waystation.terms.units import KT_KMH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.end_motion import EndMotion
    from waystation.terms.reception import Reception

    Floats = NDArray[np.float64]

__all__ = ["OutsideRules", "may_be_outside", "outside_reasons"]


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


def may_be_outside(ends: EndMotion, rules: OutsideRules = OutsideRules()) -> NDArray[np.bool_]:
    """Whether an end's own track allows it: known place, height and course, and high."""
    columns = (ends.lat, ends.lon, ends.altitude_ft, ends.course_deg)
    known = np.logical_and.reduce([np.isfinite(c) for c in columns])
    descending = ends.climb_fpm < -rules.descent_fpm
    high = ends.altitude_ft >= np.where(descending, rules.descent_ft, rules.min_altitude_ft)
    return np.asarray(known & high)


def outside_reasons(
    ends: EndMotion, reception: Reception, rules: OutsideRules = OutsideRules()
) -> dict[int, str]:
    """Return, for the ends that lie outside the heard region, why; the others are left out.

    ``ends``: motion at ends, at origins turned round in time (course backwards, climb as descent).
    """
    allowed = np.flatnonzero(may_be_outside(ends, rules))
    silent, bodies = edge_counts(reception, ends.lat[allowed], ends.lon[allowed])
    enough = (silent - 1 >= rules.min_others) & (silent >= rules.min_share * bodies)
    at, silent, bodies = allowed[enough], silent[enough], bodies[enough]
    edge = _edge_km(ends.take(at), reception, rules)
    out = {}
    for e, km, few, all_ in zip(at.tolist(), edge.tolist(), silent.tolist(), bodies.tolist(), strict=True):
        if np.isnan(km):
            continue
        way = "back along its course" if ends.is_origin[e] else "ahead"
        out[e] = (
            f"in the air at {ends.altitude_ft[e]:,.0f} ft where the record stops: nobody is heard in the "
            f"{rules.beyond_km:.0f} km beyond {km:.0f} km {way}, and {few} of {all_} aircraft heard in the "
            "cell next to it appear or vanish in the air there"
        )
    return out


def _edge_km(ends: EndMotion, reception: Reception, rules: OutsideRules) -> Floats:
    """Return how far ahead the heard area stops, the furthest of the fan; nan where it goes on."""
    if not len(ends.lat):
        return np.zeros(0)
    speed = np.nan_to_num(ends.ground_speed_kt, nan=0.0)
    reach = np.maximum(rules.edge_least_km, speed * KT_KMH / 60.0 * rules.edge_minutes)
    limit = (reach + rules.beyond_km)[:, None, None]
    run = np.arange(0.0, float(limit.max()), STEP_KM)[None, None, :]
    course = ends.course_deg[:, None, None] + np.array([-rules.fan_deg, 0.0, rules.fan_deg])[None, :, None]
    lat, lon = destination_point(ends.lat[:, None, None], ends.lon[:, None, None], course, run)
    heard = bodies_heard(reception, lat, lon)
    strays = np.maximum(rules.stray_share * heard[:, :, 0].max(axis=1), 0.0)
    told = (heard > strays[:, None, None]) & (run < limit)
    furthest = np.where(told, run, 0.0).max(axis=(1, 2)) + STEP_KM
    return np.where(furthest <= reach, furthest, np.nan)
