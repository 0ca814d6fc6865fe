"""What reception says of flights that are already cut: the only step of this room that asks it.

    observe ──► flights, ends, gaps, and what is *open*: ends in the air, silences      (from positions)
    weigh   ──► ``outside`` for ends at the edge, labels for silences            (from reception alone)

So positions need not be read again once reception is known: a few numbers per open end and gap will do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from waystation.flights.end_motion import EndMotion
from waystation.flights.ends import UNKNOWN, motion_of
from waystation.flights.gap_labels import OPEN_GAPS, GapLabelRules, weigh_gaps
from waystation.flights.outside import MOTION, OutsideRules, may_be_outside, outside_reasons
from waystation.flights.put import put
from waystation.flights.unseen import join_unseen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.flights.bodies import Bodies
    from waystation.flights.ends import Ends
    from waystation.flights.segment import Segments
    from waystation.flights.unseen import Unseen
    from waystation.terms.reception import Reception

__all__ = ["OPEN_ENDS", "OPEN_GAPS", "Observed", "join_observed", "open_ends", "weigh"]

OPEN_ENDS: Final = pa.schema(
    [
        ("flight", pa.int64()),
        ("lat", pa.float64()),
        ("lon", pa.float64()),
        ("altitude_ft", pa.float64()),
        ("ground_speed_kt", pa.float64()),
        ("course_deg", pa.float64()),
        ("climb_fpm", pa.float64()),
        ("is_origin", pa.bool_()),
    ]
)


OUTSIDE_RULES: Final = OutsideRules()
GAP_LABEL_RULES: Final = GapLabelRules()


class Observed(NamedTuple):
    """Flights with what was observed of their ends, and the ends that were not.

    ``open_ends`` (``OPEN_ENDS``), ``open_gaps`` (``OPEN_GAPS``): what reception may still say something of.
    """

    flights: pa.Table
    ends: pa.Table
    gaps: pa.Table
    unseen: Unseen | None
    open_ends: pa.Table = OPEN_ENDS.empty_table()
    open_gaps: pa.Table = OPEN_GAPS.empty_table()


def open_ends(
    bodies: Bodies, segments: Segments, ends: Ends, rules: OutsideRules = OUTSIDE_RULES
) -> pa.Table:
    """Return the ends in the air that may lie outside what is heard; ``flight``: number of the flight."""
    at = np.flatnonzero((ends.ending == UNKNOWN) & (ends.ground < 0))
    at = at[np.argsort(~ends.is_origin[at], kind="stable")]  # origins first
    motion = motion_of(bodies, segments, ends.flight[at], ends.is_origin[at], MOTION)
    may = np.flatnonzero(may_be_outside(motion, rules))
    return pa.table([pa.array(c) for c in (ends.flight[at[may]], *motion.take(may))], schema=OPEN_ENDS)


def weigh(
    seen: Observed,
    reception: Reception | None,
    outside: OutsideRules = OUTSIDE_RULES,
    gap_label: GapLabelRules = GAP_LABEL_RULES,
) -> Observed:
    """Return what was observed without reception, with all that reception says of it; None says nothing.

    Any cut of the flights and their open ends and gaps, weighed with the same reception, joins to the whole.
    """
    if reception is None:
        return seen
    flights, ends = _outside(seen, reception, outside)
    gaps = weigh_gaps(seen.gaps, seen.open_gaps, reception, gap_label)
    return seen._replace(flights=flights, ends=ends, gaps=gaps)


def join_observed(parts: Sequence[Observed]) -> Observed:
    """Join what was observed of several sets of aircraft; at least one."""
    whole: dict[str, Any] = {
        n: pa.concat_tables([getattr(s, n) for s in parts]).combine_chunks()
        for n in ("flights", "ends", "gaps")
    }
    for name, number, counted in (("open_ends", "flight", "flights"), ("open_gaps", "gap", "gaps")):
        before = np.cumsum([0, *(getattr(s, counted).num_rows for s in parts)])
        moved = []
        for s, n in zip(parts, before[:-1].tolist(), strict=True):
            table = getattr(s, name)
            own = pa.array(table.column(number).to_numpy() + n)
            moved.append(table.set_column(0, table.schema.field(number), own))
        whole[name] = pa.concat_tables(moved).combine_chunks()
    unseen, n_flights = [], 0
    for s in parts:
        if s.unseen is not None:
            unseen.append((replace(s.unseen, flight=s.unseen.flight + n_flights), 0))
        n_flights += s.flights.num_rows
    return Observed(unseen=join_unseen(unseen), **whole)


def _outside(seen: Observed, reception: Reception, rules: OutsideRules) -> tuple[pa.Table, pa.Table]:
    flight, *columns = (seen.open_ends.column(n).to_numpy() for n in OPEN_ENDS.names)
    found = outside_reasons(EndMotion(*columns), reception, rules)
    at = np.fromiter(found, dtype=np.int64, count=len(found))
    flights, is_origin = seen.flights, columns[-1][at]
    for name, side in (("origin_ending", is_origin), ("destination_ending", ~is_origin)):
        flights = put(flights, name, flight[at[side]], ["outside"] * int(side.sum()))
    rows = 2 * flight[at] + ~is_origin  # two rows a flight, origin first
    ends = put(seen.ends, "ending", rows, ["outside"] * len(rows))
    return flights, put(ends, "reason", rows, list(found.values()))
