"""BaseStation lines (SBS-1, port 30003), as receivers and their software log them.

    MSG,3,1,1,4B1814,1,2024/12/26,00:00:00.250,2024/12/26,00:00:00.300,,37000,,,47.45,8.55,,,0,0,0,0
    0: MSG  1: type  4: address  6, 7: made at  8, 9: logged at  10: callsign  11: ft  12: kt  13: °
    14: lat  15: lon  16: fpm  17: squawk  18: alert  19: emergency  20: ident  21: on ground (-1, 0)

Types 2 (surface) and 3 (airborne) tell the place; 1, 4, 5, 6, 7, 8 the rest (``attach``). The clock is that
of the receiver's computer, UTC or not: a mapping ``time_zone`` sets it right.
Order of the fields: Kinetic's BaseStation manual, as documented with dump1090.
"""

from __future__ import annotations

import re
from math import isnan
from typing import TYPE_CHECKING, Any, Final

from waystation.ingest.attach import Message, attach
from waystation.ingest.names import time_ahead_ms
from waystation.ingest.parsed import Note, Parsed
from waystation.ingest.told import read_told
from waystation.ingest.values import times_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["is_sbs", "read_sbs"]

_LINE: Final = re.compile(rb"\s*(?:MSG,[1-8]|SEL|ID|AIR|STA|CLK),[^,\n]*,[^,\n]*,[^,\n]*,", re.ASCII)
_WIDTH: Final = 22
_OTHER: Final = frozenset({"SEL", "ID", "AIR", "STA", "CLK"})  # events of the program, not of an aircraft
_VALUES: Final = {
    "callsign": 10,
    "altitude_ft": 11,
    "ground_speed_kt": 12,
    "track_angle_deg": 13,
    "lat": 14,
    "lon": 15,
    "vertical_rate_fpm": 16,
    "squawk": 17,
}


def is_sbs(data: bytes) -> bool:
    """Whether the first line is one of BaseStation's."""
    return _LINE.match(data[:512].removeprefix(b"\xef\xbb\xbf")) is not None


def read_sbs(
    data: bytes,
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of a log; ``record`` is the line, from 0."""
    lines = data.decode("utf-8-sig", "replace").splitlines()
    rows = [(i, line.split(",")) for i, line in enumerate(lines) if line.strip()]
    good = [(i, r) for i, r in rows if r[0].strip() == "MSG" and 16 <= len(r) <= _WIDTH]
    fine = {i for i, _ in good}
    odd = [Note("bad-record", lines[i], i) for i, r in rows if i not in fine and r[0].strip() not in _OTHER]
    stamps = [f"{r[6].strip().replace('/', '-')} {r[7].strip()}" for _, r in good]
    times = times_ms(stamps, time_ahead_ms(mapping)) / 1e3
    messages = [
        Message(i, r[4].strip(), t, _values(r), r[1].strip() in {"2", "3"} or bool(r[14].strip()))
        for (i, r), t in zip(good, times.tolist(), strict=True)
    ]
    messages.sort(key=lambda m: (0.0 if isnan(m.time_s) else m.time_s, m.placed, m.record))
    told, unplaced = attach(messages)
    told.sort(key=lambda pair: pair[0].record)
    if unplaced:
        odd.insert(0, Note("unplaced", f"{unplaced} of {len(messages)} messages"))
    return read_told(
        "sbs", told, source_id=source_id, now_ms=now_ms, raw=lambda i: lines[i], notes=notes + odd
    )


def _values(row: list[str]) -> dict[str, Any]:
    """Return what the message says; an empty cell says nothing."""
    cells = {k: row[at].strip() for k, at in _VALUES.items() if at < len(row)}
    values: dict[str, Any] = {k: v for k, v in cells.items() if v}
    flag = row[21].strip() if len(row) > 21 else ""
    values["on_ground"] = {"-1": True, "1": True, "0": False}.get(flag)
    if values["on_ground"]:
        values["altitude_ft"] = None  # as readsb does: a height on the ground is the field's
    return values
