"""Extended squitters from positions: the other direction of the decoder, written from the public formulas.

Compact position reporting: RTCA DO-260B, 2.2.3.2.3.7; the parity polynomial: ICAO Annex 10, volume IV.
"""

from __future__ import annotations

import math

POLYNOMIAL = 0xFFF409
LETTERS = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ#####_###############0123456789######"


def parity(message: int) -> int:
    """Return the 24 parity bits of 88 bits."""
    rest = message << 24
    for bit in range(111, 23, -1):
        if rest >> bit & 1:
            rest ^= (1 << 24 | POLYNOMIAL) << (bit - 24)
    return rest & 0xFFFFFF


def squitter(address: str, me: int, df: int = 17) -> str:
    """Return the 28 hex digits of an extended squitter with 56 bits of message ``me``."""
    message = (df << 3 | 5) << 80 | int(address, 16) << 56 | me
    return f"{message << 24 | parity(message):028x}"


def zones(lat: float) -> int:
    """Return the number of longitude zones at a latitude."""
    if abs(lat) >= 87:
        return 2 if abs(lat) == 87 else 1
    a = 1 - math.cos(math.pi / 30)
    return math.floor(2 * math.pi / math.acos(1 - a / math.cos(math.radians(lat)) ** 2))


def compact(lat: float, lon: float, odd: int) -> tuple[int, int]:
    """Return 17 bits of latitude and of longitude."""
    size = 360 / (60 - odd)
    y = math.floor(131072 * (lat % size) / size + 0.5)
    near = size * (y / 131072 + math.floor(lat / size))
    wide = 360 / max(zones(near) - odd, 1)
    x = math.floor(131072 * (lon % wide) / wide + 0.5)
    return y & 0x1FFFF, x & 0x1FFFF


def airborne(lat: float, lon: float, altitude_ft: int, odd: int) -> int:
    """Return an airborne position, type code 11."""
    n = (altitude_ft + 1000) // 25
    height = (n >> 4) << 5 | 1 << 4 | n & 15
    y, x = compact(lat, lon, odd)
    return 11 << 51 | height << 36 | odd << 34 | y << 17 | x


def velocity(speed_kt: float, track_deg: float, rate_fpm: int) -> int:
    """Return a velocity over ground, type code 19, subtype 1."""
    east = round(speed_kt * math.sin(math.radians(track_deg)))
    north = round(speed_kt * math.cos(math.radians(track_deg)))
    parts = ((east < 0) << 10 | abs(east) + 1) << 11 | (north < 0) << 10 | abs(north) + 1
    climb = (rate_fpm < 0) << 9 | abs(rate_fpm) // 64 + 1
    return 19 << 51 | 1 << 48 | parts << 21 | 1 << 20 | climb << 10


def identification(callsign: str) -> int:
    """Return a callsign, type code 4."""
    letters = 0
    for c in callsign.ljust(8, "_"):
        letters = letters << 6 | LETTERS.index(c)
    return 4 << 51 | letters
