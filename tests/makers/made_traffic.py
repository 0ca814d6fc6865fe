"""Many straight flights at one height, heard or not by a rule: traffic to measure reception with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from made_flights import EPOCH_S, positions

from waystation import tracks
from waystation.terms.geodesy import destination_point, wrap_lon_deg

if TYPE_CHECKING:
    from collections.abc import Callable

    Heard = Callable[[np.ndarray, np.ndarray], np.ndarray]

MIDNIGHT_S = EPOCH_S - EPOCH_S % 86400.0


def straight(
    lat: float,
    lon: float,
    course: float,
    run_km: float,
    *,
    at_s: float = MIDNIGHT_S + 600.0,
    altitude_ft: float = 33000.0,
    speed_kt: float = 450.0,
    step_s: float = 30.0,
) -> dict[str, np.ndarray]:
    """Positions along a great circle at even speed, in the air all the way."""
    t = np.arange(0.0, run_km / (speed_kt * 1.852) * 3600.0, step_s)
    p, q = destination_point(lat, lon, course, t / 3600.0 * speed_kt * 1.852)
    ones = np.ones(len(t))
    return {
        "t": t + at_s,
        "lat": p,
        "lon": wrap_lon_deg(q),
        "alt": ones * altitude_ft,
        "gs": ones * speed_kt,
        "track": np.full(len(t), np.nan),
        "vr": ones * 0.0,
        "ground": ones * 0.0,
    }


def eastbound(n: int, heard: Heard | None = None, **kwargs: float) -> pa.Table:
    """``n`` flights by as many aircraft from 5° to 25° east between 49° and 50° north, two minutes apart.

    ``heard``: of (lat, lon) → which positions are kept.
    """
    out = []
    for i in range(n):
        track = straight(
            49.0 + i / max(n, 2), 5.0, 90.0, 1400.0, at_s=MIDNIGHT_S + 600.0 + 120.0 * i, **kwargs
        )
        if heard is not None:
            use = heard(track["lat"], track["lon"])
            track = {k: v[use] for k, v in track.items()}
        out.append(positions(track, icao24=f"{0x3C0000 + i:06x}"))
    return pa.concat_tables(out)


def judged(*tables: pa.Table) -> pa.Table:
    """What ``tracks`` makes of positions."""
    return tracks.build(pa.concat_tables(tables)).positions
