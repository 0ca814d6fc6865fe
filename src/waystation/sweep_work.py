"""What one task of a sweep does: positions of some buckets in, the results of each kept.

read once ─► a bucket's rows ─► tracks ─┬─► what was heard where, tallied               (everybody)
                                        └─► masks, flights, ends, gaps, unseen, open    (the fleet)

What the next steps ask of all buckets goes back at once: the sum of what was heard, masks, and the facts of
flights that visits are made of. Whoever sweeps then need not read what was just written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from waystation import coverage, flights, tracks
from waystation.flights.field_table import field_table
from waystation.store.kept import packed, unpacked, write_kept
from waystation.store.reading import read_through
from waystation.store.reference import airfields_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.sweep_plan import Task

__all__ = ["FACTS", "NEEDED", "Fresh", "Tallied", "Worked", "facts_of", "fresh_of", "ready", "work"]

NEEDED: Final = (  # neither tracks nor flights look at squawk and flags
    *("icao24", "time_utc", "lat", "lon", "altitude_ft", "geometric_altitude_ft", "on_ground"),
    *("ground_speed_kt", "track_angle_deg", "vertical_rate_fpm", "callsign", "nic", "nac_p", "heard_by"),
    *("source_id", "record"),
)
FACTS: Final = (  # what visits and the times of recording are made of
    *("icao24", "callsigns", "type", "first_seen_utc", "last_seen_utc"),
    *("origin", "origin_ending", "origin_probability"),
    *("destination", "destination_ending", "destination_probability"),
)
_SUM_ROWS: Final = 2_000_000  # of reception that are added up at once: 80 MB


class Tallied:
    """Tallies of disjoint aircraft as they come; few are held at a time, and none is added up often."""

    def __init__(self) -> None:
        self._parts: list[dict[str, pa.Table]] = []
        self._most = _SUM_ROWS

    def add(self, tally: dict[str, pa.Table]) -> None:
        """Take in the tally of more aircraft."""
        self._parts.append(tally)
        if sum(t["hours"].num_rows for t in self._parts) > self._most:
            self._parts = [coverage.add_up(self._parts)]
            self._most = max(_SUM_ROWS, 2 * self._parts[0]["hours"].num_rows)

    def total(self) -> dict[str, pa.Table]:
        """Return the tally of all; empty where none was taken in."""
        return coverage.add_up(self._parts) if self._parts else {}


class Worked(NamedTuple):
    """What a task hands back. ``kept``: (name, packed tables), where the worker could not keep them itself.

    ``told``: packed tables ``hours`` and ``weeks``, the tallies of all its buckets added up, and ``masks``
    and ``facts`` of those with flights, one after the other; ``counts``: rows of the last two, per bucket.
    """

    kept: tuple[tuple[str, bytes], ...]
    told: bytes
    counts: tuple[tuple[int, int], ...]


class Fresh(NamedTuple):
    """``Worked``, unpacked. ``found``: (masks, facts) by the name of a bucket's flights."""

    tally: dict[str, pa.Table] | None
    found: Mapping[str, tuple[pa.Table, pa.Table]]


def ready(overlays: tuple[bytes, ...]) -> None:
    """Have at hand what every task needs."""
    field_table(airfields_of(overlays))


def work(task: Task) -> Worked:
    """Work out all that the task asks for. Memory holds one bucket at a time, and what is handed back."""
    kept: list[tuple[str, bytes]] = []
    tallied, masks, facts = Tallied(), [], []

    def keep(name: str, tables: Mapping[str, pa.Table]) -> None:
        if task.folder is None:
            kept.append((name, packed(tables)))
        else:
            write_kept(task.folder, name, packed(tables))

    buckets = read_through(task.picked, task.stops, NEEDED, kernels=True)
    for (reception, found), positions in zip(task.names, buckets, strict=True):
        judged = tracks.build(positions)  # texts are dictionaries here and in what follows
        if reception:
            tally = coverage.tally(judged.positions)
            keep(reception, tally)
            tallied.add(tally)
        if found:
            tables = _flights(judged, task)
            masks.append(tables["masks"])
            facts.append(facts_of(tables["flights"]))
            keep(found, tables)
    told = tallied.total()
    if facts:
        told |= {"masks": pa.concat_tables(masks), "facts": pa.concat_tables(facts)}
    counts = tuple((m.num_rows, f.num_rows) for m, f in zip(masks, facts, strict=True))
    return Worked(tuple(kept), packed(told), counts)


def facts_of(found: pa.Table) -> pa.Table:
    """Return the columns of table ``flights`` that all aircraft are asked for."""
    return found.select(FACTS)


def fresh_of(made: Worked, names: Sequence[tuple[str, str]]) -> Fresh:
    """Unpack what a task handed back; ``names``: those of the task."""
    tables = unpacked(made.told) or {}
    found, m, f = {}, 0, 0
    for name, (n_masks, n_facts) in zip([b for _, b in names if b], made.counts, strict=True):
        found[name] = tables["masks"].slice(m, n_masks), tables["facts"].slice(f, n_facts)
        m, f = m + n_masks, f + n_facts
    tally = {n: tables[n] for n in ("hours", "weeks")} if "hours" in tables else None
    return Fresh(tally, found)


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
