"""The straight way across a silence, and what reception along it was measured to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.terms.geodesy import bearing_deg, destination_point, distance_km
from waystation.terms.reception import bodies_heard, edge_traffic
from waystation.terms.reception_ways import heard_along

if TYPE_CHECKING:
    from waystation.terms.reception import Reception
    from waystation.terms.reception_ways import Way

__all__ = ["Along", "Silence", "WayRules", "measure_way"]


@dataclass(frozen=True)
class WayRules:
    """How finely the way is followed."""

    step_km: float = 5.0  # as coverage follows it
    step_s: float = 300.0  # a slow aircraft is followed by time
    near_km: float = 50.0  # a cell: so near to its ends it has just been heard, and edges of holes blur
    look_s: float = 3600.0  # silences up to this are looks themselves (coverage), and left out
    most_steps: int = 2000  # a silence of days is not followed more finely than this


class Silence(NamedTuple):
    """The positions on both sides: (before, after) in degrees, feet (nan = unknown), seconds since 1970."""

    lat: tuple[float, float]
    lon: tuple[float, float]
    altitude_ft: tuple[float, float]
    t_s: tuple[float, float]


class Along(NamedTuple):
    """What other traffic tells about the way."""

    straight_s: float  # time on the way that is not near its ends
    heard: Way
    unheard: float  # share of the way in cells where nobody was ever heard
    edge_ends: int  # aircraft that appear or vanish in the air near either side of the silence


def measure_way(silence: Silence, reception: Reception, rules: WayRules = WayRules()) -> Along:
    """Follow the great circle at even speed and climb; what is near its ends does not count."""
    (lat0, lat1), (lon0, lon1) = silence.lat, silence.lon
    length = float(distance_km(lat0, lon0, lat1, lon1))
    duration = silence.t_s[1] - silence.t_s[0]
    n = int(min(max(length / rules.step_km, duration / rules.step_s, 1.0) + 1, rules.most_steps))
    f = (np.arange(n) + 0.5) / n
    lat, lon = destination_point(lat0, lon0, bearing_deg(lat0, lon0, lat1, lon1), f * length)
    a0, a1 = silence.altitude_ft
    height = np.interp(f, [0.0, 1.0], [a1 if np.isnan(a0) else a0, a0 if np.isnan(a1) else a1])
    counts = np.minimum(f, 1.0 - f) * length > rules.near_km
    hour = (silence.t_s[0] + f * duration) % 86400.0 / 3600.0
    seconds = np.where(counts, duration / n, 0.0)
    heard = heard_along(reception, lat, lon, height, hour, seconds, own=duration <= rules.look_s)
    ends = max(edge_traffic(reception, p, q)[0] for p, q in zip(silence.lat, silence.lon, strict=True))
    nobody = bodies_heard(reception, lat, lon)[counts] == 0
    return Along(float(seconds.sum()), heard, float(nobody.mean()) if counts.any() else 0.0, ends)
