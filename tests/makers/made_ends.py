"""Hand-made ends over a real or a made-up airfield table."""

from __future__ import annotations

import numpy as np

from waystation.flights.states import end_states
from waystation.terms.geodesy import bearing_deg, destination_point, distance_km


def straight_flight(
    lat, lon, course, *, minutes=40, alt=35000.0, rate=0.0, kt=450.0, end_alt=None, step_s=20.0
):
    """Positions of a flight that reaches (lat, lon) on ``course`` at the end of the record."""
    t = np.arange(0.0, minutes * 60.0 + 1, step_s)
    back = (t[-1] - t) * kt * 1.852 / 3600.0
    y, x = destination_point(lat, lon, (course + 180.0) % 360.0, back)
    # the way back from the end is a great circle; the course along it is the bearing onwards
    track = bearing_deg(y, x, lat, lon)
    track[-1] = course
    height = np.minimum(alt, (alt if end_alt is None else end_alt) - rate * (t[-1] - t) / 60.0)
    climb = np.where(height < alt, rate, 0.0)
    return {
        "t": t,
        "lat": y,
        "lon": x,
        "alt": height,
        "gs": np.full(len(t), kt),
        "track": track,
        "rate": climb,
        "ground": np.zeros(len(t), np.int8),
    }


def states_of(flights, is_origin, callsign=None, type_=None, upcoming=None):
    n = np.array([len(f["t"]) for f in flights])
    stop = np.cumsum(n)
    joined = {k: np.concatenate([f[k] for f in flights]) for k in flights[0]}
    return end_states(
        joined["t"], joined["lat"], joined["lon"], joined["alt"], joined["gs"], joined["track"], joined["rate"], joined["ground"],
        start=stop - n, stop=stop, is_origin=np.array(is_origin), callsign=callsign, type_=type_, upcoming=upcoming,
    )  # fmt: skip


def reversed_flight(f):
    """The same places flown the other way round: an origin hidden as the destination was."""
    out = {k: v[::-1].copy() for k, v in f.items()}
    out["t"] = f["t"][-1] - out["t"]
    out["track"] = (out["track"] + 180.0) % 360.0
    out["rate"] = -out["rate"]
    return out


def km(airfields, a, b):
    return float(distance_km(airfields.lat[a], airfields.lon[a], airfields.lat[b], airfields.lon[b]))
