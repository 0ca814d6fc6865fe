"""Outlines of countries: Natural Earth 1:50m (public domain), built by scripts/build_country_shapes.py.

Borders as held on the ground, which is how Natural Earth draws them; no claim of ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from waystation.terms.errors import InputError

__all__ = ["CountryShape", "country_shape"]

_STEP_DEG: Final = 0.5  # map lines are straight in degrees (the 49th parallel), our edges are great circles


@dataclass(frozen=True)
class CountryShape:
    """``rings``: outer rings, largest first, each (lat, lon) degrees, not closed; enclaves are filled."""

    code: str
    name: str
    rings: list[list[tuple[float, float]]]


@cache
def country_shape(code: str) -> CountryShape:
    """Return the outline of a country by ISO 3166-1 alpha-2 code. Raises ``InputError``."""
    raw = _raw()
    if code not in raw["countries"]:
        raise InputError(
            f"no country {code!r} in the shapes we carry: write an ISO 3166-1 alpha-2 code such as TR"
        )
    entry = raw["countries"][code]
    return CountryShape(code, entry["name"], [_ring(r, raw) for r in entry["rings"]])


@cache
def _raw() -> dict[str, Any]:
    text = (files("waystation.world") / "data" / "country_shapes.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _ring(arc_numbers: list[int], raw: dict[str, Any]) -> list[tuple[float, float]]:
    """Put a ring together (``~i`` is arc i backwards) with points no further apart than half a degree."""
    scale = float(raw["scale_deg"])
    parts = []
    for i in arc_numbers:
        arc = np.cumsum(np.array(raw["arcs"][i if i >= 0 else ~i], dtype=np.float64).reshape(-1, 2), axis=0)
        parts.append(arc if i >= 0 else arc[::-1])
    line = np.concatenate([parts[0], *(p[1:] for p in parts[1:])]) * scale
    step = np.diff(line, axis=0)
    n = np.maximum(1, np.ceil(np.abs(step).max(axis=1) / _STEP_DEG)).astype(np.int64)
    edge = np.repeat(np.arange(len(step)), n)
    part = (np.arange(len(edge)) - np.repeat(np.cumsum(n) - n, n)) / n[edge]
    dense = line[edge] + step[edge] * part[:, None]
    return [(float(lat), float(lon)) for lon, lat in dense]
