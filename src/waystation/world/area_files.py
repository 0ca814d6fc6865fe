"""Outlines of areas that a user drew: the outer rings of the polygons of a GeoJSON file.

GeoJSON (RFC 7946) writes longitude first; everything here is (lat, lon) in degrees.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from waystation.terms.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["AreaError", "Ring", "rings_of_geojson"]

Ring = tuple[tuple[float, float], ...]
_LEAST: Final = 3  # corners of an area


class AreaError(InputError):
    """What is wrong with a file of areas, and how to mend it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what, self.remedy = what, remedy


def rings_of_geojson(data: bytes) -> tuple[Ring, ...]:
    """Return the outer ring of every polygon, not closed. Holes are filled: what lies in one is closed too.

    Raises ``AreaError`` for what is no GeoJSON, holds no polygon or leaves the globe.
    """
    try:
        found = json.loads(data)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise AreaError(f"is no JSON ({error})", "export the area as GeoJSON") from error
    rings = tuple(_ring(ring) for ring in _outer(found))
    if not rings:
        raise AreaError("holds no polygon", "export the area as GeoJSON with a Polygon or MultiPolygon")
    return rings


def _outer(found: Any) -> Iterator[list[Any]]:  # noqa: ANN401 - any JSON
    if not isinstance(found, dict):
        return
    for key in ("features", "geometries"):
        for part in found.get(key) or ():
            yield from _outer(part)
    if isinstance(found.get("geometry"), dict):
        yield from _outer(found["geometry"])
    rings = found.get("coordinates")
    if isinstance(rings, list) and rings and found.get("type") == "Polygon":
        yield rings[0]
    elif isinstance(rings, list) and found.get("type") == "MultiPolygon":
        yield from (polygon[0] for polygon in rings if isinstance(polygon, list) and polygon)


def _ring(pairs: list[Any]) -> Ring:
    try:
        ring = [(float(pair[1]), float(pair[0])) for pair in pairs]
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise AreaError("has a corner that is no pair of numbers", "write [longitude, latitude]") from error
    if ring and ring[0] == ring[-1]:
        ring.pop()
    off = [pair for pair in ring if not (abs(pair[0]) <= 90 and abs(pair[1]) <= 180)]
    if off:
        lat, lon = off[0]
        raise AreaError(f"has a corner at latitude {lat:g}, longitude {lon:g}", "GeoJSON has longitude first")
    if len(ring) < _LEAST:
        raise AreaError(f"has an area of {len(ring)} corners", "an area needs three or more")
    return tuple(ring)
