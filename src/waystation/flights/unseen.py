"""The ends that nobody saw, with all that is known around them: what ``infer`` ranks airfields for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from waystation.flights.states import EndStates, end_states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.flights.bodies import Bodies
    from waystation.flights.ends import End
    from waystation.flights.segment import Segments

__all__ = ["Unseen", "join_unseen", "unseen_ends"]

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
    ends: tuple[list[End], list[End]],
    callsigns: Sequence[str | None],
    types: Sequence[str | None],
) -> Unseen:
    """Return the ends that were not seen. ``callsigns`` and ``types``: one per flight."""
    wanted = [
        (i, is_origin)
        for i in range(len(segments.body))
        for is_origin, side in ((True, ends[0]), (False, ends[1]))
        if side[i].ending != "seen"
    ]
    flight = np.array([i for i, _ in wanted], dtype=np.int64)
    is_origin = np.array([o for _, o in wanted], dtype=np.bool_)
    own = [ends[0][i] if o else ends[1][i] for i, o in wanted]
    beyond = [ends[1][i] if o else ends[0][i] for i, o in wanted]
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
        callsign=[(callsigns[i] or "").split(",")[0 if o else -1] for i, o in wanted],
        type_=[types[i] for i, _ in wanted],
        upcoming=_neighbours(bodies, segments, ends, flight, is_origin),
    )
    return Unseen(
        states=states,
        flight=flight,
        fixed=np.array([e.airfield for e in own], dtype=np.int64),
        fixed_probability=np.array([e.probability for e in own], dtype=np.float64),
        nowhere=np.array([e.nowhere for e in own], dtype=np.bool_),
        other=np.array([e.airfield for e in beyond], dtype=np.int64),
        pairs=_pairs(segments, flight, is_origin),
    )


def _neighbours(
    bodies: Bodies,
    segments: Segments,
    ends: tuple[list[End], list[End]],
    flight: Ints,
    is_origin: NDArray[np.bool_],
) -> dict[str, Any]:
    """Return where and when the body was next (before an origin: last) heard, and where that flight ended."""
    n = len(flight)
    out: dict[str, Any] = {
        k: np.full(n, np.nan) for k in ("next_lat", "next_lon", "next_after_s", "next_altitude_ft")
    }
    out |= {"next_airfield": np.full(n, -1, dtype=np.int64), "next_probability": np.full(n, np.nan)}
    for k, (i, origin) in enumerate(zip(flight, is_origin, strict=True)):
        j = i - 1 if origin else i + 1
        if not 0 <= j < len(segments.body) or segments.body[j] != segments.body[i]:
            continue
        there = int(segments.last[j] if origin else segments.first[j])
        here = int(segments.air_first[i] if origin else segments.air_last[i])
        out["next_lat"][k], out["next_lon"][k] = bodies.lat[there], bodies.lon[there]
        out["next_altitude_ft"][k] = bodies.altitude_ft[there]
        out["next_after_s"][k] = abs(bodies.t_s[there] - bodies.t_s[here])
        end = (ends[1] if origin else ends[0])[j]
        if end.airfield >= 0:
            out["next_airfield"][k], out["next_probability"][k] = end.airfield, end.probability
    return out


def _pairs(segments: Segments, flight: Ints, is_origin: NDArray[np.bool_]) -> Ints:
    """Return (landing, takeoff) of consecutive flights of one body where both are unseen."""
    place = {(int(i), bool(o)): k for k, (i, o) in enumerate(zip(flight, is_origin, strict=True))}
    found = [
        (k, place[i + 1, True])
        for (i, origin), k in place.items()
        if not origin and (i + 1, True) in place and segments.body[i] == segments.body[i + 1]
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


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
