"""Playback JSON of Flightradar24: one flight, with the aircraft and its owner beside it.

On the ground the height is 0 ft; so is nothing else, since fields below sea level are rare and the
source rounds to 25 ft. A height above 0 says nothing of the ground: aprons have heights too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from waystation.ingest.accept import Columns, accept
from waystation.ingest.jsons import raw_text
from waystation.ingest.parsed import Note, Parsed, rejected_table
from waystation.ingest.values import numbers, sound, texts, times_ms
from waystation.terms.addresses import normal_address
from waystation.terms.schema import TABLES

__all__ = ["is_playback", "read_playback"]


def is_playback(document: object) -> bool:
    """Whether parsed JSON has the form of a playback."""
    return isinstance(_at(_flight(document), "track"), list)


def read_playback(document: object, *, source_id: str, now_ms: int | None, notes: list[Note]) -> Parsed:
    """Return the positions of one flight, and what the source says of its aircraft."""
    flight = _flight(document)
    track: list[Any] = _at(flight, "track")
    if not track:
        notes = [*notes, Note("empty-trace", raw_text(_at(flight, "identification")))]
    shaped = [i for i, r in enumerate(track) if isinstance(r, dict)]
    notes = notes + [
        Note("bad-record", raw_text(r), i) for i, r in enumerate(track) if not isinstance(r, dict)
    ]
    rows = [track[i] for i in shaped]
    n = len(rows)
    address = _at(flight, "aircraft", "identification", "modes")
    callsign = _at(flight, "identification", "callsign")
    height = numbers([_at(r, "altitude", "feet") for r in rows])
    columns = Columns(
        record=np.array(shaped, dtype=np.int64),
        icao24=pa.array([sound(address) if isinstance(address, str) else None] * n, pa.string()),
        time_ms=times_ms([r.get("timestamp") for r in rows]),
        lat=numbers([r.get("latitude") for r in rows]),
        lon=numbers([r.get("longitude") for r in rows]),
        raw=lambda i: raw_text(rows[i]),
        altitude_ft=np.where(height == 0.0, np.nan, height),
        on_ground=np.where(height == 0.0, 1, -1).astype(np.int8),
        ground_speed_kt=numbers([_at(r, "speed", "kts") for r in rows]),
        track_angle_deg=numbers([r.get("heading") for r in rows]),
        vertical_rate_fpm=numbers([_at(r, "verticalSpeed", "fpm") for r in rows]),
        callsign=texts([callsign if isinstance(callsign, str) else None] * n),
        squawk=texts([r.get("squawk") for r in rows]),
    )
    positions, refused = accept(columns, source_id, now_ms)
    return Parsed("fr24", positions, _identity(flight, source_id), rejected_table(source_id, notes + refused))


def _identity(flight: Any, source_id: str) -> pa.Table:  # noqa: ANN401
    address = normal_address(str(_at(flight, "aircraft", "identification", "modes") or ""))
    if address is None:
        return TABLES["identities"].empty_table()
    row = {
        "source_id": source_id,
        "icao24": address,
        "registration": _at(flight, "aircraft", "identification", "registration"),
        "type": _at(flight, "aircraft", "model", "code"),
        "operator": _at(flight, "owner", "name") or _at(flight, "airline", "name"),
        "flags": None,
    }
    words = {k: v if v is None or k == "flags" else sound(str(v)) for k, v in row.items()}
    return pa.Table.from_pylist([words], schema=TABLES["identities"])


def _flight(document: object) -> Any:  # noqa: ANN401
    return _at(document, "result", "response", "data", "flight")


def _at(value: Any, *keys: str) -> Any:  # noqa: ANN401
    """Walk down objects; None where the way ends."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
