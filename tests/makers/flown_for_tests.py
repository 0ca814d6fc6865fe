"""A whole flight of our own making, ground to ground, as a readsb trace; and a case folder around some."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from waystation.terms.geodesy import bearing_deg, destination_point, distance_km
from waystation.world.airfields import load_airfields

if TYPE_CHECKING:
    from pathlib import Path

START = 1_733_616_000  # 2024-12-08 00:00 UTC


def records(origin: str, destination: str, at_s: float, step_s: float = 20.0) -> list[list]:
    """Positions from five minutes before takeoff to five minutes after landing, along the great circle."""
    a = load_airfields()
    i, j = a.index[origin], a.index[destination]
    total = float(distance_km(a.lat[i], a.lon[i], a.lat[j], a.lon[j]))
    course = float(bearing_deg(a.lat[i], a.lon[i], a.lat[j], a.lon[j]))
    out = [[at_s + k * 60.0, a.lat[i], a.lon[i], "ground", 5.0, course, 0, None, None] for k in range(5)]
    t, run = at_s + 300.0, 0.0
    while run < total:
        near = min(run, total - run)
        height = min(near / 1.852 * 318.0, 31_000.0)  # a three-degree slope
        speed = min(150.0 + 3.0 * near, 430.0)
        lat, lon = destination_point(a.lat[i], a.lon[i], course, run)
        ground = round(a.elevation_ft[i] if run < total / 2 else a.elevation_ft[j], -2)
        rate = 0 if height >= 31_000 else 2000 if run < total / 2 else -2000
        detail = {"type": "adsb_icao", "flight": "RFF7052 ", "nic": 8, "nac_p": 9}
        place = [round(float(lat), 6), round(float(lon), 6)]
        out.append([t, *place, int(ground + height) // 25 * 25, round(speed, 1), course, 0, rate, detail])
        run += speed * 1.852 / 3600.0 * step_s
        t += step_s
    out += [[t + k * 60.0, a.lat[j], a.lon[j], "ground", 5.0, course, 0, None, None] for k in range(1, 6)]
    return out


def trace(icao: str, rows: list[list], **more: object) -> bytes:
    """One trace_full document, gzip'd as the networks serve it."""
    document = {"icao": icao, "r": "RA-82038", "t": "A124", "ownOp": "Volga-Dnepr", "dbFlags": 0}
    return gzip.compress(
        json.dumps({**document, **more, "timestamp": START, "trace": rows}).encode(), mtime=0
    )


def two_aircraft(folder: Path) -> None:
    """LFPG → EGLL → LFPG by one aircraft, LFPG → EBBR by another."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = records("LFPG", "EGLL", 3_600.0) + records("EGLL", "LFPG", 14_400.0)
    (folder / "trace_full_154076.json").write_bytes(trace("154076", rows))
    rows = records("LFPG", "EBBR", 7_200.0)
    (folder / "trace_full_3c4b26.json").write_bytes(
        trace("3c4b26", rows, r="D-ABYF", t="B748", ownOp="Lufthansa")
    )


CASE = """
title = "Two aircraft"
period = { from = 2024-12-08, to = 2024-12-08 }
sources = ["traces"]

[[site]]
id = "LFPG"
group = "France"

[[site]]
id = "EGLL"

[[question]]
kind = "rate"
route = ["France", "EGLL"]
"""


def case_folder(folder: Path, more: str = "") -> Path:
    """Write traces and a case; return the case file."""
    two_aircraft(folder / "traces")
    path = folder / "case.toml"
    path.write_text(CASE + more, encoding="utf-8")
    return path
