"""Positions of some aircraft out of many files: each row group read once, rows put in order without a sort.

    runs (index) ─► row groups that hold them ─► rows of the runs ─► in the order of (address, time)
                    file after file              picked              runs laid end to end; only where two runs
                                                                     of one address overlap are rows compared

Texts stay dictionaries (``read``) until somebody needs them as text (``terms.schema.conform``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.store.index import spread
from waystation.store.places import is_bucket, parquet, waited
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pyarrow.parquet as pq

    from waystation.store.index import Index
    from waystation.store.places import Place

__all__ = ["Picked", "pick", "read"]

Ints = NDArray[np.int64]

_TEXTS: Final = ("callsign", "squawk", "heard_by", "source_id")
_PLACES: Final = ("lat", "lon")
_KEYS: Final = ("time_utc", "source_id", "record")  # the order of one address
_SHORT: Final = 64  # rows a run: shorter ones are picked row by row
_SPARSE: Final = 0.5  # of what was decoded: less is copied, so that the rest can go
WORD: Final = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Picked:
    """Runs to read, and from where: all that a worker needs. m runs in the order of the result.

    ``digests``: of the files' bytes; ``groups``: per file the row groups. ``start``: the run's first row
    among the file's chosen row groups. ``address``: per run a number in ``addresses``. ``mixed``: addresses
    whose runs overlap in time. ``left_out``: rows of these sources are not wanted.
    """

    archive: Place
    files: tuple[str, ...]
    digests: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...]
    addresses: tuple[str, ...]
    address: NDArray[np.int32]
    file: NDArray[np.int32]
    start: Ints
    rows: Ints
    mixed: Ints
    left_out: frozenset[str] = frozenset()

    @property
    def n_positions(self) -> int:
        """Positions that the runs hold."""
        return int(self.rows.sum())


def pick(
    index: Index,
    numbers: Ints,
    *,
    only: Collection[int] | None = None,
    left_out: frozenset[str] = frozenset(),
) -> Picked:
    """Choose the runs of the addresses with these (rising) numbers; ``only``: of these files."""
    runs = index.runs_of(numbers)
    address = np.repeat(np.arange(len(numbers), dtype=np.int32), np.diff(index.bounds)[numbers])
    if only is not None:
        inside = np.zeros(len(index.files), dtype=np.bool_)
        inside[list(only)] = True
        keep = inside[index.file[runs]]
        runs, address = runs[keep], address[keep]
    files, file = np.unique(index.file[runs], return_inverse=True)
    start, rows = index.start[runs].copy(), index.rows[runs]
    groups = []
    by_file = np.argsort(file, kind="stable")
    edges = np.searchsorted(file[by_file], np.arange(len(files) + 1))
    for i, f in enumerate(files.tolist()):
        mine = by_file[edges[i] : edges[i + 1]]
        chosen, start[mine] = _groups(
            np.asarray(index.files[f].groups, dtype=np.int64), start[mine], rows[mine]
        )
        groups.append(chosen)
    new = address[1:] != address[:-1]
    first, last = index.first_ms[runs], index.last_ms[runs]
    overlaps = ~new & (first[1:] <= last[:-1])
    mixed = np.unique(np.r_[address[1:][overlaps], address[~index.rising[runs]]])
    names = tuple(index.addresses.take(pa.array(numbers)).to_pylist())
    return Picked(
        index.archive,
        tuple(index.files[f].name for f in files.tolist()),
        tuple(index.files[f].digest for f in files.tolist()),
        tuple(groups),
        names,
        address,
        file.astype(np.int32),
        start,
        rows,
        mixed.astype(np.int64),
        left_out,
    )


def _groups(sizes: Ints, start: Ints, rows: Ints) -> tuple[tuple[int, ...], Ints]:
    """Return the row groups that hold the runs, and where each run begins among the rows of these."""
    edge = np.r_[0, np.cumsum(sizes)]
    first = np.searchsorted(edge, start, side="right") - 1
    last = np.searchsorted(edge, start + rows - 1, side="right") - 1
    wanted = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.add.at(wanted, first, 1)
    np.add.at(wanted, last + 1, -1)
    use = np.cumsum(wanted)[:-1] > 0
    skipped = np.r_[0, np.cumsum(np.where(use, 0, sizes))]
    return tuple(np.flatnonzero(use).tolist()), start - skipped[first]


def read(picked: Picked, columns: Iterable[str] | None = None, *, threads: int = 1) -> pa.Table:
    """Return the positions by (address, time, source, record); texts are dictionaries.

    ``columns``: those that are needed; the others are null. Degrees are float64. ``threads``: files that are
    read at a time.
    """
    wanted = tuple(TABLES["positions"].names if columns is None else columns)
    stored = [c for c in TABLES["positions"].names if c in {*wanted, *_KEYS, "lat", "lon"} - {"icao24"}]
    base = np.zeros(len(picked.rows), dtype=np.int64)
    by_file = np.argsort(picked.file, kind="stable")
    edges = np.searchsorted(picked.file[by_file], np.arange(len(picked.files) + 1))
    of = [by_file[a:b] for a, b in pairwise(edges.tolist())]
    of = [mine[np.argsort(picked.start[mine], kind="stable")] for mine in of]

    def part(i: int) -> pa.Table:
        table = _file(picked.archive / picked.files[i], picked.digests[i], picked.groups[i], stored)
        return _rows(table, picked.start[of[i]], picked.rows[of[i]])

    if threads > 1 and len(of) > 1:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(part, range(len(of))))
    else:
        parts = [part(i) for i in range(len(of))]
    before = 0
    for mine, some in zip(of, parts, strict=True):
        rows = picked.rows[mine]
        base[mine] = before + np.cumsum(rows) - rows
        before += some.num_rows
    if not parts:
        return _table({}, np.zeros(0, dtype=np.int32), picked, wanted, 0)
    whole = pa.concat_tables(parts).unify_dictionaries()
    parts.clear()
    whole = _mended(picked, _laid(whole, base, picked.rows))
    code = np.repeat(picked.address, picked.rows)
    made = _table({n: whole[n] for n in stored}, code, picked, wanted, whole.num_rows)
    return _without(made, picked.left_out)


@lru_cache(maxsize=512)
def _footer(path: Place, _digest: str) -> pq.FileMetaData:
    """Return where what lies in a file; a file that is asked again is not asked for that."""
    return parquet(path).metadata


def _file(path: Place, digest: str, groups: tuple[int, ...], columns: list[str]) -> pa.Table:
    """Return row groups of a file; degrees are still whole micro-degrees, as int32."""
    options: dict[str, Any] = {"read_dictionary": [c for c in _TEXTS if c in columns]}
    if not is_bucket(path):
        options["memory_map"] = True
    file = parquet(path, metadata=_footer(path, digest), **options)
    chosen = list(groups)
    table = waited(lambda: file.read_row_groups(chosen, columns=columns, use_threads=False), path)
    for name in _PLACES:
        chunks = [_micro(c) for c in table[name].chunks]
        table = table.set_column(
            table.schema.get_field_index(name), name, pa.chunked_array(chunks, pa.int32())
        )
    return table


def _micro(decimals: pa.Array) -> pa.Array:
    return pa.Array.from_buffers(
        pa.int32(), len(decimals), [None, decimals.buffers()[1]], offset=decimals.offset
    )


def _rows(table: pa.Table, start: Ints, rows: Ints) -> pa.Table:
    """Return the rows of the runs, which rise: all, a slice, or picked one by one."""
    n = int(rows.sum())
    if n == table.num_rows:
        return table
    if bool(np.all(start[1:] == start[:-1] + rows[:-1])):
        part = table.slice(int(start[0]), n)
        if n > _SPARSE * table.num_rows:
            return part
    return table.take(pa.array(spread(start, rows)))


def _laid(table: pa.Table, base: Ints, rows: Ints) -> pa.Table:
    """Return the runs end to end: run k has ``rows[k]`` rows from ``base[k]`` on."""
    if bool(np.all(base[1:] == base[:-1] + rows[:-1])):
        return table.combine_chunks()
    if len(rows) * _SHORT > int(rows.sum()):
        return table.combine_chunks().take(pa.array(spread(base, rows)))
    runs = zip(base.tolist(), rows.tolist(), strict=True)
    return pa.concat_tables([table.slice(at, n) for at, n in runs]).combine_chunks()


def _mended(picked: Picked, table: pa.Table) -> pa.Table:
    """Put the rows of addresses whose runs overlap in order."""
    if not len(picked.mixed):
        return table
    order = np.arange(table.num_rows)
    edge = np.r_[0, np.cumsum(np.bincount(picked.address, picked.rows, len(picked.addresses)))].astype(
        np.int64
    )
    t, record = (np.asarray(table[n].cast(pa.int64()).to_numpy()) for n in ("time_utc", "record"))
    source = _ranked(table["source_id"])
    for a in picked.mixed.tolist():
        part = slice(edge[a], edge[a + 1])
        order[part] = edge[a] + np.lexsort((record[part], source[part], t[part]))
    return table.take(pa.array(order))


def _ranked(column: pa.ChunkedArray) -> Ints:
    """Numbers that order as the texts do."""
    words = column.combine_chunks()
    place = np.argsort(np.argsort(np.asarray(words.dictionary.to_pylist(), dtype=str), kind="stable"))
    return np.asarray(place[words.indices.to_numpy(zero_copy_only=False)], dtype=np.int64)


def _table(
    stored: dict[str, pa.ChunkedArray],
    code: NDArray[np.int32],
    picked: Picked,
    wanted: tuple[str, ...],
    n: int,
) -> pa.Table:
    columns: dict[str, Any] = {}
    for field in TABLES["positions"]:
        kind = WORD if pa.types.is_string(field.type) else field.type
        if field.name == "icao24":
            columns["icao24"] = pa.DictionaryArray.from_arrays(
                pa.array(code, pa.int32()), pa.array(picked.addresses, pa.string())
            )
        elif field.name not in stored or field.name not in wanted:
            columns[field.name] = pa.nulls(n, kind)
        elif field.name in _PLACES:
            columns[field.name] = pa.array(stored[field.name].to_numpy() / 1e6)
        else:
            column = stored[field.name]
            columns[field.name] = column if column.type == kind else column.cast(kind)
    return pa.table(columns)


def _without(table: pa.Table, left_out: frozenset[str]) -> pa.Table:
    """Leave out the rows of some sources."""
    if not left_out or not table.num_rows:
        return table
    words = table["source_id"].combine_chunks()
    keep = np.array([w not in left_out for w in words.dictionary.to_pylist()], dtype=np.bool_)
    kept = keep[words.indices.to_numpy(zero_copy_only=False)]
    return table if kept.all() else table.filter(pa.array(kept))
