"""A week of a made-up world, small enough for tests: three transports, an airline, nine receivers."""

from __future__ import annotations

from functools import cache

from waystation import simulate

TEXT = """
title = "A test week (simulated)"
seed = 5
period = { from = 2024-12-09, to = 2024-12-15 }
receiver = [
  { name = "Latakia", lat = 35.5, lon = 35.8, antenna_m = 30.0 },
  { name = "Larnaca", lat = 34.9, lon = 33.6, antenna_m = 30.0 },
  { name = "Heraklion", lat = 35.3, lon = 25.1, antenna_m = 30.0 },
  { name = "Khadim", lat = 32.0, lon = 21.2, antenna_m = 30.0 },
  { name = "Cairo", lat = 30.1, lon = 31.4, antenna_m = 30.0 },
  { name = "Istanbul", lat = 41.2, lon = 28.8, antenna_m = 30.0 },
  { name = "Antalya", lat = 36.9, lon = 30.8, antenna_m = 30.0 },
  { name = "Beirut", lat = 33.85, lon = 35.5, antenna_m = 30.0 },
  { name = "Moscow", lat = 55.88, lon = 38.06, antenna_m = 30.0 },
]
[[fleet]]
id = "il76"
type = "IL76"
registrations = ["RA-76911", "RA-76912", "RA-76913"]
callsign = "RFF"
military = true
airspace = "russian-state"
[[fleet]]
id = "tr"
type = "A321"
registrations = ["TC-ZZA", "TC-ZZB"]
first_address = "4bfa00"
callsign = "SBO"
[[regime]]
id = "moved"
from = 2024-12-12
change = "hub"
old = "OSLK"
new = "HL59"
[[itinerary]]
fleet = "il76"
airfields = ["UUMU", "OSLK", "HL59", "OSLK", "UUMU"]
per_week = 9
stay_h = 4.0
[[line]]
fleet = "tr"
route = ["LTFM", "OLBA"]
per_day = 1.5
[reception]
stays_up = 1.0
stays_down = 0.0
[faults]
ground_flips = 0.0
address_typos = 0.0
duplicate_addresses = 0.0
"""

FAULTY = (
    (
        TEXT.replace("ground_flips = 0.0", "ground_flips = 1.0")
        .replace("address_typos = 0.0", "address_typos = 0.5")
        .replace("duplicate_addresses = 0.0", "duplicate_addresses = 0.5")
    )
    + """
[[interference]]
lat = 35.0
lon = 34.5
radius_km = 80
share = 1.0
attractor = "OLBA"
[[interference]]
lat = 33.9
lon = 30.0
radius_km = 120
share = 1.0
[[dark]]
airfield = "HL59"
share = 1.0
distance_km = 200
fleets = ["il76"]
"""
)


@cache
def world(text: str = TEXT) -> dict[str, bytes]:
    return dict(simulate.build(simulate.read_scenario(text.encode())))


def traces(files: dict[str, bytes]) -> dict[str, bytes]:
    return {n: b for n, b in files.items() if "/traces/" in n}
