"""The score of an alternative, as a product of parts that are always shown beside it.

    score = P(both legs) · e^(-2 (detour - 1)) · access · runway · (0.2 + 0.8 · use)

Use also speaks for access: where nothing says who may use a field, flights of the fleet there do. The weights
are choices, not measurements; ``bench/stopovers`` says how often they put the true one first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Parts", "RankRules", "parts_of"]

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


def _access() -> Mapping[str, float]:
    return {"open": 1.0, "unknown": 0.5, "doubtful": 0.3, "closed": 0.0}


def _runway() -> Mapping[str, float]:
    return {"yes": 1.0, "unknown": 0.5, "no": 0.0}


@dataclass(frozen=True)
class RankRules:
    """How alternatives are weighed, and which are looked at."""

    detour_slope: float = 2.0  # 35 % more way costs half the score
    access: Mapping[str, float] = field(default_factory=_access)  # unknown is not closed
    runway: Mapping[str, float] = field(default_factory=_runway)  # unknown is not no
    unused: float = 0.2  # what a field keeps that the fleet was never seen at: habits are strong, not binding
    half_use: float = 10.0  # flights that make use half as good as it can be: a hub has a hundred
    opening_use: float = 1.0  # flights that take an unknown access half of the way to open
    least_probability: float = 0.01  # below, an airfield is out of reach and gets no row
    longest_detour: float = 1.5  # of great circles; further aside the score is below two fifths
    nearest_km: float = 100.0  # from either end: a field beside it replaces the end, it is no stopover


@dataclass(frozen=True)
class Parts:
    """The factors of the score, one element an airfield; their product is ``score``."""

    reach: Floats
    detour: Floats
    access: Floats
    runway: Floats
    use: Floats

    @property
    def score(self) -> Floats:
        """Return the product."""
        return np.asarray(self.reach * self.detour * self.access * self.runway * self.use)


def parts_of(
    probability: Floats,
    detour: Floats,
    access: Texts,
    runway: Texts,
    used: NDArray[np.int64],
    rules: RankRules,
) -> Parts:
    """Return the factors. ``access`` and ``runway`` are words; a ``detour`` of nan cannot be flown: 0."""
    habit = used / (used + rules.half_use)
    told = np.array([rules.access[a] for a in access], dtype=np.float64)
    opened = told + (rules.access["open"] - told) * used / (used + rules.opening_use)
    return Parts(
        reach=np.nan_to_num(probability, nan=0.0),
        detour=np.nan_to_num(np.exp(-rules.detour_slope * np.maximum(detour - 1.0, 0.0)), nan=0.0),
        access=np.where(access == "unknown", opened, told),
        runway=np.array([rules.runway[r] for r in runway], dtype=np.float64),
        use=rules.unused + (1.0 - rules.unused) * habit,
    )
