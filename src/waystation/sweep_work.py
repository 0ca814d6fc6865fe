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
from waystation.store.reading import read
from waystation.store.reference import airfields_of
from waystation.terms.schema import conform

if TYPE_CHECKING:
    from waystation.sweep_plan import Task

__all__ = ["work"]

_NEEDED: Final = (  # neither tracks nor flights look at squawk and flags
    *("icao24", "time_utc", "lat", "lon", "altitude_ft", "geometric_altitude_ft", "on_ground"),
    *("ground_speed_kt", "track_angle_deg", "vertical_rate_fpm", "callsign", "nic", "nac_p", "heard_by"),
    *("source_id", "record"),
)


def work(task: Task) -> list[tuple[str, bytes]]:
    """Return (name, packed tables) of everything that the task asks for."""
    positions = conform("positions", read(task.picked, _NEEDED))
    names = positions.column("icao24")
    done = []
    for (first, last), (reception, found) in zip(task.addresses, task.names, strict=True):
        a, b = (_edge(names, x, right=r) for x, r in ((first, False), (last, True)))
        judged = tracks.build(positions.slice(a, b - a))
        if reception:
            done.append((reception, packed(coverage.tally(judged.positions))))
        if found:
            done.append((found, packed(_flights(judged, task))))
    return done


def _edge(names: pa.ChunkedArray, address: str, *, right: bool) -> int:
    """Return where an address begins (ends) among sorted names."""
    low, high = 0, len(names)
    while low < high:
        middle = (low + high) // 2
        here = names[middle].as_py()
        if here < address or (right and here == address):
            low = middle + 1
        else:
            high = middle
    return low


def _flights(judged: tracks.Tracks, task: Task) -> dict[str, pa.Table]:
    positions, masks, gaps = judged
    if task.fleet is not None:
        ours = pa.array(sorted(task.fleet), pa.string())
        positions, masks, gaps = (
            t.filter(pc.is_in(t.column("icao24"), value_set=ours)) for t in (positions, masks, gaps)
        )
    seen = flights.observe(positions, gaps, airfields=airfields_of(task.overlays), aircraft=task.aircraft)
    return {"masks": masks} | flights.laid_out(seen)
