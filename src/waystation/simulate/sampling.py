"""Which moments of a flight a trace keeps: every 20 s at most, sooner where something changes.

readsb keeps a position when 20 s have passed since the last, and before that when height, course or speed
moved by more than a threshold. Here each of these has a rate (1/s); where their running sum crosses a whole
number a position is kept. ``bench/simulation`` compares the spacing with real traces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from waystation.simulate.motion import Motion

__all__ = ["Heard", "SamplingRules", "sample"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SamplingRules:
    """How much may change before a position is kept. Fitted by eye to the histogram of real spacings."""

    interval_s: float = 20.0  # readsb's json_trace_interval
    jitter: float = 0.03  # of an interval: real spacings in cruise lie between 19.4 and 20.0 s
    climb_ft: float = 350.0
    low_climb_ft: float = 120.0  # below 5,000 ft traces are denser
    turn_deg: float = 2.5
    speed_kt: float = 6.0
    stand_s: float = 20.0
    taxi_s: float = 5.0
    restless_share: float = 0.22  # of rows: the last bits of speed or course trip a threshold


@dataclass(frozen=True)
class Heard:
    """Kept positions of one body, each shape (n,): what was sent, before receivers and faults."""

    time_s: Floats
    lat: Floats
    lon: Floats
    altitude_ft: Floats
    speed_kt: Floats
    track_deg: Floats
    rate_fpm: Floats
    on_ground: NDArray[np.bool_]

    def take(self, keep: NDArray[np.bool_]) -> Heard:
        """Return the rows where ``keep``."""
        return Heard(*(getattr(self, f)[keep] for f in self.__dataclass_fields__))


def sample(m: Motion, rng: np.random.Generator, rules: SamplingRules = SamplingRules()) -> Heard:
    """Return the positions that a trace heard without a break would keep."""
    t = m.time_s
    dt = np.maximum(np.diff(t), 1e-3)
    middle = (m.altitude_ft[1:] + m.altitude_ft[:-1]) / 2
    ground = (t[:-1] < m.takeoff_s) | (t[:-1] >= m.landing_s)
    step_ft = np.where(middle < 5000, rules.low_climb_ft, rules.climb_ft)
    rates = np.stack(
        [
            np.abs(np.diff(m.altitude_ft)) / dt / step_ft,
            np.minimum(np.abs(np.diff(m.track_deg)) / dt, 4.0) / rules.turn_deg,
            np.minimum(np.abs(np.diff(m.speed_kt)) / dt, 3.0) / rules.speed_kt,
            np.full(len(dt), 1 / rules.interval_s),
        ]
    ).max(axis=0)
    moving = m.speed_kt[:-1] > 1.0
    rates = np.where(ground & moving, np.maximum(rates, 1 / rules.taxi_s), rates)
    rates = np.where(ground & ~moving, 1 / rules.stand_s, rates)
    total = np.concatenate([[0.0], np.cumsum(rates * dt)])
    n = int(total[-1])
    even = 1.0 - rng.uniform(0, rules.jitter, 2 * n + 2)
    shorter = np.where(rng.random(2 * n + 2) < rules.restless_share, rng.uniform(0.2, 1.0, 2 * n + 2), even)
    marks = rng.random() + np.cumsum(shorter)
    marks = marks[marks < total[-1]]
    at = np.unique(np.round(np.interp(marks, total, t), 2))

    def then(name: str) -> Floats:
        return np.asarray(np.interp(at, t, getattr(m, name)), dtype=np.float64)

    return Heard(
        time_s=at,
        lat=then("lat"),
        lon=then("lon"),
        altitude_ft=then("altitude_ft"),
        speed_kt=then("speed_kt"),
        track_deg=then("track_deg"),
        rate_fpm=then("rate_fpm"),
        on_ground=(at < m.takeoff_s) | (at >= m.landing_s),
    )
