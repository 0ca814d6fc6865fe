"""Kernels for columns that are filled: which codes occur, their new numbers, whether rows are in order."""

from __future__ import annotations

from waystation.ingest.compiled import Array, kernel

__all__ = ["in_order", "recode", "used_codes"]


@kernel
def used_codes(codes: Array, seen: Array) -> bool:
    """Set ``seen[code + 1]`` of every code (-1: null). False where a code has no place there."""
    for i in range(codes.size):
        place = codes[i] + 1
        if place < 0 or place >= seen.size:
            return False
        seen[place] = 1
    return True


@kernel
def recode(codes: Array, renamed: Array, out: Array) -> int:
    """Put ``renamed[code + 1]`` of every code into ``out``; return how many are below 0."""
    null = 0
    for i in range(min(codes.size, out.size)):
        new = renamed[codes[i] + 1]
        out[i] = new
        null += new < 0
    return null


@kernel
def in_order(icao24: Array, time: Array, source: Array, record: Array) -> bool:
    """Whether rows rise, or are alike: by address, then time, source and record. Columns of one length."""
    n = time.size
    if icao24.size < n or source.size < n or record.size < n:
        return False
    for i in range(1, n):
        if icao24[i] == icao24[i - 1] and time[i] > time[i - 1]:
            continue
        if icao24[i] < icao24[i - 1]:
            return False
        if icao24[i] > icao24[i - 1]:
            continue
        if time[i] < time[i - 1]:
            return False
        if source[i] < source[i - 1] or (source[i] == source[i - 1] and record[i] < record[i - 1]):
            return False
    return True
