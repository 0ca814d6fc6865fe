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
    """``land``: closed rings, each (n, 2) of lon, lat degrees. ``borders``: open lines of the same shape."""

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
        borders=tuple(arcs[i] for i in raw["borders"]),
        countries=tuple(Country(n, lat, lon, size) for n, lat, lon, size in raw["countries"]),
        source=raw["source"],
    )


def _joined(ring: list[int], arcs: list[Line]) -> Line:
    """Put one ring together from its arcs; ``~i`` is arc i backwards, as in TopoJSON."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]
    return np.concatenate([parts[0], *(p[1:] for p in parts[1:])])
