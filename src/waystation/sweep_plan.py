"""What a sweep has to do: aircraft in buckets, each bucket's result under a name made of what decides it.

    addresses ──┬── 0… ──┬── 00… ─ bucket          a bucket is cut in two, at the next bit of the address,
                │        └── 01… ─ bucket          while it holds too many positions. Where the cuts are
                └── 1… ─ bucket                    depends on how much lies there, so more data only
                                                   cuts further, and other buckets stay as they are

The name of a result is a hash of the rows (which of which files), of the code and rules, and for flights of
the reference tables and of who the addresses stood for. Same name, same result: it is not worked out again.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from waystation.store.hashing import sha256
from waystation.store.manifest import code_sha256, versions
from waystation.store.reading import pick

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from waystation.store.index import Index
    from waystation.store.reading import Picked
    from waystation.store.reference import Reference

__all__ = ["Bucket", "Content", "Task", "buckets_of", "content_of", "cut", "largest_task", "tasks_of"]

Ints = NDArray[np.int64]

_ROOMS: Final = ("coverage/", "flights/", "store/", "sweep", "terms/", "tracks/", "world/")  # decide results
_GROUPS: Final = 3  # row groups of every file in a task, at least: one of them is decoded in two tasks
_MOST_POSITIONS: Final = 60_000_000  # of a task: a killed worker repeats two minutes
_IDENTITY: Final = ("icao24", "from_utc", "to_utc", "registration", "type", "operator")


@dataclass(frozen=True)
class Content:
    """Which rows count: files (numbers of the index) with what names their content, and sources left out."""

    index: Index
    files: frozenset[int] | None
    digests: tuple[str, ...]
    left_out: frozenset[str]


@dataclass(frozen=True)
class Bucket:
    """Neighbouring addresses ``first`` … ``stop - 1`` (numbers of the index) and the names of their results.

    ``flights`` is "" where nobody of the fleet is among them; ``fleet``: who is, numbers.
    """

    first: int
    stop: int
    n_positions: int
    reception: str
    flights: str
    fleet: Ints


@dataclass(frozen=True)
class Task:
    """Positions to read through, and the buckets to work out from them; all that a worker needs.

    ``names``: per bucket its results (reception, flights), "" where not wanted. ``stops``: per bucket the
    address (number in ``picked``) after its last. ``fleet``: addresses whose flights are wanted; None: all.
    ``folder``: where the results are kept, None where workers do not see it and hand them back.
    """

    picked: Picked
    stops: tuple[int, ...]
    names: tuple[tuple[str, str], ...]
    fleet: frozenset[str] | None
    aircraft: pa.Table
    overlays: tuple[bytes, ...]
    folder: Path | None


def cut(addresses: Sequence[str], counts: Ints, most: int) -> Iterator[tuple[int, int]]:
    """Yield (first, stop) of buckets of at most ``most`` positions, in order; one aircraft may have more.

    ``addresses`` rise. A cut lies between two addresses that differ in the bit where the bucket's first and
    last address differ first.
    """
    texts = [a.encode() for a in addresses]
    total = np.r_[0, np.cumsum(counts)]
    todo = [(0, len(texts))]
    while todo:
        i, j = todo.pop()
        if j - i <= 1 or total[j] - total[i] <= most:
            if j > i:
                yield i, j
            continue
        middle = _split(texts, i, j)
        todo += [(middle, j), (i, middle)]


def _split(texts: Sequence[bytes], i: int, j: int) -> int:
    """Return where the bit that tells the first from the last of ``texts[i:j]`` turns on."""
    a, b = texts[i], texts[j - 1]
    width = max(len(a), len(b))
    x, y = (int.from_bytes(t.ljust(width, b"\0"), "big") for t in (a, b))
    bit = (x ^ y).bit_length() - 1
    edge = (y >> bit << bit).to_bytes(width, "big")
    low, high = i, j - 1
    while low < high:
        middle = (low + high) // 2
        if texts[middle].ljust(width, b"\0")[:width] < edge:
            low = middle + 1
        else:
            high = middle
    return low


def content_of(index: Index, held: Mapping[str, frozenset[str]], wanted: frozenset[str] | None) -> Content:
    """Return which rows count. ``held``: sources of each batch; ``wanted``: those that count, None = all."""
    digests = [f.digest for f in index.files]
    if wanted is None:
        return Content(index, None, tuple(digests), frozenset())
    files = set()
    for n, f in enumerate(index.files):
        absent = held[f.batch] - wanted
        if absent != held[f.batch]:
            files.add(n)
        if absent:
            digests[n] = sha256("\n".join([f.digest, *sorted(absent)]).encode())
    every = frozenset().union(*held.values())
    return Content(index, frozenset(files), tuple(digests), every - wanted)


def buckets_of(content: Content, fleet: pa.Table, reference: Reference, most: int) -> list[Bucket]:
    """Return the buckets of all aircraft in the order of addresses. ``fleet``: rows of table ``aircraft``."""
    index = content.index
    addresses = index.addresses.to_pylist()
    ours = fleet.select(_IDENTITY).sort_by([("icao24", "ascending"), ("from_utc", "ascending")])
    columns = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in ours.columns]
    who = [repr(row) for row in zip(*(c.to_pylist() for c in columns), strict=True)]
    names = ours.column("icao24").to_pylist()
    place = index.place
    numbers = np.array(sorted({place[a] for a in names if a in place}), dtype=np.int64)
    common = sha256(json.dumps([code_sha256(_ROOMS), versions()], sort_keys=True).encode())
    known = "".join(sha256(data) for data in reference.overlays)
    digest = np.array([d.encode() for d in content.digests], dtype="S64")
    out = []
    for first, stop in cut(addresses, index.counts, most):
        rows = _rows(content, np.arange(first, stop), digest)
        if not rows:
            continue
        mine = numbers[np.searchsorted(numbers, first) : np.searchsorted(numbers, stop)]
        flights = ""
        if len(mine):
            a = bisect_left(names, addresses[mine[0]])
            b = bisect_right(names, addresses[mine[-1]])
            parts = ["flights", common, known, *who[a:b], _rows(content, mine, digest)]
            flights = sha256("\n".join(parts).encode())
        reception = sha256(f"reception\n{common}\n{rows}".encode())
        size = int(index.counts[first:stop].sum())
        out.append(Bucket(first, stop, size, reception, flights, mine))
    return out


def _rows(content: Content, numbers: Ints, digest: NDArray[np.bytes_]) -> str:
    """Return what names the rows of some aircraft: addresses, and of which file which rows; "" for none."""
    index = content.index
    runs = index.runs_of(numbers)
    counts = np.diff(index.bounds)[numbers]
    if content.files is not None:
        inside = np.isin(index.file[runs], np.array(sorted(content.files), dtype=np.int64))
        of = np.repeat(np.arange(len(numbers)), counts)[inside]
        runs, counts = runs[inside], np.bincount(of, minlength=len(numbers))
    if not len(runs):
        return ""
    names = "\x1f".join(index.addresses.take(pa.array(numbers)).to_pylist())
    parts = [digest[index.file[runs]], index.start[runs], index.rows[runs], counts.astype(np.int64)]
    return sha256(names.encode() + b"\0" + b"\0".join(p.tobytes() for p in parts))


def largest_task(index: Index, least: int) -> int:
    """Return how many positions a task may have: ``least``, or more where it has few rows of each file."""
    spread = sum(max(f.groups, default=0) for f in index.files)
    return max(least, min(_GROUPS * spread, _MOST_POSITIONS))


def tasks_of(
    content: Content,
    buckets: Sequence[tuple[Bucket, bool, bool]],
    fleet: pa.Table,
    everybody: bool,
    reference: Reference,
    most: int,
    folder: Path | None = None,
) -> Iterator[Task]:
    """Yield tasks of at most ``most`` positions for what is missing: (bucket, reception?, flights?)."""
    group: list[tuple[Bucket, bool, bool]] = []
    size = 0
    for item in buckets:
        n = item[0].n_positions
        if group and size + n > most:
            yield _task(content, group, fleet, everybody, reference, folder)
            group, size = [], 0
        group.append(item)
        size += n
    if group:
        yield _task(content, group, fleet, everybody, reference, folder)


def _task(
    content: Content,
    group: Sequence[tuple[Bucket, bool, bool]],
    fleet: pa.Table,
    everybody: bool,
    reference: Reference,
    folder: Path | None,
) -> Task:
    index = content.index
    parts = [np.arange(b.first, b.stop) if r else b.fleet for b, r, _ in group]
    of = index.addresses.take(pa.array(np.concatenate([b.fleet for b, _, _ in group]))).to_pylist()
    rows = fleet.filter(pc.is_in(fleet.column("icao24"), value_set=pa.array(of, pa.string())))
    return Task(
        pick(index, np.concatenate(parts), only=content.files, left_out=content.left_out),
        tuple(np.cumsum([len(p) for p in parts]).tolist()),
        tuple((b.reception if r else "", b.flights if f else "") for b, r, f in group),
        None if everybody else frozenset(of),
        rows,
        reference.overlays,
        folder,
    )
