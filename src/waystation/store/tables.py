"""The tables of a run: each ``<name>.parquet`` and ``<name>.csv``, whole or not there.

tables, and pieces of longer ones as they come ─┬─► Parquet: texts as they were said
└─► CSV: formulas disarmed (``csv_rows``)
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from waystation.store.atomic import atomic_file, settle, sync_folder
from waystation.store.csv_rows import CsvWriter
from waystation.store.parquet import TableWriter
from waystation.terms.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["marked", "read_table", "read_tables", "write_tables"]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
_THREADS: Final = 2  # files written at a time: Arrow lets go of Python's lock
_FORMS: Final = ((".parquet", TableWriter), (".csv", CsvWriter))


class _Open(NamedTuple):
    """A file in the making."""

    sink: BinaryIO
    writer: TableWriter | CsvWriter

    def end(self) -> None:
        """Have all on disk; the file still has no name."""
        self.writer.close()
        settle(self.sink)


def write_tables(
    out_dir: Path,
    tables: Mapping[str, pa.Table],
    pieces: Iterable[Mapping[str, pa.Table]] = (),
    *,
    simulated: bool = False,
) -> dict[str, int]:
    """Write every table as Parquet and CSV; files appear whole, when all are. Return the rows of each table.

    ``pieces``: of more tables, which need not be in memory at once: what comes under a name is one table, its
    rows in the order in which they come. Bytes depend on the rows, not on how they are cut. ``simulated``:
    every row says so in a last column.
    """
    rows: dict[str, int] = {}
    files: dict[str, list[_Open]] = {}
    busy: list[Future[None]] = []
    with ExitStack() as whole, ThreadPoolExecutor(_THREADS) as threads:
        for some in chain([tables], pieces):
            made = {name: marked(t) if simulated else t for name, t in some.items()}
            _finish(busy)  # while a piece is written, the next is fetched
            for name, table in made.items():
                if name not in files:
                    files[name] = [whole.enter_context(_opened(out_dir, name, f, table)) for f in _FORMS]
                rows[name] = rows.get(name, 0) + table.num_rows
            largest_first = sorted(made, key=lambda n: -made[n].nbytes)
            busy = [threads.submit(f.writer.add, made[n]) for n in largest_first for f in files[n]]
        _finish(busy)
        _finish([threads.submit(f.end) for two in files.values() for f in two])
    if rows:
        sync_folder(out_dir)
    return rows


def _finish(busy: Iterable[Future[None]]) -> None:
    for future in busy:
        future.result()


@contextmanager
def _opened(
    out_dir: Path, name: str, form: tuple[str, type[TableWriter | CsvWriter]], like: pa.Table
) -> Iterator[_Open]:
    """Give a file for rows ``like`` those; it gets its name when all went well."""
    if not _NAME.match(name):
        raise ValueError(f"a table cannot be called {name!r}")
    with atomic_file(out_dir / f"{name}{form[0]}") as sink:
        writer = form[1](sink, like.schema)
        try:
            yield _Open(sink, writer)
        except BaseException:
            with suppress(OSError, pa.ArrowException):  # what it still has to write finds no room either
                writer.close()
            raise


def marked(table: pa.Table) -> pa.Table:
    """Return the table with a last column ``simulated`` that is true in every row, if it has none yet."""
    if "simulated" in table.column_names:
        return table
    return table.append_column("simulated", pa.array(np.ones(table.num_rows, dtype=np.bool_)))


def read_tables(out_dir: Path) -> dict[str, pa.Table]:
    """Return every table of a folder by its name."""
    if not out_dir.is_dir():
        raise ArchiveError(f"there is no folder {out_dir}; make it: waystation run CASE.toml --out {out_dir}")
    return {p.stem: pq.read_table(p, partitioning=None) for p in sorted(out_dir.glob("*.parquet"))}


def read_table(out_dir: Path, name: str) -> pa.Table:
    """Return one table of a folder. Raises ``ArchiveError`` that lists what is there."""
    path = out_dir / f"{name}.parquet"
    if not path.exists():
        found = sorted(p.stem for p in out_dir.glob("*.parquet")) if out_dir.is_dir() else []
        raise ArchiveError(f"{out_dir} has no table {name}; it has: {', '.join(found) or 'none'}")
    return pq.read_table(path, partitioning=None)
