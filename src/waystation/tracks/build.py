"""Positions → tracks: every row judged, none deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.terms.mask_bits import NO_PLACE
from waystation.terms.schema import TABLES, empty
from waystation.tracks.bodies import BodyRules, split_bodies
from waystation.tracks.columns import Columns, columns_of, sort_positions
from waystation.tracks.duplicates import DuplicateRules, mark_duplicates
from waystation.tracks.frozen import FrozenRules, mark_frozen
from waystation.tracks.gaps import GapRules, find_gaps
from waystation.tracks.ground import GroundRules, ground_states
from waystation.tracks.heights import HeightRules, clear_heights
from waystation.tracks.interference import InterferenceRules, mark_interference
from waystation.tracks.layers import LayerRules, mark_layers, release_layers
from waystation.tracks.motion import moves_of
from waystation.tracks.reasons import masks_table
from waystation.tracks.returns import ReturnRules, take_back
from waystation.tracks.spikes import SpikeRules, mark_spikes

__all__ = ["TrackRules", "Tracks", "build"]

Array = NDArray[Any]


@dataclass(frozen=True)
class AltitudeRules:
    """Heights that no aircraft reports in earnest."""

    lowest_ft: float = -1500.0  # the Dead Sea shore lies at -1,400 ft
    highest_ft: float = 60000.0  # balloons and research aircraft fly higher, transports do not


@dataclass(frozen=True)
class TrackRules:
    """The rules of every step, in the order in which they act."""

    duplicates: DuplicateRules = field(default_factory=DuplicateRules)
    altitude: AltitudeRules = field(default_factory=AltitudeRules)
    frozen: FrozenRules = field(default_factory=FrozenRules)
    layers: LayerRules = field(default_factory=LayerRules)
    bodies: BodyRules = field(default_factory=BodyRules)
    spikes: SpikeRules = field(default_factory=SpikeRules)
    heights: HeightRules = field(default_factory=HeightRules)
    interference: InterferenceRules = field(default_factory=InterferenceRules)
    returns: ReturnRules = field(default_factory=ReturnRules)
    ground: GroundRules = field(default_factory=GroundRules)
    gaps: GapRules = field(default_factory=GapRules)


class Tracks(NamedTuple):
    """What ``build`` returns.

    ``positions``: every input row by (icao24, time_utc, source_id, record) with three more columns:
    ``mask`` (int16, 0 = used, bits in ``terms.mask_bits``), ``branch`` (int8, 0 = main body of the address)
    and ``ground`` (int8, 1 ground, 0 air, -1 unknown). False altitudes are null.
    ``masks``, ``gaps``: tables of ``terms/schema.py``.
    """

    positions: pa.Table
    masks: pa.Table
    gaps: pa.Table


def build(positions: pa.Table, rules: TrackRules = TrackRules()) -> Tracks:
    """Judge every position and find the silences between the good ones.

    ``positions``: rows of table ``positions`` in any order, any number of aircraft, each with all its
    rows. Each aircraft's result depends on its own rows only. Raises ``KeyError`` for a missing column.
    """
    table = positions.select(TABLES["positions"].names)
    if table.num_rows == 0:
        return Tracks(_with_columns(table, *[np.zeros(0)] * 3), empty("masks"), empty("gaps"))
    table, code = sort_positions(table)
    c = columns_of(table, code)
    mask = np.zeros(table.num_rows, dtype=np.int16)
    branch = np.zeros(table.num_rows, dtype=np.int8)
    mask[~((np.abs(c.lat) <= 90.0) & np.isfinite(c.lon))] |= NO_PLACE
    with np.errstate(invalid="ignore"):
        absurd = (c.alt < rules.altitude.lowest_ft) | (c.alt > rules.altitude.highest_ft)
    clean = c._replace(alt=np.where(absurd, np.nan, c.alt))
    mark_duplicates(clean, mask, rules.duplicates)
    mark_frozen(clean, mask, rules.frozen)
    mark_layers(clean, mask, rules.layers)
    moves = moves_of(clean, mask)
    split_bodies(clean, moves, mask, branch, rules.bodies)
    mark_spikes(clean, moves, mask, branch, rules.spikes)
    leapt = clear_heights(clean, mask, branch, clean.alt, rules.heights)
    said = mark_interference(clean, moves, mask, branch, rules.interference)
    take_back(clean, moves, mask, branch, rules.returns)
    release_layers(clean, moves, mask, branch, rules.layers)
    ground = ground_states(clean, mask, branch, rules.ground)
    names = table["icao24"].take(pa.array(c.start[:-1])).to_pylist()
    return Tracks(
        _with_columns(_cleaned(table, c, absurd | leapt), mask, branch, ground),
        masks_table(table, c, mask, (absurd, leapt), said),
        find_gaps(clean, names, mask, branch, rules.gaps),
    )


def _cleaned(table: pa.Table, c: Columns, false: Array) -> pa.Table:
    """Empty false altitudes; bring longitudes into ±180° where any is outside."""
    if false.any():
        at = table.schema.get_field_index("altitude_ft")
        altitude = pa.array(
            np.where(false, 0, np.nan_to_num(c.alt)), pa.int32(), mask=false | np.isnan(c.alt)
        )
        table = table.set_column(at, "altitude_ft", altitude)
    if c.moved:
        table = table.set_column(
            table.schema.get_field_index("lon"), "lon", pa.array(c.lon, from_pandas=True)
        )
    return table


def _with_columns(table: pa.Table, mask: Array, branch: Array, ground: Array) -> pa.Table:
    return (
        table.append_column("mask", pa.array(mask.astype(np.int16)))
        .append_column("branch", pa.array(branch.astype(np.int8)))
        .append_column("ground", pa.array(ground.astype(np.int8)))
    )
