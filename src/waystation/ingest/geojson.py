"""GeoJSON tracks: a line with a time for each place, or points that each carry their time.

    {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[lon, lat, m], …]},
     "properties": {"coordTimes": [ISO or number, …], "icao24": …, "callsign": …}}
    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat, m]},
     "properties": {"time": …, "altitude_ft": …}}

Properties are taken by the names that columns have elsewhere; the third coordinate is metres (RFC 7946).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from waystation.ingest.jsons import raw_text
from waystation.ingest.named import read_named
from waystation.ingest.names import FIELDS, plain_name
from waystation.ingest.parsed import Note, Parsed
from waystation.terms.errors import FormatError
from waystation.terms.units import FT_M

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["is_geojson", "read_geojson"]

_TYPES: Final = frozenset({"FeatureCollection", "Feature"})
_TIMES: Final = ("coordTimes", "times", "timestamps", "time")
_KNOWN: Final = frozenset(k for known in FIELDS.values() for k in known)


def is_geojson(document: object) -> bool:
    """Whether parsed JSON is GeoJSON with features."""
    return isinstance(document, dict) and str(document.get("type")) in _TYPES


def read_geojson(
    document: dict[str, Any],
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of points and lines with times; ``record`` counts places in file order."""
    rows: list[dict[str, Any]] = []
    odd: list[Note] = []
    features = document.get("features") if document.get("type") == "FeatureCollection" else [document]
    for i, feature in enumerate(features if isinstance(features, list) else []):
        found = list(_places(feature))
        if not found:
            odd.append(Note("no-time", f"feature {i}: {raw_text(feature)[:400]}"))
        rows += found
    if not rows:
        raise FormatError("GeoJSON, but none of its features is a point or a line with times")
    names = list(dict.fromkeys(k for r in rows for k in r))
    return read_named(
        "geojson",
        {k: [r.get(k) for r in rows] for k in names},
        source_id=source_id,
        now_ms=now_ms,
        mapping=mapping,
        raw=lambda i: raw_text(rows[i]),
        notes=notes + odd,
    )


def _places(feature: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - a JSON value
    if not isinstance(feature, dict):
        return
    geometry, said = feature.get("geometry"), feature.get("properties")
    if not isinstance(geometry, dict) or not isinstance(said, dict):
        return
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    words = {k: v for k, v in said.items() if plain_name(k) in _KNOWN and not isinstance(v, (list, dict))}
    if not {"icao24", "icao", "hex"} & {plain_name(k) for k in words} and "id" in feature:
        words.setdefault("track_name", feature["id"])
    if kind == "Point" and len(words.keys() - {"track_name"}):
        yield from _place(coordinates, {**words})
    elif isinstance(coordinates, list):
        for line, stamps in _lines(kind, coordinates, said):
            for place, stamp in zip(line, stamps, strict=True):
                yield from _place(place, {**words, "time": stamp})


def _lines(
    kind: object, coordinates: list[Any], said: dict[str, Any]
) -> Iterator[tuple[list[Any], list[Any]]]:
    """Yield each line with its times, where there is one for each place."""
    times: list[Any] = next((said[k] for k in _TIMES if isinstance(said.get(k), list)), [])
    lines = {"LineString": [coordinates], "MultiLineString": coordinates}.get(str(kind), [])
    nested = bool(times) and all(isinstance(t, list) for t in times)
    for line, stamps in zip(lines, times if nested else [times], strict=False):
        if isinstance(line, list) and isinstance(stamps, list) and len(line) == len(stamps):
            yield line, stamps


def _place(place: Any, words: dict[str, Any]) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    if not isinstance(place, list) or len(place) < 2:
        return
    row = {**words, "lon": place[0], "lat": place[1]}
    has_height = {"altitude", "altitudeft", "altbaro"} & {plain_name(k) for k in words}
    if len(place) > 2 and isinstance(place[2], (int, float)) and not has_height:
        row["altitude_ft"] = place[2] / FT_M
    yield row
