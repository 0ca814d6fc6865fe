"""What must hold for any bytes: an answer within seconds, sound tables, no position from a broken frame."""

from __future__ import annotations

import io
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from waystation.ingest import build

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waystation.ingest import Parsed

NOW_MS = 1_767_225_600_000
LIMIT_S = 10
CHECKED = {"frames", "avr", "beast"}  # each frame carries a parity: what passes was sent


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raise ``TimeoutError`` after ``seconds``."""

    def ring(*_: object) -> None:
        raise TimeoutError(f"no answer after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def check(data: bytes, mapping: Mapping[str, str] | None = None) -> Parsed:
    """Read ``data`` and return what came of it. Raises whatever is wrong."""
    with limit(LIMIT_S):
        parsed = build(io.BytesIO(data), source_id="0" * 16, uri="x", mapping=mapping, now_ms=NOW_MS)
    for table in (parsed.positions, parsed.identities, parsed.rejected):
        table.validate(full=True)
    p = parsed.positions
    assert p.num_rows or parsed.rejected.num_rows, "nothing came back"
    if p.num_rows == 0:
        return parsed
    assert pc.all(pc.and_(pc.less_equal(pc.abs(p["lat"]), 90), pc.less_equal(pc.abs(p["lon"]), 180))).as_py()
    assert pc.all(pc.match_substring_regex(p["icao24"], "^~?[0-9a-f]{6}$")).as_py()
    assert pc.min(p["time_utc"]).as_py().year >= 1990
    assert pc.all(pc.greater_equal(p["record"], 0)).as_py()
    height = pc.min_max(p["altitude_ft"]).as_py()
    assert height["min"] is None or (height["min"] >= -2000 and height["max"] <= 100_000)
    if parsed.format in CHECKED:
        near = pc.and_(
            pc.less(pc.abs(pc.subtract(p["lat"], 47.04)), 0.06),
            pc.less(pc.abs(pc.subtract(p["lon"], 8.06)), 0.08),
        )
        assert pc.all(near).as_py(), "a frame that was never sent gave a position"
    return parsed
