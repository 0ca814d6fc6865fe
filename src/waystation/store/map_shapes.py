"""Shapes that a table holds as WKT (``stopover_map``) as GeoJSON, for other people's maps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["shapes_geojson"]


def shapes_geojson(table: pa.Table) -> bytes:
    """Return a FeatureCollection (RFC 7946): a feature a row, its geometry from the column ``wkt``.

    Every other column that says something is a property; shapes are cut at 180° already.
    """
    import shapely  # slow to load, and most exports have no shapes

    features = [
        {
            "type": "Feature",
            "geometry": None
            if row["wkt"] is None
            else json.loads(shapely.to_geojson(shapely.from_wkt(row["wkt"]))),
            "properties": {k: v for k, v in row.items() if k != "wkt" and v is not None},
        }
        for row in table.to_pylist()
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return (text + "\n").encode()
