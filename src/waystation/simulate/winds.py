"""A smooth wind: a westerly jet that strengthens with height, and four slow waves drawn from the seed."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from waystation.simulate.dice import dice
from waystation.terms.units import MS_KT

__all__ = ["tailwind_kt"]

Floats = NDArray[np.float64]

_WAVES: Final = 4
_MEAN_WESTERLY_MS: Final = 14.0  # at 35,000 ft over the middle latitudes, about the winter's mean
_WAVE_MS: Final = 9.0  # each; four together have a sigma of 25 m/s at cruise
_DAYS: Final = (3.0, 9.0)  # periods of weather


def tailwind_kt(
    seed: int, lat: Floats, lon: Floats, altitude_ft: Floats, time_s: float, course_deg: Floats
) -> Floats:
    """Return the component of the wind along the course, knots; ``time_s``: since 1970."""
    rng = dice(seed, "wind")
    east = np.full_like(lat, _MEAN_WESTERLY_MS) * np.cos(np.radians(lat - 45.0)) ** 4
    north = np.zeros_like(lat)
    for _ in range(_WAVES):
        k, m = rng.uniform(2, 6) * rng.choice([-1, 1]), rng.uniform(2, 6)
        phase, days = rng.uniform(0, 2 * np.pi), rng.uniform(*_DAYS)
        wave = np.radians(k * lon + m * lat) + phase + 2 * np.pi * time_s / (86400 * days)
        east = east + _WAVE_MS * np.sin(wave)
        north = north + _WAVE_MS * np.cos(wave)
    height = np.clip(altitude_ft / 35000.0, 0.05, 1.0)
    c = np.radians(course_deg)
    return np.asarray(MS_KT * height * (east * np.sin(c) + north * np.cos(c)), dtype=np.float64)
