"""Where Mode S frames are found: JSON lines, a table, AVR text, Beast bytes.

    {"timestamp": 1717664319.1, "frame": "8c34…"}        jet1090, dumps with `rawmsg` or `payload`
    1457996400,"8D40…","406B90",19                       a time, a frame, anything (no header)
    *8D40…;   @00A1B2C3D4E58D40…;                        AVR, without or with a counter of 12 MHz
    1a 33 ‹counter 6› ‹signal› ‹14 bytes›                Beast; a 1a in the data is written twice

A counter is no clock: a mapping ``clock_start = "2024-12-26T00:00:00Z"`` gives the first frame's time.
Without it every position of such a log is refused for having none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from waystation.ingest.frames import clock_start_s, read_frames
from waystation.ingest.parsed import Note
from waystation.ingest.values import sound, times_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.ingest.parsed import Parsed
    from waystation.ingest.values import Floats

__all__ = [
    "ClockRules",
    "has_frames",
    "is_avr",
    "is_beast",
    "is_frame_table",
    "read_avr",
    "read_beast",
    "read_frame_columns",
    "read_frame_objects",
    "read_frame_table",
]

_FRAME_KEYS: Final = ("frame", "rawmsg", "payload")
_TIME_KEYS: Final = ("timestamp", "mintime", "time", "system_timestamp")
_AVR: Final = re.compile(rb"\s*(?:\*[0-9A-Fa-f]{14,28}|@[0-9A-Fa-f]{26,40});")
_AVR_LINE: Final = re.compile(r"(?:\*|@([0-9a-f]{12}))((?:[0-9a-f]{14}){1,2});")
_TABLE: Final = re.compile(
    rb"\"?\d{9,19}(?:\.\d+)?\"?,(?:\"?[0-9A-Fa-f]{6}\"?,)?\"?(?:[0-9A-Fa-f]{14}){1,2}\"?(?:,|\s*$)",
    re.MULTILINE,
)
_BEAST_FRAME: Final = re.compile(rb"\x1a([123])((?:[^\x1a]|\x1a\x1a){9,21})", re.DOTALL)
_BEAST_BYTES: Final = {b"1": 2, b"2": 7, b"3": 14}
_TICKS_A_SECOND: Final = 12e6
_BEAST_LOOK: Final = 4096


@dataclass(frozen=True)
class ClockRules:
    """When a counter is in line with the frame before."""

    back_s: float = 1.0  # receivers hand frames on a little out of order
    leap_s: float = 60.0  # beyond it, the next frame has to confirm


def has_frames(names: Sequence[str]) -> bool:
    """Whether a record with these names holds a frame, and none of the fields that a position would."""
    return any(k in names for k in _FRAME_KEYS)


def read_frame_columns(
    columns: Mapping[str, Sequence[Any]],
    **common: Any,  # noqa: ANN401 - of every reader
) -> Parsed:
    """Return the positions of a table with a column of frames; ``record`` is the row, from 0."""
    frames = columns[next(k for k in _FRAME_KEYS if k in columns)]
    stamps = next((columns[k] for k in _TIME_KEYS if k in columns), None)
    times = np.full(len(frames), np.nan) if stamps is None else _seconds(stamps)
    return read_frames("frames", [_hex(f) for f in frames], times, record=range(len(frames)), **common)


def read_frame_objects(document: Sequence[Any], **common: Any) -> Parsed:  # noqa: ANN401 - of every reader
    """Return the positions of objects that hold a frame each; ``record`` is the line, from 0."""
    rows = [d if isinstance(d, dict) else {} for d in document]
    key = next(k for k in _FRAME_KEYS if any(k in d for d in rows))
    stamps = [next((d[k] for k in _TIME_KEYS if k in d), None) for d in rows]
    return read_frames(
        "frames", [_hex(d.get(key)) for d in rows], _seconds(stamps), record=range(len(rows)), **common
    )


def is_frame_table(data: bytes) -> bool:
    """Whether the first line is a time, perhaps an address, and a frame."""
    return _TABLE.match(data[:512].removeprefix(b"\xef\xbb\xbf")) is not None


def read_frame_table(data: bytes, **common: Any) -> Parsed:  # noqa: ANN401 - of every reader
    """Return the positions of lines without a header; ``record`` is the line, from 0."""
    stamps, frames = [], []
    for line in data.decode("utf-8-sig", "replace").splitlines():
        cells = [c.strip().strip('"') for c in line.split(",")][:3]
        stamps.append(cells[0])
        frames.append(max(cells[1:], key=len, default="").lower())
    return read_frames("frames", frames, _seconds(stamps), record=range(len(frames)), **common)


def is_avr(data: bytes) -> bool:
    """Whether the first line is a frame between ``*`` or ``@`` and ``;``."""
    return _AVR.match(data[:512]) is not None


def read_avr(data: bytes, *, notes: list[Note], mapping: Mapping[str, str] | None, **common: Any) -> Parsed:  # noqa: ANN401 - of every reader
    """Return the positions of AVR text; ``record`` is the line, from 0."""
    frames, ticks, lines, odd = [], [], [], 0
    for i, line in enumerate(data.decode("ascii", "replace").splitlines()):
        found = _AVR_LINE.match(line.strip().lower())
        if found is None:
            odd += bool(line.strip())
            continue
        frames.append(found[2])
        ticks.append(int(found[1], 16) if found[1] else -1)
        lines.append(i)
    if odd:
        notes = [*notes, Note("bad-frames", f"{odd} lines are not frames")]
    times = _clock(ticks, mapping)
    return read_frames("avr", frames, times, record=lines, notes=notes, mapping=mapping, **common)


def is_beast(data: bytes) -> bool:
    """Whether two frames follow each other in the first bytes, as Beast writes them."""
    at = data[:_BEAST_LOOK].find(b"\x1a")
    if at < 0 or at > 64:
        return False
    found = [_unescaped(m) for m in _BEAST_FRAME.finditer(data[:_BEAST_LOOK])]
    return sum(f is not None for f in found[:4]) >= 2


def read_beast(data: bytes, *, notes: list[Note], mapping: Mapping[str, str] | None, **common: Any) -> Parsed:  # noqa: ANN401 - of every reader
    """Return the positions of a Beast log; ``record`` counts its frames from 0."""
    frames, ticks, numbers, strange, left = [], [], [], 0, 0
    at = 0
    for n, found in enumerate(_BEAST_FRAME.finditer(data)):
        body = _unescaped(found)
        left += found.start() - at
        at = found.end()
        if body is None:
            strange += 1
        elif len(body) > 9:  # two bytes are Mode A/C, which has no address
            frames.append(body[7:].hex())
            ticks.append(int.from_bytes(body[:6], "big"))
            numbers.append(n)
    left += len(data) - at
    if strange or left:
        notes = [*notes, Note("bad-frames", f"{strange} frames are cut, {left} bytes belong to none")]
    times = _clock(ticks, mapping)
    return read_frames("beast", frames, times, record=numbers, notes=notes, mapping=mapping, **common)


def _unescaped(found: re.Match[bytes]) -> bytes | None:
    """Counter, signal and frame without doubled ``1a``; None where it is too short."""
    body = found[2].replace(b"\x1a\x1a", b"\x1a")
    size = 7 + _BEAST_BYTES[found[1]]
    return body[:size] if len(body) >= size else None


def _clock(ticks: list[int], mapping: Mapping[str, str] | None, rules: ClockRules = ClockRules()) -> Floats:
    """Seconds since 1970 from a counter and the time of its first frame; NaN where either is missing.

    A frame out of line (a damaged counter, a receiver that began again at 0) has no time: at a wrong one it
    would pair with a frame of another moment, and such a pair gives a place six degrees away.
    """
    start = clock_start_s(mapping)
    out = np.full(len(ticks), np.nan)
    counted = [i for i, t in enumerate(ticks) if t >= 0]
    if start is None or not counted:
        return out
    seconds = [ticks[i] / _TICKS_A_SECOND for i in counted]
    following = [*seconds[1:], seconds[-1]]
    first: float | None = None
    last = 0.0
    for i, at, after in zip(counted, seconds, following, strict=True):
        confirmed = -rules.back_s <= after - at <= rules.leap_s
        if first is None:
            if not confirmed:
                continue
            first = last = at
        if at < last - rules.back_s and confirmed:
            break  # it began again: when, nobody knows
        if -rules.back_s <= at - last <= rules.leap_s or (at > last and confirmed):
            out[i] = round(start + at - first, 6)
            last = at
    return out


def _seconds(stamps: Sequence[Any]) -> Floats:
    """Seconds, finer than the millisecond: two frames of one millisecond are two."""
    from waystation.ingest.values import numbers

    x = numbers(stamps)
    plain = (x > 0) & (x < 1e11)
    return np.where(plain, x, times_ms(stamps) / 1e3)


def _hex(value: Any) -> str:  # noqa: ANN401 - a cell of a stranger's file
    return sound(value).strip().lower() if isinstance(value, str) else ""
