"""Where the columns of a position file's row groups lie, and their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from waystation.store.buckets import S3Path
from waystation.store.parquet import positions_bytes
from waystation.store.places import parquet, waited
from waystation.store.s3 import filesystem
from waystation.terms.schema import empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from waystation.store.places import Place

__all__ = ["Chunk", "Opened", "opened", "ranged"]

_MOST_BYTES: Final = 1 << 28  # of a row group that are read at once
_KNOWN: Final = 4_096  # files of which a process remembers where columns lie: 20 kB each


class Chunk(NamedTuple):
    """A column of a row group: what the footer says of it. Bytes ``begin`` … ``end`` - 1 of the file."""

    name: str
    kind: str
    codec: str
    begin: int
    end: int


class _Group(NamedTuple):
    """Rows of a row group; of each column its physical type and codec, and where it lies (2, c)."""

    rows: int
    kinds: tuple[str, ...]
    codecs: tuple[str, ...]
    edges: NDArray[np.int64]


@dataclass
class Opened:
    """A file. ``held``: who reads its bytes, while it stays open.

    ``chunks``: the columns of each row group that is wanted; none where the file's schema is not ours.
    """

    path: Place
    held: pa.NativeFile | None
    chunks: dict[int, tuple[int, tuple[Chunk, ...]]]


def opened(path: Place, digest: str, groups: Iterable[int], names: Sequence[str], *, stays: bool) -> Opened:
    """Open a file of positions; ``digest``: of its bytes. ``stays``: keep it open."""
    wanted = list(groups)
    known = _known(path, digest, tuple(names))
    if any(g not in known for g in wanted):
        _learn(path, names, known, wanted)
    chunks = {}
    for g in wanted:
        if (group := known[g]) is not None:
            told = zip(names, group.kinds, group.codecs, *group.edges.tolist(), strict=True)
            chunks[g] = (group.rows, tuple(Chunk(*c) for c in told))
    return Opened(path, _held(path) if stays else None, chunks)


@lru_cache(maxsize=_KNOWN)
def _known(_path: Place, _digest: str, _names: tuple[str, ...]) -> dict[int, _Group | None]:
    """Return what this process knows of a file, to add to; None: of a row group that is not as ours are."""
    return {}


def _learn(path: Place, names: Sequence[str], known: dict[int, _Group | None], wanted: list[int]) -> None:
    """Find where the columns of row groups lie: of those that are wanted, but of all when asked again.

    A footer as pyarrow has it takes half a megabyte; a task that comes later wants what lies behind.
    """
    meta = parquet(path).metadata
    ours = meta.schema.equals(_our_schema())
    number = {n: k for k, n in enumerate(meta.schema.names)}
    every = wanted if not known else [*wanted, *range(meta.num_row_groups)]
    for g in every:
        if g not in known:
            known[g] = _group(meta.row_group(g), [number[n] for n in names]) if ours else None


def _group(about: pq.RowGroupMetaData, numbers: Sequence[int]) -> _Group:
    kinds, codecs, begins, ends = [], [], [], []
    for n in numbers:
        c = about.column(n)
        at = c.data_page_offset
        if c.has_dictionary_page and c.dictionary_page_offset is not None:
            at = min(at, c.dictionary_page_offset)
        kinds.append(c.physical_type)
        codecs.append(c.compression)
        begins.append(at)
        ends.append(at + c.total_compressed_size)
    told = np.array([begins, ends], dtype=np.int64)
    return _Group(about.num_rows, _same(tuple(kinds)), _same(tuple(codecs)), told)


@lru_cache(maxsize=256)
def _same(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return one tuple for all that are equal."""
    return words


def _held(path: Place) -> pa.NativeFile:
    if isinstance(path, S3Path):
        return waited(lambda: filesystem().open_input_file(f"{path.bucket}/{path.key}"), path)
    return pa.OSFile(str(path))


def ranged(file: Opened, chunks: Sequence[Chunk]) -> tuple[pa.Buffer, int]:
    """Return bytes that hold the chunks, and where in the file these begin. May raise ``ValueError``.

    No file is mapped into memory: one that shrinks would end the process, and what was read of many would
    count as memory in use.
    """
    begin, end = min(c.begin for c in chunks), max(c.end for c in chunks)
    if not 0 <= begin <= end <= begin + _MOST_BYTES:
        raise ValueError(f"columns of {file.path} lie at bytes {begin} to {end}")
    held = file.held if file.held is not None else _held(file.path)
    return pa.py_buffer(waited(lambda: held.read_at(end - begin, begin), file.path)), begin


@cache
def _our_schema() -> pq.ParquetSchema:
    """Return the schema of files that this program writes."""
    return pq.ParquetFile(pa.BufferReader(positions_bytes(empty("positions")))).schema
