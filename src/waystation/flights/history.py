"""Habits: where this airframe, operator with type, or type in a region used to go. With forgetting.

    fields as such ─▶ type in region ─▶ operator × type ─▶ airframe ─▶ airframe with this other end
                     each step: (visits + 5 × the step before) / (all visits + 5)

A visit weighs half after 120 days. Only visits before the end itself count: no posterior sees its own answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from waystation.flights.habit_groups import AIRFRAME, Groups, groups_of_visits
from waystation.flights.worded import joined, word

if TYPE_CHECKING:
    from waystation.flights.states import EndStates

__all__ = ["History", "HistoryRules", "history_of", "history_of_visits", "visits_table"]

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
    airframe: pa.Array
    fleet: pa.Array  # operator|type, "" where the operator is unknown
    region: pa.Array  # type|cell, "" where the type is unknown
    rules: HistoryRules

    def odds(
        self, states: EndStates, airframe: Texts, other: Ints, airfield: Ints, field_score: Floats
    ) -> Floats:
        """Return how much likelier habits make each candidate than its looks alone, (ends, candidates).

        ``other``: index of the airfield at the flight's other end, -1 unknown. ``field_score``: the part of
        the score that is about the field itself.
        """
        from waystation.flights.habit_kernel import habits

        order, before, now = self._when(states)
        n = max(int(airfield.max(initial=-1)), int(self.airfield.max(initial=-1))) + 1
        g, groups = self._groups, self._groups_of(states, airframe, other)
        visit, pairs = g.of_interest(groups)
        out = np.ones(airfield.shape)
        habits(
            order, np.searchsorted(visit, before).astype(np.int64), now, groups, airfield, field_score, pairs,
            g.pair_group, g.pair_airfield, g.start, self._grown[visit], n, float(self.rules.kappa), out,
        )  # fmt: skip
        return out

    def usual(self, states: EndStates, airframe: Texts) -> Ints:
        """Return the fields each airframe used most before each end, (ends, ``rules.usual``), -1 for none."""
        from waystation.flights.habit_kernel import usual_fields

        order, before, now = self._when(states)
        g = self._groups
        nowhere = np.full(len(states), -1, dtype=np.int64)
        group = np.ascontiguousarray(self._groups_of(states, airframe, nowhere)[order, AIRFRAME])
        own = np.full((len(states), self.rules.usual), -1, dtype=np.int64)
        usual_fields(
            before, now, group, self._own_pairs, g.pair_group, g.pair_airfield, g.start, self._grown, own
        )
        out = np.empty_like(own)
        out[order] = own
        return out

    @cached_property
    def _groups(self) -> Groups:
        texts = (self.region, self.fleet, self.airframe)
        return groups_of_visits(texts, self.airfield, self.other, self.landing)

    @cached_property
    def _own_pairs(self) -> Ints:
        """Pairs of the level of airframes alone: (visits, 1)."""
        return np.ascontiguousarray(self._groups.pairs[:, AIRFRAME : AIRFRAME + 1])

    def _groups_of(self, states: EndStates, airframe: Texts, other: Ints) -> Ints:
        kind = pa.array(states.type, pa.string())
        texts = (
            _region(kind, states.lat, states.lon, self.rules),
            _fleet(pa.array(states.operator, pa.string()), kind),
            pa.array(airframe, pa.string()),
        )
        return self._groups.of_ends(texts, other, ~states.is_origin)

    @property
    def _grow(self) -> float:
        return float(np.log(2.0) / (self.rules.half_life_days * DAY_S))

    @cached_property
    def _grown(self) -> Floats:
        """Weights as they count: later ones weigh more, so that the old need no touching."""
        start = self.time_s[0] if len(self.time_s) else 0.0
        return self.weight * np.exp(self._grow * (self.time_s - start))

    def _when(self, states: EndStates) -> tuple[Ints, Ints, Floats]:
        """Return the ends in time order, the number of visits before each, and what makes sums counts."""
        start = self.time_s[0] if len(self.time_s) else 0.0
        order = np.argsort(states.time_s, kind="stable")
        t = states.time_s[order]
        return order, np.searchsorted(self.time_s, t).astype(np.int64), np.exp(-self._grow * (t - start))


def _fleet(operator: pa.Array, kind: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(operator, word("")), word(""), joined(operator, "|", kind))


def _region(kind: pa.Array, lat: Floats, lon: Floats, rules: HistoryRules) -> pa.Array:
    """Return the type and the cell of ten degrees of each place, "" where the type is unknown."""
    cells = [pa.array(np.floor(x / rules.region_deg).astype(np.int64)).cast(pa.string()) for x in (lat, lon)]
    return pc.if_else(pc.equal(kind, word("")), word(""), joined(kind, "|", cells[0], "|", cells[1]))


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
    kind = pa.array(type_, pa.string())
    fleet = _fleet(pa.array(operator, pa.string()), kind)
    region = _region(kind, lat, lon, rules)
    rows = pa.array(order)
    return History(
        time_s=time_s[order],
        airfield=airfield[order],
        other=other[order],
        landing=landing[order],
        weight=weight[order],
        airframe=pa.array(airframe, pa.string()).take(rows),
        fleet=fleet.take(rows),
        region=region.take(rows),
        rules=rules,
    )


def visits_table(history: History) -> pa.Table:
    """Return the visits of a history made with the usual rules, as a table; back: ``history_of_visits``."""
    plain = ("time_s", "airfield", "other", "landing", "weight")
    columns = {n: pa.array(getattr(history, n)) for n in plain}
    columns |= {n: getattr(history, n).dictionary_encode() for n in ("airframe", "fleet", "region")}
    return pa.table(columns)


def history_of_visits(visits: pa.Table) -> History:
    """Return the history that ``visits_table`` was made of."""
    whole = {n: visits.column(n).combine_chunks() for n in visits.column_names}
    columns = {
        n: c.cast(pa.string()) if n in ("airframe", "fleet", "region") else c.to_numpy(zero_copy_only=False)
        for n, c in whole.items()
    }
    return History(**columns, rules=HistoryRules())
