"""Made tracks for the tests of this room: positions as the archive holds them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from waystation.terms.geodesy import destination_point
from waystation.terms.schema import conform

START_MS = 1_700_000_000_000


def track(
    *,
    minutes=60.0,
    step_s=10.0,
    kt=450.0,
    course=80.0,
    lat=35.0,
    lon=15.0,
    altitude_ft=35000,
    icao24="154076",
    source_id="a" * 16,
    heard_by="adsb",
    start_ms=START_MS,
    **columns,
):
    """A straight cruise; ``columns`` replace whole columns (arrays or one value)."""
    n = int(minutes * 60 / step_s) + 1
    s = np.arange(n) * step_s
    p, o = destination_point(np.full(n, lat), np.full(n, lon), np.full(n, course), s * kt * 1.852 / 3600)
    base = {
        "icao24": [icao24] * n,
        "time_utc": pa.array((start_ms + np.round(s * 1000)).astype(np.int64)).cast(
            pa.timestamp("ms", "UTC")
        ),
        "lat": np.round(p, 6),
        "lon": np.round(o, 6),
        "altitude_ft": np.full(n, altitude_ft),
        "on_ground": [False] * n,
        "ground_speed_kt": np.full(n, kt),
        "track_angle_deg": np.full(n, float(course)),
        "heard_by": [heard_by] * n,
        "source_id": [source_id] * n,
        "record": np.arange(n),
    }
    for k, v in columns.items():
        base[k] = v if isinstance(v, (list, np.ndarray, pa.Array)) else [v] * n
    return conform("positions", pa.table(base))


def changed(table, **columns):
    """``table`` with columns replaced."""
    for name, value in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(
            at, table.schema.field(at), pa.array(value, table.schema.field(at).type, from_pandas=True)
        )
    return table


def column(table, name):
    return table[name].to_numpy(zero_copy_only=False).copy()


def joined(*tables):
    return pa.concat_tables(tables)
