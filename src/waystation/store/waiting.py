"""Rows that were decoded with a row group and are asked for later: where they wait.

few files    blocks as they were decoded, one a file                               (``Plain``)
many         what each turn will ask for, folded into half the bytes: in memory    (``Folded``)
             first, then on disk (``store.aside``)

A *turn* is what is read at a time: rows of some addresses, of all files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from waystation.store.aside import Aside
from waystation.store.row_kernels import fold, folded_room, gather, unfold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[Any]
    Ints = NDArray[np.int64]

__all__ = ["WAITING_BYTES", "WAITING_ROWS", "Block", "Folded", "Plain", "Wanted"]

WAITING_ROWS: Final = 1 << 22  # 350 MB: where a row group of each file is no more, nothing is folded
WAITING_BYTES: Final = 1 << 27  # of folded rows in memory: 134 MB; a row group has 500 kB
_HEAD: Final = 4  # numbers before folded rows: bytes in all, file, row group, rows


@dataclass
class Block:
    """Rows: times (n), columns (c, n), and which values are there (c + 1, n)."""

    instant: Array
    values: Array
    there: Array


class Wanted(NamedTuple):
    """Stretches of a row group that a turn asks for, rising; rows count from the first of the group."""

    turn: int
    start: Ints
    stop: Ints


Decode = Callable[[Block, int], None]  # a row group, its first n rows at least
Later = Callable[[], "Sequence[Wanted]"]  # what later turns will ask for, the next turn first


def _fresh(rows: int, columns: int) -> Block:
    shape = (columns, rows)
    return Block(np.empty(rows, np.int64), np.empty(shape, np.int32), np.empty((columns + 1, rows), np.uint8))


class Plain:
    """Blocks of a row group each, of ``rows`` at most, and ``columns`` beside the times; all of them wait."""

    def __init__(self, rows: int, columns: int) -> None:
        self._shape = rows, columns
        self._free: list[Block] = []
        self._waiting: dict[int, tuple[Block, int, int]] = {}  # by file: also row group and last turn

    def rows(self, file: int, group: int, wanted: Wanted, later: Later, decode: Decode) -> tuple[Block, Ints]:
        """Return a block that holds the stretches, until the next call, and where each begins in it."""
        block, there, last = self._waiting.pop(file, (None, group, -1))
        if block is not None and there != group:
            self._free.append(block)
            block = None
        if block is None:
            block = self._free.pop() if self._free else _fresh(*self._shape)
            others = later()
            last = others[-1].turn if others else -1
            decode(block, max(int(w.stop[-1]) for w in (wanted, *others)))
        if last > wanted.turn:
            self._waiting[file] = block, group, last
        else:
            self._free.append(block)
        return block, wanted.start

    def close(self) -> None:
        """Let go of what waits."""
        self._waiting.clear()


class Folded:
    """As ``Plain``; what waits is folded. ``folders``: where what finds no room in memory may wait."""

    def __init__(self, rows: int, columns: int, folders: Iterable[Path]) -> None:
        self._block, self._other = _fresh(rows, columns), _fresh(rows, columns)
        about = 2 * columns + 2, 3
        self._head = (_HEAD + about[0] * about[1]) * 8
        self._octets: Array = np.empty(self._head + folded_room(rows, columns), np.uint8)
        numbers = self._octets[: self._head].view(np.int64)
        self._said, self._about = numbers[:_HEAD], numbers[_HEAD:].reshape(about)
        self._widths = _widths(self._octets[self._head :])
        self._aside = Aside(WAITING_BYTES, folders)
        self._turn = -1
        self._held: Array = self._octets[:0]
        self._here: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._known: dict[tuple[int, int], int] = {}  # by row group: until which turn its rows wait

    def rows(self, file: int, group: int, wanted: Wanted, later: Later, decode: Decode) -> tuple[Block, Ints]:
        """Return a block that holds the stretches, until the next call, and where each begins in it."""
        if wanted.turn != self._turn:
            self._begin(wanted.turn)
        size = wanted.stop - wanted.start
        place = self._here.get((file, group))
        if place is not None and place[2] == int(size.sum()) and self._unfold(*place):
            return self._other, np.cumsum(size) - size
        some = () if self._aside.full() else later()
        decode(self._block, max(int(w.stop[-1]) for w in (wanted, *some)))
        known = self._known.get((file, group), -1)
        for w in some:
            if w.turn > known:
                if not self._put(file, group, w):
                    break
                self._known[file, group] = known = w.turn
        return self._block, wanted.start

    def close(self) -> None:
        """Let go of what waits, in memory and on disk."""
        self._here.clear()
        self._aside.close()

    def _begin(self, turn: int) -> None:
        """Fetch what waited for a turn."""
        self._turn, self._held, self._here = turn, self._aside.take(turn), {}
        numbers, at, end = self._held[: len(self._held) // 8 * 8].view(np.int64), 0, len(self._held)
        while at + self._head <= end:
            size, file, group, rows = numbers[at // 8 : at // 8 + _HEAD].tolist()
            if size < self._head or at + size > end:
                break
            self._here[file, group] = at, size, rows
            at += size

    def _put(self, file: int, group: int, wanted: Wanted) -> bool:
        """Let rows of the block wait for a turn; False where there is no room."""
        block, a, b = self._block, int(wanted.start[0]), int(wanted.stop[-1])
        size = wanted.stop - wanted.start
        n = int(size.sum())
        if n < b - a:  # rows between them are not asked for
            other = self._other
            done = gather(
                block.instant, block.values, block.there, wanted.start, size, np.cumsum(size) - size,
                other.instant, other.values, other.there,
            )  # fmt: skip
            assert done
            block, a, b = other, 0, n
        used = fold(block.instant, block.values, block.there, a, b, *self._widths, self._about)
        assert used >= 0
        self._said[:] = self._head + used, file, group, n
        return self._aside.put(wanted.turn, self._octets[: self._head + used])

    def _unfold(self, at: int, size: int, rows: int) -> bool:
        """Put rows that waited into the other block."""
        other, begin = self._other, at + self._head
        about = self._held[at + _HEAD * 8 : begin].view(np.int64).reshape(self._about.shape)
        octets = _widths(self._held[begin : at + size])
        return unfold(*octets, about, rows, 0, rows, other.instant, other.values, other.there)


def _widths(octets: Array) -> tuple[Array, Array, Array, Array]:
    """The same memory as numbers of one, two, four and eight bytes."""
    return octets, octets.view(np.uint16), octets.view(np.uint32), octets.view(np.uint64)
