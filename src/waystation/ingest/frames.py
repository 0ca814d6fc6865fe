"""Mode S frames with the time each was heard → positions.

    DF 17, 18   extended squitter: address in the clear, checked by its own parity
                position (airborne, surface), velocity, callsign, squawk      ─► attach ─► positions
    DF 5, 21    squawk; the address is mixed into the parity, so it counts only for aircraft known from above

Decoded by ``rs1090`` (docs/decisions/0108): a pair of frames within seconds gives an airborne place; one
frame near a known place the rest. A surface frame needs a place within 45 NM: that of the same aircraft a
moment ago, that of its climb soon after, or the receiver's (mapping ``receiver = "43.6,1.4"``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from waystation.ingest.attach import Message, attach
from waystation.ingest.parsed import Note, Parsed
from waystation.ingest.squitters import SPOKEN, decode_aircraft, decode_squawks, df_of, is_position
from waystation.ingest.told import read_told
from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.ingest.values import Floats

__all__ = ["FRAME", "FrameRules", "clock_start_s", "read_frames"]

FRAME: Final = re.compile(r"(?:[0-9a-f]{14}){1,2}\Z")


@dataclass(frozen=True)
class FrameRules:
    """How frames are handed to the decoder."""

    frames_a_call: int = 50_000  # whole aircraft at a time; its answer takes about 3 kB a frame


def read_frames(
    format_: str,
    frames: Sequence[str],
    times_s: Floats,
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
    record: Sequence[int],
    rules: FrameRules = FrameRules(),
) -> Parsed:
    """Return the positions of ``frames`` (hex, lower case; n of them) heard at ``times_s`` (NaN: not known).

    ``record``: number of each frame in its file. Frames that fail their check and messages without a position
    are counted in notes: a feed has thousands. A position without a time is refused by itself.
    """
    receiver = _receiver(mapping)
    texts = dict(zip(record, frames, strict=True))
    kinds = np.array([df_of(f) if FRAME.match(f) else -1 for f in frames], dtype=np.int64)
    timed = ~np.isnan(times_s)
    extended = np.isin(kinds, (17, 18)) & np.array([len(f) == 28 for f in frames], dtype=np.bool_)
    lost = [
        Note("no-time", frames[i], record[i])
        for i in np.flatnonzero(extended & ~timed).tolist()
        if is_position(frames[i])
    ]
    messages: list[Message] = []
    heard = 0
    for group in _groups(frames, times_s, np.flatnonzero(extended & timed), rules):
        found = decode_aircraft([frames[i] for i in group], [float(times_s[i]) for i in group], receiver)
        heard += len(found)
        messages += [Message(record[group[k]], *m) for k, m in found]
    strangers = 0
    known = {m.address for m in messages}
    asked = np.flatnonzero(np.isin(kinds, (5, 21)) & timed)
    for start in range(0, len(asked), rules.frames_a_call):
        part = asked[start : start + rules.frames_a_call].tolist()
        found = decode_squawks([frames[i] for i in part], [float(times_s[i]) for i in part])
        mine = [Message(record[part[k]], *m) for k, m in found if m[0] in known]
        strangers += len(part) - len(mine)
        messages += mine
    messages.sort(key=lambda m: (m.time_s, m.placed, m.record))
    told, unplaced = attach(messages)
    told.sort(key=lambda pair: pair[0].record)
    return read_told(
        format_,
        told,
        source_id=source_id,
        now_ms=now_ms,
        raw=lambda i: texts[i],
        notes=notes + _counted(kinds, int((extended & timed).sum()) - heard, unplaced + strangers) + lost,
    )


def _groups(frames: Sequence[str], times_s: Floats, at: Any, rules: FrameRules) -> list[list[int]]:  # noqa: ANN401 - an array of places
    """Whole aircraft, as many as fit in a call, each group in order of time."""
    of: dict[str, list[int]] = {}
    for i in at.tolist():
        of.setdefault(frames[i][2:8], []).append(i)
    groups: list[list[int]] = [[]]
    for _, places in sorted(of.items()):
        if groups[-1] and len(groups[-1]) + len(places) > rules.frames_a_call:
            groups.append([])
        groups[-1] += places
    return [sorted(g, key=lambda i: (times_s[i], i)) for g in groups if g]


def _counted(kinds: Any, failed: int, unplaced: int) -> list[Note]:  # noqa: ANN401 - an array of numbers
    n, strange = len(kinds), int((kinds < 0).sum())
    other = int((~np.isin(kinds, (*SPOKEN, -1))).sum())
    out = []
    if strange or failed or other:
        text = (
            f"of {n} frames {strange} are no Mode S frames, {failed} fail their check, {other} say no place"
        )
        out.append(Note("bad-frames", text))
    if unplaced:
        out.append(Note("unplaced", f"{unplaced} of {n} frames"))
    return out


def _receiver(mapping: Mapping[str, str] | None) -> tuple[float, float] | None:
    said = (mapping or {}).get("receiver")
    if said is None:
        return None
    try:
        lat, lon = (float(x) for x in said.removeprefix("=").split(","))
    except ValueError as e:
        raise UsageError(f"receiver = {said!r} is no place; write latitude and longitude: '43.6,1.4'") from e
    return lat, lon


def clock_start_s(mapping: Mapping[str, str] | None) -> float | None:
    """Return the time of a log's first frame, where its frames carry a counter only."""
    from waystation.ingest.values import times_ms

    said = (mapping or {}).get("clock_start")
    if said is None:
        return None
    at = float(times_ms([said.removeprefix("=")])[0]) / 1e3
    if np.isnan(at):
        raise UsageError(
            f"clock_start = {said!r} is no time; write the first frame's: '2024-12-26T00:00:00Z'"
        )
    return at
