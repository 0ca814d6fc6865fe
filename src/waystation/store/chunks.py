"""Where the columns of a position file's row groups lie, and their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from waystation.store.buckets import S3Path
from waystation.store.decoding import footer
from waystation.store.parquet import positions_bytes
from waystation.store.places import parquet, waited
from waystation.store.s3 import filesystem
from waystation.terms.schema import empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waystation.store.places import Place

__all__ = ["Chunk", "Opened", "opened", "ranged"]

_MOST_BYTES: Final = 1 << 28  # of a row group that are read from a bucket at once


class Chunk(NamedTuple):
    """A column of a row group: what the footer says of it. Bytes ``begin`` … ``end`` - 1 of the file."""

    name: str
    kind: str
    codec: str
    begin: int
    end: int


@dataclass
class Opened:
    """A file. ``held``: its bytes, or who reads them, while it stays open.

    ``chunks``: the columns of each row group that is wanted; none where the file's schema is not ours.
    """

    path: Place
    held: pa.Buffer | pa.NativeFile | None
    chunks: dict[int, tuple[int, tuple[Chunk, ...]]]


def opened(path: Place, digest: str, groups: Iterable[int], names: Sequence[str], *, stays: bool) -> Opened:
    """Open a file of positions; ``digest``: of its bytes. ``stays``: keep it open, and its footer."""
    meta = footer(path, digest) if stays else parquet(path).metadata
    held = _held(path) if stays else None
    if not meta.schema.equals(_our_schema()):
        return Opened(path, held, {})
    number = {n: k for k, n in enumerate(meta.schema.names)}
    chunks = {}
    for g in groups:
        about = meta.row_group(g)
        told = [_chunk(about.column(number[n])) for n in names]
        chunks[g] = (about.num_rows, tuple(told))
    return Opened(path, held, chunks)


def _chunk(c: pq.ColumnChunkMetaData) -> Chunk:
    at = c.data_page_offset
    if c.has_dictionary_page and c.dictionary_page_offset is not None:
        at = min(at, c.dictionary_page_offset)
    return Chunk(c.path_in_schema, c.physical_type, c.compression, at, at + c.total_compressed_size)


def _held(path: Place) -> pa.Buffer | pa.NativeFile:
    if isinstance(path, S3Path):
        return waited(lambda: filesystem().open_input_file(f"{path.bucket}/{path.key}"), path)
    with pa.memory_map(str(path)) as source:
        return source.read_buffer()


def ranged(file: Opened, chunks: Sequence[Chunk]) -> tuple[pa.Buffer, int]:
    """Return bytes that hold the chunks, and where in the file these begin. May raise ``ValueError``."""
    if isinstance(file.held, pa.Buffer):
        return file.held, 0
    begin, end = min(c.begin for c in chunks), max(c.end for c in chunks)
    if not 0 <= begin <= end <= begin + _MOST_BYTES:
        raise ValueError(f"columns of {file.path} lie at bytes {begin} to {end}")
    held = file.held
    if held is None and not isinstance(file.path, S3Path):
        with file.path.open("rb") as source:
            source.seek(begin)
            return pa.py_buffer(source.read(end - begin)), begin
    reader = held if held is not None else _held(file.path)
    return pa.py_buffer(waited(lambda: reader.read_at(end - begin, begin), file.path)), begin


@cache
def _our_schema() -> pq.ParquetSchema:
    """Return the schema of files that this program writes."""
    return pq.ParquetFile(pa.BufferReader(positions_bytes(empty("positions")))).schema
