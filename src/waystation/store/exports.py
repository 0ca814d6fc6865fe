"""Flights, tracks and positions for other people's maps: GeoJSON (RFC 7946) and KML 2.2.

A line is broken where the track crosses 180° and where nothing was heard for long: a straight stroke over
a silence would look like evidence.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

__all__ = ["Feature", "flight_features", "geojson_bytes", "kml_bytes", "point_features", "track_features"]

Place = tuple[float, float]  # longitude, latitude, in the order of both formats

_MAX_SILENCE_MS: Final = 900_000  # a quarter of an hour, as the gaps table has it
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Feature:
    """One thing on a map. ``lines``: its parts, each a list of (lon, lat); a part of one place is a point."""

    name: str
    lines: tuple[tuple[Place, ...], ...]
    properties: dict[str, Any] = field(default_factory=dict)


def point_features(table: pa.Table, name: str) -> Iterator[Feature]:
    """Yield a point per row of a table with ``lat`` and ``lon``; ``name``: the column to call it by."""
    for row in table.to_pylist():
        lat, lon = row.pop("lat"), row.pop("lon")
        lines = () if lat is None or lon is None else (((lon, lat),),)
        yield Feature(str(row.get(name)), lines, row)


def track_features(positions: pa.Table, *, max_silence_ms: int = _MAX_SILENCE_MS) -> Iterator[Feature]:
    """Yield a line per aircraft from positions sorted by address and time."""
    group: list[dict[str, Any]] = []
    for row in positions.select(["icao24", "time_utc", "lat", "lon"]).to_pylist():
        if group and row["icao24"] != group[0]["icao24"]:
            yield _track(group, max_silence_ms)
            group = []
        group.append(row)
    if group:
        yield _track(group, max_silence_ms)


def _track(rows: list[dict[str, Any]], max_silence_ms: int) -> Feature:
    parts: list[list[Place]] = []
    before: datetime | None = None
    for row in rows:
        silent = before is not None and (row["time_utc"] - before).total_seconds() * 1e3 > max_silence_ms
        if before is None or silent:
            parts.append([])
        parts[-1].append((row["lon"], row["lat"]))
        before = row["time_utc"]
    said = {"icao24": rows[0]["icao24"], "first_utc": rows[0]["time_utc"], "last_utc": rows[-1]["time_utc"]}
    return Feature(rows[0]["icao24"], tuple(p for part in parts for p in _cut(part)), said)


def flight_features(flights: pa.Table, ends: pa.Table) -> Iterator[Feature]:
    """Yield a line per flight between the last things seen at its two ends, with all that the flight says."""
    places: dict[tuple[str, str], Place] = {}
    for row in ends.select(["flight_id", "end", "lat", "lon"]).to_pylist():
        if row["lat"] is not None and row["lon"] is not None:
            places[row["flight_id"], row["end"]] = (row["lon"], row["lat"])
    for row in flights.to_pylist():
        line = [p for end in ("origin", "destination") if (p := places.get((row["flight_id"], end)))]
        yield Feature(row["flight_id"], tuple(_cut(line)) if line else (), row)


def _cut(line: list[Place]) -> list[tuple[Place, ...]]:
    """Break a line where it crosses 180°, with a place on the meridian at either side of the cut."""
    parts: list[list[Place]] = [[line[0]]]
    for (lon1, lat1), (lon2, lat2) in pairwise(line):
        if abs(lon2 - lon1) > 180.0:
            edge = math.copysign(180.0, lon1)
            width = 360.0 - abs(lon2 - lon1)
            share = (180.0 - abs(lon1)) / width if width else 0.0
            lat = lat1 + share * (lat2 - lat1)
            parts[-1].append((edge, lat))
            parts.append([(-edge, lat)])
        parts[-1].append((lon2, lat2))
    return [tuple(p) for p in parts]


def geojson_bytes(features: Iterable[Feature]) -> bytes:
    """Return a FeatureCollection; a thing without a place keeps its properties and a null geometry."""
    rows = [
        {
            "type": "Feature",
            "id": f.name,
            "geometry": _geometry(f.lines),
            "properties": {k: _plain(v) for k, v in f.properties.items()},
        }
        for f in features
    ]
    return json.dumps(
        {"type": "FeatureCollection", "features": rows}, ensure_ascii=False, allow_nan=False
    ).encode()


def _geometry(lines: tuple[tuple[Place, ...], ...]) -> dict[str, Any] | None:
    if not lines:
        return None
    if all(len(line) == 1 for line in lines):
        places = [line[0] for line in lines]
        single = len(places) == 1
        return {"type": "Point" if single else "MultiPoint", "coordinates": places[0] if single else places}
    strokes = [line if len(line) > 1 else line * 2 for line in lines]  # a line string needs two places
    if len(strokes) == 1:
        return {"type": "LineString", "coordinates": strokes[0]}
    return {"type": "MultiLineString", "coordinates": strokes}


def _plain(value: Any) -> Any:  # noqa: ANN401 - cells of any table
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def kml_bytes(features: Iterable[Feature], title: str) -> bytes:
    """Return a KML document with a placemark per thing; things without a place are left out, as KML must."""
    marks = "".join(_placemark(f) for f in features if f.lines)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    return f"{head}<name>{_xml(title)}</name>\n{marks}</Document></kml>\n".encode()


def _placemark(feature: Feature) -> str:
    said = "".join(
        f'<Data name="{_xml(k)}"><value>{_xml(_plain(v))}</value></Data>'
        for k, v in feature.properties.items()
        if v is not None
    )
    shapes = "".join(_shape(line) for line in feature.lines)
    return (
        f"<Placemark><name>{_xml(feature.name)}</name><ExtendedData>{said}</ExtendedData>"
        f"<MultiGeometry>{shapes}</MultiGeometry></Placemark>\n"
    )


def _shape(line: tuple[Place, ...]) -> str:
    places = " ".join(f"{lon:.6f},{lat:.6f}" for lon, lat in line)
    if len(line) == 1:
        return f"<Point><coordinates>{places}</coordinates></Point>"
    return f"<LineString><tessellate>1</tessellate><coordinates>{places}</coordinates></LineString>"


def _xml(value: Any) -> str:  # noqa: ANN401
    return escape(_NOT_XML.sub("\ufffd", str(value)), {'"': "&quot;"})
