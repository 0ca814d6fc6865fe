"""Name the airfield at an end that nearly reaches the ground: ``approach``.

The track stops (or starts) low, and of the airfields around one explains it: on the extension of a
runway, pointing along it, at the height that a glide path has there. How well each explains it is a
cost; costs become probabilities; a name is given only when one airfield has nearly all of them and
nothing speaks against an end so near. Otherwise the end is not for this rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.flights.low_fits import Fits, fit_fields
from waystation.terms.runs import edges_of, first_least, run_sums
from waystation.world.airfields import within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.end_motion import EndMotion
    from waystation.flights.low_fields import LowFields
    from waystation.world.airfields import Airfields

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["LowEndRules", "LowEnds", "name_by_approach"]

DOUBTS = {
    2: "too high for an aircraft that is not lined up with a runway",
    3: "but moving away from the ground",
    4: "",
}


@dataclass(frozen=True)
class LowEndRules:
    """What counts as on the ground at an airfield, or about to be."""

    on_field_km: float = 3.0  # ground positions this far from every runway and reference point are elsewhere
    larger_wins_km: float = (
        0.7  # a ground position this little nearer to a smaller field belongs to the larger
    )
    max_height_ft: float = 3000.0  # above this a track can still go anywhere
    max_away_km: float = 13.0  # final approach at the heights that count
    max_away_origin_km: float = 5.5  # departures turn: further out they may have come from anywhere around
    against_fpm: float = 700.0  # steeper than this away from the ground it is not landing
    pressure_ft: float = (
        450.0  # what an unknown QNH does to a barometric height: 1 sigma over a year is 12 hPa
    )
    climb_ft_per_km: float = 330.0  # a 10 % climb, the middle of what transports do
    runway_half_width_km: float = 0.12  # and the error of thresholds
    spread: float = 0.04  # how far landings stray from the extended runway, per km out
    spread_origin: float = 0.3  # departures turn
    turn_deg: float = 7.0
    turn_origin_deg: float = 20.0
    circuit_share: float = 0.1  # ends that are not on the extension of a runway on record
    circuit_km: float = 2.5
    circuit_height_ft: float = 1500.0  # not lined up, an end counts only below this …
    circuit_away_km: float = 5.0  # … this near …
    overhead_km: float = 1.5  # nearer than this, the direction of flight says nothing
    towards_deg: float = 20.0  # further out most aircraft head for the field …
    towards_share: float = 0.6  # … the others fly a circuit
    circuit_probability: float = 0.9  # … and this clear
    other_density: float = 2e-8  # per km² and degree and way: an end that belongs to none of these airfields
    min_probability: float = 0.9  # below this the end stays without a name here


class LowEnds(NamedTuple):
    """A name per end, or -1, with its probability, distance to the runway (nan unknown) and reason."""

    airfield: Ints
    probability: Floats
    away_km: Floats
    reason: list[str]


def name_by_approach(
    ends: EndMotion,
    airfields: Airfields,
    fields: LowFields,
    search_km: float,
    rules: LowEndRules = LowEndRules(),
) -> LowEnds:
    """Return for each end the one airfield within ``search_km`` that explains it, or -1 and why not.

    ``fields``: those of ``airfields``.
    """
    n = len(ends.lat)
    out = LowEnds(np.full(n, -1, dtype=np.int64), np.zeros(n), np.full(n, np.nan), _no_height(ends))
    known = np.flatnonzero(np.isfinite(ends.altitude_ft))
    end, _, field = within(airfields, ends.lat[known], ends.lon[known], search_km)
    end = known[end]
    height = ends.altitude_ft[end] - fields.elevation_ft[field]
    for e in known.tolist():
        out.reason[e] = "no airfield around"
    for k in first_least(end, height).tolist():
        out.reason[end[k]] = f"{height[k]:,.0f} ft above the nearest airfields is too high to tell"
    low = np.flatnonzero(height < rules.max_height_ft)
    end, field, height = end[low], field[low], height[low]
    if len(low):
        _name(out, ends, end, field, height, airfields, fields, rules)
    return out


def _no_height(ends: EndMotion) -> list[str]:
    return [f"{'first' if o else 'last'} height unknown" for o in ends.is_origin.tolist()]


def _name(
    out: LowEnds,
    ends: EndMotion,
    end: Ints,
    field: Ints,
    height: Floats,
    airfields: Airfields,
    fields: LowFields,
    rules: LowEndRules,
) -> None:
    """Fill in the ends that have fields below them: pairs of ``end`` and ``field``, ``height`` above it."""
    fits = fit_fields(ends.take(end), field, height, fields, rules)
    score = np.exp(fits.log_density) * fields.weight[field]
    edges = edges_of(end, len(ends.lat))
    p = score / (run_sums(score, edges[:-1], edges[1:]) + rules.other_density)[end]
    best = first_least(end, -p)
    at = end[best]
    for k, e, doubt in zip(
        best.tolist(),
        at.tolist(),
        _doubts(ends.take(at), height[best], fits.take(best), p[best], rules),
        strict=True,
    ):
        where = (
            f"{height[k]:,.0f} ft above {airfields.ident[field[k]]}, {fits.away_km[k]:.1f} km from its runway"
        )
        if doubt:
            out.reason[e] = f"{where}: {doubt}"
        else:
            word = "climbing away from it" if ends.is_origin[e] else "lined up with it"
            out.reason[e] = f"{where}, {word if fits.aligned[k] >= 0.5 else 'in its circuit'}"
            out.airfield[e] = field[k]
    out.away_km[at] = fits.away_km[best]
    out.probability[at] = np.where(out.airfield[at] >= 0, np.minimum(p[best], 0.995), p[best])


def _doubts(ends: EndMotion, height_ft: Floats, fits: Fits, p: Floats, rules: LowEndRules) -> list[str]:
    """Return for each end what speaks against naming its best airfield, or nothing."""
    aligned = fits.aligned >= 0.5
    straight = np.where(ends.is_origin, rules.max_away_origin_km, rules.max_away_km)
    unclear = p < np.where(aligned, rules.min_probability, rules.circuit_probability)
    far = fits.away_km > np.where(aligned, straight, rules.circuit_away_km)
    high = ~aligned & (height_ft > rules.circuit_height_ft)
    leaving = ends.climb_fpm > rules.against_fpm
    out = []
    for k, case in enumerate(
        np.argmax([unclear, far, high, leaving, np.ones(len(p), dtype=np.bool_)], axis=0)
    ):
        if case == 0:
            text = f"not clear enough ({p[k]:.0%})"
        elif case == 1:
            text = f"too far to be sure that it {'came from' if ends.is_origin[k] else 'landed'} there"
        else:
            text = DOUBTS[case]
        out.append(text)
    return out
