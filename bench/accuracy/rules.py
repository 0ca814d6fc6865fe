"""What simple rules would say of the same ends: the floor that the model has to beat.

nearest           the nearest airfield, whatever it is          nearest m+l   … of the medium and large ones
course m+l        ahead and near: angle off the course, then distance, medium and large fields
opensky           nearest within 30 km and 2,500 m above it (takeoffs: 15 km, 2,000 m), else silence
size              course, height, distance and size in one softmax; its five numbers are rounded from a fit of that rule to such flights
"""

from __future__ import annotations

import numpy as np

from waystation.terms.geodesy import angle_between_deg, bearing_deg, distance_km

NAMES = ("nearest", "nearest m+l", "course m+l", "opensky", "size")
SIZE, DEGREES, KM, PER_KM = {"large_airport": 9.0, "medium_airport": 4.5}, 14.0, 33.0, 162.0


def answers(states, airfields):
    """Return {rule: airfield index per end, -1 for silence}."""
    a, n = airfields, len(states)
    out = {name: np.full(n, -1, dtype=np.int64) for name in NAMES}
    major = (a.kind == "large_airport") | (a.kind == "medium_airport")
    liking = np.array([SIZE.get(k, 0.0) for k in a.kind])
    land = a.kind != "seaplane_base"
    elevation = np.nan_to_num(a.elevation_ft)
    for e in range(n):
        near = np.flatnonzero(land & (np.abs(a.lat - states.lat[e]) < 13.5))
        d = distance_km(states.lat[e], states.lon[e], a.lat[near], a.lon[near])
        near, d = near[d < 1500], d[d < 1500]
        if not len(near):
            continue
        big = major[near]
        k = int(d.argmin())
        out["nearest"][e] = near[k]
        height = (np.nan_to_num(states.altitude_ft[e]) - elevation[near[k]]) * 0.3048
        far, high = (15, 2000) if states.is_origin[e] else (30, 2500)
        if d[k] <= far and height < high:
            out["opensky"][e] = near[k]
        if big.any():
            out["nearest m+l"][e] = near[big][d[big].argmin()]
        off = angle_between_deg(
            bearing_deg(states.lat[e], states.lon[e], a.lat[near], a.lon[near]), states.course_deg[e]
        )
        off = np.nan_to_num(off)
        if big.any():
            out["course m+l"][e] = near[big][(-0.5 * (off / 35.0) ** 2 - d / 55.0)[big].argmax()]
        need = np.nan_to_num(states.altitude_ft[e], nan=10000.0) / PER_KM
        score = liking[near] - 2 * np.log1p((off / (DEGREES + 60 * np.exp(-d / 20))) ** 2) - d / KM
        score -= np.clip((0.8 * need - d) / 15, 0, 8)
        if states.vertical_rate_fpm[e] < -200:
            score -= 0.5 * ((d - need - 10) / (8.8 * d.clip(20) + 10)) ** 2
        out["size"][e] = near[score.argmax()]
    return out
