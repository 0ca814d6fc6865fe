"""Which flight a gap belongs to, and what can be said of why nothing was heard.

A gap is a silence; whether anything could have been heard is for measured reception to say:

    interference  jammed or false positions fill it or adjoin it
    coverage      the chance to be heard on the straight way was small, as measured on other traffic
    dark          it was large, and landing is not the simple answer. A state of evidence, not an intent
    unknown       everything else, and every gap that touches the ground

Every label comes with its reason and numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waystation.flights.gap_answers import NOT_MEASURED, answers
from waystation.flights.gap_way import Silences, WayRules, measure_ways
from waystation.flights.interference import Spoilt, count_spoilt
from waystation.flights.put import put
from waystation.flights.silence import fast_speed_kt
from waystation.terms.runs import run_quantiles, run_search
from waystation.terms.schema import conform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.bodies import Bodies
    from waystation.flights.segment import Segments
    from waystation.terms.reception import Reception

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["OPEN_GAPS", "GapLabelRules", "Surroundings", "find_open_gaps", "weigh_gaps"]

OPEN_GAPS: Final = pa.schema(
    [("gap", pa.int64())]
    + [
        (n, pa.float64())
        for n in (
            *("from_lat", "from_lon", "from_altitude_ft", "from_s"),
            *("to_lat", "to_lon", "to_altitude_ft", "to_s"),
            *("usual_spacing_s", "usual_speed_kt", "implied_speed_kt"),
        )
    ]
)
MS = 0.001  # times are whole milliseconds
CHUNK = 2000  # silences whose ways are held at once
ON_GROUND = {
    1: "on the ground before it: taxi, takeoff and climb may go unheard",
    2: "on the ground after it: descent, landing and taxi may go unheard",
    3: "on the ground before and after: parked, or moved unseen",
}


@dataclass(frozen=True)
class GapLabelRules:
    """When reception speaks for or against a silence."""

    adjoin_s: float = 600.0  # jamming comes and goes: bad positions this near before or after belong to it
    good_low: float = 0.9  # even at the low end of its interval, nine of ten would have been heard
    dark_below: float = 0.2  # of the way, crossings may go unheard: more, and it may skirt a hole
    poor_mean: float = 0.5  # more likely than not, nothing would have been heard …
    poor_high: float = 0.8  # … and even at the high end of its interval that is no surprise
    poor_share: float = 0.6  # … or so on most of the way: at the edges of a hole the cells blur
    measured_share: float = 0.8  # of the way; over less, one unheard corner may explain the silence
    unheard_share: float = 0.8  # of the way on which nobody at all was ever heard
    edge_others: int = 5  # other tracks that begin or end where such a way does
    landing: float = 0.2  # from one in five, a landing in between is an answer to reckon with
    straight_share: float = 0.7  # of its own fast speed; slower, it went some other way than straight on
    usual_times: float = 3.0  # a silence less than this over the body's usual spacing is nothing unusual
    way: WayRules = field(default_factory=WayRules)


class Surroundings(NamedTuple):
    """What this room worked out about the positions on both sides of a gap."""

    bodies: Bodies
    segments: Segments
    ids: list[str]  # of the flights
    state: NDArray[np.int8]  # per position of ``bodies``: 1 on the ground
    landing: NDArray[np.float64]  # probability that the silence after it hides a landing
    spoilt: Spoilt


def find_open_gaps(
    gaps: pa.Table, around: Surroundings, rules: GapLabelRules = GapLabelRules()
) -> tuple[pa.Table, pa.Table]:
    """Return ``gaps`` with all that tracks tell, and ``OPEN_GAPS``: those that only reception can tell of.

    ``flight_id`` is given where a gap lies inside a flight. ``gap``: number of the row in ``gaps``.
    """
    if gaps.num_rows == 0:
        return conform("gaps", gaps), OPEN_GAPS.empty_table()
    from_s, to_s = (gaps.column(c).cast(pa.int64()).to_numpy() / 1000.0 for c in ("from_utc", "to_utc"))
    own = _bodies_of(gaps, around.bodies)
    flight = _flights_of(own, from_s, to_s, around)
    before = _position_before(own, from_s, to_s, around.bodies)
    bad = count_spoilt(around.spoilt, gaps.column("icao24"), from_s - rules.adjoin_s, to_s + rules.adjoin_s)
    told = gaps.column("label").is_valid().to_numpy(zero_copy_only=False)
    state, k = around.state, np.maximum(before, 0)
    after = np.minimum(k + 1, max(len(state) - 1, 0))
    ground = state[k] + 2 * state[after] if len(state) else k
    landing = around.landing[k] if len(state) else np.zeros(len(k))
    possible = (flight < 0) | (landing >= rules.landing)
    labels, reasons = gaps.column("label").to_pylist(), gaps.column("reason").to_pylist()
    minutes = rules.adjoin_s / 60.0
    for n in np.flatnonzero(~told).tolist():
        labels[n] = "interference" if bad[n] else "unknown"
        if bad[n]:
            reasons[n] = (
                f"{bad[n]} positions within {minutes:.0f} minutes of it are masked as jammed or false"
            )
        elif before[n] < 0 or not (ground[n] or possible[n]):
            reasons[n] = NOT_MEASURED
        elif ground[n]:
            reasons[n] = ON_GROUND[ground[n]]
        else:
            reasons[n] = f"in it a landing is possible (probability {landing[n]:.2f})"
    left = np.flatnonzero(~told & (bad == 0) & (before >= 0) & (ground == 0) & ~possible)
    columns = {name: gaps.column(name) for name in gaps.column_names}
    columns |= {"flight_id": pa.array([around.ids[f] if f >= 0 else None for f in flight], pa.string())}
    columns |= {"label": pa.array(labels, pa.string()), "reason": pa.array(reasons, pa.string())}
    return conform("gaps", pa.table(columns)), _open(gaps, left, before[left], from_s, to_s, around.bodies)


def _bodies_of(gaps: pa.Table, b: Bodies) -> list[Ints]:
    """Return the bodies of each gap's address, first ones first; -1 where it has no more."""
    names = pa.array(b.icao24, pa.string())
    first = pc.index_in(gaps.column("icao24"), value_set=names).combine_chunks().fill_null(-1)
    first = first.to_numpy(zero_copy_only=False).astype(np.int64)
    address = np.asarray(b.icao24, dtype=object)
    out = []
    while (first >= 0).any():
        out.append(first)
        more = (first >= 0) & (first + 1 < len(address))
        more[more] = address[first[more]] == address[first[more] + 1]
        first = np.where(more, first + 1, -1)
    return out


def _flights_of(own: list[Ints], from_s: Floats, to_s: Floats, around: Surroundings) -> Ints:
    """Return the flight within which each gap lies, -1 for none."""
    b, s = around.bodies, around.segments
    edges = np.searchsorted(s.body, np.arange(len(b.icao24) + 1))
    begins, ends = b.t_s[s.first], b.t_s[s.last]
    out = np.full(len(from_s), -1, dtype=np.int64)
    for body in own:
        at = np.flatnonzero((body >= 0) & (out < 0))
        first, stop = edges[body[at]], edges[body[at] + 1]
        f = run_search(begins, first, stop, from_s[at], True) - 1
        inside = f >= first
        inside[inside] = to_s[at][inside] <= ends[f[inside]]
        out[at[inside]] = f[inside]
    return out


def _position_before(own: list[Ints], from_s: Floats, to_s: Floats, b: Bodies) -> Ints:
    """Return the position before each gap: whose time, and whose successor's, are the gap's; -1 for none."""
    out = np.full(len(from_s), -1, dtype=np.int64)
    for body in own:
        at = np.flatnonzero((body >= 0) & (out < 0))
        first, stop = b.start[body[at]], b.start[body[at] + 1]
        k = run_search(b.t_s, first, stop, from_s[at] + MS / 2, True) - 1
        fits = (first <= k) & (k < stop - 1)
        k, at = k[fits], at[fits]
        same = (np.abs(b.t_s[k] - from_s[at]) < MS) & (np.abs(b.t_s[k + 1] - to_s[at]) < MS)
        out[at[same]] = k[same]
    return out


def _open(gaps: pa.Table, n: Ints, k: Ints, from_s: Floats, to_s: Floats, b: Bodies) -> pa.Table:
    """Return ``OPEN_GAPS`` for rows ``n``, the silences after positions ``k``."""
    body, of = np.unique(np.searchsorted(b.start, k, side="right") - 1, return_inverse=True)
    spacing = run_quantiles(np.diff(b.t_s), b.start[body], b.start[body + 1] - 1, 0.95)
    fast = np.nan_to_num(fast_speed_kt(b, body), nan=0.0)
    implied = pc.cast(gaps.column("implied_speed_kt"), pa.float64()).to_numpy()
    columns = (
        *(n, b.lat[k], b.lon[k], b.altitude_ft[k], from_s[n]),
        *(b.lat[k + 1], b.lon[k + 1], b.altitude_ft[k + 1], to_s[n]),
        *(spacing[of], fast[of], implied[n]),
    )
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, OPEN_GAPS, strict=True)], schema=OPEN_GAPS)


def weigh_gaps(
    gaps: pa.Table, left: pa.Table, reception: Reception, rules: GapLabelRules = GapLabelRules()
) -> pa.Table:
    """Return ``gaps`` with what reception says of those that were ``left`` open."""
    if not left.num_rows:
        return gaps
    found = [
        a
        for first in range(0, left.num_rows, CHUNK)
        for a in _weighed(left.slice(first, CHUNK), reception, rules)
    ]
    where = left.column("gap").to_numpy()
    for name, values in zip(("label", "reason"), zip(*found, strict=True), strict=True):
        gaps = put(gaps, name, where, values)
    return gaps


def _weighed(left: pa.Table, reception: Reception, rules: GapLabelRules) -> list[tuple[str, str]]:
    c = {name: left.column(name).to_numpy() for name in OPEN_GAPS.names}
    implied, usual = c["implied_speed_kt"], c["usual_speed_kt"]
    straight = ~(implied < rules.straight_share * usual)
    silences = Silences(*(c[name][straight] for name in Silences._fields))
    way = measure_ways(silences, reception, rules.way)
    found = iter(answers(way, silences.to_s - silences.from_s, c["usual_spacing_s"][straight], rules))
    return [
        next(found)
        if direct
        else ("unknown", f"it came {i:.0f} kt straight on, but flies {u:.0f} kt: it took some other way")
        for direct, i, u in zip(straight, implied, usual, strict=True)
    ]
