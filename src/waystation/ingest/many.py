"""Many sources at once → one table of positions, in the order of the archive.

Each source goes to the fast reader of readsb traces; what that one does not take, the exact reader does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation.ingest.packed import from_buffers, from_positions, joined, sorted_rows
from waystation.ingest.selection import EVERYTHING, Selection, name_address
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waystation.ingest.parsed import Note, Parsed
    from waystation.ingest.readsb_fast import Read

__all__ = ["Item", "Many", "Outcome", "build_many"]


@dataclass(frozen=True)
class Item:
    """One source. ``plain``: the fast reader may try it."""

    data: bytes
    source_id: str
    uri: str
    plain: bool


@dataclass(frozen=True)
class Outcome:
    """What came of one source: its row of ``sources``, as far as reading tells, times in ms since 1970."""

    format: str
    network: str | None
    first_ms: int | None
    last_ms: int | None
    n_positions: int
    n_rejected: int


@dataclass(frozen=True)
class Many:
    """``positions``: packed (``packed.PACKED``) and sorted; the rest in the order of the sources.

    ``n_exact``: how many sources the exact reader took.
    """

    positions: pa.Table
    identities: pa.Table
    rejected: pa.Table
    outcomes: tuple[Outcome, ...]
    n_exact: int


def build_many(
    items: Sequence[Item],
    exact: Callable[[int], Parsed],
    now_ms: int | None,
    selection: Selection = EVERYTHING,
) -> Many:
    """Read all ``items``; ``exact(i)`` reads one of them where the fast reader does not."""
    reads, tables = _fast(items, now_ms, selection) if any(i.plain for i in items) else ({}, [])
    parsed: dict[int, Parsed] = {}
    for i in range(len(items)):
        if i not in reads:
            whole = exact(i)
            parsed[i] = replace(whole, positions=selection.of(whole.positions))
    tables += [from_positions(p.positions) for p in parsed.values()]
    rows = [_rows(items[i], reads[i]) if i in reads else None for i in range(len(items))]
    return Many(
        sorted_rows(joined(tables)),
        _gathered("identities", items, parsed, [r and r[0] for r in rows]),
        _gathered("rejected", items, parsed, [r and r[1] for r in rows]),
        tuple(_outcome(reads.get(i), parsed.get(i)) for i in range(len(items))),
        len(parsed),
    )


def _fast(
    items: Sequence[Item], now_ms: int | None, selection: Selection
) -> tuple[dict[int, Read], list[pa.Table]]:
    """Read what is plain, in the order of the addresses that names tell: then the rows need no sorting."""
    from waystation.ingest.readsb_fast import add, plain_bytes, room_for, squeeze

    buffers, reads = room_for(i.data for i in items if i.plain), {}
    for i in sorted(range(len(items)), key=lambda i: name_address(items[i].uri) or ""):
        item = items[i]
        content = plain_bytes(item.data) if item.plain else None
        read = None if content is None else add(buffers, content, item.uri, now_ms)
        if read is not None:
            reads[i] = squeeze(buffers, read, selection)
    return reads, [from_buffers(buffers, list(reads.values()), [items[i].source_id for i in reads])]


def _rows(item: Item, read: Read) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of ``identities`` and ``rejected`` of a source that the fast reader took."""
    return [{"source_id": item.source_id, **read.identity}], [_rejected(item, n) for n in read.notes]


def _rejected(item: Item, note: Note) -> dict[str, Any]:
    return {"source_id": item.source_id, "record": note.record, "reason": note.reason, "raw": note.shown}


def _gathered(
    name: str, items: Sequence[Item], parsed: dict[int, Parsed], rows: list[list[dict[str, Any]] | None]
) -> pa.Table:
    """Return the small table ``name`` of all sources, in their order."""
    out, run = [], []
    for i in range(len(items)):
        if i not in parsed:
            run += rows[i] or []
            continue
        table = getattr(parsed[i], name)
        if table.num_rows:
            out += [pa.Table.from_pylist(run, schema=TABLES[name]), table]
            run = []
    return pa.concat_tables([*out, pa.Table.from_pylist(run, schema=TABLES[name])])


def _outcome(read: Read | None, parsed: Parsed | None) -> Outcome:
    if read is not None:
        n = read.stop - read.first
        first, last = (read.first_ms, read.last_ms) if n else (None, None)
        return Outcome("readsb", read.network, first, last, n, len(read.notes))
    assert parsed is not None
    times = pc.min_max(parsed.positions["time_utc"].cast(pa.int64())).as_py()
    return Outcome(
        parsed.format,
        parsed.network,
        times["min"],
        times["max"],
        parsed.positions.num_rows,
        parsed.rejected.num_rows,
    )
