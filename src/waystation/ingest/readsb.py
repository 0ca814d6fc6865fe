"""``trace_full_*.json`` as readsb, adsb.lol and ADSBexchange write it: one aircraft, about one day.

    {"icao": "~2a4b1c", "r": …, "t": …, "dbFlags": 1, "ownOp": …, "timestamp": 1693353600.0, "trace": [
     [dt s, lat, lon, alt ft | "ground" | null, gs kt, track °, flags, rate fpm, details | null,
      type, geometric alt ft, geometric rate, ias, roll(, one more in newer files)]]}

The place of every element: README-json.md of wiedehopf/readsb. Older files end after the ninth. The
timestamp need not be midnight. Details (callsign, squawk, nic, nac_p) stand on every fourth record or so;
they are stored where they stand and carried forward by nobody here.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waystation.ingest.accept import Columns, accept
from waystation.ingest.jsons import raw_text
from waystation.ingest.parsed import Note, Parsed, rejected_table
from waystation.ingest.values import map_unique, numbers, sound, texts
from waystation.terms.addresses import normal_address
from waystation.terms.schema import TABLES
from waystation.terms.simulated import KEY, NETWORK

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HEARD_BY", "columns_of", "heard_by", "identity_of", "is_trace", "read_readsb"]

HEARD_BY: Final = {
    "adsb_icao": "adsb",
    "adsb_icao_nt": "adsb",  # a transponder that is not installed in an aircraft, or says so
    "adsr_icao": "adsr",
    "tisb_icao": "tisb",
    "adsc": "adsc",
    "mlat": "mlat",
    "mode_s": "mode_s",
    "adsb_other": "adsb_other",
    "adsr_other": "adsr_other",
    "tisb_other": "tisb_other",
    "tisb_trackfile": "tisb_other",
}
_WIDTH: Final = 11  # elements that we read


def is_trace(document: object) -> bool:
    """Whether parsed JSON has the form of a readsb trace."""
    return isinstance(document, dict) and isinstance(document.get("trace"), list) and "icao" in document


def heard_by(kind: str | None) -> str:
    """Return our word for readsb's ``type``; what it does not say is ``other``."""
    return HEARD_BY.get(kind or "", "other")


def read_readsb(document: dict[str, Any], *, source_id: str, now_ms: int | None, notes: list[Note]) -> Parsed:
    """Return the positions of one trace; ``notes`` so far are kept in front of its own."""
    rows: list[Any] = document["trace"]
    if not rows:
        notes = [*notes, Note("empty-trace", raw_text({k: v for k, v in document.items() if k != "trace"}))]
    shaped = [i for i, r in enumerate(rows) if isinstance(r, list) and len(r) >= 3]
    odd = []
    if len(shaped) < len(rows):
        odd = sorted(set(range(len(rows))) - set(shaped))
        notes = notes + [Note("bad-record", raw_text(rows[i]), i) for i in odd]
    positions, refused = accept(
        columns_of(document, [rows[i] for i in shaped] if odd else rows, shaped), source_id, now_ms
    )
    return Parsed(
        "readsb",
        positions,
        _identity(document, source_id),
        rejected_table(source_id, notes + refused),
        network=NETWORK if document.get(KEY) else None,
    )


def columns_of(document: dict[str, Any], good: list[Any], numbers_of: list[int]) -> Columns:
    """Return the columns of records that are lists, and their numbers in the file."""
    n = len(good)
    table = list(zip_longest(*good))[:_WIDTH] if good else []
    table += [(None,) * n] * (_WIDTH - len(table))
    dt, lat, lon, altitude, speed, track, flags, rate, details, kind, geometric = table
    ground = np.array([a == "ground" for a in altitude], dtype=np.bool_)
    altitude_ft = numbers([None if a == "ground" else a for a in altitude] if ground.any() else altitude)
    at = [i for i, d in enumerate(details) if isinstance(d, dict)]
    detail = [details[i] for i in at]
    spread = _spread(n, at)
    with np.errstate(over="ignore"):  # a time past all numbers becomes infinite, and the row is refused
        start_ms = np.rint(numbers([document.get("timestamp")]) * 1e3)[0]
        time_ms = start_ms + np.rint(numbers(dt) * 1e3)
    return Columns(
        record=np.array(numbers_of, dtype=np.int64),
        icao24=pa.array([_address(document)] * n, pa.string()),
        time_ms=time_ms,
        lat=numbers(lat),
        lon=numbers(lon),
        raw=lambda i: raw_text(good[i]),
        altitude_ft=altitude_ft,
        geometric_altitude_ft=numbers(geometric),
        on_ground=np.where(ground, 1, np.where(np.isnan(altitude_ft), -1, 0)).astype(np.int8),
        ground_speed_kt=numbers(speed),
        track_angle_deg=numbers(track),
        vertical_rate_fpm=numbers(rate),
        callsign=texts([d.get("flight") for d in detail]).take(spread),
        squawk=texts([d.get("squawk") for d in detail]).take(spread),
        nic=_spread_numbers(n, at, [d.get("nic") for d in detail]),
        nac_p=_spread_numbers(n, at, [d.get("nac_p") for d in detail]),
        heard_by=_heard(kind, texts([d.get("type") for d in detail]).take(spread)),
        flags=numbers(flags),
    )


def _spread(n: int, at: list[int]) -> pa.Array:
    """Return where in the list of details the detail of each of ``n`` records stands; null for none."""
    place = np.full(n, -1, dtype=np.int64)
    place[at] = np.arange(len(at))
    return pa.array(place, mask=place < 0)


def _spread_numbers(n: int, at: list[int], values: list[Any]) -> NDArray[np.float64]:
    out = np.full(n, np.nan)
    out[at] = numbers(values)
    return out


def _heard(kind: tuple[Any, ...], detail: pa.Array) -> pa.Array:
    """Element 9 where the file has it, else the detail's own type."""
    return map_unique(pc.coalesce(texts(kind), detail, pa.scalar("")), heard_by)


def _address(document: dict[str, Any]) -> str | None:
    address = document.get("icao")
    return sound(address) if isinstance(address, str) else None


def _identity(document: dict[str, Any], source_id: str) -> pa.Table:
    said = identity_of(document)
    if said is None:
        return TABLES["identities"].empty_table()
    return pa.Table.from_pylist([{"source_id": source_id, **said}], schema=TABLES["identities"])


def identity_of(document: dict[str, Any]) -> dict[str, Any] | None:
    """Return a row of ``identities`` without its source, or None where the document has no address."""
    address = normal_address(_address(document) or "")
    if address is None:
        return None
    flags = document.get("dbFlags")
    good = isinstance(flags, int) and not isinstance(flags, bool) and 0 <= flags < 1 << 31
    return {
        "icao24": address,
        "registration": _word(document.get("r")),
        "type": _word(document.get("t")),
        "operator": _word(document.get("ownOp")),
        "flags": flags if good else None,
    }


def _word(value: object) -> str | None:
    return sound(value).strip() or None if isinstance(value, str) else None
