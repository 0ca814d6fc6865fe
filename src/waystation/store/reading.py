"""Positions of some aircraft out of many files: each row group read once, rows put in order without a sort.

    runs (index) ─► row groups that hold them ─► rows of the runs ─► in the order of (address, time)
                    file after file              picked              runs laid end to end; only where two runs
                                                                     of one address overlap are rows compared

Texts stay dictionaries (``read``) until somebody needs them as text (``terms.schema.conform``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.store.decoding import PLACES, Files
from waystation.store.index import spread
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from waystation.store.blocks import Blocks
    from waystation.store.index import Index
    from waystation.store.places import Place

__all__ = ["Picked", "pick", "read", "read_through"]

Ints = NDArray[np.int64]

_KEYS: Final = ("time_utc", "source_id", "record")  # the order of one address
READ_POSITIONS: Final = 600_000  # in a turn: some looks at files, and memory that stays warm
KERNEL_POSITIONS: Final = 100_000  # fewer are read before kernels are loaded
_SHORT: Final = 64  # rows a run: shorter ones are picked row by row
WORD: Final = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Picked:
    """Runs to read, and from where: all that a worker needs. m runs in the order of the result.

    ``digests``: of the files' bytes; ``groups``: per file the row groups, and their ``sizes`` in rows.
    ``start``: the run's first row among the file's chosen row groups. ``address``: per run a number in
    ``addresses``. ``mixed``: addresses whose runs overlap in time. ``left_out``: rows of these sources are
    not wanted.
    """

    archive: Place
    files: tuple[str, ...]
    digests: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...]
    sizes: tuple[tuple[int, ...], ...]
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
    groups, sizes = [], []
    by_file = np.argsort(file, kind="stable")
    edges = np.searchsorted(file[by_file], np.arange(len(files) + 1))
    for i, f in enumerate(files.tolist()):
        mine = by_file[edges[i] : edges[i + 1]]
        every = index.files[f].groups
        chosen, start[mine] = _groups(np.asarray(every, dtype=np.int64), start[mine], rows[mine])
        groups.append(chosen)
        sizes.append(tuple(every[g] for g in chosen))
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
        tuple(sizes),
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
    return next(read_through(picked, [len(picked.addresses)], columns, threads=threads))


def read_through(
    picked: Picked,
    stops: Sequence[int],
    columns: Iterable[str] | None = None,
    *,
    threads: int = 1,
    kernels: bool = False,
) -> Iterator[pa.Table]:
    """Yield the positions of addresses 0 … ``stops[0]`` - 1 (by number), then up to ``stops[1]`` ….

    As ``read`` gives them. ``kernels``: many positions are decoded by our own kernels, which take a while to
    load, some stops at a time and each row group once (or again, where rows that wait find room neither in
    memory nor on disk); else all are read at once.
    """
    wanted = tuple(TABLES["positions"].names if columns is None else columns)
    stored = [c for c in TABLES["positions"].names if c in {*wanted, *_KEYS, *PLACES} - {"icao24"}]
    many = kernels and picked.n_positions >= KERNEL_POSITIONS
    reads = list(_reads(picked, stops, READ_POSITIONS)) if many else [list(stops)]
    bounds = np.searchsorted(picked.address, [0, *(some[-1] for some in reads)])
    files: Files | Blocks
    if many:
        from waystation.store.blocks import Blocks

        turns = np.repeat(np.arange(len(reads), dtype=np.int64), np.diff(bounds))
        files = Blocks(picked, stored, turns)
    else:
        files = Files(picked, stored)
    a = 0
    with closing(files):
        for turn, some in enumerate(reads):
            b = some[-1]
            runs = slice(*bounds[turn : turn + 2].tolist())
            part = replace(
                picked,
                addresses=picked.addresses[a:b],
                address=picked.address[runs] - np.int32(a),
                file=picked.file[runs],
                start=picked.start[runs],
                rows=picked.rows[runs],
                mixed=picked.mixed[slice(*np.searchsorted(picked.mixed, (a, b)))] - a,
            )
            table = _together(part, files, turn, stored, wanted, threads)
            code = table["icao24"].combine_chunks().indices.to_numpy()
            for i, j in pairwise(np.searchsorted(code, np.array([a, *some]) - a).tolist()):
                yield table.slice(i, j - i)
            a = b


def _reads(picked: Picked, stops: Sequence[int], most: int) -> Iterator[list[int]]:
    """Yield the stops up to which is read at a time, so that about ``most`` positions are."""
    rows = np.bincount(picked.address, picked.rows, len(picked.addresses))
    total = np.r_[0, np.cumsum(rows)]
    some: list[int] = []
    begin = 0
    for stop in stops:
        if some and total[stop] - total[begin] > most:
            yield some
            begin, some = some[-1], []
        some.append(stop)
    if some:
        yield some


def _together(
    picked: Picked,
    files: Files | Blocks,
    turn: int,
    stored: list[str],
    wanted: tuple[str, ...],
    threads: int,
) -> pa.Table:
    """Read the runs, file after file, and put them in order."""
    if not len(picked.rows):
        return _table({}, np.zeros(0, dtype=np.int32), picked, wanted, 0)
    if isinstance(files, Files):
        whole = _by_tables(picked, files, threads)
    else:
        whole = files.laid(turn, picked.file, picked.start, picked.rows)
    whole = _mended(picked, whole)
    code = np.repeat(picked.address, picked.rows)
    made = _table({n: whole[n] for n in stored}, code, picked, wanted, whole.num_rows)
    return _without(made, whole["source_id"], picked.left_out)


def _by_tables(picked: Picked, files: Files, threads: int) -> pa.Table:
    """Return the rows of the runs, read as tables, in the order of runs."""
    order = np.lexsort((picked.start, picked.file))
    file, start, rows = picked.file[order], picked.start[order], picked.rows[order]
    cuts = np.flatnonzero(np.diff(file, prepend=-1, append=len(files)))

    def part(edge: tuple[int, int]) -> pa.Table:
        a, b = edge
        first, stop = int(start[a]), int(start[b - 1] + rows[b - 1])
        table = files.rows(int(file[a]), first, stop)
        return _rows(table, start[a:b] - first, rows[a:b])

    if threads > 1 and len(cuts) > 2:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(part, pairwise(cuts.tolist())))
    else:
        parts = [part(edge) for edge in pairwise(cuts.tolist())]
    base = np.empty(len(order), dtype=np.int64)
    base[order] = np.cumsum(rows) - rows
    whole = pa.concat_tables(parts).unify_dictionaries()
    parts.clear()
    return _laid(whole, base, picked.rows)


def _rows(table: pa.Table, start: Ints, rows: Ints) -> pa.Table:
    """Return the rows of the runs, which rise: all, or picked one by one."""
    return table if int(rows.sum()) == table.num_rows else table.take(pa.array(spread(start, rows)))


def _laid(table: pa.Table, base: Ints, rows: Ints) -> pa.Table:
    """Return the runs end to end: run k has ``rows[k]`` rows from ``base[k]`` on."""
    table = table.combine_chunks()  # a slice of a table of many chunks looks at all of them
    if bool(np.all(base[1:] == base[:-1] + rows[:-1])):
        return table
    if len(rows) * _SHORT > int(rows.sum()):
        return table.take(pa.array(spread(base, rows)))
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
        elif field.name in PLACES:
            columns[field.name] = pa.array(stored[field.name].to_numpy() / 1e6)
        else:
            column = stored[field.name]
            columns[field.name] = column if column.type == kind else column.cast(kind)
    return pa.table(columns)


def _without(table: pa.Table, source: pa.ChunkedArray, left_out: frozenset[str]) -> pa.Table:
    """Leave out the rows of some sources; ``source``: of each row."""
    if not left_out or not table.num_rows:
        return table
    words = source.combine_chunks()
    keep = np.array([w not in left_out for w in words.dictionary.to_pylist()], dtype=np.bool_)
    kept = keep[words.indices.to_numpy(zero_copy_only=False)]
    return table if kept.all() else table.filter(pa.array(kept))
