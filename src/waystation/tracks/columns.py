"""From a table in any order to sorted arrays with one slice per aircraft, which is what the kernels read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from waystation.terms.geodesy import wrap_lon_deg
from waystation.tracks.compiled import Array, kernel
from waystation.tracks.texts import changes, starts_in_order

__all__ = ["Columns", "columns_of", "sort_positions", "source_rank", "used_rows"]

# Best first; the order is readsb's (README-json.md, "type"), with our words for the kinds.
_RANKS = {"adsb": 0, "adsr": 1, "adsc": 3, "tisb": 4, "mlat": 5, "mode_s": 6, "other": 7}


def source_rank(heard_by: str | None) -> int:
    """How good a kind of reception is: 0 best. Absent counts as ADS-B: most archives hold little else."""
    if heard_by is None:
        return 0
    kind = heard_by.removesuffix("_other")
    return _RANKS.get(kind, 7) + (1 if heard_by.endswith("_other") else 0)


class Columns(NamedTuple):
    """Positions as arrays of n rows in sorted order; ``start`` has one entry per aircraft and a last one, n.

    Absent numbers are nan; ``ground`` is 1 ground, 0 air, -1 not said; ``t`` is whole milliseconds.
    ``moved``: some longitude had to be wrapped.
    """

    start: Array
    t: Array
    lat: Array
    lon: Array
    alt: Array
    geo_alt: Array
    gs: Array
    track: Array
    vr: Array
    ground: Array
    rank: Array
    nic: Array
    nac_p: Array
    moved: bool


def _codes(column: pa.ChunkedArray) -> Array:
    """Numbers that order as the texts do; null first."""
    encoded = column.combine_chunks().dictionary_encode()
    words = encoded.dictionary.to_pylist()
    place = np.empty(len(words) + 1, dtype=np.int32)
    place[[*sorted(range(len(words)), key=lambda k: words[k])]] = np.arange(len(words), dtype=np.int32)
    place[len(words)] = -1
    return np.asarray(place[encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)])


def _floats(column: pa.ChunkedArray) -> Array:
    values = column.to_numpy()
    own = column.null_count > 0 and values.dtype == np.float64 and values.flags.writeable
    return values if own else np.array(values, dtype=np.float64)  # with nulls, Arrow has made a copy


def _whole(column: pa.ChunkedArray, null: int) -> Array:
    return np.array(column.fill_null(null).to_numpy())


def _is_sorted(keys: list[Array]) -> tuple[bool, bool]:
    """Whether rows are in order by ``keys`` (most significant first), and whether two have equal keys."""
    n = len(keys[0])
    tied = np.ones(max(n - 1, 0), dtype=bool)
    for key in keys:
        if bool(np.any(tied & (key[1:] < key[:-1]))):
            return False, False
        tied &= key[1:] == key[:-1]
    return True, bool(tied.any())


def sort_positions(table: pa.Table) -> tuple[pa.Table, Array]:
    """Return the rows by (icao24, time_utc, source_id, record) and the aircraft's number of each row.

    Rows that tie in all four are ordered by their values, so that the input's order never shows.
    """
    starts = starts_in_order(*(table[name] for name in ("icao24", "time_utc", "source_id", "record")))
    if starts is not None:  # as archives give them
        return table, np.repeat(np.arange(len(starts)), np.diff(starts, append=table.num_rows))
    code = _codes(table["icao24"])
    keys = [
        code,
        table["time_utc"].cast(pa.int64()).to_numpy(),
        _codes(table["source_id"]),
        _whole(table["record"], -1),
    ]
    in_order, ties = _is_sorted(keys)
    if not in_order:
        order = np.lexsort(keys[::-1])
        keys = [k[order] for k in keys]
        table, code = table.take(pa.array(order)), code[order]
        ties = _is_sorted(keys)[1]
    if ties:
        order = np.lexsort(_value_keys(table)[::-1] + keys[::-1])
        if not np.array_equal(order, np.arange(len(order))):
            table, code = table.take(pa.array(order)), code[order]
    return table, code


def _value_keys(table: pa.Table) -> list[Array]:
    keys = []
    for name in table.column_names:
        column = table[name]
        if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
            keys.append(_codes(column))
        elif name != "time_utc":
            keys.append(np.nan_to_num(_floats(column.cast(pa.float64())), nan=-1e30))
    return keys


def columns_of(table: pa.Table, code: Array) -> Columns:
    """Arrays of a sorted table. Longitudes are wrapped and rounded to 1e-7°, a centimetre.

    All are copies: what Arrow lends may not be written, what it makes may, and kernels are compiled for each.
    """
    n = table.num_rows
    lat, lon = _floats(table["lat"]), _floats(table["lon"])
    moved = bool(np.any((lon < -180.0) | (lon >= 180.0)))  # nan compares false, and stays
    if moved:
        lon = np.round(wrap_lon_deg(lon), 7)
    return Columns(
        start=np.append(np.flatnonzero(np.diff(code, prepend=code[:1] - 1)), n).astype(np.int64),
        t=np.array(table["time_utc"].cast(pa.int64()).to_numpy()),
        lat=lat,
        lon=lon,
        alt=_floats(table["altitude_ft"]),
        geo_alt=_floats(table["geometric_altitude_ft"]),
        gs=_floats(table["ground_speed_kt"]),
        track=_floats(table["track_angle_deg"]),
        vr=_floats(table["vertical_rate_fpm"]),
        ground=_whole(table["on_ground"].cast(pa.int8()), -1),
        rank=_ranks(table["heard_by"]),
        nic=_whole(table["nic"], -1),
        nac_p=_whole(table["nac_p"], -1),
        moved=moved,
    )


def _ranks(column: pa.ChunkedArray) -> Array:
    """The rank of each row's kind of reception (int8). Worked out once for a stretch of rows alike."""
    first = changes(column)
    if first is not None and 8 * len(first) < len(column):
        words = column.take(pa.array(first)).to_pylist()
        rank = np.array([source_rank(k) for k in words], dtype=np.int8)
        return np.repeat(rank, np.diff(first, append=len(column)))
    kinds = column.combine_chunks().dictionary_encode()
    rank = np.array([source_rank(k) for k in kinds.dictionary.to_pylist()] + [0], dtype=np.int8)
    return np.asarray(rank[kinds.indices.fill_null(len(rank) - 1).to_numpy(zero_copy_only=False)])


@kernel
def used_rows(lo: int, hi: int, body: int, mask: Array, branch: Array, rows: Array) -> int:
    """Write the used rows of one body among lo..hi-1 into ``rows``; return how many there are."""
    n = 0
    for i in range(lo, hi):
        rows[n] = i
        n += mask[i] == 0 and branch[i] == body
    return n
