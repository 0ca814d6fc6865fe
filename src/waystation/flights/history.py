"""Habits: where this airframe, operator with type, or type in a region used to go. With forgetting.

    fields as such ─▶ type in region ─▶ operator × type ─▶ airframe ─▶ airframe with this other end
                     each step: (visits + 5 × the step before) / (all visits + 5)

A visit weighs half after 120 days. Only visits before the end itself count: no posterior sees its own answer.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from waystation.flights.states import EndStates

__all__ = ["History", "HistoryRules", "history_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]

DAY_S = 86400.0


@dataclass(frozen=True)
class HistoryRules:
    """How strongly habits speak. Judged from similar back-off counts; to be refitted on a real archive."""

    half_life_days: float = 120.0
    kappa: float = 5.0  # visits that the more general level is worth
    region_deg: float = 10.0
    usual: int = 8  # habitual fields per airframe that are always weighed


@dataclass(frozen=True)
class History:
    """Visits in time order. ``airfield``, ``other``: indices; ``landing`` tells landings from takeoffs."""

    time_s: Floats
    airfield: Ints
    other: Ints
    landing: NDArray[np.bool_]
    weight: Floats
    airframe: Texts
    fleet: Texts  # operator|type, "" where the operator is unknown
    region: Texts  # type|cell, "" where the type is unknown
    rules: HistoryRules

    def odds(
        self, states: EndStates, airframe: Texts, other: Ints, airfield: Ints, field_score: Floats
    ) -> Floats:
        """Return how much likelier habits make each candidate than its looks alone, (ends, candidates).

        ``other``: index of the airfield at the flight's other end, -1 unknown. ``field_score``: the part of
        the score that is about the field itself.
        """
        out = np.ones(airfield.shape)
        for e, counts in self._sweep(states, airframe, other):
            if counts:
                out[e] = self._ratio(counts, airfield[e], field_score[e])
        return out

    def usual(self, states: EndStates, airframe: Texts) -> Ints:
        """Return the fields each airframe used most before each end, (ends, ``rules.usual``), -1 for none."""
        out = np.full((len(states), self.rules.usual), -1, dtype=np.int64)
        nowhere = np.full(len(states), -1, dtype=np.int64)
        for e, counts in self._sweep(states, airframe, nowhere, levels=("airframe",)):
            for own in counts:
                best = sorted(own, key=lambda k: -own[k])[: self.rules.usual]
                out[e, : len(best)] = best
        return out

    def _keys(self, i: int) -> tuple[str, ...]:
        here, there = self.airframe[i], int(self.other[i])
        return (
            f"r|{self.region[i]}" if self.region[i] else "",
            f"f|{self.fleet[i]}" if self.fleet[i] else "",
            f"a|{here}",
            f"o|{here}|{there}|{bool(self.landing[i])}" if there >= 0 else "",
        )

    def _sweep(
        self,
        states: EndStates,
        airframe: Texts,
        other: Ints,
        levels: tuple[str, ...] = ("region", "fleet", "airframe", "route"),
    ) -> list[tuple[int, list[dict[int, float]]]]:
        """Return per end the visit counts of each level, general first, as they stood just before it."""
        counts: defaultdict[str, dict[int, float]] = defaultdict(dict)
        start = float(self.time_s[0]) if len(self.time_s) else 0.0
        grow = np.log(2.0) / (self.rules.half_life_days * DAY_S)
        growth = np.exp(grow * (self.time_s - start))  # later ones weigh more: the old need no touching
        out, at = [], 0
        region, fleet = _groups(states, self.rules)
        for e in np.argsort(states.time_s, kind="stable"):
            while at < len(self.time_s) and self.time_s[at] < states.time_s[e]:
                for key in self._keys(at):
                    if key:
                        own = counts[key]
                        a = int(self.airfield[at])
                        own[a] = own.get(a, 0.0) + float(self.weight[at] * growth[at])
                at += 1
            now = float(np.exp(-grow * (states.time_s[e] - start)))
            keys = {
                "region": f"r|{region[e]}" if region[e] else "",
                "fleet": f"f|{fleet[e]}" if fleet[e] else "",
                "airframe": f"a|{airframe[e]}",
                "route": f"o|{airframe[e]}|{int(other[e])}|{not states.is_origin[e]}"
                if other[e] >= 0
                else "",
            }
            found = [counts[k] for k in (keys[name] for name in levels) if k and k in counts]
            out.append((int(e), [{a: v * now for a, v in own.items()} for own in found]))
        return out

    def _ratio(self, counts: list[dict[int, float]], airfield: Ints, field_score: Floats) -> Floats:
        place = {int(a): c for c, a in enumerate(airfield) if a >= 0}
        usable = airfield >= 0
        score = np.where(usable, field_score, -np.inf)
        looks = np.exp(score - score.max()) if usable.any() else np.zeros(len(airfield))
        looks /= max(looks.sum(), 1e-300)
        habit = looks.copy()
        for own in counts:
            total = sum(own.values()) + self.rules.kappa
            habit *= self.rules.kappa / total
            for a, v in own.items():
                c = place.get(a)
                if c is not None:
                    habit[c] += v / total
        return np.where(usable, habit / np.maximum(looks, 1e-12), 1.0)


def _groups(states: EndStates, rules: HistoryRules) -> tuple[list[str], list[str]]:
    return (
        [_region(t, y, x, rules) for t, y, x in zip(states.type, states.lat, states.lon, strict=True)],
        [f"{o}|{t}" if o else "" for o, t in zip(states.operator, states.type, strict=True)],
    )


def _region(kind: str, lat: float, lon: float, rules: HistoryRules) -> str:
    if not kind:
        return ""
    return f"{kind}|{int(np.floor(lat / rules.region_deg))}|{int(np.floor(lon / rules.region_deg))}"


def history_of(
    time_s: Floats,
    airfield: Ints,
    other: Ints,
    landing: NDArray[np.bool_],
    weight: Floats,
    airframe: Texts,
    operator: Texts,
    type_: Texts,
    lat: Floats,
    lon: Floats,
    rules: HistoryRules = HistoryRules(),
) -> History:
    """Return the history of visits: one element per named end, in any order.

    ``time_s`` is when the end became known (landing or takeoff), ``weight`` its probability, ``lat`` and
    ``lon`` the place of the airfield, ``operator`` the designator of the callsign.
    """
    order = np.argsort(time_s, kind="stable")
    order = order[airfield[order] >= 0]
    fleet = np.array([f"{o}|{t}" if o else "" for o, t in zip(operator, type_, strict=True)], dtype=object)
    region = np.array(
        [_region(t, y, x, rules) for t, y, x in zip(type_, lat, lon, strict=True)], dtype=object
    )
    return History(
        time_s=time_s[order],
        airfield=airfield[order],
        other=other[order],
        landing=landing[order],
        weight=weight[order],
        airframe=airframe[order],
        fleet=fleet[order],
        region=region[order],
        rules=rules,
    )
