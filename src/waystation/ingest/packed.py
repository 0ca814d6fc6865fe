"""Positions as the archive is written: whole micro-degrees, and texts as codes of a dictionary.

The same rows as ``positions``, in less memory and cheaper to sort and write: a text is handled once, not
once per row. Dictionaries are sorted and hold only what is used, so equal rows make equal tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from waystation.ingest.readsb import heard_by
from waystation.ingest.readsb_columns import (
    ALTITUDE,
    CALLSIGN,
    FLAGS,
    GEOMETRIC,
    GROUND,
    HEARD,
    KINDS,
    LAT,
    LON,
    MISSING,
    NAC_P,
    NIC,
    RATE,
    RECORD,
    SPEED,
    SQUAWK,
    TRACK,
)
from waystation.ingest.values import map_unique, squawk, words
from waystation.terms.degrees import MICRO_DEGREES, to_micro_degrees
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.ingest.compiled import Array
    from waystation.ingest.readsb_fast import Buffers, Read

__all__ = ["PACKED", "from_buffers", "from_positions", "joined", "sorted_rows"]

_CODED: Final = pa.dictionary(pa.int32(), pa.string())
_MANY: Final = 1 << 16  # rows: below it a kernel takes longer to load than it saves
_TYPES: Final = {"lat": MICRO_DEGREES, "lon": MICRO_DEGREES} | dict.fromkeys(
    ("icao24", "callsign", "squawk", "heard_by", "source_id"), _CODED
)
PACKED: Final = pa.schema([(f.name, _TYPES.get(f.name, f.type)) for f in TABLES["positions"]])


def from_positions(positions: pa.Table) -> pa.Table:
    """Return the table ``positions`` in packed form."""
    columns = []
    for field in PACKED:
        column = positions[field.name]
        if field.type == MICRO_DEGREES:
            columns.append(to_micro_degrees(column))
        elif field.type == _CODED:
            columns.append(_tidy(column.combine_chunks().dictionary_encode()))
        else:
            columns.append(column)
    return pa.table(columns, schema=PACKED)


def from_buffers(buffers: Buffers, files: Sequence[Read], source_ids: Sequence[str]) -> pa.Table:
    """Return the rows of all ``files`` that the fast reader has filled, in that order."""
    n = buffers.rows
    ints, smalls, reals = buffers.ints[:, :n], buffers.smalls[:, :n], buffers.reals[:, :n]
    lengths = np.array([f.stop - f.first for f in files], dtype=np.int64)
    columns = {
        "icao24": _by_file([f.icao24 for f in files], lengths),
        "time_utc": _plain(PACKED.field("time_utc").type, buffers.times[:n]),
        "lat": _plain(MICRO_DEGREES, ints[LAT]),
        "lon": _plain(MICRO_DEGREES, ints[LON]),
        "altitude_ft": _nullable(pa.int32(), ints[ALTITUDE], ints[ALTITUDE] != MISSING),
        "geometric_altitude_ft": _nullable(pa.int32(), ints[GEOMETRIC], ints[GEOMETRIC] != MISSING),
        "on_ground": _ground(smalls[GROUND]),
        "ground_speed_kt": _nullable(pa.float32(), reals[SPEED], reals[SPEED] == reals[SPEED]),
        "track_angle_deg": _nullable(pa.float32(), reals[TRACK], reals[TRACK] == reals[TRACK]),
        "vertical_rate_fpm": _nullable(pa.int32(), ints[RATE], ints[RATE] != MISSING),
        "callsign": _coded_fast(ints[CALLSIGN], words(pa.array(buffers.words(0), pa.string())).to_pylist()),
        "squawk": _coded_fast(
            ints[SQUAWK], map_unique(pa.array(buffers.words(1), pa.string()), squawk).to_pylist()
        ),
        "nic": _nullable(pa.int8(), smalls[NIC], smalls[NIC] >= 0),
        "nac_p": _nullable(pa.int8(), smalls[NAC_P], smalls[NAC_P] >= 0),
        "heard_by": _heard(smalls[HEARD], files, lengths),
        "flags": _nullable(pa.int16(), ints[FLAGS].astype(np.int16), ints[FLAGS] != MISSING),
        "source_id": _by_file(source_ids, lengths),
        "record": _plain(pa.int32(), ints[RECORD]),
    }
    return pa.table([columns[f.name] for f in PACKED], schema=PACKED)


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Return packed tables as one, with one dictionary a column."""
    filled = [t for t in tables if t.num_rows]
    if not filled:
        return PACKED.empty_table()
    if len(filled) == 1:
        return filled[0].combine_chunks()
    table = pa.concat_tables(filled).unify_dictionaries().combine_chunks()
    columns = []
    for field in PACKED:
        column = table[field.name].combine_chunks()
        columns.append(_tidy(column) if field.type == _CODED else column)
    return pa.table(columns, schema=PACKED)


def _tidy(column: pa.DictionaryArray) -> pa.Array:
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return _coded(codes, column.dictionary.to_pylist())


def sorted_rows(table: pa.Table) -> pa.Table:
    """Return packed rows by address, time, source and record; as they are where they are so already."""
    if table.num_rows < 2:
        return table
    icao24, source = (table[name].chunk(0).indices.to_numpy() for name in ("icao24", "source_id"))
    time = table["time_utc"].chunk(0).cast(pa.int64()).to_numpy()
    record = table["record"].chunk(0).to_numpy()
    if _rising(icao24, time, source, record):
        return table
    return table.take(pa.array(np.lexsort((record, source, time, icao24))))


def _rising(icao24: Array, time: Array, source: Array, record: Array) -> bool:
    """Whether rows are in order as they are."""
    if len(time) >= _MANY:
        from waystation.ingest.readsb_finish import in_order  # a batch of so many has loaded kernels already

        return in_order(icao24, time, source, record)
    rising = np.ones(len(time) - 1, dtype=np.bool_)
    for values in (record, source, time, icao24):  # the last key decides first
        step = values[1:] - values[:-1]
        rising = (step > 0) | ((step == 0) & rising)
    return bool(rising.all())


def _heard(kinds: Array, files: Sequence[Read], lengths: Array) -> pa.Array:
    """Our word for each kind; of an address that is not an ICAO one, a word that ends in ``_other``."""
    plain = [heard_by(k) for k in (*KINDS, None)]
    marked = [w if w.endswith("_other") else f"{w}_other" for w in plain]
    codes = kinds
    if any(f.icao24.startswith("~") for f in files):
        shift = np.array([len(plain) if f.icao24.startswith("~") else 0 for f in files], dtype=np.int8)
        codes = kinds + np.repeat(shift, lengths)
    return _coded_fast(codes.astype(np.int32), plain + marked)


def _by_file(said: Sequence[str], lengths: Array) -> pa.Array:
    """Return a dictionary column of a word a file, ``lengths`` times each."""
    used = sorted({w for w, n in zip(said, lengths.tolist(), strict=True) if n})
    place = {w: i for i, w in enumerate(used)}
    codes = np.repeat(np.array([place.get(w, 0) for w in said], dtype=np.int32), lengths)
    return _dictionary(_plain(pa.int32(), codes), used)


def _coded(codes: Array, said: Sequence[str | None]) -> pa.Array:
    """Return a dictionary column of codes (below 0: null) of words (None: null), which may be twice there."""
    counts = np.bincount(codes.astype(np.int64) + 1, minlength=len(said) + 1)
    used, renamed = _renamed(said, counts)
    indices = renamed[codes + 1]
    null = indices < 0
    return _dictionary(
        _nullable(pa.int32(), indices, ~null) if null.any() else _plain(pa.int32(), indices), used
    )


def _coded_fast(codes: Array, said: Sequence[str | None]) -> pa.Array:
    """Return what ``_coded`` does, by kernels; codes of 32 bits."""
    from waystation.ingest.readsb_finish import recode, used_codes

    seen, indices = np.zeros(len(said) + 1, dtype=np.int8), np.empty(len(codes), dtype=np.int32)
    fits = used_codes(codes, seen)
    assert fits, "a code without a word"
    used, renamed = _renamed(said, seen)
    null = recode(codes, renamed, indices)
    return _dictionary(
        _nullable(pa.int32(), indices, indices >= 0) if null else _plain(pa.int32(), indices), used
    )


def _renamed(said: Sequence[str | None], counts: Array) -> tuple[list[str], Array]:
    """Return the words that occur, sorted, and where each code, and null before them, stands among them."""
    used = sorted({w for w, n in zip(said, counts[1:].tolist(), strict=True) if n and w is not None})
    place = {w: i for i, w in enumerate(used)}
    return used, np.array([-1, *(place.get(w, -1) if w is not None else -1 for w in said)], dtype=np.int32)


def _dictionary(codes: pa.Array, words_: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(codes, pa.array(words_, pa.string()), safe=False)


def _plain(type_: pa.DataType, values: Array) -> pa.Array:
    return pa.Array.from_buffers(type_, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def _nullable(type_: pa.DataType, values: Array, valid: Array) -> pa.Array:
    if valid.all():
        return _plain(type_, values)
    buffers = [_bits(valid), pa.py_buffer(np.ascontiguousarray(values))]
    return pa.Array.from_buffers(type_, len(values), buffers)


def _ground(values: Array) -> pa.Array:
    return pa.Array.from_buffers(pa.bool_(), len(values), [_bits(values >= 0), _bits(values == 1)])


def _bits(flags: Array) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))
