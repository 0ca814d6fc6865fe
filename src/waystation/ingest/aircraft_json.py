"""Snapshots of many aircraft: readsb's ``aircraft.json``, re-api and the v2 interface, one or one a line.

    {"now": 1735171200.1, "aircraft": [{"hex": "~2a4b1c", "type": "tisb_other", "flight": "RFF7052 ",
     "alt_baro": 1025 | "ground", "gs": 300.5, "lat": …, "lon": …, "seen_pos": 1.2, …}]}
    {"now": 1735171200100, "ac": [{…, "lastPosition": {"lat": …, "lon": …, "seen_pos": 400}}]}

The place of a snapshot is ``seen_pos`` seconds old, and that is its time. An aircraft that went silent
stands in many snapshots with the same place: each says the same report, and ``tracks`` keeps one.
Fields: README-json.md of wiedehopf/readsb.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from waystation.ingest.jsons import raw_text
from waystation.ingest.named import read_named
from waystation.ingest.parsed import Note, Parsed
from waystation.ingest.values import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["is_snapshot", "read_snapshots"]

_TAKEN = {  # our name: theirs
    "icao24": "hex",
    "altitude": "alt_baro",
    "geometric_altitude": "alt_geom",
    "ground_speed": "gs",
    "track": "track",
    "vertical_rate": "baro_rate",
    "callsign": "flight",
    "squawk": "squawk",
    "nic": "nic",
    "nac_p": "nac_p",
    "registration": "r",
    "typecode": "t",
    "operator": "ownOp",
    "db_flags": "dbFlags",
}


def is_snapshot(document: object) -> bool:
    """Whether parsed JSON is a snapshot of aircraft."""
    return isinstance(document, dict) and "now" in document and isinstance(_aircraft(document), list)


def read_snapshots(
    documents: Iterable[Any],
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of snapshots; ``record`` counts the aircraft of the file from 0.

    An aircraft that was heard but told no place is no position and is counted in a note, not a row each:
    half of those in an ordinary snapshot.
    """
    rows: list[dict[str, Any]] = []
    numbers_: list[int] = []
    odd: list[Note] = []
    n, silent = 0, 0
    for document in documents:
        if not is_snapshot(document):
            odd.append(Note("bad-record", raw_text(document), n))
            n += 1
            continue
        for aircraft in _aircraft(document):
            if not isinstance(aircraft, dict):
                odd.append(Note("bad-record", raw_text(aircraft), n))
            elif (row := _row(aircraft, document["now"])) is None:
                silent += 1
            else:
                rows.append(row)
                numbers_.append(n)
            n += 1
    if silent:
        odd.insert(0, Note("unplaced", f"{silent} of {n} aircraft told no place"))
    return read_named(
        "aircraft",
        {k: [r.get(k) for r in rows] for k in (*_TAKEN, "time_utc", "lat", "lon", "heard_by")},
        source_id=source_id,
        now_ms=now_ms,
        mapping=mapping,
        raw=lambda i: raw_text(rows[i]),
        notes=notes + odd,
        record=numbers_,
    )


def _aircraft(document: dict[str, Any]) -> Any:  # noqa: ANN401 - a JSON value
    return document.get("aircraft", document.get("ac"))


def _row(aircraft: dict[str, Any], now: object) -> dict[str, Any] | None:
    """Return our fields of one aircraft, or None where it told no place."""
    place = aircraft
    if aircraft.get("lat") is None:
        place = aircraft.get("lastPosition")  # type: ignore[assignment] # a JSON value, looked at next
        if not isinstance(place, dict):
            return None
    row = {ours: aircraft.get(theirs) for ours, theirs in _TAKEN.items()}
    row |= {"lat": place.get("lat"), "lon": place.get("lon")}
    row["time_utc"] = _time_s(now, place.get("seen_pos"))
    row["heard_by"] = _kind(aircraft)
    return row


def _time_s(now: object, seen_pos: object) -> float | None:
    """Seconds since 1970 at which the place was told. ``now`` is milliseconds in v2, else seconds."""
    at, ago = number(now), number(0 if seen_pos is None else seen_pos)
    at_s = (at / 1e3 if at > 1e11 else at) - ago
    return at_s if isfinite(at_s) else None


def _kind(aircraft: dict[str, Any]) -> object:
    """Say how the place was heard; older software names the fields that came by multilateration."""
    for kind in ("mlat", "tisb"):
        fields = aircraft.get(kind)
        if isinstance(fields, list) and "lat" in fields:
            return "mlat" if kind == "mlat" else "tisb_icao"
    return aircraft.get("type")
