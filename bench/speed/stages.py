"""The stages from archive to flights, each apart, in one process: CPU seconds over the same batches of aircraft.

The functions are those that a run calls, in its order, on batches of about its size. Compiled kernels are warmed
first. Runs in a process of its own: python -m bench.speed.stages ARCHIVE [POSITIONS]
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from waystation import coverage, flights, tracks
from waystation.store.archive import aircraft_span, read_archive_table
from waystation.store.index import index_of
from waystation.store.reading import pick, read_through
from waystation.store.reference import airfields_of, reference_of
from waystation.sweep_work import NEEDED
from waystation.terms.reception import reception_of
from waystation.world.aircraft import identify

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = 300_000


class Clock:
    """CPU seconds by name."""

    def __init__(self) -> None:
        self.told: dict[str, float] = {}

    def __call__(self, name, work, *args, **kwargs):
        began = time.process_time()
        out = work(*args, **kwargs)
        self.told[name] = self.told.get(name, 0.0) + time.process_time() - began
        return out


def opened(archive: Path, at_most: int) -> Iterator[pa.Table]:
    """Read through the first ``at_most`` positions as one task of a sweep does, a bucket at a time."""
    index = index_of(archive)
    total = np.r_[0, np.cumsum(index.counts)]
    end = min(int(np.searchsorted(total, at_most)), len(index.addresses))
    stops = [0]
    while stops[-1] < end:
        fits = int(np.searchsorted(total, total[stops[-1]] + BUCKET, side="right")) - 1
        stops.append(min(max(fits, stops[-1] + 1), end))
    return read_through(pick(index, np.arange(end)), stops[1:], NEEDED, kernels=True)


def measure(archive: Path, at_most: int) -> dict[str, object]:
    """Return CPU seconds of every stage over the first ``at_most`` positions."""
    reference = reference_of()
    fields = airfields_of(reference.overlays)
    clock = Clock()
    span = clock("index", aircraft_span, archive)
    known = (read_archive_table(archive, name) for name in ("identities", "sources"))
    aircraft = identify(*known, span, reference.imported())
    warm = tracks.build(next(opened(archive, 40_000)))
    reception = reception_of(coverage.build_both(warm.positions)[0])
    flights.observe(warm.positions, warm.gaps, airfields=fields, aircraft=aircraft, coverage=reception)
    reads = clock("read", opened, archive, at_most)
    rows, seen, tallies = 0, [], []
    while (bucket := clock("read", next, reads, None)) is not None:
        rows += bucket.num_rows
        found = clock("tracks", tracks.build, bucket)
        tallies.append(clock("coverage", coverage.tally, found.positions))
        around = {"airfields": fields, "aircraft": aircraft}
        seen.append(clock("observe", flights.observe, found.positions, found.gaps, **around))
    heard = clock("coverage", coverage.tables_of, tallies)["coverage"]
    reception = clock("weigh", reception_of, heard)
    seen = [clock("weigh", flights.weigh, s, reception) for s in seen]
    made = {name: pa.concat_tables([getattr(s, name) for s in seen]) for name in ("flights", "ends")}
    unseen = flights.join_unseen([(s.unseen, s.flights.num_rows) for s in seen if s.unseen is not None])

    def named() -> int:
        history = flights.history_from(made["flights"], fields)
        quiet = flights.silence_of(reception, fields, flights.busy_bins(made["flights"]))
        done = flights.infer(made["flights"], made["ends"], unseen, fields, history=history, silence=quiet)
        return done.candidates.num_rows

    candidates = clock("infer", named) if unseen is not None else 0
    return {
        "positions": rows,
        "flights": made["flights"].num_rows,
        "candidates": candidates,
        "cpu_s": {k: round(v, 3) for k, v in clock.told.items()},
        "us_a_position": {k: round(v / rows * 1e6, 3) for k, v in clock.told.items() if k != "index"},
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(float(sys.argv[2])) if len(sys.argv) > 2 else 5_000_000)))
