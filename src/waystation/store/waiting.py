"""Rows that were decoded with a row group and are asked for later: where they wait.

few files    blocks as they were decoded, one a file                               (``Plain``)
many         folded into half the bytes, and only what is still to come; files     (``Folded``)
that find no room are decoded again when their turn comes
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from waystation.store.row_kernels import fold, folded_room, unfold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

__all__ = ["FOLDED", "WAITING_BYTES", "Block", "Folded", "Plain", "Wanted"]

WAITING_BYTES: Final = 3 << 27  # of folded rows: 400 MB; a row group has 500 kB, and 300 on the average
FOLDED: Final = 36  # bytes of a row that waits, before one was folded
_TIGHT: Final = 0.25  # of the room is left, or less: …
_WORTH: Final = 2_048  # … where so many rows went, and half of them, the others are folded anew


@dataclass
class Block:
    """Rows from ``begin`` on of a file: times (n), columns (c, n), and which values are there (c + 1, n)."""

    instant: Array
    values: Array
    there: Array
    begin: int = -1


class Wanted(NamedTuple):
    """Rows ``first`` … ``last`` - 1 of a file, of the row group that has rows ``begin`` … ``stop`` - 1.

    ``then``: row of the group that is asked for next, -1 for none.
    """

    file: int
    begin: int
    stop: int
    first: int
    last: int
    then: int


Decode = Callable[[Block, int], None]  # a row group, its first n rows at least


def _fresh(rows: int, columns: int) -> Block:
    shape = (columns, rows)
    return Block(np.empty(rows, np.int64), np.empty(shape, np.int32), np.empty((columns + 1, rows), np.uint8))


class Plain:
    """Blocks of a row group each, of ``rows`` at most, and ``columns`` beside the times; all of them wait."""

    def __init__(self, rows: int, columns: int) -> None:
        self._shape = rows, columns
        self._free: list[Block] = []
        self._waiting: dict[int, Block] = {}

    def rows(self, wanted: Wanted, decode: Decode) -> tuple[Block, int]:
        """Return a block that holds the rows, and how many of its own it has."""
        size = (wanted.stop if wanted.then >= 0 else wanted.last) - wanted.begin
        block = self._waiting.pop(wanted.file, None)
        if block is not None and block.begin != wanted.begin:
            self._free.append(block)
            block = None
        if block is None:
            block = self._free.pop() if self._free else _fresh(*self._shape)
            block.begin = wanted.begin
            decode(block, size)
        return block, size

    def leave(self, wanted: Wanted, block: Block) -> None:
        """Let a block wait, or give it up."""
        if wanted.then >= 0:
            self._waiting[wanted.file] = block
        else:
            self._free.append(block)


class _Rows(NamedTuple):
    """Rows ``first`` … ``stop`` - 1 of a file, folded. ``about``: as ``row_kernels.fold`` tells."""

    first: int
    stop: int
    octets: Array
    about: Array


class Folded:
    """As ``Plain``; what waits is folded, and limited by ``WAITING_BYTES``."""

    def __init__(self, rows: int, columns: int) -> None:
        self._block = _fresh(rows, columns)
        self._about = 2 * columns + 2, 3
        self._octets: Array = np.empty(folded_room(rows, columns), np.uint8)
        self._waiting: dict[int, _Rows] = {}
        self._room, self._each = WAITING_BYTES, float(FOLDED)
        self._stays = False

    def rows(self, wanted: Wanted, decode: Decode) -> tuple[Block, int]:
        """Return a block that holds the rows, and how many of its own it has."""
        block, waiting = self._block, self._waiting.get(wanted.file)
        if waiting is not None and (waiting.stop != wanted.stop or waiting.first > wanted.first):
            self._drop(wanted.file)
            waiting = None
        if waiting is not None:
            size = wanted.last - wanted.first
            self._unfold(waiting, wanted.first, size)
            return block, size
        self._stays = wanted.then >= 0 and self._room >= (wanted.stop - wanted.then) * self._each
        size = (wanted.stop if self._stays else wanted.last) - wanted.begin
        block.begin = wanted.begin
        decode(block, size)
        return block, size

    def leave(self, wanted: Wanted, block: Block) -> None:
        """Let the rows from ``then`` on wait, or none."""
        then, stop = wanted.then, wanted.stop
        waiting = self._waiting.get(wanted.file)
        if waiting is None:
            if self._stays:
                self._fold(wanted.file, then, stop, then - block.begin)
        elif then < 0:
            self._drop(wanted.file)
        elif self._room < WAITING_BYTES * _TIGHT and then - waiting.first >= max(_WORTH, stop - then):
            self._unfold(waiting, then, stop - then)
            self._drop(wanted.file)
            self._fold(wanted.file, then, stop, 0)

    def _drop(self, file: int) -> None:
        self._room += self._waiting.pop(file).octets.nbytes

    def _fold(self, file: int, first: int, stop: int, at: int) -> None:
        """Let rows of the block from ``at`` on wait: rows ``first`` … ``stop`` - 1 of a file."""
        block, about = self._block, np.empty(self._about, dtype=np.int64)
        end = at + stop - first
        used = fold(block.instant, block.values, block.there, at, end, *_widths(self._octets), about)
        assert used >= 0
        rows = _Rows(first, stop, self._octets[:used].copy(), about)
        self._each = used / (stop - first)
        self._room -= used
        self._waiting[file] = rows

    def _unfold(self, rows: _Rows, first: int, n: int) -> None:
        """Put n rows from ``first`` on into the block."""
        block, a, have = self._block, first - rows.first, rows.stop - rows.first
        done = unfold(
            *_widths(rows.octets), rows.about, have, a, a + n, block.instant, block.values, block.there
        )
        assert done
        block.begin = first


def _widths(octets: Array) -> tuple[Array, Array, Array, Array]:
    """The same memory as numbers of one, two, four and eight bytes."""
    return octets, octets.view(np.uint16), octets.view(np.uint32), octets.view(np.uint64)
