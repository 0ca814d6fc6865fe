"""Which airfields are worth a look: in reach of both ends, not too far aside, with a runway that may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.terms.geodesy import distance_km
from waystation.world.runway_need import RunwayAnswers, runway_answers

if TYPE_CHECKING:
    from waystation.stopovers.setting import Setting

__all__ = ["Looked", "look"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Looked:
    """Rows of airfields to rank, their runway answers, which are ``named``, and what was left out."""

    index: Ints
    runway: RunwayAnswers
    named: Bools
    notes: tuple[str, ...]


def look(setting: Setting, leg_km: float, named: frozenset[str], without: frozenset[str]) -> Looked:
    """Return the airfields of the lens between two ends: no leg longer than ``leg_km``, no great detour.

    A way around closed airspace is never shorter than the great circle, so nothing in reach is lost here.
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
    runway = runway_answers(a, index, setting.aircraft, rules.runway)
    fit = (runway.answer != "no") | keep[index]
    note = f"{len(index)} airfields between the ends; of these {int((~fit).sum())} with a runway too short"
    kept = RunwayAnswers(runway.answer[fit], runway.reason[fit], runway.needed_m[fit])
    return Looked(
        index=index[fit],
        runway=kept,
        named=keep[index[fit]],
        notes=(f"{note} or too soft for the {setting.aircraft.variant} are left out",),
    )
