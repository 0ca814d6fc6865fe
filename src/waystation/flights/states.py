"""What is known at an end that was not seen: place, height, motion and the way so far.

An origin is read backwards in time, so that for both ends the hidden airfield lies *ahead*: the course leads
towards it and a negative vertical rate brings the aircraft closer to its ground.

    seen …──────────────●·····? hidden airfield          seen: 15 min │ 5 min │ 1 min
                 15 min  5 1
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["EndStates", "designator", "end_states"]

Floats = NDArray[np.float64]

_CALLSIGN = re.compile(r"([A-Z]{3})\d")


@dataclass(frozen=True)
class EndStates:
    """One element per unseen end; ``nan`` and "" mean unknown.

    ``vertical_rate_fpm`` (negative: towards the ground at the hidden field) and ``course_deg`` are median and
    circular mean of the last minute; ``*_5min`` and ``*_15min`` run from the place then to the end.
    ``far_*`` is the other extreme of what was seen, ``far_altitude_ft`` 0 on the ground. ``usual_speed_kt``
    is the 90th percentile over minutes. ``operator`` is the designator of the callsign, ``type`` the ICAO
    type. ``next_*`` is the next sighting of the airframe (for origins the one before), ``next_after_s`` the
    time to it, ``next_airfield`` the index of the airfield where that flight is known to begin (end), -1
    unknown, with its probability.
    """

    is_origin: NDArray[np.bool_]
    lat: Floats
    lon: Floats
    altitude_ft: Floats
    ground_speed_kt: Floats
    vertical_rate_fpm: Floats
    vertical_rate_5min_fpm: Floats
    course_deg: Floats
    course_5min_deg: Floats
    course_15min_deg: Floats
    far_lat: Floats
    far_lon: Floats
    far_altitude_ft: Floats
    far_km: Floats
    max_altitude_ft: Floats
    usual_speed_kt: Floats
    flown_km: Floats
    duration_s: Floats
    time_s: Floats
    operator: NDArray[np.object_]
    type: NDArray[np.object_]
    next_lat: Floats
    next_lon: Floats
    next_after_s: Floats
    next_altitude_ft: Floats
    next_airfield: NDArray[np.int64]
    next_probability: Floats

    def __len__(self) -> int:
        return len(self.lat)

    def take(self, index: NDArray[np.int64]) -> EndStates:
        """Return the ends at ``index``."""
        return EndStates(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


@lru_cache(maxsize=1 << 16)
def designator(callsign: str | None) -> str:
    """Return the operator's three letters of a callsign such as RFF8042; "" for registrations."""
    m = _CALLSIGN.match((callsign or "").strip().upper())
    return m[1] if m else ""


def end_states(
    t_s: Floats,
    lat: Floats,
    lon: Floats,
    altitude_ft: Floats,
    ground_speed_kt: Floats,
    track_angle_deg: Floats,
    vertical_rate_fpm: Floats,
    ground: NDArray[np.int8],
    *,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    is_origin: NDArray[np.bool_],
    callsign: Sequence[str | None] | None = None,
    type_: Sequence[str | None] | None = None,
    upcoming: dict[str, Any] | None = None,
    steps: Floats | None = None,
) -> EndStates:
    """Return the states of ends from the positions of their flights.

    The first eight arrays run over positions, times rising within a flight; ``ground`` is 1 on the ground, 0
    in the air, -1 unknown. End ``e`` belongs to the flight of positions ``start[e]`` up to, not including,
    ``stop[e]``; the origin is hidden before its first position, the destination after its last. ``upcoming``
    holds the ``next_*`` arrays that are known, ``steps`` the distances from each position to the next.
    """
    from waystation.flights.lengths import steps_km
    from waystation.flights.state_kernel import COLUMNS, Track, all_states

    n = len(start)
    out = np.full((n, len(COLUMNS)), np.nan)
    hidden = np.ascontiguousarray(is_origin, dtype=np.bool_)
    t, p, q, height, speed, course, climb = (
        np.ascontiguousarray(x, dtype=np.float64)
        for x in (t_s, lat, lon, altitude_ft, ground_speed_kt, track_angle_deg, vertical_rate_fpm)
    )
    known = np.ascontiguousarray(ground, dtype=np.int8)
    apart = steps_km(p, q) if steps is None else steps
    track = Track(t, p, q, height, speed, course, climb, known, apart)
    begin, end = (np.ascontiguousarray(x, dtype=np.int64) for x in (start, stop))
    all_states(track, begin, end, hidden, out)
    more: dict[str, Any] = {
        name: np.full(n, np.nan) for name in ("next_lat", "next_lon", "next_after_s", "next_altitude_ft")
    }
    more |= {"next_airfield": np.full(n, -1, dtype=np.int64), "next_probability": np.full(n, np.nan)}
    more |= upcoming or {}
    return EndStates(
        is_origin=hidden,
        operator=np.array([designator(c) for c in callsign or [None] * n], dtype=object),
        type=np.array([(x or "").strip().upper() for x in type_ or [None] * n], dtype=object),
        **{name: np.ascontiguousarray(out[:, k]) for k, name in enumerate(COLUMNS)},
        **more,
    )
