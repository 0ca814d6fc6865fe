"""Bytes that are put aside until their turn comes: in memory, and then in a temporary file.

    turn 4 ─► segment ─ segment ─ segment        the first segments that there are lie in memory, the others
    turn 5 ─► segment ─ segment                  in a file without a name, which goes with the process;
    free   ─► segment ─ segment                  those of a turn that is over are used again

Where the disk is full, or fails, nothing is raised: what cannot be put aside is refused, and what cannot be
read again is not given back. Whoever asks can work it out again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from waystation.store.index import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import FileIO

    from waystation.store.places import Place

__all__ = ["Aside", "folders_for"]

Octets = NDArray[np.uint8]

SEGMENT: Final = 1 << 18  # bytes; a turn wastes half of one
LEFT_BYTES: Final = 2 << 30  # of the disk for everybody else: results are written to it too
_MOUNTS: Final = Path("/proc/self/mountinfo")
_IN_MEMORY: Final = ("tmpfs", "ramfs", "devtmpfs")


@dataclass
class _Chain:
    """The segments of a turn, and how many bytes are in them."""

    segments: list[int] = field(default_factory=list)
    used: int = 0


class Aside:
    """Bytes by turn. ``most``: of them in memory; ``folders``: where the file may be, the best first."""

    def __init__(self, most: int, folders: Iterable[Path]) -> None:
        self._folders = folders
        self._folder = Path()
        self._file: FileIO | None = None
        self._most = most // SEGMENT  # segments with a number below this are in memory
        self._memory: Octets = np.empty(self._most * SEGMENT, np.uint8)  # in one: it goes back to the system
        self._n_memory = 0
        self._free: tuple[list[int], list[int]] = ([], [])  # in memory, in the file
        self._n_file = 0
        self._grows = True
        self._chains: dict[int, _Chain] = {}
        self._out: Octets = np.empty(0, np.uint8)

    def full(self) -> bool:
        """Whether no more room can be had now."""
        segment = self._segment()
        if segment is not None:
            self._give(segment)
        return segment is None

    def put(self, turn: int, octets: Octets) -> bool:
        """Put bytes behind those of the same turn; False where there is no room."""
        chain = self._chains.setdefault(turn, _Chain())
        end = chain.used + len(octets)
        fresh: list[int] = []
        while (len(chain.segments) + len(fresh)) * SEGMENT < end:
            segment = self._segment()
            if segment is None:
                for n in fresh:
                    self._give(n)
                return False
            fresh.append(segment)
        segments = [*chain.segments, *fresh]
        try:
            for segment, at, a, b in _pieces(segments, chain.used, end):
                self._write(segment, at, octets[a:b])
        except OSError:
            self._grows = False
            for n in fresh:
                if n < self._most:  # others are not asked again
                    self._give(n)
            return False
        chain.segments, chain.used = segments, end
        return True

    def take(self, turn: int) -> Octets:
        """Return what was put aside for a turn, end to end, until the next call; its room is free again.

        Less where it cannot be read.
        """
        chain = self._chains.pop(turn, _Chain())
        if len(self._out) < chain.used:
            self._out = np.empty(chain.used + chain.used // 4, np.uint8)
        done = 0
        for segment, at, a, b in _pieces(chain.segments, 0, chain.used):
            if not self._read(segment, at, self._out[a:b]):
                break
            done = b
        for segment in chain.segments:
            self._give(segment)
        return self._out[:done]

    def close(self) -> None:
        """Let go of the file."""
        self._grows = False
        if self._file is not None:
            self._file.close()

    def _segment(self) -> int | None:
        """Return a segment that is free, or a new one."""
        memory, file = self._free
        if memory:
            return memory.pop()
        if self._n_memory < self._most:
            self._n_memory += 1
            return self._n_memory - 1
        if file:
            return file.pop()
        if not self._grows or not self._has_room():
            return None
        self._n_file += 1
        return self._most + self._n_file - 1

    def _give(self, segment: int) -> None:
        self._free[segment >= self._most].append(segment)

    def _has_room(self) -> bool:
        """Whether the file may grow by a segment."""
        if self._file is None:
            for folder in self._folders:
                try:
                    folder.mkdir(parents=True, exist_ok=True)
                    self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - ``close``
                except OSError:
                    continue
                self._folder = folder
                break
        try:
            self._grows = self._file is not None and shutil.disk_usage(self._folder).free > LEFT_BYTES
        except OSError:
            self._grows = False
        return self._grows

    def _write(self, segment: int, at: int, octets: Octets) -> None:
        begin = segment * SEGMENT + at
        if segment < self._most:
            self._memory[begin : begin + len(octets)] = octets
            return
        assert self._file is not None
        self._file.seek(begin - self._most * SEGMENT)
        done = self._file.write(octets.data)
        if done != len(octets):
            raise OSError(f"{done} of {len(octets)} bytes were written")

    def _read(self, segment: int, at: int, into: Octets) -> bool:
        begin = segment * SEGMENT + at
        if segment < self._most:
            into[:] = self._memory[begin : begin + len(into)]
            return True
        assert self._file is not None
        try:
            self._file.seek(begin - self._most * SEGMENT)
            return self._file.readinto(into.data) == len(into)
        except OSError:
            return False


def _pieces(segments: list[int], begin: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield where bytes ``begin`` … ``end`` - 1 of a chain lie: segment, place in it, and which they are.

    The last two count from ``begin``.
    """
    at = begin
    while at < end:
        stop = min(end, (at // SEGMENT + 1) * SEGMENT)
        yield segments[at // SEGMENT], at % SEGMENT, at - begin, stop - begin
        at = stop


def folders_for(archive: Place) -> Iterator[Path]:
    """Yield folders on a disk: where results of the archive are kept, then those for temporary files."""
    for folder in (cache_folder(archive), Path(tempfile.gettempdir()), Path("/var/tmp")):  # noqa: S108 - of the system
        if not _in_memory(folder):
            yield folder


def _in_memory(folder: Path) -> bool:
    """Whether a folder is none on a disk: what is written to it would stay in memory."""
    there = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    try:
        device = there.stat().st_dev
        mounts = _MOUNTS.read_text().splitlines()
    except OSError:
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    for mount in mounts:
        about, _, kind = mount.partition(" - ")
        if about.split()[2] == number and kind.split()[0] in _IN_MEMORY:
            return True
    return False
