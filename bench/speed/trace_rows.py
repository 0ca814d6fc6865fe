"""One row of a trace as readsb writes it: ``[dt,lat,lon,alt,gs,track,flags,rate,detail,type,geom,rate,ias,roll]``.

What a row holds was counted on real traces (docs/performance.md, "What the made days are like"): the detail on
every 4th row, a stale flag after 20.5 s, no speed on one row in eighty, heights in 25 ft, rates in 64 ft/min.
"""

from __future__ import annotations

import numpy as np
from bench.speed.trace_text import chance, literal, put_bytes, put_fixed, put_int

from waystation.terms.compiled import kernel

# state: place, rows, last time s, slow noise of speed, detail phase, offset of geometric height, -, -
EHS, NAV, MLAT, GEOM_RATE, AUTOPILOT = 1, 2, 4, 8, 16  # what a trace's messages hold, a bit field

NULL, GROUND = literal("null"), literal('"ground"')
TYPE, FLIGHT = literal('{"type":"'), literal('","flight":"')
BARE_GEOM = literal(',"alt_geom":')
IAS, TAS, MACH, WD, WS = (literal(f',"{k}":') for k in ("ias", "tas", "mach", "wd", "ws"))
TRACK, TURN, ROLL = (literal(f',"{k}":') for k in ("track", "track_rate", "roll"))
MAG, TRUE, BARO, GEOM = (
    literal(f',"{k}":') for k in ("mag_heading", "true_heading", "baro_rate", "geom_rate")
)
SQUAWK, CALM, CATEGORY = literal(',"squawk":"'), literal('","emergency":"none'), literal('","category":"')
QNH, MCP = literal('","nav_qnh":'), literal(',"nav_altitude_mcp":')
HEADING, MODES = literal(',"nav_heading":'), literal(',"nav_modes":["autopilot","vnav","tcas"]')


@kernel()
def put_detail(ink, p, height, ground, track, rate, speed, geom):
    buf, _, r, call, squawk, kind, category, tail, who = ink
    bits = int(who[0])
    p = put_bytes(buf, p, TYPE)
    p = put_bytes(buf, p, kind)
    if chance(r) < 0.94:
        p = put_bytes(buf, p, FLIGHT)
        p = put_bytes(buf, p, call)
    buf[p] = 34
    p += 1
    air = not ground
    if air and not bits & MLAT:
        p = put_bytes(buf, p, BARE_GEOM)
        p = put_int(buf, p, geom)
    if bits & EHS and air and chance(r) < 0.93:
        share = 1.0 + height / 55000.0
        p = put_bytes(buf, p, IAS)
        p = put_int(buf, p, int(speed / share))
        p = put_bytes(buf, p, TAS)
        p = put_int(buf, p, int(speed / 2) * 2)
        p = put_bytes(buf, p, MACH)
        p = put_fixed(buf, p, int(speed / 573.0 * 250) * 4, 3)
        p = put_bytes(buf, p, WD)
        p = put_int(buf, p, int(who[4] + height / 900 + 6 * chance(r)) % 360)
        p = put_bytes(buf, p, WS)
        p = put_int(buf, p, int(who[5] * height / 35000 + 4 * chance(r)))
    if air:
        p = put_bytes(buf, p, TRACK)
        p = put_fixed(buf, p, int(track * 100), 2)
    if bits & EHS and air and chance(r) < 0.93:
        p = put_bytes(buf, p, TURN)
        p = put_fixed(buf, p, int(chance(r) * 12 - 6), 2)
        p = put_bytes(buf, p, ROLL)
        p = put_fixed(buf, p, int(chance(r) * 10 - 5) * 18, 2)
        p = put_bytes(buf, p, MAG)
        p = put_fixed(buf, p, int(((track + who[6]) % 360.0) * 100), 2)
        p = put_bytes(buf, p, TRUE)
        p = put_fixed(buf, p, int(((track + who[7]) % 360.0) * 100), 2)
    if air:
        p = put_bytes(buf, p, BARO)
        p = put_int(buf, p, rate)
    if air and (bits & EHS or chance(r) < 0.4):
        p = put_bytes(buf, p, GEOM)
        p = put_int(buf, p, rate + 32 * int(chance(r) * 3 - 1))
    p = put_bytes(buf, p, SQUAWK)
    p = put_bytes(buf, p, squawk)
    if not bits & MLAT:
        if chance(r) < 0.9:
            p = put_bytes(buf, p, CALM)
        p = put_bytes(buf, p, CATEGORY)
        p = put_bytes(buf, p, category)
        if bits & NAV and air:
            p = put_bytes(buf, p, QNH)
            p = put_fixed(buf, p, 10136 if height > 10000 else int(who[8]), 1)
            p = put_bytes(buf, p, MCP)
            p = put_int(buf, p, int(who[9]))
            if bits & AUTOPILOT:
                p = put_bytes(buf, p, MODES)
            else:
                p = put_bytes(buf, p, HEADING)
                p = put_fixed(buf, p, int(((track + who[6]) % 360.0) / 0.703125) * 70, 2)
        else:
            buf[p] = 34
            p += 1
    else:
        buf[p] = 34
        p += 1
    return put_bytes(buf, p, tail[0] if chance(r) < 0.72 else tail[1])


@kernel()
def put_row(ink, t, lat, lon, height, ground, gs, track, rate, leg):
    """Write one row and remember it; what lies before midnight or after the day is not written.

    ``ink``: buffer, state, dice, callsign, squawk, type, category, two ends of a detail, and numbers of the trace.
    """
    buf, st, r, _, _, kind, _, _, who = ink
    if t < 0.0 or t >= 86400.0 or t < st[2] + 0.01:
        return
    bits = int(who[0])
    p = int(st[0])
    row = int(st[1])
    if row > 0:
        buf[p] = 44
        buf[p + 1] = 10
        p += 2
    stale = row == 0 or t - st[2] > 20.5
    buf[p] = 91
    p = put_fixed(buf, p + 1, int(t * 100 + 0.5), 2)
    buf[p] = 44
    noise = 4000.0 if bits & MLAT else 30.0
    p = put_fixed(buf, p + 1, int(np.floor(lat * 1e6 + (chance(r) - 0.5) * noise)), 6)
    buf[p] = 44
    wrapped = (lon + 540.0) % 360.0 - 180.0
    p = put_fixed(buf, p + 1, int(np.floor(wrapped * 1e6 + (chance(r) - 0.5) * noise)), 6)
    buf[p] = 44
    p += 1
    quiet = chance(r) < 0.012
    lost = chance(r) < 0.004
    feet = int(np.floor(height / 25 + 0.5)) * 25
    if ground:
        p = put_bytes(buf, p, GROUND)
    elif lost:
        p = put_bytes(buf, p, NULL)
    else:
        p = put_int(buf, p, feet)
    buf[p] = 44
    p += 1
    st[3] = 0.93 * st[3] + 3.0 * (chance(r) - 0.5)
    rad = track * np.pi / 180.0
    east = np.floor(gs * np.sin(rad) + (0.0 if ground else st[3]) + 0.5)
    north = np.floor(gs * np.cos(rad) + (0.0 if ground else 1.6 * chance(r) - 0.8) + 0.5)
    seen = np.sqrt(east * east + north * north)
    course = (np.arctan2(east, north) * 180.0 / np.pi + 360.0) % 360.0
    blank = quiet or lost
    if blank:
        p = put_bytes(buf, p, NULL)
    elif ground:
        p = put_fixed(buf, p, int(gs * 8 + 0.5) * 125 // 100, 1)
    else:
        p = put_fixed(buf, p, int(seen * 10 + 0.5), 1)
    buf[p] = 44
    p += 1
    if blank or (ground and gs < 4):
        p = put_bytes(buf, p, NULL)
    elif ground:
        p = put_fixed(buf, p, int(track / 2.8125) * 2812 // 100, 1)
    else:
        p = put_fixed(buf, p, int(course * 10), 1)
    buf[p] = 44
    flags = int(stale) + (2 if leg else 0)
    climb = int(np.floor(rate / 64.0 + (chance(r) * 2.2 - 1.1) + 0.5)) * 64
    if bits & GEOM_RATE and not ground:
        flags += 4
    p = put_int(buf, p + 1, flags)
    buf[p] = 44
    p += 1
    p = put_bytes(buf, p, NULL) if blank or ground else put_int(buf, p, climb)
    buf[p] = 44
    p += 1
    geom = int(np.floor((height * (1.0 + st[5]) + who[10]) / 25 + 0.5)) * 25
    if row % 4 == int(st[4]):
        p = put_detail(ink, p, height, ground, course, climb, seen, geom)
    else:
        p = put_bytes(buf, p, NULL)
    buf[p] = 44
    buf[p + 1] = 34
    p = put_bytes(buf, p + 2, kind)
    buf[p] = 34
    buf[p + 1] = 44
    p += 2
    bare = ground or bits & MLAT or lost
    p = put_bytes(buf, p, NULL) if bare else put_int(buf, p, geom)
    buf[p] = 44
    p += 1
    ehs = bits & EHS and not bare and chance(r) < 0.93
    if ehs or (bits & GEOM_RATE and not bare):
        p = put_int(buf, p, climb + 32 * int(chance(r) * 3 - 1))
    else:
        p = put_bytes(buf, p, NULL)
    buf[p] = 44
    p += 1
    if ehs:
        p = put_int(buf, p, int(seen / (1.0 + height / 55000.0)))
        buf[p] = 44
        p = put_fixed(buf, p + 1, int(chance(r) * 10 - 5) * 175 // 100, 1)
    else:
        p = put_bytes(buf, p, NULL)
        buf[p] = 44
        p = put_bytes(buf, p + 1, NULL)
    buf[p] = 93
    st[0] = p + 1
    st[1] = row + 1
    st[2] = t
