"""Reading the archive: all positions, those of some aircraft or days, or aircraft after aircraft."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from waystation.store.batches import sort_positions
from waystation.store.layout import committed, position_files
from waystation.store.parquet import to_degrees
from waystation.store.places import dataset, listed, place_of, read_parquet, waited
from waystation.terms.errors import ArchiveError
from waystation.terms.schema import TABLES, TIME, conform, empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from waystation.store.places import Place

__all__ = [
    "aircraft_counts",
    "aircraft_groups",
    "aircraft_span",
    "iter_aircraft",
    "read_archive_table",
    "read_positions",
]


def read_positions(
    archive: Place | str, *, icao24: Iterable[str] | None = None, days: Iterable[str | date] | None = None
) -> pa.Table:
    """Return positions as ``terms.schema`` has them, sorted by address, time, source and record.

    ``icao24``: only these addresses; ``days``: only these UTC days (``YYYY-MM-DD`` or dates).
    """
    files = position_files(_existing(archive), _days(days))
    wanted = None if icao24 is None else ds.field("icao24").isin(pa.array(sorted(set(icao24)), pa.string()))
    return _read(files, wanted)


def iter_aircraft(
    archive: Place | str,
    *,
    max_positions: int = 2_000_000,
    icao24: Iterable[str] | None = None,
    days: Iterable[str | date] | None = None,
) -> Iterator[pa.Table]:
    """Yield all positions in tables of about ``max_positions`` rows, in the order of addresses.

    A table holds whole aircraft only, over all days (or all of ``days``); an aircraft with more rows than
    that comes alone. Memory holds one table at a time.
    """
    files = position_files(_existing(archive), _days(days))
    counts = _counts(files)
    if icao24 is not None:
        counts = {a: counts[a] for a in sorted(set(icao24)) if a in counts}
    for group in aircraft_groups(counts, max_positions):
        inside = (ds.field("icao24") >= group[0]) & (ds.field("icao24") <= group[-1])
        if icao24 is not None:
            inside &= ds.field("icao24").isin(group)
        yield _read(files, inside)


def aircraft_counts(archive: Place | str) -> dict[str, int]:
    """Address → number of positions, in the order of addresses."""
    return _counts(position_files(_existing(archive)))


def aircraft_span(archive: Place | str) -> pa.Table:
    """Return per address ``first_utc, last_utc, n_positions, heard_by`` (a sorted list), in address order."""
    parts = [
        pl.from_arrow(read_parquet(f, columns=["icao24", "time_utc", "heard_by"]))
        for f in position_files(_existing(archive))
    ]
    schema = pa.schema(
        [
            ("icao24", pa.string()),
            ("first_utc", TIME),
            ("last_utc", TIME),
            ("n_positions", pa.int64()),
            ("heard_by", pa.list_(pa.string())),
        ]
    )
    if not parts:
        return schema.empty_table()
    rows = [p.group_by("icao24").agg(*_span_columns()) for p in parts if isinstance(p, pl.DataFrame)]
    merged = (
        pl.concat(rows)
        .group_by("icao24")
        .agg(
            pl.col("first_utc").min(),
            pl.col("last_utc").max(),
            pl.col("n_positions").sum(),
            pl.col("heard_by").explode().unique().sort(),
        )
    )
    return merged.sort("icao24").to_arrow().cast(schema)


def _span_columns() -> list[pl.Expr]:
    return [
        pl.col("time_utc").min().alias("first_utc"),
        pl.col("time_utc").max().alias("last_utc"),
        pl.len().cast(pl.Int64).alias("n_positions"),
        pl.col("heard_by").drop_nulls().unique().alias("heard_by"),
    ]


def read_archive_table(archive: Place | str, name: str) -> pa.Table:
    """Return ``sources``, ``rejected``, ``identities`` or ``masks`` over all committed batches.

    ``sources.ingested_utc`` is the time on disk of the batch's marker: the bytes of an archive do not
    depend on when it was made.
    """
    archive = _existing(archive)
    folder = archive / name
    known = set(committed(archive))
    files = [p for p in listed(folder, "*.parquet") if name == "masks" or p.stem in known]
    tables = []
    for path in files:
        table = read_parquet(path)
        if name == "sources":
            at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
            column = pa.array([at] * table.num_rows, TIME)
            table = table.set_column(table.schema.get_field_index("ingested_utc"), "ingested_utc", column)
        tables.append(conform(name, table))
    return pa.concat_tables(tables) if tables else empty(name)


def _read(files: list[Place], wanted: ds.Expression | None) -> pa.Table:
    if not files:
        return empty("positions")
    rows = dataset(files)
    table = waited(lambda: rows.to_table(columns=TABLES["positions"].names, filter=wanted), files[0])
    for name in ("lat", "lon"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, pa.field(name, pa.float64()), to_degrees(table[name]))
    table = conform("positions", table.combine_chunks())
    return table if len(files) == 1 else sort_positions(table)


def _counts(files: list[Place]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for path in files:
        column = read_parquet(path, columns=["icao24"], read_dictionary=["icao24"])["icao24"]
        for row in pc.value_counts(column.combine_chunks()).to_pylist():
            counts[row["values"]] = counts.get(row["values"], 0) + row["counts"]
    return dict(sorted(counts.items()))


def aircraft_groups(counts: dict[str, int], top: int) -> Iterator[list[str]]:
    """Neighbouring addresses whose positions add up to at most ``top``, at least one address each."""
    group: list[str] = []
    size = 0
    for address, n in counts.items():
        if group and size + n > top:
            yield group
            group, size = [], 0
        group.append(address)
        size += n
    if group:
        yield group


def _days(days: Iterable[str | date] | None) -> frozenset[str] | None:
    return None if days is None else frozenset(d if isinstance(d, str) else f"{d:%Y-%m-%d}" for d in days)


def _existing(archive: Place | str) -> Place:
    archive = place_of(archive)
    if not archive.is_dir():
        raise ArchiveError(
            f"there is no archive at {archive}; make one with: waystation ingest INPUT --archive {archive}"
        )
    return archive
