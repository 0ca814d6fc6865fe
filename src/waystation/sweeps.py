"""Over all aircraft of an archive, twice, a batch of whole aircraft at a time.

    sweep 1, all traffic: positions ─ tracks ─► what was heard where          ─┐ merged: coverage(_weeks)
    sweep 2, the fleet:   positions ─ tracks ─► flights, ends, gaps, unseen   ◄┘
    then, at once:        all observed ends ─► history; unseen ends ─► candidates and names

Reception is measured on everything that the archive holds, not on the fleet alone, or a watch-list would be
its own witness. Any cut into batches gives the same tables: a batch reads only its own aircraft and coverage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from waystation import coverage, flights, tracks
from waystation.engine.local import local_executor, map_tasks
from waystation.store.archive import aircraft_counts, aircraft_groups, read_positions
from waystation.store.reference import airfields_of
from waystation.terms.errors import WaystationError
from waystation.terms.reception import reception_of
from waystation.terms.schema import empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from waystation.store.reference import Reference

__all__ = ["sweep"]


BATCH_POSITIONS: Final = 500_000  # whole aircraft a task: under 300 MB, and a killed worker repeats seconds
ALONE_POSITIONS: Final = 1_500_000  # below this a second process takes longer to start than it saves

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Task:
    """Some aircraft, whole. ``sources``: only positions of these; None: all."""

    archive: Path
    addresses: tuple[str, ...]
    sources: frozenset[str] | None
    aircraft: pa.Table
    overlays: tuple[bytes, ...]
    coverage: pa.Table | None = None


def sweep(
    archive: Path,
    sources: frozenset[str] | None,
    aircraft: pa.Table,
    reference: Reference,
    *,
    silence: bool = True,
    workers: int = 2,
    progress: Callable[[str, int, int | None], None],
) -> dict[str, pa.Table]:
    """Return masks, flights, ends, candidates and gaps of ``aircraft``, and the coverage of all traffic.

    ``sources``: use only positions of these sources; None: all. ``silence``: weigh what reception says about
    not being heard on the way. Rows are in the order of addresses.
    """
    counts = aircraft_counts(archive)
    wanted = set(aircraft.column("icao24").to_pylist())
    fleet = {a: n for a, n in counts.items() if a in wanted}

    def tasks(of: dict[str, int], heard: pa.Table | None) -> list[_Task]:
        groups = aircraft_groups(of, BATCH_POSITIONS)
        return [_Task(archive, tuple(g), sources, aircraft, reference.overlays, heard) for g in groups]

    looks = list(_results(_looks_of, tasks(counts, None), counts, "reception", workers, progress))
    heard = coverage.merge([hours for hours, _ in looks]) if looks else empty("coverage")
    weekly = coverage.merge_weeks([weeks for _, weeks in looks])
    parts = list(_results(_flights_of, tasks(fleet, heard), fleet, "flights", workers, progress))
    if not parts:
        names = ("masks", "flights", "ends", "candidates", "gaps")
        return {name: empty(name) for name in names} | {"coverage": heard, "coverage_weeks": weekly}
    joined = {k: pa.concat_tables([p[0][k] for p in parts]).combine_chunks() for k in parts[0][0]}
    progress("endings", 0, joined["flights"].num_rows)
    unseen = flights.join_unseen([(u, t["flights"].num_rows) for t, u in parts if u is not None])
    candidates = empty("candidates")
    if unseen is not None:
        fields = airfields_of(reference.overlays)
        history = flights.history_from(joined["flights"], fields)
        quiet = None
        if silence and heard.num_rows:
            quiet = flights.silence_of(reception_of(heard), fields, flights.busy_bins(joined["flights"]))
        made = flights.infer(
            joined["flights"], joined["ends"], unseen, fields, history=history, silence=quiet
        )
        joined |= {"flights": made.flights, "ends": made.ends}
        candidates = made.candidates
    progress("endings", joined["flights"].num_rows, joined["flights"].num_rows)
    return joined | {"candidates": candidates, "coverage": heard, "coverage_weeks": weekly}


def _results(
    work: Callable[[_Task], _Result],
    tasks: Sequence[_Task],
    counts: dict[str, int],
    stage: str,
    workers: int,
    progress: Callable[[str, int, int | None], None],
) -> Iterator[_Result]:
    """Yield the result of every task in order; a task that failed three times stops the run and is named."""
    alone = 1 if sum(counts.values()) <= ALONE_POSITIONS else workers
    n = 0
    for done in map_tasks(lambda: local_executor(alone), work, tasks, window=alone + 1):
        if done.result is None:
            who = f"{done.item.addresses[0]} to {done.item.addresses[-1]}"
            raise WaystationError(f"{stage} of {who}: {done.error!r}") from done.error
        yield done.result
        n += len(done.item.addresses)
        progress(stage, n, len(counts))


def _judged(task: _Task) -> Any:  # noqa: ANN401 - a named tuple of tables
    positions = read_positions(task.archive, icao24=task.addresses)
    if task.sources is not None:
        kept = pa.array(sorted(task.sources), pa.string())
        positions = positions.filter(pc.is_in(positions.column("source_id"), value_set=kept))
    return tracks.build(positions)


def _looks_of(task: _Task) -> tuple[pa.Table, pa.Table]:
    return coverage.build_both(_judged(task).positions)


def _flights_of(task: _Task) -> tuple[dict[str, pa.Table], flights.Unseen | None]:
    found = _judged(task)
    seen = flights.observe(
        found.positions,
        found.gaps,
        airfields=airfields_of(task.overlays),
        aircraft=task.aircraft,
        coverage=_index(task.coverage),
    )
    return {"masks": found.masks, "flights": seen.flights, "ends": seen.ends, "gaps": seen.gaps}, seen.unseen


_LAST: list[Any] = []  # the coverage of the last task and its index: workers see the same one again and again


def _index(table: pa.Table | None) -> Any:  # noqa: ANN401
    if table is None or not table.num_rows:
        return None
    if not _LAST or (_LAST[0] is not table and not _LAST[0].equals(table)):
        _LAST[:] = [table, reception_of(table)]
    return _LAST[1]
