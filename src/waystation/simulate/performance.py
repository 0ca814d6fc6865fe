"""How the types of a scenario fly: speeds, climbs and levels, to the accuracy that a trace shows.

Speeds of the transports: the design note's figures for Il-76 and An-124 (climb 250/280 kt, cruise
420–450 kt); of the airliners: as commonly published. They shape tracks; no range is computed from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from waystation.terms.units import FT_M, NM_KM

__all__ = ["PERFORMANCE", "Performance", "climb", "descent", "true_airspeed_kt"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Performance:
    """One type. ``levels_ft``: cruise levels, lowest first. ``description``: as registers write it."""

    climb_fpm: float
    climb_top_fpm: float
    low_cas_kt: float
    high_cas_kt: float
    cruise_kt: float
    levels_ft: tuple[int, ...]
    approach_kt: float
    rotate_kt: float
    roll_km: float
    category: str
    version: int
    description: str


_METRIC: Final = (29100, 30100, 31100, 33100, 35100)  # levels of Russian airspace, in feet
_HIGH: Final = (33000, 34000, 35000, 37000)
_PROP: Final = (17000, 18000, 19000, 20000, 21000)
_JET: Final = (33000, 34000, 35000, 36000, 37000, 38000)
PERFORMANCE: Final[dict[str, Performance]] = {
    "IL76": Performance(1800, 500, 250, 280, 430, _METRIC, 132, 130, 1.7, "A5", 0, "ILYUSHIN Il-76"),
    "A124": Performance(1700, 450, 250, 285, 440, _METRIC, 138, 140, 2.3, "A5", 0, "ANTONOV An-124 Ruslan"),
    "A320": Performance(2500, 900, 250, 290, 450, _JET, 135, 140, 1.5, "A3", 2, "AIRBUS A-320"),
    "B738": Performance(2600, 900, 250, 290, 453, _JET, 142, 145, 1.6, "A3", 2, "BOEING 737-800"),
    "A321": Performance(2300, 800, 250, 300, 452, _JET, 140, 148, 1.8, "A3", 2, "AIRBUS A-321"),
    "B77W": Performance(2400, 900, 250, 310, 485, _HIGH, 148, 160, 2.2, "A5", 2, "BOEING 777-300ER"),
    "E190": Performance(2400, 900, 250, 280, 445, _JET, 130, 135, 1.4, "A3", 2, "EMBRAER ERJ-190-100"),
    "SU95": Performance(2300, 800, 250, 280, 440, _METRIC, 132, 135, 1.4, "A3", 2, "SUKHOI Superjet 100-95"),
    "AT76": Performance(1400, 500, 190, 210, 270, _PROP, 110, 112, 1.0, "A2", 2, "ATR ATR-72-600"),
}  # fmt: skip

_STEPS: Final = 160  # of a climb or descent: 200 ft each
_GLIDE: Final = np.tan(np.radians(3.0))
_SHALLOW: Final = np.tan(np.radians(2.8))  # above 10,000 ft
_FINAL_FT: Final = 2500.0  # above the field: from here down at approach speed


def true_airspeed_kt(cas_kt: Floats, altitude_ft: Floats) -> Floats:
    """True airspeed of a calibrated one in standard air, without compressibility (3 % at FL300)."""
    density = np.clip(1.0 - 6.8756e-6 * altitude_ft, 0.05, None) ** 4.2559
    return np.asarray(cas_kt / np.sqrt(density), dtype=np.float64)


def climb(p: Performance, field_ft: float, top_ft: float) -> tuple[Floats, Floats, Floats]:
    """Return (km through the air since wheels off, altitude ft, true airspeed kt), climbing all the way."""
    h = np.linspace(field_ft, max(top_ft, field_ft + 1000.0), _STEPS)
    above = h - field_ft
    cas = np.interp(
        above,
        [0, 1500, 4000, 10000, 11000],
        [p.rotate_kt + 12, p.rotate_kt + 20, p.low_cas_kt, p.low_cas_kt, p.high_cas_kt],
    )
    tas = np.minimum(true_airspeed_kt(cas, h), p.cruise_kt)
    rate = np.interp(h, [0, 33000], [p.climb_fpm, p.climb_top_fpm])
    minutes = np.diff(h) / ((rate[1:] + rate[:-1]) / 2)
    km = np.concatenate([[0.0], np.cumsum(minutes / 60 * (tas[1:] + tas[:-1]) / 2 * NM_KM)])
    return km, h, tas


def descent(p: Performance, field_ft: float, top_ft: float) -> tuple[Floats, Floats, Floats]:
    """Return (km to go to wheels on, altitude ft, true airspeed kt), lowest first: about 3° all the way."""
    h = np.linspace(field_ft, max(top_ft, field_ft + 1000.0), _STEPS)
    above = h - field_ft
    cas = np.interp(
        above,
        [0, _FINAL_FT, 6000, 10000, 12000],
        [p.approach_kt, p.approach_kt + 8, 0.9 * p.low_cas_kt, p.low_cas_kt, p.high_cas_kt],
    )
    tas = np.minimum(true_airspeed_kt(cas, h), p.cruise_kt)
    slope = np.where(above < 10000, _GLIDE, _SHALLOW)
    km = np.concatenate([[0.0], np.cumsum(np.diff(h) * FT_M / 1000 / slope[1:])])
    return km, h, tas
