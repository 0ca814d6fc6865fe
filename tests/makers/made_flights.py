"""Small made-up tracks: straight legs with a climb, a cruise and a descent. Simulated, and only for tests."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from waystation.terms.geodesy import bearing_deg, destination_point, distance_km
from waystation.terms.schema import conform, empty
from waystation.world.airfields import Airfields, load_airfields

EPOCH_S = 1_700_000_000.0


def fly(
    origin: str,
    destination: str,
    *,
    start_s: float = EPOCH_S,
    speed_kt: float = 440.0,
    cruise_ft: float = 33000.0,
    step_s: float = 20.0,
    ground_s: float = 120.0,
    ground_flag: bool = True,
) -> dict[str, np.ndarray]:
    """Positions of one flight from wheels off to wheels on, with ``ground_s`` of parking at both ends."""
    fields: Airfields = load_airfields()
    i, j = fields.index[origin], fields.index[destination]
    lat0, lon0, lat1, lon1 = fields.lat[i], fields.lon[i], fields.lat[j], fields.lon[j]
    length = float(distance_km(lat0, lon0, lat1, lon1))
    air_s = length / (speed_kt * 1.852) * 3600.0
    t = np.arange(-ground_s, air_s + ground_s + step_s / 2, step_s)
    run = np.clip(t / air_s, 0.0, 1.0) * length
    course = float(bearing_deg(lat0, lon0, lat1, lon1))
    lat, lon = destination_point(lat0, lon0, course, run)
    elevation = np.interp(run, [0.0, length], [fields.elevation_ft[i], fields.elevation_ft[j]])
    height = np.minimum(np.minimum(run * 230.0, (length - run) * 172.0), cruise_ft)
    ground = (t <= 0) | (t >= air_s)
    over = length - run < 1.0  # at the airfield, the direction to it means nothing
    climb = np.gradient(elevation + height, t / 60.0)
    return {
        "t": t + start_s,
        "lat": lat,
        "lon": lon,
        "alt": np.where(ground, np.nan, elevation + height),
        "gs": np.where(ground, 0.0, speed_kt),
        "track": np.where(over, bearing_deg(lat0, lon0, lat1, lon1), bearing_deg(lat, lon, lat1, lon1)),
        "vr": np.where(ground, 0.0, climb),
        "ground": ground if ground_flag else np.full(len(t), np.nan),
    }


def join(*parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """One track of several."""
    return {k: np.concatenate([np.asarray(p[k], dtype=float) for p in parts]) for k in parts[0]}


def keep(track: dict[str, np.ndarray], use: np.ndarray) -> dict[str, np.ndarray]:
    """The positions where ``use`` is true."""
    return {k: v[use] for k, v in track.items()}


def positions(
    track: dict[str, np.ndarray], icao24: str = "140001", callsign: str | None = "RFF7001"
) -> pa.Table:
    """A positions table."""
    n = len(track["t"])

    def column(name: str, kind: pa.DataType) -> pa.Array:
        v = np.asarray(track[name], dtype=float)
        rounded = v if pa.types.is_floating(kind) else np.round(np.nan_to_num(v))
        return pa.array(rounded, mask=np.isnan(v)).cast(kind)

    return conform(
        "positions",
        pa.table(
            {
                "icao24": pa.array([icao24] * n),
                "time_utc": pa.array(np.round(track["t"] * 1000).astype(np.int64)).cast(
                    pa.timestamp("ms", tz="UTC")
                ),
                "lat": column("lat", pa.float64()),
                "lon": column("lon", pa.float64()),
                "altitude_ft": column("alt", pa.int32()),
                "on_ground": column("ground", pa.float64()).cast(pa.bool_()),
                "ground_speed_kt": column("gs", pa.float32()),
                "track_angle_deg": column("track", pa.float32()),
                "vertical_rate_fpm": column("vr", pa.int32()),
                "callsign": pa.array([callsign] * n, pa.string()),
                "heard_by": pa.array(["adsb"] * n),
                "source_id": pa.array(["made"] * n),
                "record": pa.array(range(n), pa.int32()),
            }
        ),
    )


def build(*tables: pa.Table):
    """Tracks, then flights, of some positions."""
    from waystation import flights, tracks

    judged = tracks.build(pa.concat_tables(tables))
    return flights.build(
        judged.positions, judged.gaps, airfields=load_airfields(), aircraft=empty("aircraft")
    )
