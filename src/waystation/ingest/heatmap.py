"""readsb's half-hour heatmaps, ``globe_history/…/heatmap/NN.bin.ttf``: all traffic, a place every 10–30 s.

    16 bytes each, little-endian:   hex  i32   lat  i32   lon  i32   alt i16   gs i16
    index (at the front)            place in the file of the slice, the rest 0
    slice                           0x0e7f7c9d, time ms (high | low 32 bits), alt = length of the slice in ms
    position                        type<<27 | non-ICAO<<24 | address, µ°, µ°, 25 ft (−123 ground), 0.1 kt
    words                           the same hex, 2^30 + squawk (its digits), callsign in 8 bytes

Layout: ``handleHeatmap`` in wiedehopf/readsb. The time of a position is the start of its slice: it was heard
within the slice's length after it. −124 means no height, gs −1 no speed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from waystation.ingest.accept import Columns, accept
from waystation.ingest.parsed import Note, Parsed, rejected_table
from waystation.ingest.readsb import heard_by
from waystation.ingest.values import map_unique
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["MAGIC", "is_heatmap", "read_heatmap"]

MAGIC: Final = 0x0E7F7C9D
_ENTRY: Final = np.dtype([("hex", "<u4"), ("lat", "<i4"), ("lon", "<i4"), ("alt", "<i2"), ("gs", "<i2")])
_WORDS: Final = 1 << 30  # beyond any latitude
_GROUND, _NO_ALTITUDE, _NO_SPEED = -123, -124, -1
_EARLIEST_MS, _LATEST_MS = 631_152_000_000, 4_102_444_800_000  # 1990 to 2100
_LONGEST_INDEX: Final = 3600  # entries before the first slice: half an hour of half seconds
_KINDS: Final = (  # readsb's order of how an address was heard
    *("adsb_icao", "adsb_icao_nt", "adsr_icao", "tisb_icao", "adsc", "mlat", "other", "mode_s"),
    *("adsb_other", "adsr_other", "tisb_trackfile", "tisb_other"),
)


def is_heatmap(data: bytes) -> bool:
    """Whether a slice begins among the first entries."""
    head = _entries(data[: 16 * _LONGEST_INDEX])
    stamps = _stamps(head[head["hex"] == MAGIC])
    return bool(((stamps > _EARLIEST_MS) & (stamps < _LATEST_MS)).any())


def read_heatmap(
    data: bytes,
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,  # noqa: ARG001 - nothing here has a name to map
    notes: list[Note],
) -> Parsed:
    """Return the positions of one heatmap; ``record`` is the entry, from 0, the index counted."""
    e = _entries(data)
    if len(data) % 16:
        notes = [*notes, Note("truncated", f"{len(data) % 16} bytes after the last whole entry")]
    slices = np.flatnonzero(e["hex"] == MAGIC)
    first = int(slices[0]) if len(slices) else len(e)
    of = np.searchsorted(slices, np.arange(len(e)), side="right") - 1
    rest = (np.arange(len(e)) > first) & (e["hex"] != MAGIC)
    at = np.flatnonzero(rest & (e["lat"] < _WORDS))
    word = np.flatnonzero(rest & (e["lat"] >= _WORDS))
    callsign, squawk = _joined(e, word, at)
    alt, gs = e["alt"][at], e["gs"][at]
    said = np.where((alt == _GROUND) | (alt == _NO_ALTITUDE), np.nan, alt * 25.0)
    columns = Columns(
        record=at.astype(np.int64),
        icao24=_addresses(e["hex"][at]),
        time_ms=_stamps(e[slices[of[at]]]) if len(at) else np.empty(0),
        lat=e["lat"][at] / 1e6,
        lon=e["lon"][at] / 1e6,
        raw=lambda i: " ".join(f"{k}={e[k][at[i]]}" for k in _ENTRY.names or ()),
        altitude_ft=said,
        on_ground=np.where(alt == _GROUND, 1, np.where(np.isnan(said), -1, 0)).astype(np.int8),
        ground_speed_kt=np.where(gs == _NO_SPEED, np.nan, gs / 10.0),
        callsign=callsign,
        squawk=squawk,
        heard_by=_heard(e["hex"][at]),
    )
    positions, refused = accept(columns, source_id, now_ms)
    rejected = rejected_table(source_id, notes + refused)
    return Parsed("heatmap", positions, TABLES["identities"].empty_table(), rejected)


def _entries(data: bytes) -> NDArray[np.void]:
    return np.frombuffer(data[: len(data) // 16 * 16], dtype=_ENTRY)


def _stamps(marks: NDArray[np.void]) -> NDArray[np.float64]:
    """Milliseconds since 1970 of slice marks."""
    high, low = (marks[k].astype(np.uint32).astype(np.float64) for k in ("lat", "lon"))
    return np.asarray(high * 2.0**32 + low)


def _addresses(hexes: NDArray[np.uint32]) -> pa.Array:
    distinct, place = np.unique(hexes & 0x1FFFFFF, return_inverse=True)
    names = [f"{'~' if h >> 24 else ''}{h & 0xFFFFFF:06x}" for h in distinct.tolist()]
    return pa.array(names, pa.string()).take(pa.array(place))


def _heard(hexes: NDArray[np.uint32]) -> pa.Array:
    kinds = pa.array([_KINDS[k] if k < len(_KINDS) else "" for k in range(32)])
    return map_unique(kinds.take(pa.array(hexes >> 27)), heard_by)


def _joined(e: NDArray[np.void], word: NDArray[np.intp], at: NDArray[np.intp]) -> tuple[pa.Array, pa.Array]:
    """Words stand right before the position of their aircraft; they are told with that one."""
    following = np.searchsorted(at, word)
    inside = following < len(at)
    word, following = word[inside], following[inside]
    same = e["hex"][word] == e["hex"][at[following]]
    word, following = word[same], following[same]
    callsigns = np.full(len(at), None, dtype=object)
    squawks = np.full(len(at), None, dtype=object)
    raw = e.tobytes()
    for i, j in zip(word.tolist(), following.tolist(), strict=True):
        callsigns[j] = raw[16 * i + 8 : 16 * i + 16].decode("ascii", "replace").strip(" \0") or None
        code = int(e["lat"][i]) & 0xFFFF
        squawks[j] = f"{code:04d}" if code != 8888 else None  # readsb: no squawk
    return pa.array(callsigns, pa.string()), pa.array(squawks, pa.string())
