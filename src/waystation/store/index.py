"""Which rows of which file hold which aircraft: the archive's index by address.

    file                      rows 0 … n, sorted by address and time
    day=2024-12-26/ab.parquet |154076····|3c4b26··|…        each stretch of one address is a *run*
    day=2024-12-27/ab.parquet |154076·|a0b1c2······|…

The index is worked out from the files, once each, and kept in ``ARCHIVE/.cache/index.arrow``. A file counts
as known while its name, size and time of change are what they were; batches never change, so new days add
runs and leave the others as they are. It is written beside its place and renamed; ``rm -r`` of it is safe.
"""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.store.atomic import write_atomic
from waystation.store.hashing import sha256
from waystation.store.layout import position_files
from waystation.store.places import is_bucket, listed, read_parquet
from waystation.store.runs import RUNS, codes_of, in_order, numbered, scan
from waystation.terms.schema import TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.store.places import Place

__all__ = ["File", "Index", "cache_folder", "index_of", "source_batches", "spread"]

Ints = NDArray[np.int64]

_CACHE: Final = ".cache"  # beside the tables of an archive; everything in it can be worked out again
_NAME: Final = "index.arrow"
_FORM: Final = "1"  # of the file; another one is made anew
_ARCHIVES: Final = 4  # that a process remembers the index of
_SETTLED_S: Final = 2.0  # a folder's time of change may lag by as much: younger ones are listed again


@dataclass(frozen=True)
class File:
    """One file of positions. ``name``: below the archive; ``groups``: rows of each row group."""

    name: str
    size: int
    changed_ns: int
    digest: str
    groups: tuple[int, ...]

    @property
    def batch(self) -> str:
        """Name of its batch."""
        return self.name.rpartition("/")[2].removesuffix(".parquet")

    @property
    def day(self) -> str:
        """The UTC day of its rows."""
        return self.name.split("/")[1].removeprefix("day=")


@dataclass(frozen=True)
class Index:
    """Runs in the order of (address, first time, file). k addresses, m runs.

    ``bounds``: k + 1 offsets, the runs of each address. ``rising``: times do not fall within the run.
    ``heard``: per run a number in ``heards``, the ways in which it was heard, joined by commas.
    """

    archive: Place
    files: tuple[File, ...]
    addresses: pa.StringArray
    bounds: Ints
    file: NDArray[np.int32]
    start: Ints
    rows: Ints
    first_ms: Ints
    last_ms: Ints
    rising: NDArray[np.bool_]
    heard: NDArray[np.int32]
    heards: tuple[str, ...]

    @cached_property
    def counts(self) -> Ints:
        """Positions of each address."""
        return _summed(self.rows, self.bounds)

    @cached_property
    def place(self) -> dict[str, int]:
        """Address → its number."""
        return {a: i for i, a in enumerate(self.addresses.to_pylist())}

    def runs_of(self, numbers: Ints) -> Ints:
        """Return the runs of the addresses with these numbers, in order."""
        first, stop = self.bounds[numbers], self.bounds[numbers + 1]
        return spread(first, stop - first)

    def span(self) -> pa.Table:
        """Return per address ``first_utc, last_utc, n_positions, heard_by`` (a sorted list)."""
        at = self.bounds[:-1]
        none = not len(at)
        first = np.minimum.reduceat(self.first_ms, at) if not none else self.first_ms
        last = np.maximum.reduceat(self.last_ms, at) if not none else self.last_ms
        kinds = [frozenset(h.split(",")) - {""} for h in self.heards]
        alone = [sorted(k) for k in kinds]
        edges, code = zip(at.tolist(), self.bounds[1:].tolist(), strict=True), self.heard.tolist()
        heard = [
            alone[code[a]] if b == a + 1 else sorted(frozenset().union(*(kinds[c] for c in {*code[a:b]})))
            for a, b in edges
        ]
        columns = [
            self.addresses,
            pa.array(first, pa.int64()).cast(TIME),
            pa.array(last, pa.int64()).cast(TIME),
            pa.array(self.counts, pa.int64()),
            pa.array(heard, pa.list_(pa.string())),
        ]
        return pa.table(columns, names=["icao24", "first_utc", "last_utc", "n_positions", "heard_by"])


@dataclass
class _Last:
    """The index that this process used last, per archive, and the state of the folders that it is of."""

    of: dict[str, tuple[Any, Index]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


_LAST: Final = _Last()


def cache_folder(archive: Place) -> Path:
    """Return where this machine keeps what it worked out of an archive: in it, or at home for a bucket's."""
    if not is_bucket(archive):
        return Path(str(archive)) / _CACHE
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "waystation" / "archives" / sha256(str(archive).encode())[:16]


def spread(first: Ints, lengths: Ints) -> Ints:
    """Return first[0], first[0] + 1 … for ``lengths[0]`` numbers, then likewise for the next."""
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.repeat(first - before, lengths) + np.arange(int(lengths.sum())), dtype=np.int64)


def _summed(values: Ints, bounds: Ints) -> Ints:
    total = np.r_[0, np.cumsum(values)]
    return np.asarray(total[bounds[1:]] - total[bounds[:-1]], dtype=np.int64)


def index_of(archive: Place, *, workers: int = 2) -> Index:
    """Return the index of all committed batches; reads only files that it does not know yet.

    Raises ``ArchiveError`` for a file that is no Parquet file of positions.
    """
    state = _state(archive)
    known = _LAST.of.get(str(archive))
    if known is not None and state is not None and known[0] == state:
        return known[1]
    found = [(str(p)[len(str(archive)) + 1 :], p.stat()) for p in position_files(archive)]
    if known is not None and _same(known[1].files, found):
        index = known[1]
    else:
        index = _brought_up_to_date(archive, found, workers)
    with _LAST.lock:  # the workbench asks from several threads
        _LAST.of.pop(str(archive), None)
        while len(_LAST.of) >= _ARCHIVES:
            _LAST.of.pop(next(iter(_LAST.of)))
        _LAST.of[str(archive)] = (state, index)
    return index


def source_batches(archive: Place) -> dict[str, frozenset[str]]:
    """Return the source ids of every committed batch."""
    return {
        path.stem: frozenset(read_parquet(path, columns=["source_id"])["source_id"].to_pylist())
        for path in listed(archive / "sources", "*.parquet")
    }


def _state(archive: Place) -> tuple[tuple[str, int], ...] | None:
    """Return the times of change of all folders that hold positions or markers; None while one is young.

    A bucket has no folders, and is listed every time.
    """
    if not isinstance(archive, Path):
        return None
    folders = [archive / "sources", archive / "positions", *sorted((archive / "positions").glob("day=*"))]
    try:
        state = tuple((p.name, p.stat().st_mtime_ns) for p in folders)
    except FileNotFoundError:
        return None
    young = time.time_ns() - int(_SETTLED_S * 1e9)
    return None if any(changed > young for _, changed in state) else state


def _same(files: Sequence[File], found: Sequence[tuple[str, Any]]) -> bool:
    return [(f.name, f.size, f.changed_ns) for f in files] == [
        (name, s.st_size, s.st_mtime_ns) for name, s in found
    ]


def _brought_up_to_date(archive: Place, found: Sequence[tuple[str, Any]], workers: int) -> Index:
    files, runs = _kept(archive)
    if files is not None and _same(files, found):
        return _index(archive, files, runs)
    old = {(f.name, f.size, f.changed_ns): i for i, f in enumerate(files or ())}
    fresh = [n for n, s in found if (n, s.st_size, s.st_mtime_ns) not in old]
    with ThreadPoolExecutor(max(1, workers)) as pool:
        scanned = dict(zip(fresh, pool.map(lambda n: scan(archive, n), fresh), strict=True))
    now: list[File] = []
    number = np.full(len(old), -1, dtype=np.int32)
    for name, s in found:
        at = old.get((name, s.st_size, s.st_mtime_ns))
        if at is None:
            digest, groups, _ = scanned[name]
            now.append(File(name, s.st_size, s.st_mtime_ns, digest, groups))
        else:
            number[at] = len(now)
            now.append((files or ())[at])
    at_of = {f.name: i for i, f in enumerate(now)}
    parts = [numbered(scanned[name][2], at_of[name]) for name in fresh]
    if old:
        mine = number[runs["file"].to_numpy()]
        stay = pa.array(mine >= 0)
        moved = runs.set_column(1, RUNS.field("file"), pa.array(mine, pa.int32()))
        parts.append(moved.filter(stay))
    merged = in_order(parts)
    _keep(archive, now, merged)
    return _index(archive, tuple(now), merged)


def _index(archive: Place, files: Sequence[File], runs: pa.Table) -> Index:
    runs = runs.combine_chunks()
    code = codes_of(runs, "icao24")
    addresses, heards = (runs[n].combine_chunks().dictionary for n in ("icao24", "heard"))
    bounds = np.searchsorted(code, np.arange(len(addresses) + 1)).astype(np.int64)
    start, rows, first, last = (runs[n].to_numpy() for n in ("start", "rows", "first_ms", "last_ms"))
    return Index(
        archive, tuple(files), addresses, bounds, runs["file"].to_numpy(), start, rows, first, last,
        runs["rising"].to_numpy(), codes_of(runs, "heard"), tuple(heards.to_pylist()),
    )  # fmt: skip


def _kept(archive: Place) -> tuple[tuple[File, ...] | None, pa.Table]:
    """Return what is on disk; (None, no runs) where nothing is, or nothing that can be used."""
    path = cache_folder(archive) / _NAME
    try:
        with pa.memory_map(str(path)) as source:
            runs = pa.ipc.open_file(source).read_all()
        about = json.loads((runs.schema.metadata or {})[b"files"])
        if about["form"] != _FORM or not runs.schema.equals(RUNS, check_metadata=False):
            return None, RUNS.empty_table()
        files = tuple(File(n, size, at, sha, tuple(groups)) for n, size, at, sha, groups in about["files"])
    except (OSError, pa.ArrowException, KeyError, ValueError, TypeError):
        return None, RUNS.empty_table()
    return files, runs


def _keep(archive: Place, files: Sequence[File], runs: pa.Table) -> None:
    """Write the index beside the archive; an archive that cannot be written to does without."""
    listed = [[f.name, f.size, f.changed_ns, f.digest, f.groups] for f in files]
    said = json.dumps({"form": _FORM, "files": listed})
    table = runs.replace_schema_metadata({"files": said}).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    try:
        write_atomic(cache_folder(archive) / _NAME, sink.getvalue().to_pybytes())
    except OSError:
        return
