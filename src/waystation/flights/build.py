"""Tracks → flights: the order of the rules of this room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from waystation.flights.assemble import ends_table, flight_ids, flights_table
from waystation.flights.bodies import Bodies, bodies_of
from waystation.flights.callsigns import callsigns_of
from waystation.flights.ends import EndRules, observed_ends
from waystation.flights.gap_labels import GapLabelRules, Surroundings, find_open_gaps
from waystation.flights.infer import infer
from waystation.flights.interference import spoilt_positions
from waystation.flights.low_ends import LowEndRules
from waystation.flights.outside import OutsideRules
from waystation.flights.segment import SegmentRules, Segments, cut_flights
from waystation.flights.silence import SilenceRules, hidden_landings
from waystation.flights.surroundings import GroundRules, ground_state
from waystation.flights.unseen import unseen_ends
from waystation.flights.weigh import Observed, open_ends, weigh
from waystation.terms.reception import Reception, reception_of
from waystation.terms.runs import run_counts
from waystation.terms.schema import empty

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.history import History
    from waystation.world.airfields import Airfields

__all__ = ["FlightRules", "FlightTables", "Observed", "build", "observe"]


@dataclass(frozen=True)
class FlightRules:
    """The rules of every step, in the order in which they act."""

    ground: GroundRules = field(default_factory=GroundRules)
    silence: SilenceRules = field(default_factory=SilenceRules)
    segment: SegmentRules = field(default_factory=SegmentRules)
    end: EndRules = field(default_factory=EndRules)
    low_end: LowEndRules = field(default_factory=LowEndRules)
    outside: OutsideRules = field(default_factory=OutsideRules)
    gap_label: GapLabelRules = field(default_factory=GapLabelRules)
    min_positions: int = 3  # fewer in the air are no flight: a flipped bit or a stray report
    min_speed_kt: float = 30.0  # a "flight" that never moved faster is ground traffic or a hovering error
    callsign_s: float = 1800.0  # a callsign holds for half an hour after it was heard


class FlightTables(NamedTuple):
    """What ``build`` returns; tables as in ``terms/schema.py``."""

    flights: pa.Table
    ends: pa.Table
    candidates: pa.Table
    gaps: pa.Table


def build(
    positions: pa.Table,
    gaps: pa.Table,
    *,
    airfields: Airfields,
    aircraft: pa.Table,
    coverage: pa.Table | Reception | None = None,
    history: History | None = None,
    rules: FlightRules = FlightRules(),
) -> FlightTables:
    """Observe, then infer: the whole of this room for aircraft that one table holds.

    ``history``: visits of all aircraft so far (``history_from``). Otherwise as ``observe``.
    """
    seen = observe(positions, gaps, airfields=airfields, aircraft=aircraft, coverage=coverage, rules=rules)
    if seen.unseen is None:
        return FlightTables(seen.flights, seen.ends, empty("candidates"), seen.gaps)
    made = infer(seen.flights, seen.ends, seen.unseen, airfields, history=history)
    return FlightTables(made.flights, made.ends, made.candidates, seen.gaps)


def observe(
    positions: pa.Table,
    gaps: pa.Table,
    *,
    airfields: Airfields,
    aircraft: pa.Table,
    coverage: pa.Table | Reception | None = None,
    rules: FlightRules = FlightRules(),
) -> Observed:
    """Cut tracks into flights and say of each end where it was, or why that is not said.

    ``positions`` and ``gaps``: what ``tracks.build`` returns, whole aircraft only. ``aircraft``: who an
    address stood for. ``coverage``: reception measured on all traffic, the table or an index made of it once
    (``reception_of``); without it no end is ``outside``, and a gap is ``unknown`` unless jamming explains
    it. Each aircraft's flights depend on its own rows and on ``coverage`` only.
    """
    bodies = bodies_of(positions)
    if not len(bodies.start) - 1:
        return Observed(empty("flights"), empty("ends"), gaps, None)
    state = ground_state(bodies, airfields, rules.ground)
    callsigns = callsigns_of(positions, bodies, rules.callsign_s)
    hides, landing = hidden_landings(bodies, state, callsigns, airfields, rules.silence, rules.ground)
    segments = _real(bodies, cut_flights(bodies, state, hides, rules.segment), state, rules)
    ids = flight_ids(bodies, segments)
    ends = observed_ends(bodies, segments, airfields, rules.end, rules.low_end)
    spoilt = spoilt_positions(positions)
    flights = flights_table(bodies, segments, ids, ends, airfields, aircraft, callsigns, spoilt)
    around = Surroundings(bodies, segments, ids, state, landing, spoilt)
    told, left = find_open_gaps(gaps, around, rules.gap_label)
    names, types = (flights.column(c).to_pylist() for c in ("callsigns", "type"))
    unseen = unseen_ends(bodies, segments, ends, names, types)
    high = open_ends(bodies, segments, ends, rules.outside)
    seen = Observed(flights, ends_table(bodies, ids, ends, airfields), told, unseen, high, left)
    reception = reception_of(coverage) if isinstance(coverage, pa.Table) else coverage
    return weigh(seen, reception, rules.outside, rules.gap_label)


def _real(bodies: Bodies, s: Segments, state: NDArray[np.int8], rules: FlightRules) -> Segments:
    """Drop segments that never flew: too few positions in the air, or never faster than taxiing."""
    flying = state == 0
    speed = bodies.ground_speed_kt
    n_flying, n_fast, n_known = (
        run_counts(true, s.air_first, s.air_last + 1)
        for true in (flying, flying & (speed > rules.min_speed_kt), flying & np.isfinite(speed))
    )
    fast, silent = n_fast > 0, n_known == 0
    keep = (n_flying >= rules.min_positions) & (fast | silent)
    return Segments(*(column[keep] for column in s))
