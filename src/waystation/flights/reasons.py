"""Why this airfield: what was last seen, what each kind of evidence weighs, and against which rival.

Weights are differences of log odds (natural log, after temperature) to the rival: +0.7 doubles the odds,
-0.7 halves them. The first is set against the runner-up, every other candidate against the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from waystation.flights.candidates import score_parts
from waystation.flights.field_table import field_table
from waystation.flights.ident_words import ident_words
from waystation.flights.model import STATE, EndingModel, load_model, temperature, who_flies
from waystation.flights.word_kernel import MOST, Rows, array_of, texts_of
from waystation.flights.worded import joined, scattered, signed, whole, word
from waystation.terms.geodesy import angle_between_deg, bearing_deg, distance_km

if TYPE_CHECKING:
    from waystation.flights.candidates import Ranked
    from waystation.flights.states import EndStates
    from waystation.world.airfields import Airfields

__all__ = ["reasons"]

Floats = NDArray[np.float64]
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
) -> pa.Array:
    """Return a sentence per row of ``ranked``; the first ``explained`` of each end with their weights."""
    model = load_model() if model is None else model
    idents = ident_words(airfields)
    listed = np.diff(ranked.start) - 1
    end = np.repeat(np.arange(len(states)), listed)
    k = np.arange(len(end)) - (np.cumsum(listed) - listed)[end]
    row = ranked.start[end] + k
    field = ranked.airfield[row]
    away, off = _seen_from(states, end, airfields, field)
    told = np.flatnonzero(k < explained)
    e = end[told]
    stately = np.where(who_flies(states) == STATE, ASSUMED, "").astype(object)
    first_ones = joined(
        last_seen(states).take(pa.array(e)),
        "; ",
        _where(away[told], off[told], field[told], idents),
        _weights(states, airfields, model, ranked, listed, e, k[told], idents),
        _next(states, e, airfields, field[told]),
        pa.array(stately, pa.string()).take(pa.array(e)),
    )
    first = ranked.start[end]
    with np.errstate(divide="ignore"):
        times = np.rint(ranked.probability[first] / ranked.probability[row])
    plain = (k >= explained) & (times < MOST)
    odd = np.flatnonzero((k >= explained) & ~plain)  # never, but for tables that were tampered with
    others = _less_likely(
        ranked, _where(away[odd], off[odd], field[odd], idents), row[odd], first[odd], idents
    )
    said = pa.concat_arrays([first_ones, others, _other(ranked)])
    number = np.empty(int(ranked.start[-1]), dtype=np.int64)
    number[row] = ~np.arange(len(row))
    number[np.concatenate([row[told], row[odd], ranked.start[1:] - 1])] = np.arange(len(said))
    seen = Rows(number, field, ranked.airfield[first], np.rint(away), np.rint(off), off <= AHEAD_DEG, times)
    return array_of(seen, texts_of(said), texts_of(idents))


def last_seen(states: EndStates) -> pa.Array:
    """Return what was last (for origins: first) seen of each flight, in words."""
    n, rate = len(states), states.vertical_rate_fpm
    blind = np.isnan(states.altitude_ft)
    height = joined("at ", whole(states.altitude_ft), " ft")
    height = pc.if_else(pa.array(blind), word("at unknown height"), height)
    known, flat = np.isfinite(rate), np.abs(rate) <= LEVEL_FPM
    climbing = np.where(states.is_origin, -rate, rate) > 0
    way = np.where(~known, "", np.where(flat, " level", np.where(climbing, " climbing ", " descending ")))
    moving, fast = np.flatnonzero(known & ~flat), np.flatnonzero(np.isfinite(states.ground_speed_kt))
    return joined(
        pa.array(np.where(states.is_origin, "first seen ", "last seen ").astype(object), pa.string()),
        height,
        pa.array(way.astype(object), pa.string()),
        scattered(joined(whole(np.abs(rate[moving])), " ft/min"), moving, n),
        scattered(joined(" at ", whole(states.ground_speed_kt[fast]), " kt"), fast, n),
    )


def _seen_from(states: EndStates, end: Ints, airfields: Airfields, field: Ints) -> tuple[Floats, Floats]:
    """Return how far each field lies from its end (km), and how far off the course (degrees)."""
    lat, lon = airfields.lat[field], airfields.lon[field]
    away = distance_km(states.lat[end], states.lon[end], lat, lon)
    to = bearing_deg(states.lat[end], states.lon[end], lat, lon)
    return away, angle_between_deg(to, states.course_deg[end])


def _where(away: Floats, off: Floats, field: Ints, idents: pa.Array) -> pa.Array:
    """Return where each field lies, seen from its end."""
    known = np.flatnonzero(~np.isnan(off))
    return joined(
        idents.take(pa.array(field)),
        " is ",
        whole(away),
        pc.if_else(pa.array(off <= AHEAD_DEG), word(" km ahead"), word(" km away")),
        scattered(joined(", ", whole(off[known]), "° off the course"), known, len(field)),
    )


def _less_likely(ranked: Ranked, where: pa.Array, row: Ints, first: Ints, idents: pa.Array) -> pa.Array:
    """Return where candidates lie, and how many times less likely than the first of their end they are."""
    best, share = ranked.probability[first], ranked.probability[row]
    possible = np.flatnonzero(share > 0)
    leaders = idents.take(pa.array(ranked.airfield[first[possible]]))
    times = whole(best[possible] / share[possible])
    text = joined("; ", times, " times less likely than ", leaders)
    return joined(where, scattered(text, possible, len(row)))


def _weights(
    states: EndStates,
    airfields: Airfields,
    model: EndingModel,
    ranked: Ranked,
    listed: Ints,
    end: Ints,
    k: Ints,
    idents: pa.Array,
) -> pa.Array:
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
    against = ranked.airfield[ranked.start[end] + np.where(alone, 0, rival)]
    groups = pa.array([f"{g} " for g in GROUPED], pa.string())
    pieces = []
    for place in range(len(GROUPED)):  # heaviest first, so the light ones stand at the end
        some = np.flatnonzero(np.abs(heavy[:, place]) >= SMALL)
        name = groups.take(pa.array(order[some, place]))
        text = joined(", " if place else "", name, signed(heavy[some, place]))
        pieces.append(scattered(text, some, len(end)))
    pieces[0] = pc.if_else(pa.array(np.abs(heavy[:, 0]) >= SMALL), pieces[0], word(NO_MORE))
    told = joined("; against ", idents.take(pa.array(against)), ": ", *pieces)
    return pc.if_else(pa.array(alone), word("; no other field within reach"), told)


def _next(states: EndStates, end: Ints, airfields: Airfields, field: Ints) -> pa.Array:
    """Return how far from each field its end was seen next, in words."""
    known = np.isfinite(states.next_after_s[end]) & np.isfinite(states.next_lat[end])
    some = np.flatnonzero(known)
    e, f = end[some], field[some]
    km = distance_km(airfields.lat[f], airfields.lon[f], states.next_lat[e], states.next_lon[e])
    height = states.next_altitude_ft[e]
    high = np.flatnonzero(~np.isnan(height))
    text = joined(
        "; silent ",
        whole(states.next_after_s[e] / 60),
        pc.if_else(pa.array(states.is_origin[e]), word(" min, seen before "), word(" min, next seen ")),
        whole(km),
        " km from the field",
        scattered(joined(" at ", whole(height[high]), " ft"), high, len(some)),
    )
    return scattered(text, some, len(end))


def _other(ranked: Ranked) -> pa.Array:
    """Return what the last row of each end says: not listed, and why there is no name."""
    text = "not listed: places out of reach or in no table, and airfields that are unlikelier"
    why = pa.array(ranked.why_no_name, pa.string())
    more = pc.if_else(pc.equal(why, word("")), word(""), word("; no name: "))
    return joined(text, more, why)
