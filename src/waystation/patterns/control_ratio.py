"""A negative control: did other traffic at the same airfields change too? Then the change may be coverage."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.patterns.presence import present_days
from waystation.terms.cells import BANDS, cell_number, cells_of_squares, squares_of, surroundings_of
from waystation.terms.counts import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import pyarrow as pa
    from numpy.typing import NDArray

    from waystation.world.airfields import Airfields

__all__ = ["Control", "ControlRules", "control_ratio"]


@dataclass(frozen=True)
class ControlRules:
    """Which traffic is a control, and when there is enough of it."""

    bands: tuple[str, ...] = BANDS[:3]  # below cruise: climbing, descending or staying in the area
    min_present: float = 0.5  # of a week in the archive: less is too noisy to scale up
    min_weeks: int = 2  # on either side
    min_bodies: int = 20  # on both sides together


class Control(NamedTuple):
    """Aircraft outside the fleet a week near the airfields, before and after; nan where it cannot be told."""

    before: float
    after: float
    ratio: float  # after over before
    low: float  # 90 % limits
    high: float
    weeks_before: int
    weeks_after: int
    reason: str | None  # why not


def control_ratio(
    tables: Mapping[str, pa.Table],
    airfields: Airfields,
    idents: Iterable[str],
    on: date,
    rules: ControlRules = ControlRules(),
) -> Control:
    """Compare aircraft outside the fleet near ``idents`` before and after a date.

    ``tables``: ``coverage_weeks``, ``archive_days``, ``flights``. An aircraft counts once for cell, band and
    week in the cells of 120 km that hold the airfields, below cruise; the fleet's own flights that week are
    taken off. Weeks scale to the share that the archive holds; the week of the date itself is left out. The
    limits follow the scatter between weeks, at least that of counting.
    """
    weekly = _weekly(tables, airfields, sorted(set(idents)), rules)
    sides: dict[bool, list[float]] = {False: [], True: []}
    for monday, count in weekly.items():
        if monday > on:
            sides[True].append(count)
        elif monday + timedelta(days=7) <= on:
            sides[False].append(count)
    before, after = (np.array(sides[k]) for k in (False, True))
    n = (len(before), len(after))
    if min(n) < rules.min_weeks:
        return _cannot(n, "too few weeks on one side")
    if before.sum() + after.sum() < rules.min_bodies or not before.sum() or not after.sum():
        return _cannot(n, "too few aircraft outside the fleet")
    log_ratio = float(np.log(after.mean() / before.mean()))
    spread = np.sqrt(sum(_relative_variance(x) for x in (before, after)))
    from scipy.special import stdtrit

    reach = float(stdtrit(sum(n) - 2, (1.0 + LEVEL) / 2.0) * spread)
    low, high = float(np.exp(log_ratio - reach)), float(np.exp(log_ratio + reach))
    return Control(float(before.mean()), float(after.mean()), float(np.exp(log_ratio)), low, high, *n, None)


def _cannot(weeks: tuple[int, int], reason: str) -> Control:
    nothing = float("nan")
    return Control(nothing, nothing, nothing, nothing, nothing, *weeks, reason)


def _relative_variance(x: NDArray[np.float64]) -> float:
    """Of the mean, over its square: from the scatter of the weeks, no less than that of a count."""
    return float(max(x.var(ddof=1), x.mean()) / len(x) / x.mean() ** 2)


def _weekly(
    tables: Mapping[str, pa.Table], airfields: Airfields, idents: list[str], rules: ControlRules
) -> dict[date, float]:
    """Monday → aircraft outside the fleet, scaled to a whole week."""
    at = np.flatnonzero(np.isin(airfields.ident, idents))
    squares = np.unique(squares_of(airfields.lat[at], airfields.lon[at]))
    cells = set(surroundings_of(cells_of_squares(squares)).tolist())
    names = ("cell", "altitude_band", "week_utc", "bodies")
    columns = (tables["coverage_weeks"].column(c).to_pylist() for c in names)
    bodies: dict[date, float] = defaultdict(float)
    for cell, band, monday, n in zip(*columns, strict=True):
        bodies[monday] += n if band in rules.bands and cell_number(cell) in cells else 0
    own = _own(tables["flights"], set(idents))
    shares = present_days(tables.get("archive_days"))
    out = {}
    for monday in sorted(bodies):
        days = [monday + timedelta(days=i) for i in range(7)]
        share = 1.0 if shares is None else sum(shares.get(d, 0.0) for d in days) / 7.0
        if share >= rules.min_present:
            out[monday] = max(0.0, bodies[monday] - own.get(monday, 0) * len(rules.bands)) / share
    return out


def _own(flights: pa.Table, idents: set[str]) -> dict[date, int]:
    """Monday → the fleet's aircraft with a flight named at the airfields."""
    seen: dict[date, set[str]] = defaultdict(set)
    columns = (flights.column(c).to_pylist() for c in ("first_seen_utc", "icao24", "origin", "destination"))
    for first, icao24, origin, destination in zip(*columns, strict=True):
        if {origin, destination} & idents:
            seen[first.date() - timedelta(days=first.weekday())].add(icao24)
    return {monday: len(who) for monday, who in seen.items()}
