"""Which airfields are worth a look: in reach of both ends, not too far aside, with a runway that may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.terms.geodesy import distance_km
from waystation.world.breguet import takeoff_share
from waystation.world.runway_need import RunwayAnswers, runway_answers

if TYPE_CHECKING:
    from waystation.stopovers.setting import Setting

__all__ = ["Looked", "look", "runway_for"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Looked:
    """Rows of airfields to rank, which of them are ``named``, and in words what was left out."""

    index: Ints
    named: Bools
    notes: tuple[str, ...]


def runway_for(setting: Setting, index: Ints, onward_km: NDArray[np.float64]) -> RunwayAnswers:
    """Answer whether the runways do for a takeoff with the payload and the fuel of the leg onward."""
    curve = setting.aircraft.curve
    assert curve is not None
    share = takeoff_share(curve, setting.payload_t, onward_km)
    return runway_answers(
        setting.airfields, index, setting.aircraft, setting.rules.runway, weight_share=share
    )


def look(setting: Setting, leg_km: float, named: frozenset[str], without: frozenset[str]) -> Looked:
    """Return the airfields of the lens between two ends: no leg longer than ``leg_km``, no great detour.

    A way around closed airspace is never shorter than the great circle, so nothing in reach is lost here, and
    no runway is refused for a weight that the way does not need.
    ``named`` airfields stay whatever their reach and runway; ``without`` are left out (a lost hub).
    """
    a, rules, ends = setting.airfields, setting.rules, (setting.origin, setting.destination)
    first, second = (distance_km(a.lat[i], a.lon[i], a.lat, a.lon) for i in ends)
    direct = float(first[setting.destination])
    lens = (first <= leg_km) & (second <= leg_km) & (first + second <= rules.rank.longest_detour * direct)
    lens &= (first >= rules.rank.nearest_km) & (second >= rules.rank.nearest_km)
    lens &= a.kind != "seaplane_base"
    keep = np.isin(a.ident, list(named))
    out = np.isin(a.ident, list(without))
    out[list(ends)] = True
    index = np.flatnonzero((lens | keep) & ~out).astype(np.int64)
    runway = runway_for(setting, index, second[index])
    fit = (runway.answer != "no") | keep[index]
    note = f"{len(index)} airfields between the ends; of these {int((~fit).sum())} with a runway too short"
    return Looked(
        index=index[fit],
        named=keep[index[fit]],
        notes=(f"{note} or too soft for the {setting.aircraft.variant} are left out",),
    )
