"""What reception says of flights that are already cut: the only step of this room that asks it.

    observe ──► flights, ends, gaps, and what is *open*: ends in the air, silences      (from positions)
    weigh   ──► ``outside`` for ends at the edge, labels for silences            (from reception alone)

So positions need not be read again once reception is known: a few numbers per open end and gap will do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from waystation.flights.ends import end_state
from waystation.flights.gap_labels import OPEN_GAPS, GapLabelRules, weigh_gaps
from waystation.flights.low_ends import LowState
from waystation.flights.outside import MOTION, OutsideRules, may_be_outside, outside_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.flights.bodies import Bodies
    from waystation.flights.ends import End
    from waystation.flights.segment import Segments
    from waystation.flights.unseen import Unseen
    from waystation.terms.reception import Reception

__all__ = ["OPEN_ENDS", "OPEN_GAPS", "Observed", "open_ends", "weigh"]

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
    bodies: Bodies, segments: Segments, ends: tuple[list[End], list[End]], rules: OutsideRules
) -> pa.Table:
    """Return the ends in the air that may lie outside what is heard; ``flight``: number of the flight."""
    rows = []
    touched = (segments.ground_before, segments.ground_after)
    for side, ground, is_origin in zip(ends, touched, (True, False), strict=True):
        for i, end in enumerate(side):
            if end.ending == "unknown" and ground[i] < 0:
                state = end_state(bodies, segments, i, is_origin, MOTION)
                if may_be_outside(state, rules):
                    rows.append((i, *state))
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(OPEN_ENDS)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, OPEN_ENDS, strict=True)], schema=OPEN_ENDS)


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


def _outside(seen: Observed, reception: Reception, rules: OutsideRules) -> tuple[pa.Table, pa.Table]:
    found: dict[tuple[int, bool], str] = {}
    columns = (seen.open_ends.column(n).to_pylist() for n in OPEN_ENDS.names)
    for flight, *state in zip(*columns, strict=True):
        reason = outside_reason(LowState(*state), reception, rules)
        if reason is not None:
            found[flight, state[-1]] = reason
    flights, ends = seen.flights, seen.ends
    if not found:
        return flights, ends
    for name, is_origin in (("origin_ending", True), ("destination_ending", False)):
        rows = [i for i, o in found if o == is_origin]
        flights = _set(flights, name, rows, ["outside"] * len(rows))
    rows = [2 * i + (not is_origin) for i, is_origin in found]  # two rows a flight, origin first
    ends = _set(ends, "ending", rows, ["outside"] * len(rows))
    return flights, _set(ends, "reason", rows, list(found.values()))


def _set(table: pa.Table, name: str, rows: Sequence[int], texts: Sequence[str]) -> pa.Table:
    if not rows:
        return table
    values = np.asarray(table.column(name).to_pylist(), dtype=object)
    values[list(rows)] = texts
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), pa.array(values.tolist(), pa.string()))
