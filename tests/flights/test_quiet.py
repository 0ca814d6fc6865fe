"""Silence on the way: what was never measured, or never recorded, says nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from made_flights import EPOCH_S, fly, keep, positions

from waystation import coverage, flights, tracks
from waystation.terms.reception import reception_of
from waystation.terms.schema import empty
from waystation.world.airfields import load_airfields


def observed(*tables: pa.Table) -> flights.Observed:
    judged = tracks.build(pa.concat_tables(tables))
    return flights.observe(
        judged.positions, judged.gaps, airfields=load_airfields(), aircraft=empty("aircraft")
    )


def traffic(n: int = 12) -> list[pa.Table]:
    return [
        positions(fly("EDDF", "EPWA", start_s=EPOCH_S + 300.0 * k), icao24=f"3c00{k:02x}") for k in range(n)
    ]


def silence(busy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ln P(silence) from a track that stops in the middle of well-heard traffic: along the airway, and aside."""
    fields = load_airfields()
    others = traffic()
    track = fly("EDDF", "EPWA", start_s=EPOCH_S + 1000.0)
    dark = observed(positions(keep(track, track["t"] < EPOCH_S + 2800.0), icao24="3cffff"))
    assert dark.unseen is not None
    judged = tracks.build(pa.concat_tables(others))
    reception = reception_of(coverage.build(judged.positions))
    at = np.flatnonzero(~dark.unseen.states.is_origin)
    ask = flights.silence_of(reception, fields, busy)
    along = np.full((len(at), 1), fields.index["EPWA"])
    aside = np.full((len(at), 1), fields.index["ESSA"])
    states = dark.unseen.states.take(at)
    return ask(states, along)[:, 0], ask(states, aside)[:, 0]


def test_silence_where_others_are_heard_speaks_against_going_on() -> None:
    busy = flights.busy_bins(observed(*traffic()).flights)
    along, aside = silence(busy)
    assert along[0] < -1.0
    assert aside[0] > along[0] + 0.5


def test_silence_says_nothing_when_nobody_was_recorded() -> None:
    along, aside = silence(np.zeros(0, dtype=np.int64))
    assert along[0] == aside[0] == 0.0


def test_a_time_with_one_flight_alone_is_not_recorded_time() -> None:
    (one,) = traffic(1)
    assert len(flights.busy_bins(observed(one).flights)) == 0
    assert len(flights.busy_bins(observed(*traffic(2)).flights)) > 0
