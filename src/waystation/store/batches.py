"""One batch of sources → the Parquet files of the archive, as bytes. Pure: the parent process writes them.

So a worker may be killed, or outlive its parent, and never leave anything on disk.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waystation import ingest
from waystation.ingest.parsed import Note, Parsed, rejected_table
from waystation.ingest.selection import EVERYTHING, Selection
from waystation.store.collector import paused_collector
from waystation.store.hashing import source_id
from waystation.store.parquet import positions_bytes, table_bytes
from waystation.terms.errors import UsageError
from waystation.terms.identifiers import content_id
from waystation.terms.schema import TABLES, empty
from waystation.terms.units import DAY_MS
from waystation.world.networks import network_in, network_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waystation.ingest.many import Item, Outcome

__all__ = ["Batch", "Packed", "Source", "pack"]

FAST_BYTES: Final = 1 << 18  # as found: below it loading the compiled reader takes longer than it saves


@dataclass(frozen=True)
class Source:
    """The bytes of one file or member as found.

    ``notes``: (reason, text) seen before it was read. ``refused``: not to be read at all; its bytes are
    left out, and its hash may be that of its name where it has none (links, devices). ``mapping``: what a
    file beside it tells (``store.companions``). ``stretch``: where the bytes lie in a file of this machine,
    if they do: (path, first byte, how many); then ``data`` may be left out, to be read from there, and
    ``check`` is its ``hashing.checksum``.
    """

    uri: str
    data: bytes
    sha256: str
    notes: tuple[tuple[str, str], ...] = ()
    refused: bool = False
    mapping: Mapping[str, str] | None = None
    stretch: tuple[str, int, int] | None = None
    check: int | None = None

    @property
    def source_id(self) -> str:
        """Short id, from the hash."""
        return source_id(self.sha256)

    @property
    def size(self) -> int:
        """How many bytes it has, also where they are left out."""
        return len(self.data) or (self.stretch[2] if self.stretch else 0)


@dataclass(frozen=True)
class Batch:
    """Sources that are written and committed together."""

    sources: tuple[Source, ...]
    format: str | None = None
    mapping: Mapping[str, str] | None = None
    now_ms: int | None = None
    selection: Selection = EVERYTHING

    @property
    def name(self) -> str:
        """Name of the batch's files, from what is in it: the same sources give the same names."""
        selected = self.selection.text
        return content_id(*(s.sha256 for s in self.sources), *([selected] if selected else []))


@dataclass(frozen=True)
class Packed:
    """``files``: path inside the archive → bytes; the commit marker is apart because it goes last."""

    name: str
    files: dict[str, bytes]
    marker: bytes
    n_sources: int
    n_positions: int
    rejected: dict[str, int] = field(default_factory=dict)


def pack(batch: Batch) -> Packed:
    """Parse every source of the batch and return its files. The same batch gives the same bytes."""
    with paused_collector():
        return _pack(batch)


def _pack(batch: Batch) -> Packed:
    from waystation.ingest.many import build_many

    read = build_many(_items(batch), lambda i: _parse(batch.sources[i], batch), batch.now_ms, batch.selection)
    files = {
        f"positions/day={day}/{batch.name}.parquet": positions_bytes(part)
        for day, part in _by_day(read.positions).items()
    }
    for name, table in (("identities", read.identities), ("rejected", read.rejected)):
        if table.num_rows:
            files[f"{name}/{batch.name}.parquet"] = table_bytes(table)
    rows = [_source_row(s, o, batch.selection) for s, o in zip(batch.sources, read.outcomes, strict=True)]
    marker = table_bytes(pa.Table.from_pylist(rows, schema=TABLES["sources"]))
    counts = {r["values"]: r["counts"] for r in pc.value_counts(read.rejected["reason"]).to_pylist()}
    return Packed(batch.name, files, marker, len(rows), read.positions.num_rows, counts)


def _items(batch: Batch) -> list[Item]:
    """Say of each source whether the fast reader may try it; of few bytes it may not."""
    from waystation.ingest.many import Item

    worth = sum(len(s.data) for s in batch.sources) >= FAST_BYTES and batch.format in {None, "readsb"}
    return [Item(s.data, s.source_id, s.uri, worth and not s.refused and not s.notes) for s in batch.sources]


def _parse(source: Source, batch: Batch) -> Parsed:
    if source.refused:
        return _nothing("refused", source, source.notes)
    try:
        parsed = ingest.build(
            io.BytesIO(source.data),
            source_id=source.source_id,
            uri=source.uri,
            format=batch.format,
            mapping={**source.mapping, **(batch.mapping or {})} if source.mapping else batch.mapping,
            now_ms=batch.now_ms,
        )
    except UsageError:
        raise
    except Exception as e:  # noqa: BLE001 - one strange file must not take the others down
        parsed = _nothing("unknown", source, (("reader-failed", f"{type(e).__name__}: {e}"),))
    if not source.notes:
        return parsed
    seen = rejected_table(source.source_id, [Note(reason, raw) for reason, raw in source.notes])
    return replace(parsed, rejected=pa.concat_tables([seen, parsed.rejected]))


def _nothing(format_: str, source: Source, notes: tuple[tuple[str, str], ...]) -> Parsed:
    refused = rejected_table(source.source_id, [Note(reason, raw) for reason, raw in notes])
    return Parsed(format_, empty("positions"), empty("identities"), refused)


def _by_day(positions: pa.Table) -> dict[str, pa.Table]:
    """UTC day → its positions, order kept."""
    times = positions["time_utc"].cast(pa.int64()).to_numpy()
    if not len(times):
        return {}
    first = int(times.min()) // DAY_MS
    if first == int(times.max()) // DAY_MS:
        return {_day_name(first): positions}
    days = times // DAY_MS
    out = {}
    for day in np.unique(days).tolist():
        out[_day_name(day)] = positions.filter(pa.array(days == day))
    return out


def _day_name(day: int) -> str:
    return f"{date(1970, 1, 1) + timedelta(days=day)}"


def _source_row(source: Source, outcome: Outcome, selection: Selection) -> dict[str, Any]:
    """One row of ``sources``. When it was ingested is the marker's own time on disk, not in its bytes."""
    network = outcome.network or _network(source.uri, outcome.format)
    terms = network_of(network) if network else None
    return {
        "source_id": source.source_id,
        "uri": source.uri,
        "sha256": source.sha256,
        "bytes": len(source.data),
        "format": outcome.format,
        "network": network,
        "first_utc": outcome.first_ms,
        "last_utc": outcome.last_ms,
        "n_positions": outcome.n_positions,
        "n_rejected": outcome.n_rejected,
        "ingested_utc": None,
        "selection": selection.text,
        "licence": terms and terms.licence,
        "attribution": terms and terms.credit,
    }


def _network(uri: str, format_: str) -> str | None:
    """Who heard it, where the file says: by its format or by the address it came from."""
    if format_ == "fr24":
        return "flightradar24"
    return network_in(uri)
