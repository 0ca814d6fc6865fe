"""``waystation show``: a table, filtered."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from waystation.terms.errors import UsageError, choice_remedy

if TYPE_CHECKING:
    import pyarrow as pa

    from waystation.store.places import Place

__all__ = ["show"]

_SCREEN_ROWS = 40  # more than a screen is scrolled past, not read
Flag = Annotated[bool, Parameter(negative="", show_default=False)]


def show(
    table: str,
    /,
    *filters: str,
    case: Path | None = None,
    out: Path | None = None,
    archive: str | None = None,
    csv: Flag = False,
    json: Flag = False,
    parquet: Flag = False,
    geojson: Flag = False,
    kml: Flag = False,
    columns: str | None = None,
    explain: Flag = False,
    sort: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    limit: int | None = None,
    to: Path | None = None,
) -> int:
    """Show a table, filtered: in the terminal, as CSV, JSON, Parquet or a map.

    In a pipe the default is CSV. Filters: COLUMN=VALUE (several values with
    commas, or null), also != > >= < <= and ~ for a part of a text. A date
    stands for its whole UTC day.

    Try:
      waystation show flights origin=LFPG destination_ending=seen
      waystation show flights 'first_seen_utc>=2020-09-12' --geojson
      waystation show claims --out out --json
      waystation show positions icao24=39b415 --out out --csv --to track.csv
      waystation show changes --explain

    Parameters
    ----------
    table
        flights, ends, gaps, routes, rates, claims, aircraft, sources, rejected, masks, positions …
    filters
        COLUMN=VALUE and the like; rows must fit all of them.
    case
        The case whose result is meant.
    out
        Folder of the result. Default: out/ here.
    archive
        An archive, for positions, identities, sources and rejected without a result: a folder, or
        s3://BUCKET/FOLDER.
    csv
        As CSV, which is the default in a pipe.
    json
        As JSON.
    parquet
        As Parquet; name a file with --to.
    geojson
        As a map: flights, ends, gaps and positions.
    kml
        As a map for Google Earth and the like.
    columns
        Names divided by commas, or all.
    explain
        What a row of the table is, and what each column says, with its unit; no result is needed.
    sort
        Column to sort by; with a minus in front, falling.
    limit
        Rows at most. Default: 40 in the terminal, else all.
    to
        File to write instead of standard output.
    """
    from waystation.cli.shown import emit, explained, print_table
    from waystation.store.forms import as_bytes

    if explain:
        wide = shutil.get_terminal_size().columns if to is None and sys.stdout.isatty() else None
        emit((explained(table, wide) if wide else explained(table)).encode(), to)
        return 0
    forms = {"csv": csv, "json": json, "parquet": parquet, "geojson": geojson, "kml": kml}
    chosen = [name for name, on in forms.items() if on]
    if len(chosen) > 1:
        raise UsageError(f"choose one of --{' and --'.join(chosen)}")
    if limit is not None and limit < 0:
        raise UsageError(f"--limit {limit}: a number of rows is 0 or more")
    if to is not None and to.is_dir():
        raise UsageError(f"--to {to} is a folder; name a file in it")
    terminal = not chosen and to is None and sys.stdout.isatty()
    rows, folder = _rows(table, filters, case, out, archive)
    total = rows.num_rows
    rows = _ordered(rows, sort).slice(0, limit if limit is not None else _SCREEN_ROWS if terminal else total)
    if terminal:
        chosen_rows = _chosen(rows, columns, table, few=True)
        print_table(chosen_rows, total, () if columns else _left_out(rows, chosen_rows))
        return 0
    form = chosen[0] if chosen else "csv"
    if form not in {"geojson", "kml"}:
        rows = _chosen(rows, columns, table, few=False)
    emit(as_bytes(form, table, rows, lambda: _ends(folder)), to)
    return 0


def _rows(
    table: str, filters: tuple[str, ...], case: Path | None, out: Path | None, place: str | None
) -> tuple[pa.Table, Path | None]:
    from waystation.cli.where import ARCHIVE_ONLY, archive_of, find_table, result_folder
    from waystation.store.filters import apply_filters
    from waystation.terms.schema import TABLES

    if table not in TABLES:
        raise UsageError(f"there is no table {table!r}; {choice_remedy(table, sorted(TABLES))}")
    archive: Place | str | None = place
    folder = None if archive is not None else result_folder(case, out)
    if table != "positions":
        rows = find_table(table, folder, archive)
        if archive is None and table in ARCHIVE_ONLY:
            archive = archive_of(result_folder(case, out))
        return apply_filters(_marked(rows, archive), filters), folder
    from waystation.store.archive import read_positions

    addresses = [v for f in filters if f.startswith("icao24=") for v in f.partition("=")[2].split(",")]
    where = archive if archive is not None else archive_of(result_folder(case, out))
    return apply_filters(_marked(read_positions(where, icao24=addresses or None), where), filters), folder


def _marked(rows: pa.Table, archive: Place | str | None) -> pa.Table:
    """Mark what comes out of an archive with simulated sources; the tables of a result are marked already."""
    from waystation.store.archive import read_archive_table
    from waystation.store.tables import marked
    from waystation.terms.simulated import is_simulated

    if archive is None or not is_simulated(read_archive_table(archive, "sources")):
        return rows
    return marked(rows)


def _ends(folder: Path | None) -> pa.Table:
    from waystation.store.tables import read_table

    assert folder is not None
    return read_table(folder, "ends")


def _ordered(rows: pa.Table, sort: str | None) -> pa.Table:
    if sort is None:
        return rows
    from waystation.store.filters import check_columns

    name = sort.removeprefix("-")
    check_columns(rows, [name])
    return rows.sort_by([(name, "descending" if sort.startswith("-") else "ascending")])


def _left_out(rows: pa.Table, shown: pa.Table) -> tuple[str, ...]:
    return tuple(n for n in rows.column_names if n not in {*shown.column_names, "simulated"})


def _chosen(rows: pa.Table, columns: str | None, table: str, *, few: bool) -> pa.Table:
    from waystation.cli.shown import FEW
    from waystation.store.filters import check_columns

    if columns and columns != "all":
        names = [c.strip() for c in columns.split(",")]
        check_columns(rows, names)
        return rows.select(names)
    return rows.select(FEW[table]) if few and not columns and table in FEW else rows
