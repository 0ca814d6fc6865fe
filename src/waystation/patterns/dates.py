"""The posterior of a date: mass on pieces of time, its median and its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["DateInterval", "date_interval"]


@dataclass(frozen=True)
class DateInterval:
    """Days since 1970 (fractions count): posterior median, and the hull of the highest-density set."""

    median: float
    low: float
    high: float


def date_interval(start: Floats, stop: Floats, mass: Floats, level: float) -> DateInterval:
    """Median and highest-density interval (its hull) of a density that is flat on each piece.

    ``start``, ``stop``: pieces of time in order, days; ``mass``: their posterior mass, any scale, positive
    sum. The last piece taken in is cut where ``level`` is reached, on the side away from the rest.
    """
    used = (mass > 0) & (stop > start)
    start, stop, mass = start[used], stop[used], mass[used] / mass[used].sum()
    before = np.cumsum(mass) - mass
    middle = int(np.flatnonzero(before <= 0.5)[-1])
    median = start[middle] + (0.5 - before[middle]) / mass[middle] * (stop[middle] - start[middle])
    order = np.argsort(-mass / (stop - start), kind="stable")
    taken = np.cumsum(mass[order])
    n = min(int(np.searchsorted(taken, level)), len(order) - 1)
    whole, last = order[:n], order[n]
    share = min(1.0, (level - (taken[n] - mass[last])) / mass[last])
    low, high = _cut(start[last], stop[last], share, start[whole], stop[whole])
    return DateInterval(float(median), float(min(low, median)), float(max(high, median)))


def _cut(a: float, b: float, share: float, starts: Floats, stops: Floats) -> tuple[float, float]:
    """Hull of the whole pieces and of ``share`` of the piece a … b, taken from its side nearer to them."""
    if not len(starts):
        spare = (1.0 - share) * (b - a) / 2.0
        return a + spare, b - spare
    low, high = float(starts.min()), float(stops.max())
    if a >= high:
        return low, a + share * (b - a)
    if b <= low:
        return b - share * (b - a), high
    return low, high
