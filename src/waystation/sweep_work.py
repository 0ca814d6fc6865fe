"""What one task of a sweep does: positions of some buckets in, the results of each as bytes out. Pure.

read once ─► a bucket's rows ─► tracks ─┬─► what was heard where, tallied               (everybody)
                                        └─► masks, flights, ends, gaps, unseen, open    (the fleet)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from waystation import coverage, flights, tracks
from waystation.store.kept import packed
from waystation.store.reading import read_through
from waystation.store.reference import airfields_of

if TYPE_CHECKING:
    from waystation.sweep_plan import Task

__all__ = ["NEEDED", "work"]

NEEDED: Final = (  # neither tracks nor flights look at squawk and flags
    *("icao24", "time_utc", "lat", "lon", "altitude_ft", "geometric_altitude_ft", "on_ground"),
    *("ground_speed_kt", "track_angle_deg", "vertical_rate_fpm", "callsign", "nic", "nac_p", "heard_by"),
    *("source_id", "record"),
)


def work(task: Task) -> list[tuple[str, bytes]]:
    """Return (name, packed tables) of all that the task asks for. Memory holds one bucket at a time."""
    done = []
    buckets = read_through(task.picked, task.stops, NEEDED, kernels=True)
    for (reception, found), positions in zip(task.names, buckets, strict=True):
        judged = tracks.build(positions)  # texts are dictionaries here and in what follows
        if reception:
            done.append((reception, packed(coverage.tally(judged.positions))))
        if found:
            done.append((found, packed(_flights(judged, task))))
    return done


def _flights(judged: tracks.Tracks, task: Task) -> dict[str, pa.Table]:
    positions, masks, gaps = judged
    if task.fleet is not None:
        ours = pa.array(sorted(task.fleet), pa.string())
        positions, masks, gaps = (_only(t, ours) for t in (positions, masks, gaps))
    seen = flights.observe(positions, gaps, airfields=airfields_of(task.overlays), aircraft=task.aircraft)
    return {"masks": masks} | flights.laid_out(seen)


def _only(table: pa.Table, ours: pa.Array) -> pa.Table:
    """Return the rows of some addresses."""
    column = table.column("icao24")
    if not pa.types.is_dictionary(column.type):
        return table.filter(pc.is_in(column, value_set=ours))
    coded = column.combine_chunks()
    wanted = pc.is_in(coded.dictionary, value_set=ours)
    return table.filter(wanted.take(coded.indices))
