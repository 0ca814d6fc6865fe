"""The stages from archive to flights, each apart, in one process: CPU seconds over the same batches of aircraft.

The functions are those that a run calls, in its order. Compiled kernels are warmed first. Run as a module in a
process of its own: python -m bench.speed.stages ARCHIVE [POSITIONS]
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pyarrow as pa

from waystation import coverage, flights, tracks
from waystation.store.archive import aircraft_span, iter_aircraft, read_archive_table
from waystation.store.reference import airfields_of, reference_of
from waystation.terms.reception import reception_of
from waystation.world.aircraft import identify

BATCH = 500_000


class Clock:
    """CPU seconds by name."""

    def __init__(self) -> None:
        self.told: dict[str, float] = {}

    def __call__(self, name: str, work, *args, **kwargs):
        began = time.process_time()
        out = work(*args, **kwargs)
        self.told[name] = self.told.get(name, 0.0) + time.process_time() - began
        return out


def measure(archive: Path, at_most: int) -> dict[str, object]:
    reference = reference_of()
    fields = airfields_of(reference.overlays)
    clock = Clock()
    span = clock("who is there", aircraft_span, archive)
    aircraft = identify(
        read_archive_table(archive, "identities"),
        read_archive_table(archive, "sources"),
        span,
        reference.imported(),
    )
    sample = next(iter_aircraft(archive, max_positions=40_000))
    found = tracks.build(sample)
    heard = coverage.build_both(found.positions)[0]
    flights.observe(
        found.positions, found.gaps, airfields=fields, aircraft=aircraft, coverage=reception_of(heard)
    )
    batches = iter_aircraft(archive, max_positions=BATCH)
    rows, seen, looks = 0, [], []
    parts: list[pa.Table] = []
    while rows < at_most:
        positions = clock("read", next, batches, None)
        if positions is None:
            break
        rows += positions.num_rows
        found = clock("tracks", tracks.build, positions)
        heard, _ = clock("coverage", coverage.build_both, found.positions)
        looks.append(heard)
        parts.append((found.positions, found.gaps))
        if len(parts) == 4:
            _observe(clock, parts, looks, fields, aircraft, seen)
    _observe(clock, parts, looks, fields, aircraft, seen)
    made = {name: pa.concat_tables([getattr(s, name) for s in seen]) for name in ("flights", "ends")}
    unseen = flights.join_unseen([(s.unseen, s.flights.num_rows) for s in seen if s.unseen is not None])
    if unseen is not None:
        heard = coverage.merge(looks)

        def end() -> int:
            history = flights.history_from(made["flights"], fields)
            quiet = flights.silence_of(reception_of(heard), fields, flights.busy_bins(made["flights"]))
            return flights.infer(
                made["flights"], made["ends"], unseen, fields, history=history, silence=quiet
            ).candidates.num_rows

        clock("infer", end)
    return {
        "positions": rows, "flights": made["flights"].num_rows, "unseen_ends": 0 if unseen is None else sum(s.unseen is not None for s in seen),
        "cpu_s": {k: round(v, 3) for k, v in clock.told.items()}, "us_a_position": {k: round(v / rows * 1e6, 3) for k, v in clock.told.items() if k != "who is there"},
    }  # fmt: skip


def _observe(clock, parts, looks, fields, aircraft, seen) -> None:
    if not parts:
        return
    index = clock("coverage", lambda: reception_of(coverage.merge(looks)))
    for positions, gaps in parts:
        seen.append(
            clock(
                "observe",
                flights.observe,
                positions,
                gaps,
                airfields=fields,
                aircraft=aircraft,
                coverage=index,
            )
        )
    parts.clear()


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(float(sys.argv[2])) if len(sys.argv) > 2 else 5_000_000)))
