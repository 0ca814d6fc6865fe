"""The ends that nobody saw, with all that is known around them: what ``infer`` ranks airfields for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from waystation.flights.ends import SEEN
from waystation.flights.states import EndStates, end_states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.flights.bodies import Bodies
    from waystation.flights.ends import Ends
    from waystation.flights.segment import Segments

__all__ = ["Unseen", "join_unseen", "split_unseen", "unseen_ends"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Unseen:
    """One element per end that is not ``seen``, origins and destinations of all flights in order.

    ``flight`` is the row in the flights table. ``fixed`` is the airfield that ``approach`` named, -1 if none,
    with its probability. ``nowhere``: the aircraft was seen on the ground where the table has no airfield.
    ``other`` is the airfield at the flight's other end, -1 unknown. ``pairs`` (m, 2): a hidden landing, and
    the hidden takeoff of the same body that follows it.
    """

    states: EndStates
    flight: Ints
    fixed: Ints
    fixed_probability: Floats
    nowhere: NDArray[np.bool_]
    other: Ints
    pairs: Ints

    def __len__(self) -> int:
        return len(self.flight)


def unseen_ends(
    bodies: Bodies,
    segments: Segments,
    ends: Ends,
    callsigns: Sequence[str | None],
    types: Sequence[str | None],
) -> Unseen:
    """Return the ends that were not seen. ``callsigns`` and ``types``: one per flight."""
    at = np.flatnonzero(ends.ending != SEEN)
    flight, is_origin = ends.flight[at], ends.is_origin[at]
    sides = list(zip(flight.tolist(), is_origin.tolist(), strict=True))
    states = end_states(
        bodies.t_s,
        bodies.lat,
        bodies.lon,
        bodies.altitude_ft,
        bodies.ground_speed_kt,
        bodies.track_angle_deg,
        bodies.vertical_rate_fpm,
        bodies.ground,
        start=segments.first[flight],
        stop=segments.last[flight] + 1,
        is_origin=is_origin,
        callsign=[(callsigns[i] or "").split(",")[0 if o else -1] for i, o in sides],
        type_=[types[i] for i, _ in sides],
        upcoming=_neighbours(bodies, segments, ends, at),
        steps=bodies.steps_km,
    )
    return Unseen(
        states=states,
        flight=flight,
        fixed=ends.airfield[at],
        fixed_probability=ends.probability[at],
        nowhere=ends.nowhere[at],
        other=ends.airfield[at ^ 1],
        pairs=_pairs(segments, flight, is_origin),
    )


def _neighbours(bodies: Bodies, segments: Segments, ends: Ends, at: Ints) -> dict[str, Any]:
    """Return where and when the body was next (before an origin: last) heard, and where that flight ended.

    An origin's neighbour is the destination one element before it, a destination's the origin after it.
    """
    s, is_origin = segments, ends.is_origin[at]
    beyond = np.where(is_origin, at - 1, at + 1)
    inside = (beyond >= 0) & (beyond < len(ends.flight))
    beyond = np.where(inside, beyond, at)
    j = ends.flight[beyond]
    known = inside & (s.body[j] == s.body[ends.flight[at]])
    there = np.where(is_origin, s.last[j], s.first[j])
    airfield = np.where(known, ends.airfield[beyond], -1)
    after_s = np.abs(bodies.t_s[there] - bodies.t_s[ends.air[at]])
    return {
        "next_lat": np.where(known, bodies.lat[there], np.nan),
        "next_lon": np.where(known, bodies.lon[there], np.nan),
        "next_after_s": np.where(known, after_s, np.nan),
        "next_altitude_ft": np.where(known, bodies.altitude_ft[there], np.nan),
        "next_airfield": airfield,
        "next_probability": np.where(airfield >= 0, ends.probability[beyond], np.nan),
    }


def _pairs(segments: Segments, flight: Ints, is_origin: NDArray[np.bool_]) -> Ints:
    """Return (landing, takeoff) of consecutive flights of one body where both are unseen."""
    k = np.flatnonzero(~is_origin[:-1] & is_origin[1:])
    same = segments.body[flight[k]] == segments.body[flight[k + 1]]
    k = k[same & (flight[k] + 1 == flight[k + 1])]
    return np.stack([k, k + 1], axis=1).astype(np.int64)


def join_unseen(parts: Sequence[tuple[Unseen, int]]) -> Unseen | None:
    """Join the ends of several parts, each with the number of flights of its part; None of no parts."""
    if not parts:
        return None
    flights_before = np.cumsum([0, *(n for _, n in parts)])
    ends_before = np.cumsum([0, *(len(u) for u, _ in parts)])
    whole = [u for u, _ in parts]
    states = EndStates(
        **{f.name: np.concatenate([getattr(u.states, f.name) for u in whole]) for f in fields(EndStates)}
    )
    shifted = {
        "flight": [u.flight + at for u, at in zip(whole, flights_before, strict=False)],
        "pairs": [u.pairs + at for u, at in zip(whole, ends_before, strict=False)],
    }
    plain = {k: [getattr(u, k) for u in whole] for k in ("fixed", "fixed_probability", "nowhere", "other")}
    return Unseen(states=states, **{k: np.concatenate(v) for k, v in (shifted | plain).items()})


def split_unseen(unseen: Unseen, most: int) -> list[Unseen]:
    """Return the ends in parts of about ``most``, one after the other; the ends of a pair stay together."""
    cuts = np.arange(most, len(unseen), most)
    cuts = np.unique([0, *(cuts + np.isin(cuts, unseen.pairs[:, 1])), len(unseen)])
    return [_slice(unseen, int(a), int(b)) for a, b in pairwise(cuts)]


def _slice(u: Unseen, a: int, b: int) -> Unseen:
    first = u.pairs[:, 0]
    plain = {k: getattr(u, k)[a:b] for k in ("flight", "fixed", "fixed_probability", "nowhere", "other")}
    return Unseen(
        states=u.states.take(np.arange(a, b)), pairs=u.pairs[(first >= a) & (first < b)] - a, **plain
    )
