"""A table in the formats that other programs open: CSV, JSON, Parquet, GeoJSON, KML."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from waystation.store.csv_rows import csv_bytes
from waystation.store.exports import (
    Feature,
    flight_features,
    geojson_bytes,
    kml_bytes,
    point_features,
    track_features,
)
from waystation.store.map_shapes import shapes_geojson
from waystation.store.parquet import table_bytes
from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

__all__ = ["FORMS", "as_bytes"]

FORMS = ("csv", "json", "parquet", "geojson", "kml")


def as_bytes(form: str, name: str, table: pa.Table, ends: Callable[[], pa.Table]) -> bytes:
    """Return the rows in one of ``FORMS``. ``ends``: fetches the table of ends, which maps of flights need.

    Raises ``UsageError`` for a table without places that is to go on a map.
    """
    if form == "csv":
        return csv_bytes(table)
    if form == "json":
        rows = [{k: _value(v) for k, v in row.items()} for row in table.to_pylist()]
        return (json.dumps(rows, indent=1, ensure_ascii=False) + "\n").encode()
    if form == "parquet":
        return table_bytes(table)
    if form == "geojson" and "wkt" in table.column_names:
        return shapes_geojson(table)
    features = _features(name, table, ends)
    return geojson_bytes(features) if form == "geojson" else kml_bytes(features, f"Waystation: {name}")


def _features(name: str, table: pa.Table, ends: Callable[[], pa.Table]) -> Iterator[Feature]:
    if name == "flights":
        yield from flight_features(table, ends())
    elif name == "positions":
        yield from track_features(table)
    elif name == "gaps":
        yield from (_gap(row) for row in table.to_pylist())
    elif {"lat", "lon"} <= set(table.column_names):
        yield from point_features(table, table.column_names[0])
    else:
        raise UsageError(f"table {name} has no places; a map can show flights, ends, gaps and positions")


def _gap(row: dict[str, Any]) -> Feature:
    line = tuple((row.pop(f"{end}_lon"), row.pop(f"{end}_lat")) for end in ("from", "to"))
    return Feature(row["gap_id"], (line,), row)


def _value(value: Any) -> Any:  # noqa: ANN401 - cells of any table
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - not a number
