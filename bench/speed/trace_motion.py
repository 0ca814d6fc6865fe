"""A day of one aircraft, flown step by step and written as it goes.

A flight is a row of numbers (``FLIGHT`` below). Ways between airfields are great circles with a bulge; circuits,
gliders and ground vehicles wander round their field on a plane. The steps are the spacing of the rows: 20 s less
a bit in cruise, 2 to 10 s near the ground and in turns, with silences where nobody listens.
"""

from __future__ import annotations

import numpy as np
from bench.speed.trace_rows import put_row
from bench.speed.trace_text import chance

from waystation.terms.compiled import kernel

WAY, CIRCUIT, GLIDER, GROUND = 0, 1, 2, 3
FLIGHT = (  # noqa: SIM905 - a list of 23 words in quotes is harder to read
    "mode start_s lat_o lon_o elev_o lat_d lon_d elev_d cruise_ft cruise_kt climb_fpm approach_kt taxi_out_s "
    "taxi_in_s floor_o_ft floor_d_ft heard_from_km heard_to_km silent_from_km silent_to_km minutes radius_km bulge_km"
).split()
KM_LAT = 111.195
STAND_KM = 0.9


@kernel()
def spacing(r, agl, dense):
    u = chance(r)
    if agl < 3000:
        dt = 1.7 + 5.0 * chance(r)
    elif agl < 10000:
        dt = 3.0 + 9.0 * chance(r)
    elif u < 0.66:
        return 19.42 + 0.57 * chance(r)
    elif u < 0.95:
        dt = 7.0 + 12.4 * chance(r)
    else:
        return 20.6 - 22.0 * np.log(1.0 - chance(r) * 0.999)
    if u > 0.978:
        return 21.0 + 40.0 * chance(r)
    return min(dt * dense, 19.98)


@kernel()
def between(a, b, f, w, out):
    """Great circle from unit vector a to b, ``w`` radians apart: latitude, longitude, bearing at share f."""
    sw = np.sin(w)
    ka, kb = np.sin((1 - f) * w) / sw, np.sin(f * w) / sw
    x, y, z = ka * a[0] + kb * b[0], ka * a[1] + kb * b[1], ka * a[2] + kb * b[2]
    da, db = -np.cos((1 - f) * w), np.cos(f * w)
    dx, dy, dz = da * a[0] + db * b[0], da * a[1] + db * b[1], da * a[2] + db * b[2]
    level = np.sqrt(x * x + y * y) + 1e-12
    east = (-y * dx + x * dy) / level
    north = dz * level - z * (x * dx + y * dy) / level
    out[0] = np.arctan2(z, level) * 180 / np.pi
    out[1] = np.arctan2(y, x) * 180 / np.pi
    out[2] = (np.arctan2(east, north) * 180 / np.pi + 360.0) % 360.0


@kernel()
def taxi(ink, t, length, lat, lon, course, out, dense):
    """Rows on the ground, to the runway (``out``) or from it; return the time at the end."""
    r = ink[2]
    end = t + length
    parked = length * (0.35 if out else 0.65)
    leg = out
    while t < end:
        f = (t - end + length) / length
        moving = f > 0.35 if out else f < 0.65
        km = STAND_KM * (min(1.0, (1 - f) / 0.65) if out else min(1.0, f / 0.65))
        gs = 14.0 + 4 * chance(r) if moving else 0.0
        side = course + 90.0
        la = lat + km * np.cos(side * np.pi / 180) / KM_LAT
        lo = lon + km * np.sin(side * np.pi / 180) / KM_LAT / np.cos(lat * np.pi / 180)
        put_row(ink, t, la, lo, 0.0, True, gs, (side + 180.0) % 360.0 if out else side % 360.0, 0.0, leg)
        leg = False
        t += (2.0 + 7.0 * chance(r)) * dense if moving else 8.0 + min(parked / 4, 75.0) * chance(r)
    return end


@kernel()
def fly_way(ink, g, dense):
    r, who = ink[2], ink[8]
    a, b = np.empty(3), np.empty(3)
    for v, la, lo in ((a, g[2], g[3]), (b, g[5], g[6])):
        p, q = la * np.pi / 180, lo * np.pi / 180
        v[0], v[1], v[2] = np.cos(p) * np.cos(q), np.cos(p) * np.sin(q), np.sin(p)
    w = np.arccos(min(1.0, max(-1.0, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])))
    length = w * 6371.0088
    if length < 3.0:
        return g[1]
    at = np.empty(3)
    between(a, b, 0.0, w, at)
    t = g[1]
    if g[14] <= 0 and g[16] <= 0:
        taxi(ink, t, g[12], g[2], g[3], at[2], True, dense)
    t += g[12]
    s, height, rate, leg = 0.05, g[4], 0.0, True
    while s < length:
        to_go = length - s
        agl = (
            min(height - g[4], height - g[7])
            if s > 60 and to_go > 60
            else (height - g[4] if s < to_go else height - g[7])
        )
        dt = spacing(r, agl, dense)
        if t + dt < 0 and t < -60:
            dt = 30.0
        v = g[11] + (g[9] - g[11]) * min(1.0, max(0.0, agl) / 21000.0) ** 0.7
        step = v * 1.852 / 3600 * dt
        s += step
        t += dt
        if s >= length or t >= 86400.0:
            break
        glide = g[7] + (length - s) * 163.0
        before = height
        height = min(height + g[10] * (1 - 0.62 * height / 41000) * dt / 60, g[8], glide)
        height = max(height, g[7])
        rate = (height - before) / dt * 60
        if t < 0:
            continue
        near = height - g[4] if s < length - s else height - g[7]
        floor = g[14] if s < length - s else g[15]
        if near < floor or s < g[16] or s > g[17] or (g[18] < s < g[19]):
            continue
        f = s / length
        between(a, b, f, w, at)
        off = g[22] * np.sin(np.pi * f) ** 2
        side = (at[2] + 90.0) * np.pi / 180
        lat = at[0] + off * np.cos(side) / KM_LAT
        lon = at[1] + off * np.sin(side) / KM_LAT / max(0.05, np.cos(at[0] * np.pi / 180))
        bend = np.arctan(g[22] * np.pi / length * np.sin(2 * np.pi * f)) * 180 / np.pi
        level = height + 25.0 * np.floor(chance(r) * 1.14) if rate == 0.0 else height
        put_row(
            ink,
            t,
            lat,
            lon,
            level,
            False,
            v + who[11] * np.sin(f * 5 + who[4]),
            (at[2] + bend) % 360.0,
            rate,
            leg,
        )
        leg = False
    if t < 86400.0 and t > 0 and g[15] <= 0 and g[17] >= length:
        between(a, b, 1.0, w, at)
        run, la, lo = 40.0, g[5], g[6]
        for i in range(9):
            f = i / 8
            km = 1.6 * (1 - (1 - f) ** 2)
            la = g[5] + km * np.cos(at[2] * np.pi / 180) / KM_LAT
            lo = g[6] + km * np.sin(at[2] * np.pi / 180) / KM_LAT / np.cos(g[5] * np.pi / 180)
            if i < 8:
                put_row(ink, t + run * f, la, lo, 0.0, True, g[11] * (1 - 0.85 * f), at[2], 0.0, False)
        t = taxi(ink, t + run, g[13], la, lo, at[2], False, dense)  # from where it stopped rolling
    return t


@kernel()
def wander(ink, g, dense):
    """Circuits, gliders and ground vehicles: round the field, and home again."""
    r = ink[2]
    mode, ground = int(g[0]), int(g[0]) == GROUND
    t, end = g[1], g[1] + g[20] * 60
    course = 360 * chance(r)
    if not ground and g[14] <= 0:
        t = taxi(ink, t, g[12], g[2], g[3], course, True, dense)
    x, y, height, leg, circling = 0.0, 0.0, g[4], True, False
    aim_x, aim_y = g[21] * (chance(r) * 2 - 1), g[21] * (chance(r) * 2 - 1)
    while t < 86400.0:
        still = ground and chance(r) < 0.3
        dt = (4.0 + 26.0 * chance(r)) if ground else (1.5 + (3.5 if mode == 2 else 7.0) * chance(r)) * dense
        if chance(r) < 0.012:
            dt += 20.0 + 60.0 * chance(r)
        home = t > end
        if home:
            aim_x, aim_y = 0.0, 0.0
        far = np.hypot(aim_x - x, aim_y - y)
        if far < 1.2 and not home:
            aim_x, aim_y = g[21] * (chance(r) * 2 - 1), g[21] * (chance(r) * 2 - 1)
            circling = mode == 2 and chance(r) < 0.8
        wanted = (np.arctan2(aim_x - x, aim_y - y) * 180 / np.pi + 360.0) % 360.0
        if circling and not home:
            course = (course + 11.0 * dt) % 360.0
            circling = chance(r) > 0.004 * dt
        else:
            turn = (wanted - course + 540.0) % 360.0 - 180.0
            course = (course + min(max(turn, -6.0 * dt), 6.0 * dt) + 360.0) % 360.0
        v = g[9] * (0.94 + 0.12 * chance(r)) if not still else 0.0
        km = min(v * 1.852 / 3600 * dt, far if home else 1e9)
        x += km * np.sin(course * np.pi / 180)
        y += km * np.cos(course * np.pi / 180)
        before = height
        if not ground:
            if home:
                height = max(min(height, g[4] + max(far - 0.6, 0.0) * 260.0), height - 1100 * dt / 60)
            elif mode == 2:
                height += (380.0 if circling else -190.0) * dt / 60
                height = max(height, g[4] + 900.0)
            else:
                height += min(max(g[8] - height, -500 * dt / 60), g[10] * dt / 60)
            height = max(height, g[4])
        t += dt
        done = home and far < 0.8
        la = g[2] + y / KM_LAT
        lo = g[3] + x / KM_LAT / np.cos(g[2] * np.pi / 180)
        if ground or height - g[4] >= g[14]:
            put_row(
                ink,
                t,
                la,
                lo,
                height,
                ground or (done and height <= g[4] + 60),
                v,
                course,
                (height - before) / dt * 60,
                leg,
            )
            leg = False
        if done:
            break
    if not ground and g[15] <= 0 and t < 86400.0:
        t = taxi(ink, t, g[13], g[2], g[3], course, False, dense)
    return t


@kernel()
def write_trace(buf, place, flights, calls, squawks, kind, category, tail, who, seed):
    """Write all rows of one trace from ``place`` on; return the next place and the number of rows."""
    st = np.zeros(8)
    st[0], st[2], st[5] = place, -1.0, who[12]
    r = np.array([seed], dtype=np.uint64)
    st[4] = np.floor(chance(r) * 4)
    last = -1e9
    for i in range(flights.shape[0]):
        g = flights[i]
        ink = (buf, st, r, calls[i], squawks[i], kind, category, tail, who)
        if g[1] < last:
            g[1] = last + 900.0
        last = fly_way(ink, g, who[13]) if g[0] == 0 else wander(ink, g, who[13])
    return int(st[0]), int(st[1])
