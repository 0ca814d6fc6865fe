"""Positions with joined values → ``Parsed``: the last step of logs and frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from waystation.ingest.accept import Columns, accept
from waystation.ingest.parsed import Note, Parsed, rejected_table
from waystation.ingest.values import booleans, numbers, texts
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from waystation.ingest.attach import Message

__all__ = ["read_told"]

_NUMBERS: Final = (
    *("altitude_ft", "geometric_altitude_ft", "ground_speed_kt", "track_angle_deg", "vertical_rate_fpm"),
    *("nic", "nac_p"),
)


def read_told(
    format_: str,
    told: list[tuple[Message, dict[str, Any]]],
    *,
    source_id: str,
    now_ms: int | None,
    raw: Callable[[int], str],
    notes: list[Note],
) -> Parsed:
    """Return the positions; ``raw`` gives the text of a record by its number in the file."""
    values = [v for _, v in told]
    columns = Columns(
        record=np.array([m.record for m, _ in told], dtype=np.int64),
        icao24=texts([m.address for m, _ in told]),
        time_ms=np.rint(numbers([m.time_s for m, _ in told]) * 1e3),
        lat=numbers([v.get("lat") for v in values]),
        lon=numbers([v.get("lon") for v in values]),
        raw=lambda i: raw(told[i][0].record),
        on_ground=booleans([v.get("on_ground") for v in values]),
        callsign=texts([v.get("callsign") for v in values]),
        squawk=texts([v.get("squawk") for v in values]),
        heard_by=texts([v.get("heard_by") for v in values]),
        **{k: numbers([v.get(k) for v in values]) for k in _NUMBERS},
    )
    positions, refused = accept(columns, source_id, now_ms)
    rejected = rejected_table(source_id, notes + refused)
    return Parsed(format_, positions, TABLES["identities"].empty_table(), rejected)
