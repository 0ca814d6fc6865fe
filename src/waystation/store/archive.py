"""Reading the archive: all positions, those of some aircraft or days, or aircraft after aircraft."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from waystation.store.index import index_of
from waystation.store.layout import committed
from waystation.store.places import listed, place_of, read_parquet
from waystation.store.reading import pick, read, read_through
from waystation.terms.errors import ArchiveError
from waystation.terms.schema import TIME, conform, empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from waystation.store.index import Index
    from waystation.store.places import Place

__all__ = [
    "aircraft_span",
    "iter_aircraft",
    "read_archive_table",
    "read_positions",
]


_MANY: Final = 2_000_000  # positions: for fewer, kernels take longer to load than they save
_THREADS: Final = 2  # files read at a time, where somebody waits for one aircraft


def read_positions(
    archive: Place | str, *, icao24: Iterable[str] | None = None, days: Iterable[str | date] | None = None
) -> pa.Table:
    """Return positions as ``terms.schema`` has them, sorted by address, time, source and record.

    ``icao24``: only these addresses; ``days``: only these UTC days (``YYYY-MM-DD`` or dates).
    """
    index = index_of(_existing(archive))
    chosen = pick(index, _numbers(index, icao24), only=_files(index, days))
    return conform("positions", read(chosen, threads=_THREADS))


def iter_aircraft(
    archive: Place | str,
    *,
    max_positions: int = 2_000_000,
    icao24: Iterable[str] | None = None,
    days: Iterable[str | date] | None = None,
    columns: Iterable[str] | None = None,
) -> Iterator[pa.Table]:
    """Yield all positions in tables of about ``max_positions`` rows, in the order of addresses.

    A table holds whole aircraft only, over all days (or all of ``days``); an aircraft with more rows than
    that comes alone. Memory holds one table at a time. ``columns``: those that are needed; others are null.
    """
    columns = None if columns is None else tuple(columns)
    index = index_of(_existing(archive))
    only, numbers = _files(index, days), _numbers(index, icao24)
    counts = {int(n): int(index.counts[n]) for n in numbers}
    if only is not None:
        whole = pick(index, numbers, only=only)
        rows = np.bincount(whole.address, whole.rows, len(numbers)).astype(np.int64)
        counts = {int(n): int(c) for n, c in zip(numbers, rows, strict=True) if c}
    stops: list[int] = []
    size = 0
    for k, n in enumerate(counts.values(), 1):
        if stops and size + n <= max_positions:
            stops[-1] = k
            size += n
        else:
            stops.append(k)
            size = n
    if stops:
        chosen = pick(index, np.fromiter(counts, dtype=np.int64), only=only)
        many = chosen.n_positions >= _MANY
        for positions in read_through(chosen, stops, columns, kernels=many):
            yield conform("positions", positions)


def aircraft_span(archive: Place | str) -> pa.Table:
    """Return per address ``first_utc, last_utc, n_positions, heard_by`` (a sorted list), in address order."""
    return index_of(_existing(archive)).span()


def read_archive_table(archive: Place | str, name: str) -> pa.Table:
    """Return ``sources``, ``rejected``, ``identities`` or ``masks`` over all committed batches.

    ``sources.ingested_utc`` is the time on disk of the batch's marker: the bytes of an archive do not
    depend on when it was made.
    """
    archive = _existing(archive)
    folder = archive / name
    known = set(committed(archive))
    files = [p for p in listed(folder, "*.parquet") if name == "masks" or p.stem in known]
    tables = []
    for path in files:
        table = read_parquet(path)
        if name == "sources":
            at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
            column = pa.array([at] * table.num_rows, TIME)
            table = table.set_column(table.schema.get_field_index("ingested_utc"), "ingested_utc", column)
        tables.append(conform(name, table))
    return pa.concat_tables(tables) if tables else empty(name)


def _numbers(index: Index, icao24: Iterable[str] | None) -> NDArray[np.int64]:
    if icao24 is None:
        return np.arange(len(index.addresses))
    place = index.place
    return np.array(sorted(place[a] for a in set(icao24) if a in place), dtype=np.int64)


def _files(index: Index, days: Iterable[str | date] | None) -> frozenset[int] | None:
    """Return the numbers of the files of some days; None: all."""
    if days is None:
        return None
    wanted = frozenset(d if isinstance(d, str) else f"{d:%Y-%m-%d}" for d in days)
    return frozenset(i for i, f in enumerate(index.files) if f.day in wanted)


def _existing(archive: Place | str) -> Place:
    archive = place_of(archive)
    if not archive.is_dir():
        raise ArchiveError(
            f"there is no archive at {archive}; make one with: waystation ingest INPUT --archive {archive}"
        )
    return archive
