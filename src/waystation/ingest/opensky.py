"""OpenSky's own JSON: ``/states/all`` (many aircraft at one time) and ``/tracks`` (one aircraft's way).

    {"time": 1735171200, "states": [["4b1814", "SWR1    ", "Switzerland", time_position, last_contact, lon,
     lat, baro m, on_ground, m/s, °, m/s, sensors, geometric m, squawk, spi, position_source, …]]}
    {"icao24": "4b1814", "callsign": "SWR1", "path": [[time, lat, lon, baro m, °, on_ground]]}

Order and units: the REST pages of openskynetwork.github.io. A state whose place is old carries that time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from waystation.ingest.jsons import raw_text
from waystation.ingest.named import read_named
from waystation.ingest.parsed import Note, Parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["is_opensky", "read_opensky"]

_STATE: Final = {
    "icao24": 0,
    "callsign": 1,
    "time_utc": 3,
    "lon": 5,
    "lat": 6,
    "baro_altitude": 7,
    "on_ground": 8,
    "velocity": 9,
    "track": 10,
    "vertrate": 11,
    "geo_altitude": 13,
    "squawk": 14,
    "heard_by": 16,
}
_STEP: Final = {"time_utc": 0, "lat": 1, "lon": 2, "baro_altitude": 3, "track": 4, "on_ground": 5}
_HEARD: Final = {0: "adsb", 1: "other", 2: "mlat", 3: "other"}  # ADS-B, ASTERIX, MLAT, FLARM


def is_opensky(document: object) -> bool:
    """Whether parsed JSON is an answer of OpenSky."""
    if not isinstance(document, dict):
        return False
    states = "time" in document and isinstance(document.get("states"), list)
    return states or ("icao24" in document and isinstance(document.get("path"), list))


def read_opensky(
    document: dict[str, Any],
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of an answer of OpenSky; ``record`` counts its states or steps from 0."""
    is_states = isinstance(document.get("states"), list)
    rows: list[Any] = document["states" if is_states else "path"]
    places = _STATE if is_states else _STEP
    width = 7 if is_states else 3  # up to where the place stands
    shaped = [i for i, r in enumerate(rows) if isinstance(r, list) and len(r) >= width]
    odd = sorted(set(range(len(rows))) - set(shaped))
    good = [rows[i] for i in shaped]
    columns = {k: [r[at] if at < len(r) else None for r in good] for k, at in places.items()}
    if is_states:
        columns["heard_by"] = [_HEARD.get(h) if type(h) is int else None for h in columns["heard_by"]]
    else:
        columns |= {k: [_word(document.get(k))] * len(good) for k in ("icao24", "callsign")}
    return read_named(
        "opensky",
        columns,
        source_id=source_id,
        now_ms=now_ms,
        mapping=mapping,
        raw=lambda i: raw_text(good[i]),
        notes=notes + [Note("bad-record", raw_text(rows[i]), i) for i in odd],
        record=shaped,
    )


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None
