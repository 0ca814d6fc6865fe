"""Row groups of position files as plain numbers, decoded by our own kernels; by pyarrow where those refuse.

    file ─ chunk of a column ─ pages ─┬─ header, unpacking, kernel ─► numbers (n), and which rows have one
                                      └─ anything unknown ─► pyarrow reads the whole row group

A text is a number in a list of words that grows as files are read (``Words``). Rows that belong to later
aircraft wait, as in ``store.decoding``, whose limits hold here too.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from waystation.store import decoding
from waystation.store.buckets import S3Path
from waystation.store.columns import table_of
from waystation.store.decoding import PLACES, TEXTS, footer, micro
from waystation.store.page_marks import DELTA, DICTIONARY, PLAIN, SPLIT
from waystation.store.page_reads import HEADER, REFUSED, Array, header, page, unpacked
from waystation.store.parquet import positions_bytes
from waystation.store.places import parquet, waited
from waystation.store.row_kernels import gather
from waystation.store.s3 import filesystem
from waystation.terms.schema import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waystation.store.places import Place

    Ints = NDArray[np.int64]

__all__ = ["Blocks", "Words"]

_KINDS: Final = {  # which encodings a page may have, by physical type
    "BOOLEAN": (PLAIN,),
    "INT32": (DELTA, DICTIONARY),
    "INT64": (DELTA,),
    "FLOAT": (SPLIT, DICTIONARY),
    "BYTE_ARRAY": (DICTIONARY,),
}
_TIME: Final = "time_utc"
_MOST_ROWS: Final = 1 << 20  # of a row group, …
_MOST_BYTES: Final = 1 << 24  # … and bytes of a page: pyarrow reads larger ones
_DATA, _DICTIONARY_PAGE = 0, 2
_NO_IDS: Final = np.zeros(0, dtype=np.int32)


class _RefusedError(Exception):
    """Not a page that our kernels know."""


@dataclass
class Words:
    """The texts of a column that were met so far, and the number of each."""

    told: list[str] = field(default_factory=list)
    number: dict[str, int] = field(default_factory=dict)

    def numbers(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Return the number of each word; a new one gets the next."""
        for w in words:
            if w not in self.number:
                self.number[w] = len(self.told)
                self.told.append(w)
        return np.array([self.number[w] for w in words], dtype=np.int32)


@dataclass
class _Block:
    """Rows ``begin`` … ``stop`` - 1 of a file: times (n), columns (c, n), and which values are there."""

    instant: Array
    values: Array
    there: Array
    begin: int = 0
    stop: int = 0


@dataclass
class _Open:
    """An open file, its bytes (or who reads them), and what its footer says.

    ``column``: numbers of columns by name; None where the file's schema is not ours.
    """

    file: pq.ParquetFile
    meta: pq.FileMetaData
    held: pa.Buffer | pa.NativeFile
    column: dict[str, int] | None


class Blocks:
    """Files of positions and of each the row groups to read, as ``decoding.Files`` has them.

    ``narrow``: the columns in the order of a block; ``words``: of each column of texts.
    """

    def __init__(
        self,
        paths: Sequence[Place],
        digests: Sequence[str],
        groups: Sequence[tuple[int, ...]],
        sizes: Sequence[tuple[int, ...]],
        columns: Sequence[str],
    ) -> None:
        self._paths, self._digests, self._groups = paths, digests, groups
        self._edges = [np.r_[0, np.cumsum(np.asarray(s, dtype=np.int64))] for s in sizes]
        self.narrow = [c for c in columns if c != _TIME]
        self.words = {c: Words() for c in self.narrow if c in TEXTS}
        self._capacity = max((max(s) for s in sizes if s), default=0)
        self._free: list[_Block] = []
        self._waiting: dict[int, _Block] = {}
        self._room = decoding.WAITING_ROWS
        self._open: dict[int, _Open] = {}
        self._spare: Array = np.empty(self._capacity, dtype=np.int64)
        self._told: Array = np.empty(HEADER, dtype=np.int64)
        self._words: Array = np.empty(0, dtype=np.uint64)
        self._octets: Array = self._words.view(np.uint8)
        self._zstd = pa.Codec("zstd")

    def __len__(self) -> int:
        return len(self._paths)

    def laid(self, file: NDArray[np.int32], start: Ints, rows: Ints, order: Ints, then: Ints) -> pa.Table:
        """Return runs of rows end to end: of each its file, first row and length.

        ``order``: of the runs by file and row; ``then``: per run where the next one of its file begins.
        """
        n, c = int(rows.sum()), len(self.narrow)
        out = np.empty(n, np.int64), np.empty((c, n), np.int32), np.empty((c + 1, n), np.uint8)
        into = np.cumsum(rows) - rows
        cuts = np.flatnonzero(np.diff(file[order], prepend=-1, append=len(self)))
        for a, b in pairwise(cuts.tolist()):
            some = order[a:b]
            self._take(int(file[some[0]]), start[some], rows[some], into[some], int(then[some[-1]]), out)
        return table_of(self.narrow, self.words, *out)

    def _take(self, i: int, start: Ints, rows: Ints, into: Ints, then: int, out: tuple[Array, ...]) -> None:
        """Copy runs of rows of file i, which rise, into ``out`` (times, columns, which are there).

        ``then``: row of the file that is asked for next, -1 for none.
        """
        edges = self._edges[i]
        last = start + rows
        first_group = int(np.searchsorted(edges, start[0], side="right")) - 1
        last_group = int(np.searchsorted(edges, last[-1]))
        for g in range(first_group, last_group):
            begin, stop = int(edges[g]), int(edges[g + 1])
            a, b = int(np.searchsorted(last, begin, side="right")), int(np.searchsorted(start, stop))
            if a == b:
                continue
            block = self._waiting.pop(i, None)
            if block is not None:
                self._room += self._capacity
                if block.begin != begin:
                    self._free.append(block)
                    block = None
            if block is None:
                block = self._decoded(i, self._groups[i][g], begin, stop)
            s = np.maximum(start[a:b], begin)
            n = np.minimum(last[a:b], stop) - s
            size = stop - begin
            done = gather(
                block.instant[:size],
                block.values,
                block.there,
                s - begin,
                n,
                into[a:b] + (s - start[a:b]),
                *out,
            )
            assert done
            if begin <= then < stop and self._room >= self._capacity:
                self._room -= self._capacity
                self._waiting[i] = block
            else:
                self._free.append(block)

    def _decoded(self, i: int, group: int, begin: int, stop: int) -> _Block:
        block = self._free.pop() if self._free else self._fresh()
        block.begin, block.stop = begin, stop
        opened = self._opened(i)
        try:
            self._by_kernels(opened, group, stop - begin, block, self._paths[i])
        except (_RefusedError, ValueError, OSError, struct.error):
            self._by_pyarrow(opened, group, stop - begin, block, self._paths[i])
        return block

    def _fresh(self) -> _Block:
        n, c = self._capacity, len(self.narrow)
        return _Block(np.empty(n, np.int64), np.empty((c, n), np.int32), np.empty((c + 1, n), np.uint8))

    def _opened(self, i: int) -> _Open:
        known = self._open.get(i)
        if known is not None:
            return known
        path = self._paths[i]
        meta = footer(path, self._digests[i])
        options: dict[str, Any] = {"read_dictionary": list(self.words), "metadata": meta}
        if isinstance(path, S3Path):
            held = waited(lambda: filesystem().open_input_file(f"{path.bucket}/{path.key}"), path)
        else:
            options["memory_map"] = True
            with pa.memory_map(str(path)) as source:
                held = source.read_buffer()
        as_ours = meta.schema.equals(_our_schema())
        names = {n: k for k, n in enumerate(meta.schema.names)} if as_ours else None
        opened = _Open(parquet(path, **options), meta, held, names)
        if len(self._open) < decoding.OPEN:
            self._open[i] = opened
        return opened

    def _by_kernels(self, opened: _Open, group: int, n: int, block: _Block, path: Place) -> None:
        """Decode a row group. Raises where a page is not as our kernels know them."""
        if opened.column is None or n > _MOST_ROWS:
            raise _RefusedError
        about = opened.meta.row_group(group)
        if about.num_rows != n:
            raise _RefusedError
        chunks = [about.column(opened.column[c]) for c in (*self.narrow, _TIME)]
        spans = [_span(c) for c in chunks]
        held, before = opened.held, 0
        if isinstance(held, pa.NativeFile):
            source, before, end = held, min(a for a, _ in spans), max(b for _, b in spans)
            if not 0 <= end - before <= _MOST_BYTES * len(spans):
                raise _RefusedError
            held = waited(lambda: source.read_at(end - before, before), path)
        view = np.frombuffer(held, np.uint8)
        view.flags.writeable = False
        for k, (chunk, (a, b)) in enumerate(zip(chunks, spans, strict=True)):
            if not 0 <= a - before <= b - before <= len(view):
                raise _RefusedError
            self._column(chunk, held, view, a - before, b - before, n, block, k)

    def _column(
        self,
        chunk: pq.ColumnChunkMetaData,
        held: pa.Buffer,
        view: Array,
        at: int,
        stop: int,
        n: int,
        block: _Block,
        k: int,
    ) -> None:
        """Decode the chunk ``view[at:stop]`` of column k: a page, and one of words before it if there is."""
        told, name, codec = self._told, chunk.path_in_schema, chunk.compression
        wide = name == _TIME
        ids, allowed = _NO_IDS, _KINDS[chunk.physical_type]
        at = header(view, at, stop, told)
        if at > 0 and told[0] == _DICTIONARY_PAGE:
            size, packed_size, count = int(told[1]), int(told[2]), int(told[3])
            if told[4] != PLAIN:
                raise _RefusedError
            self._unpack(codec, held, view, at, at + packed_size, stop, size)
            ids = self._ids(name, size, count)
            at = header(view, at + packed_size, stop, told)
        if at < 0 or told[0] != _DATA or told[3] != n or told[4] not in allowed:
            raise _RefusedError
        size, end = int(told[1]), at + int(told[2])
        self._unpack(codec, held, view, at, end, stop, size)
        narrow = block.values[min(k, len(self.narrow) - 1)]
        found = page(
            self._words, self._octets, size, n, int(told[4]), wide, ids, self._spare, block.there[k],
            narrow, block.instant,
        )  # fmt: skip
        if found == REFUSED:
            raise _RefusedError

    def _unpack(
        self, codec: str, held: pa.Buffer, view: Array, at: int, end: int, stop: int, size: int
    ) -> None:
        """Put the bytes of a page, ``size`` of them when unpacked, where kernels read."""
        if not (at <= end <= stop and 0 <= size <= _MOST_BYTES):
            raise _RefusedError
        if len(self._octets) < size + 24:
            self._words = np.zeros(size // 8 + 4 + self._capacity, dtype=np.uint64)
            self._octets = self._words.view(np.uint8)
        if codec == "UNCOMPRESSED":
            if end - at != size:
                raise _RefusedError
            self._octets[:size] = view[at:end]
        elif codec in {"LZ4", "LZ4_RAW"}:  # pyarrow has one name for both; what is not the latter is refused
            if not unpacked(view, at, end, self._octets, size):
                raise _RefusedError
        elif codec == "ZSTD":
            out = self._zstd.decompress(held.slice(at, end - at), size)
            self._octets[:size] = np.frombuffer(out, np.uint8)
        else:
            raise _RefusedError

    def _ids(self, name: str, size: int, count: int) -> NDArray[np.int32]:
        """Return what stands for each code: numbers, or bits of floats, or numbers of words."""
        if not 0 <= count <= size // 4:
            raise _RefusedError
        if name not in self.words:
            return self._octets[: 4 * count].view(np.int32).copy()
        data, at, words = self._octets[:size].tobytes(), 0, []
        for _ in range(count):
            end = at + 4 + struct.unpack_from("<I", data, at)[0]
            if end > size:
                raise _RefusedError
            words.append(data[at + 4 : end].decode())
            at = end
        return self.words[name].numbers(words)

    def _by_pyarrow(self, opened: _Open, group: int, n: int, block: _Block, path: Place) -> None:
        """Decode a row group with pyarrow."""
        names = [*self.narrow, _TIME]
        table = waited(lambda: opened.file.read_row_group(group, columns=names, use_threads=False), path)
        for k, name in enumerate(names):
            column = table[name].combine_chunks()
            block.there[k, :n] = column.is_valid().to_numpy(zero_copy_only=False)
            if name in PLACES:
                values = micro(column).fill_null(0)
            elif name in self.words:
                ids = self.words[name].numbers(column.dictionary.to_pylist())
                codes = column.indices.fill_null(0).to_numpy(zero_copy_only=False)
                values = ids[codes] if len(ids) else codes
            else:
                kind = TABLES["positions"].field(name).type
                values = column.cast(kind).fill_null(pa.scalar(0).cast(kind))
            if name == _TIME:
                block.instant[:n] = values.cast(pa.int64()).to_numpy()
            else:
                numbers = np.asarray(values)
                block.values[k, :n] = numbers.view(np.int32) if numbers.dtype == np.float32 else numbers


def _span(chunk: pq.ColumnChunkMetaData) -> tuple[int, int]:
    """Return where a column of a row group begins and ends in the file."""
    at = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset is not None:
        at = min(at, chunk.dictionary_page_offset)
    return at, at + chunk.total_compressed_size


@cache
def _our_schema() -> pq.ParquetSchema:
    """Return the schema of files that this program writes."""
    return pq.ParquetFile(pa.BufferReader(positions_bytes(empty("positions")))).schema
