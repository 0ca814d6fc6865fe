"""Hubs: what the network leans on, by four named measures, in named periods, with intervals.

through-flow   triples through h that lead on (origin ≠ destination), expected number in the period
transit ratio  through-flow over visits to h
dependence     share of the demand (distinct pairs origin–destination) that went through h and nothing else
betweenness    share of all stops on shortest ways, in the network that remembers where traffic came from

Intervals come from whole histories drawn from the probabilities of the ends: they say how well the flights
that were heard are known, nothing of flights that were not. docs/rules/hubs.md
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from waystation.network.flows import Flows, draw, flows_of, groups_of
from waystation.network.higher_order import betweenness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["HubRules", "Period", "hub_rows"]

Period = tuple[str, float, float]  # name, first day, day after the last; days since 1970


@dataclass(frozen=True)
class HubRules:
    """How hubs are measured."""

    draws: int = 200
    """Histories drawn; the level of a 90 % interval is then known to 2 points."""
    betweenness_draws: int = 12
    """Fewer: each builds a network. Its interval is rough, and the page says so."""
    level: float = 0.90
    min_visits: float = 1.0
    """Expected visits in the period before an airfield has rows."""
    seed: int = 20_241_208
    """Any number would do; always the same, so that the same input gives the same bytes."""


def hub_rows(
    triples: pa.Table, visits: pa.Table, periods: Sequence[Period], rules: HubRules | None = None
) -> list[dict[str, Any]]:
    """Return rows of ``hubs``: every period, measure and airfield visited, by rank (1 = most).

    Airfields of equal value share the better rank. An airfield without any through-flow in the period has
    no rows: a hub is what leads on.
    """
    limits = rules or HubRules()
    rng = np.random.default_rng(limits.seed)
    flows, calls = flows_of(triples), _Calls.of(visits)
    led = draw(flows.group, flows.p, limits.draws, rng)
    called = draw(calls.group, calls.p, limits.draws, rng)
    out: list[dict[str, Any]] = []
    for name, start, stop in periods:
        span = (start, stop)
        values = _flow_measures(flows, led, _visits(calls, called, flows.names, span), span, limits)
        values |= {"betweenness": _betweenness(calls, called, span, limits)}
        out += [row for measure, found in values.items() for row in _ranked(name, measure, found)]
    return out


@dataclass(frozen=True)
class _Calls:
    """The ``visits`` table as arrays, sorted by visit; ``day`` and ``sequences`` count visits."""

    names: Sequence[str]
    airfield: Ints
    p: Floats
    group: Ints
    day: Floats
    sequences: Sequence[Sequence[int]]

    @classmethod
    def of(cls, visits: pa.Table) -> _Calls:
        table = visits.sort_by([("visit_id", "ascending"), ("airfield", "ascending")])
        names, airfield = np.unique(np.array(table.column("airfield").to_pylist(), str), return_inverse=True)
        group = groups_of(table, ("visit_id",))
        first = np.searchsorted(group, np.arange(group[-1] + 1 if len(group) else 0))
        heads = table.take(first).to_pylist()
        when = [v["arrived_utc"] or v["left_utc"] for v in heads]
        day = np.array([t.timestamp() / 86400.0 for t in when])
        return cls(
            names.tolist(),
            airfield.astype(np.int64),
            table.column("probability").to_numpy().astype(np.float64),
            group,
            day,
            _sequences(heads, day),
        )


def _sequences(visits: Sequence[Mapping[str, Any]], day: Floats) -> list[list[int]]:
    """Return unbroken ways, each the visits of one itinerary with the one that it set out from."""
    set_out = {v["departure_flight"]: k for k, v in enumerate(visits) if v["departure_flight"]}
    by_trip: dict[str, list[int]] = defaultdict(list)
    for k in np.lexsort((np.arange(len(visits)), day)).tolist():
        by_trip[visits[k]["itinerary_id"]].append(k)
    out: list[list[int]] = []
    for trip in sorted(by_trip, key=str):
        way: list[int] = []
        for k in by_trip[trip]:
            arrival = visits[k]["arrival_flight"]
            if arrival is None or (way and visits[way[-1]]["departure_flight"] is None):
                out.append(way)
                way = []
            elif not way and arrival in set_out:
                way = [set_out[arrival]]
            way.append(k)
        out.append(way)
    return [w for w in out if len(w) > 1]


Found = dict[str, tuple[float, float, float]]  # airfield → value, low, high


def _flow_measures(
    flows: Flows, led: Ints, visits: tuple[Floats, Floats], span: tuple[float, float], rules: HubRules
) -> dict[str, Found]:
    k = len(flows.names)
    use = (flows.day >= span[0]) & (flows.day < span[1]) & flows.through
    led_on, only = np.zeros((len(led), k)), np.zeros((len(led), k))
    pair = flows.origin * k + flows.destination
    for i, chosen in enumerate(led):
        rows = chosen[chosen >= 0]
        rows = rows[use[rows]]
        led_on[i] = np.bincount(flows.via[rows], minlength=k)
        only[i] = _only(pair[rows], flows.via[rows], k)
    through = np.bincount(flows.via[use], weights=flows.p[use], minlength=k).astype(np.float64)
    expected, drawn = visits
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.nan_to_num(through / np.maximum(expected, through))
        ratios = np.nan_to_num(led_on / np.maximum(drawn, led_on))
    rows = np.flatnonzero((through > 0) & (expected >= rules.min_visits))
    return {
        "through-flow": _found(flows.names, rows, through, led_on, rules),
        "transit ratio": _found(flows.names, rows, ratio, ratios, rules),
        "dependence": _found(flows.names, rows, only.mean(axis=0), only, rules),
    }


def _only(pair: Ints, via: Ints, k: int) -> Floats:
    """Return per airfield the share of distinct pairs that went through it alone."""
    ways = np.unique(pair * k + via)
    pairs, first, count = np.unique(ways // k, return_index=True, return_counts=True)
    alone = ways[first[count == 1]] % k
    return np.bincount(alone, minlength=k) / max(len(pairs), 1)


def _visits(
    calls: _Calls, called: Ints, names: Sequence[str], span: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Return expected and drawn (n, airfields) visits in the span, for the airfields of ``names``."""
    code = {name: i for i, name in enumerate(names)}
    at = np.array([code.get(name, len(names)) for name in calls.names], dtype=np.int64)[calls.airfield]
    inside = (calls.day >= span[0]) & (calls.day < span[1])
    rows = inside[calls.group]
    size = len(names) + 1
    expected = np.bincount(at[rows], weights=calls.p[rows], minlength=size).astype(np.float64)
    drawn = np.stack([np.bincount(at[c[inside & (c >= 0)]], minlength=size) for c in called])
    return expected[:-1], drawn[:, :-1].astype(np.float64)


def _betweenness(calls: _Calls, called: Ints, span: tuple[float, float], rules: HubRules) -> Found:
    ways = [w for w in calls.sequences if span[0] <= calls.day[w[-1]] < span[1]]
    drawn = np.zeros((rules.betweenness_draws, len(calls.names)))
    for i, rows in enumerate(called[: rules.betweenness_draws]):
        at = np.where(rows >= 0, calls.airfield[np.maximum(rows, 0)], -1).tolist()
        found = betweenness(_flown(ways, at))
        for airfield, value in found.items():
            drawn[i, airfield] = value / max(sum(found.values()), 1e-12)  # its nodes summed may pass 1
    use = np.flatnonzero(drawn.any(axis=0))
    return _found(calls.names, use, drawn.mean(axis=0), drawn, rules)


def _flown(ways: Sequence[Sequence[int]], at: Sequence[int]) -> list[list[int]]:
    """Return the airfields along each way; broken where nobody knows, a sortie back to a field left out."""
    out: list[list[int]] = []
    for way in ways:
        part: list[int] = []
        for k in way:
            if at[k] < 0:
                out.append(part)
                part = []
            elif not part or part[-1] != at[k]:
                part.append(at[k])
        out.append(part)
    return [p for p in out if len(p) > 1]


def _found(names: Sequence[str], use: Ints, value: Floats, drawn: Floats, rules: HubRules) -> Found:
    tail = (1.0 - rules.level) / 2.0
    if not len(use):
        return {}
    low, high = np.quantile(drawn[:, use], [tail, 1.0 - tail], axis=0)
    return {
        names[h]: (float(value[h]), float(min(low[i], value[h])), float(max(high[i], value[h])))
        for i, h in enumerate(use)
    }


def _ranked(period: str, measure: str, found: Found) -> list[dict[str, Any]]:
    order = sorted(found, key=lambda a: (-round(found[a][0], 9), a))
    values = [round(found[a][0], 9) for a in order]
    return [
        {
            "airfield": a,
            "period": period,
            "measure": measure,
            "value": found[a][0],
            "low": found[a][1],
            "high": found[a][2],
            "rank": values.index(values[i]) + 1,
        }
        for i, a in enumerate(order)
    ]
