"""Coasts and borders for small maps: Natural Earth 1:50m (public domain), built by scripts/build_basemap.py.

Borders are drawn as held on the ground, which is how Natural Earth draws them; no claim of ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

__all__ = ["Basemap", "Country", "load_basemap"]

Line = NDArray[np.float64]


@dataclass(frozen=True)
class Country:
    """A name and where to write it (degrees); ``size_deg2`` of its largest part says if there is room."""

    name: str
    lat: float
    lon: float
    size_deg2: float


@dataclass(frozen=True)
class Basemap:
    """``land``: closed rings, each (n, 2) of lon, lat degrees. ``borders``: open lines of the same shape.

    Longitudes run on past ±180° where a ring crosses that meridian.
    """

    land: tuple[Line, ...]
    borders: tuple[Line, ...]
    countries: tuple[Country, ...]
    source: str


@cache
def load_basemap() -> Basemap:
    """Read the basemap shipped in the package (once)."""
    raw = json.loads((files("waystation.world") / "data" / "basemap.json").read_text(encoding="utf-8"))
    scale = float(raw["scale_deg"])
    arcs: list[Line] = [
        np.cumsum(np.array(a, dtype=np.float64).reshape(-1, 2), axis=0) * scale for a in raw["arcs"]
    ]
    return Basemap(
        land=tuple(_joined(ring, arcs) for ring in raw["land"]),
        borders=tuple(_unwrapped(arcs[i]) for i in raw["borders"]),
        countries=tuple(Country(n, lat, lon, size) for n, lat, lon, size in raw["countries"]),
        source=raw["source"],
    )


def _joined(ring: list[int], arcs: list[Line]) -> Line:
    """Put one ring together from its arcs; ``~i`` is arc i backwards, as in TopoJSON."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]
    return _unwrapped(np.concatenate([parts[0], *(p[1:] for p in parts[1:])]))


def _unwrapped(ring: Line) -> Line:
    """Longitudes without the jump at ±180°; a ring around the pole (Antarctica) is closed over the pole."""
    turns = np.concatenate([[0.0], np.cumsum(np.round(np.diff(ring[:, 0]) / -360.0) * 360.0)])
    line = np.stack([ring[:, 0] + turns, ring[:, 1]], axis=-1)
    if abs(turns[-1]) < 180.0:
        return line
    pole = -90.0 if line[:, 1].mean() < 0 else 90.0
    return np.concatenate([line, [[line[-1, 0], pole], [line[0, 0], pole]], line[:1]])
