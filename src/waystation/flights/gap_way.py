"""The straight ways across silences, and what reception along them was measured to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.flights.edge_counts import edge_counts
from waystation.terms.geodesy import bearing_deg, destination_point, distance_km
from waystation.terms.reception import bodies_heard
from waystation.terms.reception_ways import heard_along
from waystation.terms.runs import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.terms.reception import Reception
    from waystation.terms.reception_ways import Way

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Along", "Silences", "WayRules", "measure_ways"]


@dataclass(frozen=True)
class WayRules:
    """How finely the way is followed."""

    step_km: float = 5.0  # as coverage follows it
    step_s: float = 300.0  # a slow aircraft is followed by time
    near_km: float = 50.0  # a cell: so near to its ends it has just been heard, and edges of holes blur
    look_s: float = 3600.0  # silences up to this are looks themselves (coverage), and left out
    most_steps: int = 2000  # a silence of days is not followed more finely than this


class Silences(NamedTuple):
    """The positions before and after each silence: degrees, feet (nan unknown), seconds since 1970."""

    from_lat: Floats
    from_lon: Floats
    from_altitude_ft: Floats
    from_s: Floats
    to_lat: Floats
    to_lon: Floats
    to_altitude_ft: Floats
    to_s: Floats


class Along(NamedTuple):
    """What other traffic tells about the ways."""

    straight_s: Floats  # time on the way that is not near its ends
    heard: Way
    unheard: Floats  # share of the way in cells where nobody was ever heard
    edge_ends: Ints  # aircraft that appear or vanish in the air near either side of the silence


def measure_ways(s: Silences, reception: Reception, rules: WayRules = WayRules()) -> Along:
    """Follow great circles at even speed and climb; what is near their ends does not count."""
    length = distance_km(s.from_lat, s.from_lon, s.to_lat, s.to_lon)
    duration = s.to_s - s.from_s
    steps = np.maximum(np.maximum(length / rules.step_km, duration / rules.step_s), 1.0) + 1
    n = np.minimum(steps, rules.most_steps).astype(np.int64)
    way, k = spread(np.zeros_like(n), n)
    f = (k + 0.5) / n[way]
    course = bearing_deg(s.from_lat, s.from_lon, s.to_lat, s.to_lon)
    lat, lon = destination_point(s.from_lat[way], s.from_lon[way], course[way], f * length[way])
    counts = np.minimum(f, 1.0 - f) * length[way] > rules.near_km
    hour = (s.from_s[way] + f * duration[way]) % 86400.0 / 3600.0
    seconds = np.where(counts, (duration / n)[way], 0.0)
    start, own = np.r_[0, np.cumsum(n)], duration <= rules.look_s
    heard = heard_along(reception, lat, lon, _height(s, way, f), hour, seconds, start=start, own=own)
    before, _ = edge_counts(reception, s.from_lat, s.from_lon)
    after, _ = edge_counts(reception, s.to_lat, s.to_lon)
    straight, nobody = (
        np.bincount(way[x], minlength=len(n))
        for x in (counts, counts & (bodies_heard(reception, lat, lon) == 0))
    )
    straight_s = np.bincount(way, weights=seconds, minlength=len(n))
    unheard = nobody / np.maximum(straight, 1)
    return Along(np.asarray(straight_s, dtype=np.float64), heard, unheard, np.maximum(before, after))


def _height(s: Silences, way: Ints, f: Floats) -> Floats:
    """Return the height on the way: evenly from one to the other, or the one that is known."""
    a, b = s.from_altitude_ft, s.to_altitude_ft
    first, last = np.where(np.isnan(a), b, a), np.where(np.isnan(b), a, b)
    return np.asarray(((last - first)[way]) * f + first[way])
