"""Why this airfield: what was last seen, what each kind of evidence weighs, and against which rival.

Weights are differences of log odds (natural log, after temperature) to the rival: +0.7 doubles the odds,
-0.7 halves them. The first is set against the runner-up, every other candidate against the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waystation.flights.candidates import score_parts
from waystation.flights.field_table import field_table
from waystation.flights.model import STATE, EndingModel, load_model, temperature, who_flies
from waystation.terms.geodesy import angle_between_deg, bearing_deg, distance_km

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.candidates import Ranked
    from waystation.flights.states import EndStates
    from waystation.world.airfields import Airfields

__all__ = ["reasons"]

LEVEL_FPM = 400.0
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
    counts = np.diff(ranked.start) - 1
    width = max(2, explained)
    table = field_table(airfields)
    rows = np.full((len(states), width), -1, dtype=np.int64)
    for k in range(width):
        has = np.flatnonzero(counts > k)
        rows[has, k] = table.position[ranked.airfield[ranked.start[has] + k]]
    parts = score_parts(states, airfields, model, rows) / temperature(model, states)[:, :, None]
    out: list[str] = []
    who = who_flies(states)
    for e in range(len(states)):
        listed = ranked.airfield[ranked.start[e] : ranked.start[e + 1] - 1]
        seen = last_seen(states, e)
        away, off = _geometry(states, e, airfields, listed)
        for k, a in enumerate(listed):
            where = f"{away[k]:,.0f} km ahead" if off[k] <= 60 else f"{away[k]:,.0f} km away"
            course = "" if np.isnan(off[k]) else f", {off[k]:.0f}° off the course"
            text = f"{airfields.ident[a]} is {where}{course}"
            if k < explained:
                weights = _weights(parts[e], k, listed, airfields)
                text = f"{seen}; {text}{weights}{_next(states, e, airfields, int(a))}"
                if who[e] == STATE:
                    text += "; state transport: bases are not ranked below airports (assumed, not fitted)"
            elif (share := ranked.probability[ranked.start[e] + k]) > 0:
                times = ranked.probability[ranked.start[e]] / share
                text += f"; {times:,.0f} times less likely than {airfields.ident[listed[0]]}"
            out.append(text)
        out.append(_other(model, ranked, e))
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


def _geometry(
    states: EndStates, e: int, airfields: Airfields, listed: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lat, lon = airfields.lat[listed], airfields.lon[listed]
    bearing = bearing_deg(states.lat[e], states.lon[e], lat, lon)
    return distance_km(states.lat[e], states.lon[e], lat, lon), angle_between_deg(
        bearing, states.course_deg[e]
    )


def _weights(parts: NDArray[np.float64], k: int, listed: NDArray[np.int64], airfields: Airfields) -> str:
    from waystation.flights.features import PARTS

    rival = 1 if k == 0 else 0
    if len(listed) <= rival:
        return "; no other field within reach"
    place = {name: i for i, name in enumerate(PARTS)}
    sums = {
        name: float(sum(parts[k, place[g]] - parts[rival, place[g]] for g in groups))
        for name, groups in GROUPED.items()
    }
    ranked = sorted(sums.items(), key=lambda item: -abs(item[1]))
    told = ", ".join(f"{name} {value:+.1f}" for name, value in ranked if abs(value) >= SMALL)
    return f"; against {airfields.ident[listed[rival]]}: {told or 'no difference'}"


def _next(states: EndStates, e: int, airfields: Airfields, a: int) -> str:
    if not np.isfinite(states.next_after_s[e]) or not np.isfinite(states.next_lat[e]):
        return ""
    km = float(distance_km(airfields.lat[a], airfields.lon[a], states.next_lat[e], states.next_lon[e]))
    when = "seen before" if states.is_origin[e] else "next seen"
    height = states.next_altitude_ft[e]
    at = "" if np.isnan(height) else f" at {height:,.0f} ft"
    return f"; silent {states.next_after_s[e] / 60:,.0f} min, {when} {km:,.0f} km from the field{at}"


def _other(model: EndingModel, ranked: Ranked, e: int) -> str:
    text = f"not listed: {model.other:.0%} for places out of reach or in no table, the rest unlikelier"
    return f"{text}; no name: {ranked.why_no_name[e]}" if ranked.why_no_name[e] else text
