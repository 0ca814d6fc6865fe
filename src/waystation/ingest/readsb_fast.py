"""The fast reader of readsb traces: many files into one set of column buffers, no table per file.

A file is read here only where all of it is plain (``readsb_rows``); for any other ``add`` says None and the
exact reader (``ingest.build``) takes it. What is read here is what the exact reader would have read, value
for value: ``tests/ingest/test_readsb_fast.py`` holds the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from isal import igzip_lib

from waystation.ingest.accept import AcceptRules, absurd_notes, accept
from waystation.ingest.folder_date import folder_note
from waystation.ingest.jsons import raw_text
from waystation.ingest.readsb import columns_of, identity_of
from waystation.ingest.readsb_columns import KINDS, LAT, LON, N_INTS, N_REALS, N_SMALLS, NOTHING
from waystation.ingest.readsb_detail import MEMORY, kind_words
from waystation.ingest.readsb_rows import FULL, REFUSED, trace_rows
from waystation.ingest.readsb_words import SLOTS
from waystation.terms.addresses import normal_address
from waystation.terms.simulated import KEY, NETWORK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waystation.ingest.compiled import Array
    from waystation.ingest.parsed import Note
    from waystation.ingest.selection import Selection

__all__ = ["Buffers", "Read", "add", "plain_bytes", "room_for", "squeeze"]

_MAGIC: Final = b"\x1f\x8b"
_MOST: Final = 64 << 20  # bytes unpacked; the exact reader sets about larger files, and bombs
_FEWEST: Final = 1 << 12  # rows to begin with
_BYTES_A_ROW: Final = (20, 120)  # packed and not; real traces have 26 to 40, and 150 to 190
_MOST_ODD: Final = 100  # records of one file that are noted here; a file with more is strange
_WIDTH: Final = 11  # elements of a record that are read
_START_LIMIT_MS: Final = 1e14  # a header's time beyond it is absurd; below it sums of times are exact
_RULES: Final = AcceptRules()
_DECODER: Final = msgspec.json.Decoder()


def _kind_bytes() -> Array:
    width = max(map(len, KINDS)) + 1
    return np.array([list(k.encode().ljust(width, b"\0")) for k in KINDS], dtype=np.uint8)


_KIND_BYTES: Final = _kind_bytes()
_KIND_WORDS: Final = kind_words(KINDS)


@dataclass(frozen=True)
class Read:
    """One file in the buffers: rows ``first`` to ``stop``, of one aircraft."""

    first: int
    stop: int
    icao24: str
    first_ms: int
    last_ms: int
    identity: dict[str, Any]
    notes: tuple[Note, ...] = ()
    network: str | None = None


class Buffers:
    """Columns that grow, and the words found in them. The columns' meaning: ``readsb_columns``."""

    def __init__(self, capacity: int) -> None:
        self.rows = 0
        self.times: Array = np.empty(capacity, np.int64)
        self.ints: Array = np.empty((N_INTS, capacity), np.int32)
        self.smalls: Array = np.empty((N_SMALLS, capacity), np.int8)
        self.reals: Array = np.empty((N_REALS, capacity), np.float32)
        self.tables: tuple[Array, ...] = (*_word_table(), *_word_table())
        self.memory: Array = np.zeros(MEMORY, np.int64)
        self.odd: Array = np.empty((_MOST_ODD, 4), np.int64)

    def words(self, which: int) -> list[str]:
        """Return the callsigns (0) or squawks (1) as found, in the order of their codes."""
        found, n = self.tables[4 * which + 2], self.tables[4 * which + 3]
        return [int(w).to_bytes(8, "little").rstrip(b"\0").decode() for w in found[: n[0]]]

    def grow(self) -> None:
        """Make room for twice as many rows."""
        self.times = np.concatenate([self.times, np.empty_like(self.times)])
        self.ints, self.smalls, self.reals = (
            np.concatenate([x, np.empty_like(x)], axis=1) for x in (self.ints, self.smalls, self.reals)
        )


def _word_table() -> tuple[Array, ...]:
    return (
        np.zeros(SLOTS, np.uint64),
        np.full(SLOTS, NOTHING, np.int32),
        np.zeros(SLOTS // 2, np.uint64),
        np.zeros(1, np.int64),
    )


def room_for(files: Iterable[bytes]) -> Buffers:
    """Return buffers that most likely never have to grow. Memory that is not touched costs nothing."""
    guess = sum(len(f) // _BYTES_A_ROW[not f.startswith(_MAGIC)] for f in files)
    return Buffers(_FEWEST + guess)


def plain_bytes(data: bytes) -> bytes | None:
    """Return the content of a file as it is or of one whole gzip member; None for anything less usual."""
    if not data.startswith(_MAGIC):
        return data if len(data) <= _MOST else None
    said = int.from_bytes(data[-4:], "little") + 1  # a byte more than gzip's last word: then its end is seen
    content = _one_member(data, min(said, _MOST))
    return _one_member(data, _MOST) if content is None and said < _MOST else content


def _one_member(data: bytes, most: int) -> bytes | None:
    """Return what a gzip member unpacks to, where that is at most so many bytes and no other follows.

    The library takes ``most`` bytes of memory at once. More than the system keeps at hand it would have to
    clear anew for every file, which takes longer than unpacking.
    """
    decoder = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    try:
        content: bytes = decoder.decompress(data, most)
    except (igzip_lib.IsalError, EOFError, ValueError):  # type: ignore[misc] # its stub errs
        return None
    return content if decoder.eof and not decoder.unused_data.startswith(_MAGIC) else None


def add(
    buffers: Buffers, data: bytes, uri: str, now_ms: int | None, rules: AcceptRules = _RULES
) -> Read | None:
    """Read one file, unpacked, into the buffers. None, and the buffers as before, where it is not plain."""
    first = buffers.rows
    odd = buffers.odd
    stop, start, end, n_odd = _fill(buffers, data, rules)
    document = _head(data, start, end) if stop > first else None
    if document is None:
        return None
    address = normal_address(document["icao"])
    times = buffers.times[first:stop]
    times += int(np.rint(float(document["timestamp"]) * 1e3))
    first_ms, last_ms = int(times.min()), int(times.max())
    latest = np.inf if now_ms is None else now_ms + rules.latest_ahead_ms
    identity = identity_of(document)
    if address is None or identity is None or first_ms < rules.earliest_ms or last_ms > latest:
        return None
    buffers.rows = stop
    return Read(
        first,
        stop,
        address,
        first_ms,
        last_ms,
        identity,
        (*folder_note(uri, first_ms, last_ms), *_notes(document, data, odd[:n_odd].tolist(), now_ms)),
        NETWORK if document.get(KEY) else None,
    )


def squeeze(buffers: Buffers, read: Read, selection: Selection) -> Read:
    """Keep of the file that was added last only what is selected."""
    if selection.icao24 is None and selection.box is None:
        return read
    rows = slice(read.first, read.stop)
    keep = selection.inside(buffers.ints[LAT, rows] / 1e6, buffers.ints[LON, rows] / 1e6)
    if selection.icao24 is not None and read.icao24 not in selection.icao24:
        keep[:] = False
    kept = np.flatnonzero(keep) + read.first
    buffers.rows = read.first + len(kept)
    rows = slice(read.first, buffers.rows)
    for values in (buffers.times, buffers.ints, buffers.smalls, buffers.reals):
        values[..., rows] = values[..., kept]
    times = buffers.times[rows]
    first_ms, last_ms = (int(times.min()), int(times.max())) if len(times) else (0, 0)
    return replace(read, stop=buffers.rows, first_ms=first_ms, last_ms=last_ms)


def _notes(document: dict[str, Any], data: bytes, odd: list[list[int]], now_ms: int | None) -> list[Note]:
    """Return what the exact reader says of the records that are refused or keep only some of their values."""
    if not odd:
        return []
    rows = [_DECODER.decode(data[begin:end]) for _, begin, end, _ in odd]
    if any(quality == REFUSED for *_, quality in odd):
        return accept(columns_of(document, rows, [record for record, *_ in odd]), "", now_ms)[1]
    return [
        note
        for (record, *_), row in zip(odd, rows, strict=True)
        for note in absurd_notes(_judged(row), raw_text(row), record)
    ]


def _judged(row: list[Any]) -> dict[str, float | None]:
    """Return the values of a record that may be absurd."""
    row = [*row, *[None] * _WIDTH]
    return {
        "altitude_ft": None if row[3] == "ground" else row[3],
        "geometric_altitude_ft": row[10],
        "ground_speed_kt": row[4],
        "vertical_rate_fpm": row[7],
    }


@cache
def _limits(rules: AcceptRules) -> Array:
    return np.array(
        [
            rules.null_island_deg,
            rules.min_altitude_ft,
            rules.max_altitude_ft,
            rules.max_speed_kt,
            rules.max_rate_fpm,
            np.ceil(rules.null_island_deg * 1e6) + 1,  # within so many micro-degrees a closer look is needed
        ]
    )


def _fill(buffers: Buffers, data: bytes, rules: AcceptRules) -> tuple[int, int, int, int]:
    content = np.frombuffer(data, np.uint8)
    while True:
        b = buffers
        filled = trace_rows(
            content, b.rows, b.times, b.ints, b.smalls, b.reals,
            _KIND_BYTES, _KIND_WORDS, b.tables, _limits(rules), b.odd, b.memory,
        )  # fmt: skip
        if filled[0] != FULL:
            return filled
        buffers.grow()


def _head(data: bytes, start: int, end: int) -> dict[str, Any] | None:
    """Return the document without its records, where it says when and who in the usual types."""
    try:
        document = _DECODER.decode(data[:start] + b"null" + data[end:])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    said = document.get("timestamp")
    if type(said) not in {int, float} or not abs(said) * 1e3 < _START_LIMIT_MS:
        return None
    return document if isinstance(document.get("icao"), str) else None
