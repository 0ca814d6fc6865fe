"""Place and motion of flights at their first and last positions in the air."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.terms.compiled import kernel
from waystation.terms.runs import run_medians, run_search, run_sums, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.bodies import Bodies

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["EndMotion", "end_motion"]

COURSE_POSITIONS = 15  # the course at an end is the mean of so many reports at most


class EndMotion(NamedTuple):
    """The last moments of tracks before hidden ends, an element an end; for origins, time runs backwards."""

    lat: Floats
    lon: Floats
    altitude_ft: Floats
    ground_speed_kt: Floats
    course_deg: Floats  # towards the field
    climb_fpm: Floats  # towards the field: negative = towards the ground
    is_origin: NDArray[np.bool_]

    def take(self, at: Ints) -> EndMotion:
        """Return the ends at ``at``."""
        return EndMotion(
            self.lat[at],
            self.lon[at],
            self.altitude_ft[at],
            self.ground_speed_kt[at],
            self.course_deg[at],
            self.climb_fpm[at],
            self.is_origin[at],
        )


def end_motion(
    bodies: Bodies, first: Ints, last: Ints, is_origin: NDArray[np.bool_], smooth_s: float
) -> EndMotion:
    """Return the motion at one end of each stretch of positions ``first`` to ``last``.

    At the first position where ``is_origin``, else at the last; climb is the median over ``smooth_s``, and a
    height that is unknown there is the nearest one known in that time.
    """
    b = bodies
    end = np.where(is_origin, first, last)
    edge_s = b.t_s[end] + np.where(is_origin, smooth_s, -smooth_s)
    stop = np.where(is_origin, run_search(b.t_s, first, last + 1, edge_s, True), last + 1)
    start = np.where(is_origin, first, np.minimum(run_search(b.t_s, first, last + 1, edge_s, False), last))
    stop = np.maximum(stop, start + 1)
    course = _mean_direction(
        b.track_angle_deg,
        np.where(is_origin, start, np.maximum(start, stop - COURSE_POSITIONS)),
        np.where(is_origin, np.minimum(stop, start + COURSE_POSITIONS), stop),
    )
    climb = np.nan_to_num(run_medians(b.vertical_rate_fpm, start, stop), nan=0.0)
    return EndMotion(
        b.lat[end],
        b.lon[end],
        _nearest_known(b.altitude_ft, start, stop, is_origin),
        b.ground_speed_kt[end],
        np.where(is_origin, (course + 180.0) % 360.0, course),
        np.where(is_origin, -climb, climb),
        is_origin,
    )


def _mean_direction(angles_deg: Floats, start: Ints, stop: Ints) -> Floats:
    run, at = spread(start, stop)
    known = np.isfinite(angles_deg[at])
    edges = np.r_[0, np.cumsum(np.bincount(run[known], minlength=len(start)))]
    a = np.radians(angles_deg[at[known]])
    n = np.diff(edges)
    some = np.flatnonzero(n)
    east, north = (run_sums(f(a), edges[some], edges[some + 1]) / n[some] for f in (np.sin, np.cos))
    out = np.full(len(start), np.nan)
    out[some] = np.degrees(np.arctan2(east, north)) % 360.0
    return out


@kernel()
def _nearest_known(
    values: Floats, start: Ints, stop: Ints, from_start: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the first known value of each run, or the last; nan where none is."""
    out = np.full(len(start), np.nan)
    for i in range(len(start)):
        for n in range(stop[i] - start[i]):
            v = values[start[i] + n] if from_start[i] else values[stop[i] - 1 - n]
            if not np.isnan(v):
                out[i] = v
                break
    return out
