"""The score of an alternative, as a product of parts that are always shown beside it.

    score = P(both legs) · e^(-2 (detour - 1)) · access · runway · handling · (unused + (1 - unused) · use)

Use also speaks for access and for handling: where nothing says who may use a field, or whether it can serve
such an aircraft, flights of the fleet there do. The weights are choices; ``bench/stopovers`` says how often
they put the true one first, on worlds that had no part in choosing them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Parts", "RankRules", "is_state", "parts_of"]

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


def _access() -> Mapping[str, float]:
    return {"open": 1.0, "own": 1.0, "unknown": 0.5, "doubtful": 0.3, "closed": 0.0}


def _runway() -> Mapping[str, float]:
    return {"yes": 1.0, "unknown": 0.5, "no": 0.0}


def _handling() -> Mapping[str, float]:
    return {"large_airport": 1.0, "medium_airport": 0.75}


@dataclass(frozen=True)
class RankRules:
    """How alternatives are weighed, and which are looked at."""

    detour_slope: float = 2.0  # 35 % more way costs half the score
    access: Mapping[str, float] = field(default_factory=_access)  # unknown is not closed
    unknown_state: float = 0.2  # in place of "unknown" for state aircraft, which may land nowhere unasked
    runway: Mapping[str, float] = field(default_factory=_runway)  # unknown is not no
    handling: Mapping[str, float] = field(default_factory=_handling)  # fuel, by kind of airfield
    handling_else: float = 0.4  # of a small airfield: few of them have fuel for a heavy transport
    unused: float = (
        0.05  # what a field keeps that the fleet was never seen at: habits are strong, not binding
    )
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
    handling: Floats
    use: Floats

    @property
    def score(self) -> Floats:
        """Return the product."""
        return np.asarray(self.reach * self.detour * self.access * self.runway * self.handling * self.use)


def is_state(operator_class: str) -> bool:
    """Whether a class is of state aircraft: these land only where they have leave (Chicago, Article 3 c)."""
    return operator_class.endswith("-state")


def parts_of(
    probability: Floats,
    detour: Floats,
    access: Texts,
    runway: Texts,
    kind: Texts,
    used: NDArray[np.int64],
    rules: RankRules,
    *,
    state: bool = False,
) -> Parts:
    """Return the factors. ``access``, ``runway`` and ``kind`` (of airfield) are words.

    A ``detour`` of nan cannot be flown: 0. ``state``: state aircraft, which need leave for every landing.
    """
    habit, seen = used / (used + rules.half_use), used / (used + rules.opening_use)
    weight = dict(rules.access) | ({"unknown": rules.unknown_state} if state else {})
    told = np.array([weight[a] for a in access], dtype=np.float64)
    served = np.array([rules.handling.get(k, rules.handling_else) for k in kind], dtype=np.float64)
    served = np.where(access == "open", 1.0, served)  # a source reports such aircraft there
    return Parts(
        reach=np.nan_to_num(probability, nan=0.0),
        detour=np.nan_to_num(np.exp(-rules.detour_slope * np.maximum(detour - 1.0, 0.0)), nan=0.0),
        access=np.where(access == "unknown", told + (rules.access["open"] - told) * seen, told),
        runway=np.array([rules.runway[r] for r in runway], dtype=np.float64),
        handling=served + (1.0 - served) * seen,
        use=rules.unused + (1.0 - rules.unused) * habit,
    )
