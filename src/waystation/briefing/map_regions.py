"""Where flights are far apart, one map shows dots: find the regions that deserve a map of their own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.geodesy import distance_km

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.briefing.map_tracks import Track

__all__ = ["RegionRules", "regions"]


@dataclass(frozen=True)
class RegionRules:
    """When a second map is worth its paper."""

    near_km: float = 400.0
    """Flights whose middles are nearer than this belong together: an hour by propeller."""
    min_span_km: float = 4000.0
    """Below this span one map shows tracks a pixel apart that are 4 km apart; that is enough."""
    min_flights: int = 5
    """A region with fewer is found in the table."""
    min_share: float = 0.05
    """Nor one with less than this of all flights."""
    max_regions: int = 3
    max_share: float = 0.2
    """A region that spans more of the whole than this is seen well enough on the whole."""


def regions(tracks: Sequence[Track], rules: RegionRules | None = None) -> list[list[Track]]:
    """Return groups of tracks, the largest first; empty where one map does.

    Groups are the connected parts of "middles within ``near_km``", so a chain of flights stays together.
    """
    limits = rules or RegionRules()
    if len(tracks) < limits.min_flights:
        return []
    lat = np.array([t.lat[len(t.lat) // 2] for t in tracks])
    lon = np.array([t.lon[len(t.lon) // 2] for t in tracks])
    whole_km = _span_km(tracks)
    if whole_km < limits.min_span_km:
        return []
    part = _parts(lat, lon, limits.near_km)
    sizes = Counter(part.tolist())
    big = [
        p
        for p, n in sizes.most_common(limits.max_regions)
        if n >= max(limits.min_flights, limits.min_share * len(tracks))
    ]
    groups = [[t for t, p in zip(tracks, part.tolist(), strict=True) if p == b] for b in big]
    return [g for g in groups if _span_km(g) <= limits.max_share * whole_km]


def _span_km(tracks: Sequence[Track]) -> float:
    """Twice the reach of the tracks from the first of them: within a factor of two of their diameter."""
    lat, lon = (np.concatenate([getattr(t, c) for t in tracks]) for c in ("lat", "lon"))
    return 2 * float(distance_km(lat[0], lon[0], lat, lon).max())


def _parts(lat: np.ndarray, lon: np.ndarray, near_km: float) -> np.ndarray:
    """Number of the connected part of each point: spread from the lowest unreached point."""
    part = np.full(len(lat), -1)
    for start in range(len(lat)):
        if part[start] >= 0:
            continue
        part[start] = start
        edge = [start]
        while edge:
            i = edge.pop()
            free = np.flatnonzero(part < 0)
            near = free[distance_km(lat[i], lon[i], lat[free], lon[free]) < near_km]
            part[near] = start
            edge += near.tolist()
    return part
