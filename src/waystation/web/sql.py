"""A box for questions in SQL over the tables: it reads, and nothing else.

DuckDB runs in a process of its own that is stopped when time is up, with the tables handed over in memory,
no access to files or network, and a limit on memory; its settings are locked before the question is run.
"""

from __future__ import annotations

import io
import multiprocessing as mp
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection
    from pathlib import Path

__all__ = ["Answer", "SqlRules", "ask"]


@dataclass(frozen=True)
class SqlRules:
    """How much a question may take."""

    max_seconds: float = 10.0  # a person waits no longer at a box
    max_rows: int = 10_000  # more are exported, not read
    max_memory: str = "1GB"


@dataclass(frozen=True)
class Answer:
    """Rows, or why there are none. ``more``: there would have been more than ``max_rows``."""

    rows: pa.Table | None = None
    error: str | None = None
    more: bool = False


def ask(folder: Path, names: Mapping[str, object], text: str, rules: SqlRules = SqlRules()) -> Answer:
    """Run one statement over the tables ``names`` of a result's ``folder``."""
    context = mp.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(there, str(folder), sorted(names), text, rules), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(rules.max_seconds + 5.0):  # five more for the process to start
            return Answer(error=f"stopped after {rules.max_seconds:.0f} s; ask for less, or add a LIMIT")
        kind, data = here.recv()
    except EOFError:
        return Answer(error=f"the question needed more than {rules.max_memory} of memory and was stopped")
    finally:
        process.kill()
        process.join()
        here.close()
    if kind == "error":
        return Answer(error=data)
    table = pa.ipc.open_stream(io.BytesIO(data)).read_all()
    return Answer(rows=table.slice(0, rules.max_rows), more=table.num_rows > rules.max_rows)


def _run(pipe: Connection, folder: str, names: list[str], text: str, rules: SqlRules) -> None:
    """In a process of its own: open, load, lock, ask, send."""
    try:
        pipe.send(("rows", _answer(folder, names, text, rules)))
    except Exception as error:  # noqa: BLE001 - every fault of a question is the questioner's to read
        pipe.send(("error", f"{type(error).__name__}: {error}"))
    finally:
        pipe.close()


def _answer(folder: str, names: list[str], text: str, rules: SqlRules) -> bytes:
    import threading

    import duckdb

    db = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": rules.max_memory})
    for name in names:
        load = f'CREATE TABLE "{name}" AS SELECT * FROM read_parquet(?)'  # noqa: S608 - a name of the schema
        db.execute(load, [f"{folder}/{name}.parquet"])
    db.execute("SET temp_directory=''")
    db.execute("SET enable_external_access=false")
    db.execute("SET lock_configuration=true")
    statements: list[Any] = db.extract_statements(text)
    if len(statements) != 1:
        raise ValueError("ask one question at a time")
    kind = statements[0].type
    if kind not in {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}:
        raise ValueError("the box only reads: ask with SELECT (or WITH … SELECT, DESCRIBE, EXPLAIN)")
    clock = threading.Timer(rules.max_seconds, db.interrupt)
    clock.start()
    try:
        reader: Any = db.execute(statements[0]).to_arrow_reader(1024)
        batches, n = [], 0
        for batch in reader:
            batches.append(batch)
            n += batch.num_rows
            if n > rules.max_rows:
                break
        table = pa.Table.from_batches(batches, schema=reader.schema)
    finally:
        clock.cancel()
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
