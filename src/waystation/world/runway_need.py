"""Is the runway long enough? yes, no or unknown, each with its reason.

    need = published need · (weight / limit)² · (1 + 7 % per 300 m of elevation) · (1 + 1 % per °C too warm)

The square and both slopes are rules of thumb, and the published need is one figure of one source. Between
four fifths of the need and all of it the answer is ``unknown``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from waystation.terms.units import FT_M

if TYPE_CHECKING:
    from waystation.world.airfields import Airfields
    from waystation.world.performance import Performance

__all__ = ["ANSWERS", "RunwayAnswers", "RunwayRules", "needed_m", "runway_answers"]

ANSWERS: Final = ("yes", "unknown", "no")
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class RunwayRules:
    """How length is judged."""

    per_300_m: float = 0.07  # longer for every 300 m of elevation: the usual planning rule (ICAO Doc 9157)
    per_degree: float = 0.01  # longer for every °C above the standard day: the same
    above_standard_c: float = 15.0  # an afternoon in the Sahara in winter, a summer's day in Moscow
    surely_short: float = 0.8  # of the need: published needs of one aircraft differ by as much
    highest_m: float = 2000.0  # where the elevation is unknown: more than 97 % of airfields lie lower


@dataclass(frozen=True)
class RunwayAnswers:
    """One element an airfield: ``answer`` (see ``ANSWERS``), ``reason`` in words, ``needed_m`` in metres."""

    answer: Texts
    reason: Texts
    needed_m: Floats


def needed_m(published_m: ArrayLike, elevation_m: ArrayLike, rules: RunwayRules = RunwayRules()) -> Floats:
    """Return the length in metres at this elevation on a warm day, from that at sea level, standard day."""
    high = 1.0 + rules.per_300_m * np.maximum(np.asarray(elevation_m, dtype=np.float64), 0.0) / 300.0
    length = np.asarray(published_m, dtype=np.float64)
    return np.asarray(length * high * (1.0 + rules.per_degree * rules.above_standard_c))


def runway_answers(
    airfields: Airfields,
    index: NDArray[np.int64],
    aircraft: Performance,
    rules: RunwayRules = RunwayRules(),
    *,
    landing_only: bool = False,
    weight_share: ArrayLike = 1.0,
) -> RunwayAnswers:
    """Answer for the airfields ``index``. ``landing_only``: the aircraft leaves it lighter than it came.

    ``weight_share``: of the takeoff limit, one for all or one an airfield; a published landing need is for
    full weight and is not scaled.

    No record, or only closed runways: unknown, not no. Only water: no. A type that wants pavement gets no on
    an unpaved longest runway and unknown on one of unknown surface.
    """
    told = aircraft.landing_m if landing_only and aircraft.landing_m else None
    share = np.broadcast_to(np.asarray(weight_share, dtype=np.float64), index.shape)
    published = np.full(index.shape, told) if told else aircraft.takeoff_m * share**2
    elevation = airfields.elevation_ft[index] * FT_M
    need = needed_m(published, np.nan_to_num(elevation, nan=0.0), rules)
    worst = needed_m(published, np.nan_to_num(elevation, nan=rules.highest_m), rules)
    length = airfields.longest_runway_ft[index] * FT_M
    answer, reason = [], []
    for k, i in enumerate(index):
        a, r = _judge(
            str(airfields.runway_status[i]), float(length[k]), float(need[k]), float(worst[k]), rules
        )
        if a != "no" and not aircraft.unpaved and airfields.surface[i] != "hard":
            unpaved = airfields.surface[i] == "soft"
            a = "no" if unpaved else "unknown"
            r = f"{aircraft.variant} wants pavement; the surface is {'soft' if unpaved else 'not recorded'}"
        answer.append(a)
        reason.append(r)
    return RunwayAnswers(np.array(answer, dtype=object), np.array(reason, dtype=object), need)


def _judge(status: str, length: float, need: float, worst: float, rules: RunwayRules) -> tuple[str, str]:
    if status == "none":
        return "no", "only water is recorded"
    if status != "yes" or np.isnan(length):
        return (
            "unknown",
            "no open runway of known length on record, which does not mean that there is none",
        )
    if length >= worst:
        return "yes", f"{length:.0f} m of {worst:.0f} m needed"
    if length >= need:
        return (
            "unknown",
            f"{length:.0f} m; {need:.0f} to {worst:.0f} m needed, elevation not on record",
        )
    if length >= need * rules.surely_short:
        return "unknown", f"{length:.0f} m of {need:.0f} m needed: within the doubt of the figure"
    return "no", f"{length:.0f} m of {need:.0f} m needed"
