"""Row groups of position files as plain numbers, decoded by our own kernels; by pyarrow where those refuse.

    file ─ chunk of a column ─ pages ─┬─ header, unpacking, kernel ─► numbers (n), and which rows have one
                                      └─ anything unknown ─► pyarrow reads the whole row group

A text is a number in a list of words that grows as files are read (``Words``). Rows that belong to later
aircraft wait (``store.waiting``).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from waystation.store import decoding, waiting
from waystation.store.aside import folders_for
from waystation.store.chunks import Chunk, Opened, opened, ranged
from waystation.store.columns import table_of
from waystation.store.decoding import PLACES, TEXTS, micro
from waystation.store.page_marks import DELTA, DICTIONARY, PLAIN, SPLIT
from waystation.store.page_reads import HEADER, REFUSED, Array, header, page, unpacked
from waystation.store.places import parquet, waited
from waystation.store.row_kernels import gather
from waystation.store.waiting import Block, Folded, Plain, Wanted
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waystation.store.reading import Picked

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


class Blocks:
    """Files of positions and of each the row groups to read, as ``picked`` has them; as ``decoding.Files``.

    ``turn``: per run of ``picked`` in which turn it is asked for; turns come one after the other. ``narrow``:
    the columns in the order of a block; ``words``: of each column of texts.
    """

    def __init__(self, picked: Picked, columns: Sequence[str], turn: Ints) -> None:
        self._paths = [picked.archive / name for name in picked.files]
        self._digests, self._groups = picked.digests, picked.groups
        self._edges = [np.r_[0, np.cumsum(np.asarray(s, dtype=np.int64))] for s in picked.sizes]
        self.narrow = [c for c in columns if c != _TIME]
        self.words = {c: Words() for c in self.narrow if c in TEXTS}
        self._capacity = max((max(s) for s in picked.sizes if s), default=0)
        shape = self._capacity, len(self.narrow)
        few = sum(max(s, default=0) for s in picked.sizes) <= waiting.WAITING_ROWS
        self._waiting = Plain(*shape) if few else Folded(*shape, folders_for(picked.archive))
        order = np.lexsort((picked.start, picked.file))
        self._runs = picked.start[order], (picked.start + picked.rows)[order], turn[order]
        self._of_file = np.searchsorted(picked.file[order], np.arange(len(self) + 1))
        self._files: dict[int, Opened] = {}
        self._spare: Array = np.empty(self._capacity, dtype=np.int64)
        self._told: Array = np.empty(HEADER, dtype=np.int64)
        self._words: Array = np.empty(0, dtype=np.uint64)
        self._octets: Array = self._words.view(np.uint8)
        self._zstd = pa.Codec("zstd")

    def __len__(self) -> int:
        return len(self._paths)

    def close(self) -> None:
        """Let go of all files, and of what waits."""
        self._files.clear()
        self._waiting.close()

    def laid(self, turn: int, file: NDArray[np.int32], start: Ints, rows: Ints) -> pa.Table:
        """Return the runs of a turn end to end: of each its file, first row and length."""
        n, c = int(rows.sum()), len(self.narrow)
        out = np.empty(n, np.int64), np.empty((c, n), np.int32), np.empty((c + 1, n), np.uint8)
        into, order = np.cumsum(rows) - rows, np.lexsort((start, file))
        cuts = np.flatnonzero(np.diff(file[order], prepend=-1, append=len(self)))
        for a, b in pairwise(cuts.tolist()):
            some = order[a:b]
            self._take(turn, int(file[some[0]]), start[some], rows[some], into[some], out)
        return table_of(self.narrow, self.words, *out)

    def _take(self, turn: int, i: int, start: Ints, rows: Ints, into: Ints, out: tuple[Array, ...]) -> None:
        """Copy runs of rows of file i, which rise, into ``out`` (times, columns, which are there)."""
        edges = self._edges[i]
        stop = start + rows
        first = int(np.searchsorted(edges, start[0], side="right")) - 1
        last = int(np.searchsorted(edges, stop[-1]))
        for g in range(first, last):
            begin, end = int(edges[g]), int(edges[g + 1])
            a, b = int(np.searchsorted(stop, begin, side="right")), int(np.searchsorted(start, end))
            if a == b:
                continue
            s, e = np.maximum(start[a:b], begin), np.minimum(stop[a:b], end)
            wanted = Wanted(turn, s - begin, e - begin)
            later = partial(self._later, i, begin, end, turn)
            decode = partial(self._decode, i, self._groups[i][g], end - begin)
            block, at = self._waiting.rows(i, g, wanted, later, decode)
            put = into[a:b] + (s - start[a:b])
            done = gather(block.instant, block.values, block.there, at, e - s, put, *out)
            assert done

    def _later(self, i: int, begin: int, end: int, turn: int) -> list[Wanted]:
        """Return what turns after ``turn`` ask of rows ``begin`` … ``end`` - 1 of file i."""
        start, stop, turns = (x[self._of_file[i] : self._of_file[i + 1]] for x in self._runs)
        there = np.flatnonzero((turns > turn) & (start < end) & (stop > begin))
        there = there[np.argsort(turns[there], kind="stable")]
        s, e = np.maximum(start[there], begin) - begin, np.minimum(stop[there], end) - begin
        cuts = np.flatnonzero(np.diff(turns[there], prepend=-1, append=-1))
        return [Wanted(int(turns[there[a]]), s[a:b], e[a:b]) for a, b in pairwise(cuts.tolist())]

    def _decode(self, i: int, group: int, n: int, block: Block, size: int) -> None:
        """Put a row group of n rows of file i into a block; at least the first ``size``."""
        file = self._files.get(i)
        if file is None:
            names, stays = [*self.narrow, _TIME], len(self) <= decoding.OPEN
            file = opened(self._paths[i], self._digests[i], self._groups[i], names, stays=stays)
            self._files[i] = file
        if file.held is None and group == self._groups[i][-1]:  # the other groups came before
            del self._files[i]
        try:
            self._by_kernels(file, group, n, size, block)
        except (_RefusedError, ValueError, OSError, struct.error):
            self._by_pyarrow(i, group, n, block)

    def _by_kernels(self, file: Opened, group: int, n: int, size: int, block: Block) -> None:
        """Decode the first ``size`` of n rows. Raises where a page is not as our kernels know them."""
        rows, chunks = file.chunks.get(group, (-1, ()))
        if rows != n or n > _MOST_ROWS:
            raise _RefusedError
        held, before = ranged(file, chunks)
        view = np.frombuffer(held, np.uint8)
        view.flags.writeable = False
        for k, chunk in enumerate(chunks):
            if not 0 <= chunk.begin - before <= chunk.end - before <= len(view):
                raise _RefusedError
            self._column(chunk, held, view, before, n, size, block, k)

    def _column(
        self,
        chunk: Chunk,
        held: pa.Buffer,
        view: Array,
        before: int,
        n: int,
        size: int,
        block: Block,
        k: int,
    ) -> None:
        """Decode column k: a page, and before it one of words, if any. ``before``: bytes before ``view``."""
        told, name, codec = self._told, chunk.name, chunk.codec
        at, stop = chunk.begin - before, chunk.end - before
        ids, allowed = _NO_IDS, _KINDS[chunk.kind]
        at = header(view, at, stop, told)
        if at > 0 and told[0] == _DICTIONARY_PAGE:
            whole, packed_size, count = int(told[1]), int(told[2]), int(told[3])
            if told[4] != PLAIN:
                raise _RefusedError
            self._unpack(codec, held, view, at, at + packed_size, stop, whole)
            ids = self._ids(name, whole, count)
            at = header(view, at + packed_size, stop, told)
        if at < 0 or told[0] != _DATA or told[3] != n or told[4] not in allowed:
            raise _RefusedError
        whole, end = int(told[1]), at + int(told[2])
        self._unpack(codec, held, view, at, end, stop, whole)
        into = block.values[min(k, len(self.narrow) - 1)], block.instant
        found = page(
            self._words, self._octets, whole, n, size, int(told[4]), name == _TIME, ids,
            self._spare, block.there[k], *into,
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

    def _by_pyarrow(self, i: int, group: int, n: int, block: Block) -> None:
        """Decode a row group with pyarrow."""
        names, path = [*self.narrow, _TIME], self._paths[i]
        file = parquet(path, read_dictionary=list(self.words))
        table = waited(lambda: file.read_row_group(group, columns=names, use_threads=False), path)
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
