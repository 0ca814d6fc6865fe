"""Records with named columns → positions. CSV, the JSON of ``traffic`` and JSON lines all end here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from waystation.ingest.accept import Columns, accept
from waystation.ingest.names import Resolved, resolve
from waystation.ingest.parsed import Note, Parsed, rejected_table
from waystation.ingest.readsb import HEARD_BY
from waystation.ingest.stand_in import stand_in_note, stand_ins
from waystation.ingest.values import booleans, map_unique, numbers, texts, times_ms, words
from waystation.terms.addresses import normal_address
from waystation.terms.errors import FormatError
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["read_named"]

# A message is with the network in 6 s; of a real file's 17,521 rows 25 were out by 43 minutes and more.
_CLOCKS_APART_MS: Final = 60_000.0
_DETAIL_LIMIT: Final = 4000  # characters of a details cell that are looked at: real ones have 600
# 'flight': 'UAL2400 ' or "nic": 8, in Python's or JSON's spelling; looked for, never evaluated.
_SAID: Final = re.compile(r"""['"](type|flight|squawk|nic|nac_p)['"]\s*:\s*(?:'([^']*)'|"([^"]*)"|(\d+))""")
_WORDS: Final = set(HEARD_BY.values()) | {"other", "mlat_other", "other_other"}


def read_named(
    format_: str,
    columns: Mapping[str, Sequence[Any]],
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    raw: Callable[[int], str],
    notes: list[Note],
    record: Sequence[int] | NDArray[np.int64] | None = None,
    known: dict[str, str] | None = None,
) -> Parsed:
    """Return the positions of ``columns`` (their name → n cells).

    ``record``: numbers of the rows in the file, where not 0..n-1; ``known``: stand-in addresses so far, for
    a file that is read in pieces (who hands it in writes the note). Raises ``FormatError`` without time and
    place among the columns.
    """
    found = resolve(columns, mapping)
    if not found.has_place():
        raise FormatError(
            f"no columns for time, latitude and longitude among {list(columns)}; name them with a mapping"
        )
    n = len(next(iter(columns.values())))

    def cells(field: str) -> Sequence[Any] | None:
        if field in found.constants:
            return [found.constants[field]] * n
        return columns[found.columns[field]] if field in found.columns else None

    given = {} if known is None else known
    address = _address(cells, n, source_id, given)
    if known is None:
        notes = notes + stand_in_note(given)
    fr24 = {"snapshot_id", "radar_id"} <= set(columns) or {"UTC", "Position", "Direction"} <= set(columns)
    rows = np.arange(n, dtype=np.int64) if record is None else np.asarray(record, dtype=np.int64)
    ready = _columns(cells, found, address, rows, raw, fr24=fr24)
    positions, refused = accept(ready, source_id, now_ms)
    identities = _identities(cells, ready, source_id)
    network = "flightradar24" if fr24 else None  # nobody else names columns so
    return Parsed(format_, positions, identities, rejected_table(source_id, notes + refused), network)


def _columns(
    cells: Callable[[str], Sequence[Any] | None],
    found: Resolved,
    address: pa.Array,
    record: NDArray[np.int64],
    raw: Callable[[int], str],
    *,
    fr24: bool,
) -> Columns:
    def number(field: str, factor: float = 1.0) -> NDArray[np.float64] | None:
        values = cells(field)
        return None if values is None else _scaled(numbers(values), factor)

    lat, lon = _place(cells)
    altitude, ground = _altitude(cells("altitude"), cells("on_ground"), found.altitude_factor, fr24=fr24)
    detail = _details(cells("details"))
    time = cells("time_utc")
    assert time is not None
    squawk = cells("squawk")
    return Columns(
        record=record,
        icao24=address,
        time_ms=_times(time, cells("network_time"), found.ahead_ms),
        lat=lat,
        lon=lon,
        raw=raw,
        altitude_ft=altitude,
        geometric_altitude_ft=number("geometric_altitude", found.geometric_factor),
        on_ground=ground,
        ground_speed_kt=number("ground_speed", found.speed_factor),
        track_angle_deg=number("track_angle"),
        vertical_rate_fpm=number("vertical_rate", found.rate_factor),
        callsign=_texts(cells("callsign"), detail, "flight"),
        squawk=_texts(
            [_from_bcd(s) for s in squawk] if fr24 and squawk is not None else squawk, detail, "squawk"
        ),
        nic=number("nic") if detail is None else numbers([d.get("nic") for d in detail]),
        nac_p=number("nac_p") if detail is None else numbers([d.get("nac_p") for d in detail]),
        heard_by=_heard(cells("heard_by"), detail),
    )


def _times(time: Sequence[Any], network: Sequence[Any] | None, ahead_ms: float) -> NDArray[np.float64]:
    """Take the antenna's clock, unless it is far from the network's: FR24 writes both, some stand still."""
    ms = times_ms(time, ahead_ms)
    if network is None:
        return ms
    theirs = times_ms(network, ahead_ms)
    return np.where(np.abs(ms - theirs) <= _CLOCKS_APART_MS, ms, theirs)


def _scaled(values: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # what is infinite then is judged with the rest
        return values * factor


def _address(
    cells: Callable[[str], Sequence[Any] | None], n: int, source_id: str, known: dict[str, str]
) -> pa.Array:
    """Take the address column; where the file has none, a stand-in for what names the track."""
    said = cells("icao24")
    if said is not None:
        return words(texts(said))
    names = (cells(k) for k in ("track_name", "callsign", "registration"))
    name = next((x for x in names if x is not None), None)
    return pa.nulls(n, pa.string()) if name is None else stand_ins(source_id, texts(name), known)


def _place(
    cells: Callable[[str], Sequence[Any] | None],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lat, lon = cells("lat"), cells("lon")
    if lat is not None and lon is not None:
        # FR24's granular export repeats an old place, or 0, in rows that it marks N: no position
        told = cells("no_position")
        none = np.array([t == "N" for t in told]) if told is not None else np.zeros(len(lat), np.bool_)
        return np.where(none, np.nan, numbers(lat)), np.where(none, np.nan, numbers(lon))
    pairs = [str(p).split(",") for p in cells("position") or []]  # FR24: "42.787994,141.685074"
    pairs = [p if len(p) == 2 else ["", ""] for p in pairs]
    return numbers([p[0] for p in pairs]), numbers([p[1] for p in pairs])


def _altitude(
    altitude: Sequence[Any] | None, on_ground: Sequence[Any] | None, factor: float, *, fr24: bool
) -> tuple[NDArray[np.float64] | None, NDArray[np.int8] | None]:
    """Heights in ft and what they say of the ground.

    A file that writes ``ground`` anywhere says by every number that the aircraft flies. FR24 writes 0 on
    the ground, but also the height of the apron, so a number there says nothing.
    """
    ground = None if on_ground is None else booleans(on_ground)
    if altitude is None:
        return None, ground
    said = np.fromiter((isinstance(a, str) and a.strip().lower() == "ground" for a in altitude), np.bool_)
    plain = [None if s else a for s, a in zip(said, altitude, strict=True)] if said.any() else altitude
    ft = _scaled(numbers(plain), factor)
    if said.any() and ground is None:
        ground = np.where(said, 1, np.where(np.isnan(ft), -1, 0)).astype(np.int8)
    if fr24:
        zero = ft == 0.0
        ground = np.where(zero, 1, -1).astype(np.int8) if ground is None else ground
        ft = np.where(zero, np.nan, ft)
    return ft, ground


def _from_bcd(value: Any) -> str:  # noqa: ANN401
    """FR24's position files write the four octal digits as hexadecimal read in decimal: 13827 is 0x3603."""
    text = str(value)
    return f"{int(text):x}" if text.isdigit() else text


def _details(cells: Sequence[Any] | None) -> list[dict[str, Any]] | None:
    """Read detail objects: dictionaries, or their Python or JSON text, as flattened CSV has it."""
    return None if cells is None else [_detail(c) for c in cells]


def _detail(cell: Any) -> dict[str, Any]:  # noqa: ANN401
    if isinstance(cell, dict):
        return cell
    if not isinstance(cell, str) or not cell:
        return {}
    return {m[1]: m[m.lastindex] for m in _SAID.finditer(cell[:_DETAIL_LIMIT]) if m.lastindex}


def _texts(cells: Sequence[Any] | None, detail: list[dict[str, Any]] | None, key: str) -> pa.Array | None:
    """Take the named column; where it says nothing, the detail."""
    if detail is None:
        return None if cells is None else texts(cells)
    own = words(texts(cells)) if cells is not None else pa.nulls(len(detail), pa.string())
    said = texts([d.get(key) for d in detail])
    return pa.array(
        [a if a is not None else b for a, b in zip(own.to_pylist(), said.to_pylist(), strict=True)],
        pa.string(),
    )


def _heard(cells: Sequence[Any] | None, detail: list[dict[str, Any]] | None) -> pa.Array | None:
    if cells is not None:
        said = texts(cells)
    elif detail is not None:
        said = texts([d.get("type") for d in detail])
    else:
        return None
    return map_unique(said, _heard_word)  # what is not said stays null


def _heard_word(text: str) -> str:
    word = text.strip().lower().replace("-", "").replace(" ", "_")
    return HEARD_BY.get(word, word if word in _WORDS else "other")


def _flags(cells: Sequence[Any]) -> pa.Array:
    values = numbers(cells)
    whole = (values >= 0) & (values < 1 << 31)
    return pa.array(np.where(whole, values, 0).astype(np.int32), mask=~whole)


def _identities(cells: Callable[[str], Sequence[Any] | None], columns: Columns, source_id: str) -> pa.Table:
    """Return what the file says of each address, once."""
    said = {k: cells(k) for k in ("registration", "type", "operator")}
    if all(v is None for v in said.values()):
        return TABLES["identities"].empty_table()
    address = map_unique(columns.icao24, normal_address)
    n = len(address)
    parts = {"icao24": address} | {
        k: pa.nulls(n, pa.string()) if v is None else words(texts(v)) for k, v in said.items()
    }
    flags = cells("db_flags")
    parts["flags"] = pa.nulls(n, pa.int32()) if flags is None else _flags(flags)
    distinct = pa.table(parts).group_by(list(parts)).aggregate([])
    distinct = distinct.filter(distinct["icao24"].is_valid()).sort_by([(k, "ascending") for k in parts])
    columns_ = {"source_id": pa.array([source_id] * distinct.num_rows, pa.string())}
    columns_ |= {k: distinct[k] for k in parts}
    return pa.table(columns_, schema=TABLES["identities"])
