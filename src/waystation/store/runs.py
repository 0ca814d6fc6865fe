"""Runs: the stretches of a file of positions that belong to one address each. Found once per file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from waystation.store.hashing import sha256
from waystation.terms.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waystation.store.places import Place

__all__ = ["RUNS", "codes_of", "in_order", "numbered", "scan"]

_MOST_KINDS: Final = 62  # ways to be heard, one bit each
RUNS: Final = pa.schema(
    [
        ("icao24", pa.dictionary(pa.int32(), pa.string())),
        ("file", pa.int32()),
        ("start", pa.int64()),
        ("rows", pa.int64()),
        ("first_ms", pa.int64()),
        ("last_ms", pa.int64()),
        ("rising", pa.bool_()),
        ("heard", pa.dictionary(pa.int32(), pa.string())),
    ]
)


def numbered(runs: pa.Table, number: int) -> pa.Table:
    """Return runs of one file with its number."""
    return runs.set_column(
        1, RUNS.field("file"), pa.array(np.full(runs.num_rows, number, dtype=np.int32), pa.int32())
    )


def in_order(parts: Sequence[pa.Table]) -> pa.Table:
    """Return all runs by (address, first time, file), with sorted dictionaries."""
    if not parts:
        return RUNS.empty_table()
    whole = pa.concat_tables(parts).unify_dictionaries().combine_chunks()
    whole = _sorted_words(_sorted_words(whole, "icao24"), "heard")
    code = codes_of(whole, "icao24")
    order = np.lexsort([whole[n].to_numpy() for n in ("start", "file", "first_ms")] + [code])
    return whole.take(pa.array(order))


def codes_of(table: pa.Table, name: str) -> NDArray[np.int32]:
    """Return the numbers behind a column of words."""
    column = table[name].combine_chunks()
    return np.asarray(column.indices.to_numpy(zero_copy_only=False), dtype=np.int32)


def _sorted_words(table: pa.Table, name: str) -> pa.Table:
    """Order the dictionary of a column; words that no row uses go."""
    column = table[name].combine_chunks()
    words = column.dictionary.to_pylist()
    used = np.unique(column.indices.to_numpy(zero_copy_only=False))
    ordered = sorted(used.tolist(), key=lambda k: words[k])
    place = np.full(max(len(words), 1), -1, dtype=np.int32)
    place[ordered] = np.arange(len(ordered), dtype=np.int32)
    codes = place[column.indices.to_numpy(zero_copy_only=False)]
    made = pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int32()), pa.array([words[k] for k in ordered], pa.string())
    )
    return table.set_column(table.schema.get_field_index(name), RUNS.field(name), made)


def scan(archive: Place, name: str) -> tuple[str, tuple[int, ...], pa.Table]:
    """Return a file's SHA-256, the rows of its row groups and its runs (``file`` still 0)."""
    data = (archive / name).read_bytes()
    try:
        file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=["icao24", "heard_by"])
        table = file.read(columns=["icao24", "time_utc", "heard_by"], use_threads=False)
    except (pa.ArrowException, KeyError) as error:
        raise ArchiveError(
            f"{archive / name} cannot be read as positions ({error}); ingest its sources into a new archive"
        ) from error
    meta = file.metadata
    groups = tuple(meta.row_group(i).num_rows for i in range(meta.num_row_groups))
    return sha256(data), groups, _runs(table.unify_dictionaries().combine_chunks())


def _runs(table: pa.Table) -> pa.Table:
    n = table.num_rows
    if not n:
        return RUNS.empty_table()
    address = table["icao24"].combine_chunks()
    code = address.indices.to_numpy(zero_copy_only=False)
    t = table["time_utc"].cast(pa.int64()).to_numpy()
    start = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    stop = np.r_[start[1:], n]
    falls = np.r_[False, t[1:] < t[:-1]]
    falls[start] = False
    kinds = table["heard_by"].combine_chunks()
    words = kinds.dictionary.to_pylist()
    if len(words) > _MOST_KINDS:
        raise ArchiveError(f"positions name {len(words)} ways to be heard; {_MOST_KINDS} can be told apart")
    bits = np.int64(1) << kinds.indices.fill_null(_MOST_KINDS).to_numpy(zero_copy_only=False).astype(np.int64)
    met, heard = np.unique(np.bitwise_or.reduceat(bits, start), return_inverse=True)
    said = [",".join(sorted(w for i, w in enumerate(words) if b >> i & 1)) for b in met.tolist()]
    columns = [
        pa.DictionaryArray.from_arrays(
            pa.array(code[start], pa.int32()), address.dictionary.cast(pa.string())
        ),
        np.zeros(len(start), dtype=np.int32),
        start,
        stop - start,
        np.minimum.reduceat(t, start),
        np.maximum.reduceat(t, start),
        ~np.logical_or.reduceat(falls, start),
        pa.DictionaryArray.from_arrays(pa.array(heard, pa.int32()), pa.array(said, pa.string())),
    ]
    return pa.table(
        [c if isinstance(c, pa.Array) else pa.array(c, f.type) for c, f in zip(columns, RUNS, strict=True)],
        schema=RUNS,
    )
