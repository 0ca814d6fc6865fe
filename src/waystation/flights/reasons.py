"""Why this airfield: what was last seen, what each kind of evidence weighs, and against which rival.

Weights are differences of log odds (natural log, after temperature) to the rival: +0.7 doubles the odds,
-0.7 halves them. The first is set against the runner-up, every other candidate against the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.flights.candidates import score_parts
from waystation.flights.field_table import field_table
from waystation.flights.model import STATE, EndingModel, load_model, temperature, who_flies
from waystation.terms.geodesy import angle_between_deg, bearing_deg, distance_km

if TYPE_CHECKING:
    from waystation.flights.candidates import Ranked
    from waystation.flights.states import EndStates
    from waystation.world.airfields import Airfields

__all__ = ["reasons"]

Ints = NDArray[np.int64]

LEVEL_FPM = 400.0
AHEAD_DEG = 60.0
NO_MORE = "no difference"
ASSUMED = "; state transport: bases are not ranked below airports (assumed, not fitted)"
SMALL = 0.05  # lighter terms are left out
GROUPED = {
    "height": ("ratio", "run"),
    "distance": ("distance",),
    "course": ("course", "course_5min", "course_15min", "course_whole"),
    "kind of field": ("field",),
    "length of the flight": ("total", "total_size"),
    "lined up with a runway": ("runway",),
    "country and operator": ("country", "operator"),
}


def reasons(
    states: EndStates,
    airfields: Airfields,
    ranked: Ranked,
    model: EndingModel | None = None,
    *,
    explained: int = 3,
) -> list[str]:
    """Return a sentence per row of ``ranked``; the first ``explained`` of each end with their weights."""
    model = load_model() if model is None else model
    listed = np.diff(ranked.start) - 1
    end = np.repeat(np.arange(len(states)), listed)
    k = np.arange(len(end)) - (np.cumsum(listed) - listed)[end]
    row = ranked.start[end] + k
    field = ranked.airfield[row]
    where = _where(states.take(end), airfields, field)
    told = np.flatnonzero(k < explained)
    weights = _weights(states, airfields, model, ranked, listed, end[told], k[told])
    beyond = _next(states.take(end[told]), airfields, field[told])
    seen = [last_seen(states, e) for e in range(len(states))]
    stately = (who_flies(states) == STATE).tolist()
    out = [""] * int(ranked.start[-1])
    for n, e, w, b in zip(told.tolist(), end[told].tolist(), weights, beyond, strict=True):
        out[row[n]] = f"{seen[e]}; {where[n]}{w}{b}{ASSUMED if stately[e] else ''}"
    rest = np.flatnonzero(k >= explained)
    first = ranked.start[end[rest]]
    best, share = ranked.probability[first], ranked.probability[row[rest]]
    times = best / np.where(share > 0, share, 1.0)
    leaders = airfields.ident[ranked.airfield[first]]
    for n, t, p, name in zip(rest.tolist(), times.tolist(), share.tolist(), leaders, strict=True):
        out[row[n]] = f"{where[n]}; {t:,.0f} times less likely than {name}" if p > 0 else where[n]
    for e, last in enumerate((ranked.start[1:] - 1).tolist()):
        out[last] = _other(model, ranked, e)
    return out


def last_seen(states: EndStates, e: int) -> str:
    """Return what was last (for origins: first) seen of a flight, in words."""
    words = ["first seen" if states.is_origin[e] else "last seen"]
    height, rate, speed = states.altitude_ft[e], states.vertical_rate_fpm[e], states.ground_speed_kt[e]
    words.append("at unknown height" if np.isnan(height) else f"at {height:,.0f} ft")
    if np.isfinite(rate):
        climbing = (-rate if states.is_origin[e] else rate) > 0
        words.append("level" if abs(rate) <= LEVEL_FPM else "climbing" if climbing else "descending")
        if abs(rate) > LEVEL_FPM:
            words.append(f"{abs(rate):,.0f} ft/min")
    if np.isfinite(speed):
        words.append(f"at {speed:,.0f} kt")
    return " ".join(words)


def _where(states: EndStates, airfields: Airfields, field: Ints) -> list[str]:
    """Return where each field lies, seen from the end in the same place."""
    lat, lon = airfields.lat[field], airfields.lon[field]
    away = distance_km(states.lat, states.lon, lat, lon)
    off = angle_between_deg(bearing_deg(states.lat, states.lon, lat, lon), states.course_deg)
    return [
        f"{name} is {km:,.0f} km {'ahead' if turn <= AHEAD_DEG else 'away'}"
        + ("" if turn != turn else f", {turn:.0f}° off the course")  # noqa: PLR0124 - nan: course unknown
        for name, km, turn in zip(airfields.ident[field], away.tolist(), off.tolist(), strict=True)
    ]


def _weights(
    states: EndStates,
    airfields: Airfields,
    model: EndingModel,
    ranked: Ranked,
    listed: Ints,
    end: Ints,
    k: Ints,
) -> list[str]:
    """Return what speaks for candidate ``k`` of each ``end`` against its rival, heaviest first."""
    from waystation.flights.features import PARTS

    width = max(2, int(k.max(initial=0)) + 1)
    rows = np.full((len(states), width), -1, dtype=np.int64)
    table = field_table(airfields)
    for c in range(width):
        has = np.flatnonzero(listed > c)
        rows[has, c] = table.position[ranked.airfield[ranked.start[has] + c]]
    parts = score_parts(states, airfields, model, rows) / temperature(model, states)[:, :, None]
    rival = np.where(k == 0, 1, 0)
    gain = parts[end, k] - parts[end, rival]
    sums = np.zeros((len(end), len(GROUPED)))
    for g, names in enumerate(GROUPED.values()):
        for name in names:
            sums[:, g] += gain[:, PARTS.index(name)]
    order = np.argsort(-np.abs(sums), axis=1, kind="stable")
    heavy = np.take_along_axis(sums, order, axis=1)
    alone = listed[end] <= rival
    against = airfields.ident[ranked.airfield[ranked.start[end] + np.where(alone, 0, rival)]]
    groups = tuple(GROUPED)
    return [
        "; no other field within reach"
        if only
        else f"; against {name}: "
        + (
            ", ".join(f"{groups[g]} {v:+.1f}" for g, v in zip(o, h, strict=True) if abs(v) >= SMALL)
            or NO_MORE
        )
        for only, name, o, h in zip(alone.tolist(), against, order.tolist(), heavy.tolist(), strict=True)
    ]


def _next(states: EndStates, airfields: Airfields, field: Ints) -> list[str]:
    """Return how far from each field the end in the same place was seen next, in words."""
    known = np.isfinite(states.next_after_s) & np.isfinite(states.next_lat)
    km = distance_km(airfields.lat[field], airfields.lon[field], states.next_lat, states.next_lon)
    height, silent = states.next_altitude_ft, states.next_after_s / 60
    when = ("next seen", "seen before")
    return [
        f"; silent {silent[n]:,.0f} min, {when[int(states.is_origin[n])]} {km[n]:,.0f} km from the field"
        + ("" if np.isnan(height[n]) else f" at {height[n]:,.0f} ft")
        if known[n]
        else ""
        for n in range(len(known))
    ]


def _other(model: EndingModel, ranked: Ranked, e: int) -> str:
    text = f"not listed: {model.other:.0%} for places out of reach or in no table, the rest unlikelier"
    return f"{text}; no name: {ranked.why_no_name[e]}" if ranked.why_no_name[e] else text
