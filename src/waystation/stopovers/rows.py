"""The rows of one demand: the direct flight, and every airfield in reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from waystation.stopovers.candidates import look, runway_for
from waystation.stopovers.rank import Parts, is_state, parts_of
from waystation.stopovers.reach import Reach, legs_reach, reachable_km
from waystation.stopovers.setting import access_at, direct_km, key_of, legs_from, winds_on
from waystation.world.breguet import takeoff_share
from waystation.world.runway_need import RunwayAnswers, runway_answers

if TYPE_CHECKING:
    from waystation.stopovers.setting import Setting

__all__ = ["alternative_rows", "direct_row"]

Ints = NDArray[np.int64]
_TENTH: Final = 1  # decimals of a payload in t: the band is a hundred times wider


def direct_row(setting: Setting, n_flights: int, way_km: float, said: str) -> dict[str, Any]:
    """Return the row of the direct flight: its runway is the destination's, for a landing.

    ``way_km``, ``said``: its way, nan where there is none, and the reason.
    """
    to = np.array([setting.destination], dtype=np.int64)
    km = np.array([way_km], dtype=np.float64)
    wind = winds_on(setting, setting.origin, to, km, back=False)[None, :]
    reach = legs_reach(setting.aircraft, setting.payload_t, km[None, :], setting.rules.reach, wind)
    curve = setting.aircraft.curve
    assert curve is not None
    runway = runway_answers(
        setting.airfields,
        to,
        setting.aircraft,
        setting.rules.runway,
        landing_only=True,
        weight_share=takeoff_share(curve, setting.payload_t, 0.0),
    )
    own = np.array(["open"], dtype=object)  # there is no stop that anyone could refuse
    parts = parts_of(
        reach.probability, km / km, own, runway.answer, own, np.array([n_flights]), setting.rules.rank
    )
    row = key_of(setting.demand, setting.payload_t) | _common(0, 0, reach, runway, parts)
    return row | {
        "detour": float((km / km)[0]),
        "used_before": n_flights,
        "variant": setting.aircraft.variant,
        "direct_km": float(km[0]),
        "first_headwind_kt": float(wind[0, 0]),
        "first_leg": said,
        "first_leg_probability": float(reach.each[0, 0]),
        "runway_reason": f"landing at {setting.demand.destination}: {runway.reason[0]}",
        "factor_access": None,
        "factor_handling": None,
        "reason": "without a stop",
    }


def alternative_rows(
    setting: Setting, named: frozenset[str], without: frozenset[str]
) -> tuple[list[dict[str, Any]], list[str], tuple[float, str]]:
    """Return the rows of every airfield in reach, best first, what was left out, and the direct way.

    One search from each end: the destination is one more place to reach from the origin.
    """
    rules, a = setting.rules, setting.airfields
    helped = setting.demand.under.wind_kt - setting.demand.under.headwind_kt
    longest = reachable_km(
        setting.aircraft, setting.payload_t, rules.rank.least_probability, rules.reach, max(helped, 0.0)
    )
    seen = look(setting, longest, named, without | set(setting.demand.under.without))
    km, said = legs_from(setting, setting.origin, np.append(seen.index, setting.destination))
    ways = [(km[:-1], said[:-1]), legs_from(setting, setting.destination, seen.index)]
    legs = np.stack([km for km, _ in ways])
    ends = ((setting.origin, False), (setting.destination, True))
    winds = np.stack(
        [winds_on(setting, end, seen.index, km, back=b) for (end, b), km in zip(ends, legs, strict=True)]
    )
    reach = legs_reach(setting.aircraft, setting.payload_t, legs, rules.reach, winds)
    runway = runway_for(setting, seen.index, legs[1])
    kept = np.flatnonzero(
        ((reach.probability >= rules.rank.least_probability) & (runway.answer != "no")) | seen.named
    )
    index = seen.index[kept]
    status, facts = access_at(setting, index)
    used = np.array([setting.used.get(str(a.ident[i]), 0) for i in index], dtype=np.int64)
    direct = direct_km(setting, float(km[-1]))
    detour = legs.sum(axis=0)[kept] / direct
    parts = parts_of(
        reach.probability[kept],
        detour,
        status,
        runway.answer[kept],
        a.kind[index],
        used,
        rules.rank,
        state=is_state(setting.demand.operator_class),
    )
    order = np.lexsort((a.ident[index].astype(str), np.nan_to_num(detour, nan=np.inf), -parts.score))
    rows = [
        key_of(setting.demand, setting.payload_t)
        | _common(int(kept[k]), int(k), reach, runway, parts)
        | _place(setting, int(index[k]))
        | {
            "rank": rank,
            "detour": float(detour[k]),
            "direct_km": direct,
            "access": str(status[k]),
            "access_reason": str(facts[k]),
            "used_before": int(used[k]),
        }
        | _legs(int(kept[k]), legs, ways, reach)
        | {f"{name}_headwind_kt": float(winds[leg, kept[k]]) for leg, name in enumerate(("first", "second"))}
        for rank, k in enumerate(order, 1)
    ]
    shut = int(np.isnan(legs).any(axis=0).sum())
    far = len(seen.index) - len(kept)
    note = f"{far} more are out of reach or too short for that leg, {shut} of all have no open way"
    return rows, [*seen.notes, note], (float(km[-1]), str(said[-1]))


def _common(j: int, k: int, reach: Reach, runway: RunwayAnswers, parts: Parts) -> dict[str, Any]:
    """Columns of both kinds of row: element ``j`` of reach and runway, ``k`` of the parts."""
    return {
        "payload_max_t": round(float(reach.payload_t[j]), _TENTH),
        "payload_low_t": round(float(reach.payload_low_t[j]), _TENTH),
        "payload_high_t": round(float(reach.payload_high_t[j]), _TENTH),
        "feasible_probability": float(reach.probability[j]),
        "range_margin_km": float(reach.margin_km[j]),
        "runway": str(runway.answer[j]),
        "runway_reason": str(runway.reason[j]),
        "score": float(parts.score[k]),
        "factor_reach": float(parts.reach[k]),
        "factor_detour": float(parts.detour[k]),
        "factor_access": float(parts.access[k]),
        "factor_runway": float(parts.runway[k]),
        "factor_handling": float(parts.handling[k]),
        "factor_use": float(parts.use[k]),
    }


def _place(setting: Setting, i: int) -> dict[str, Any]:
    a = setting.airfields
    return {
        "stopover": str(a.ident[i]),
        "name": str(a.name[i]),
        "country": str(a.iso_country[i]),
        "variant": setting.aircraft.variant,
    }


def _legs(j: int, legs: NDArray[np.float64], ways: list[Any], reach: Reach) -> dict[str, Any]:
    return {
        "first_leg_km": float(legs[0, j]),
        "second_leg_km": float(legs[1, j]),
        "first_leg": str(ways[0][1][j]),
        "second_leg": str(ways[1][1][j]),
        "first_leg_probability": float(reach.each[0, j]),
        "second_leg_probability": float(reach.each[1, j]),
    }
