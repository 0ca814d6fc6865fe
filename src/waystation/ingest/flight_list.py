"""A list of flights from elsewhere → ``flights`` and ``ends`` "as listed". Rules: docs/rules/flight-lists.md.

Nothing is guessed: what a list does not say is null, and its row says why. Rows that are no flight go to
``rejected``; remarks on rows that are kept stand there, too (``LIST_NOTES``).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from waystation.ingest.flight_list_columns import missing_columns, resolve_list
from waystation.ingest.flight_list_rows import (
    LIST_NOTES,
    LIST_REFUSALS,
    Known,
    Remark,
    learnt_addresses,
    read_row,
)
from waystation.terms.errors import FormatError
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.world.airfields import Airfields

__all__ = ["LIST_NOTES", "LIST_REFUSALS", "Listed", "list_columns", "read_flight_list"]

FORMAT: Final = "flight-list"
_DELIMITERS: Final = ",;\t|"


@dataclass(frozen=True)
class Listed:
    """One flight list, read: tables of ``terms.schema``. ``records``: flight_id → row after the header."""

    flights: pa.Table
    ends: pa.Table
    aircraft: pa.Table
    rejected: pa.Table
    source: pa.Table
    records: Mapping[str, int]


def list_columns(data: bytes) -> list[str]:
    """Return the names of the columns of a CSV or Parquet table. Raises ``FormatError``."""
    if data[:4] == b"PAR1":
        try:
            return list(pq.read_schema(pa.BufferReader(data)).names)
        except (pa.ArrowException, OSError) as error:
            raise FormatError(f"a broken Parquet file: {error}") from error
    first = next(
        (line for line in data[:65536].decode("utf-8-sig", "replace").splitlines() if line.strip()), ""
    )
    names = next(csv.reader([first], delimiter=_delimiter(first)), [])
    if len(names) < 2:
        raise FormatError(f"no header with named columns in the first line: {first[:120]!r}")
    return names


def read_flight_list(
    data: bytes,
    *,
    source_id: str,
    uri: str,
    sha256: str,
    airfields: Airfields,
    mapping: Mapping[str, str] | None = None,
    zone: str | None = None,
    registrations: Mapping[str, str] | None = None,
) -> Listed:
    """Read one list. ``zone``: of times that say none (otherwise UTC). ``registrations``: → icao24, as known.

    Raises ``FormatError`` where aircraft, places or times have no column; ``UsageError`` for a bad mapping.
    """
    names = list_columns(data)
    columns, constants = resolve_list(names, mapping)
    lacks = missing_columns([*columns, *constants])
    if lacks:
        raise FormatError(
            f"{uri}: a flight list needs {' and '.join(lacks)}; its columns are {', '.join(names)}. "
            f"Say which is which in {uri}.toml"
        )
    rows = [_cells(row, columns, constants) for row in _rows(data, names)]
    known = Known(airfields, zone, learnt_addresses(rows, registrations or {}), columns)
    remarks: list[Remark] = []
    flights: dict[str, dict[str, Any]] = {}
    ends: list[dict[str, Any]] = []
    records: dict[str, int] = {}
    for record, (cells, raw) in enumerate(rows):
        if cells is None:
            remarks.append(Remark(record, "bad-record", raw))
            continue
        made = read_row(cells, known, source_id)
        remarks += [
            Remark(record, reason, f"{what}: {raw}" if what else raw) for reason, what in made.remarks
        ]
        if made.flight is None:
            continue
        flight_id = made.flight["flight_id"]
        if flight_id in flights:
            remarks.append(Remark(record, "listed-twice", f"as record {records[flight_id]}: {raw}"))
            continue
        flights[flight_id], records[flight_id] = made.flight, record
        ends += made.ends
    table = _sorted("flights", list(flights.values()), "first_seen_utc", "icao24", "flight_id")
    return Listed(
        flights=table,
        ends=_sorted("ends", ends, "flight_id", "end"),
        aircraft=_aircraft(table),
        rejected=_rejected(source_id, remarks),
        source=_source(source_id, uri, sha256, data, table, remarks),
        records=records,
    )


def _cells(
    row: dict[str, Any] | list[str], columns: Mapping[str, str], constants: Mapping[str, str]
) -> tuple[dict[str, Any] | None, str]:
    """Our names → what the row says, and the row as text; None for a row that does not fit the header."""
    if isinstance(row, list):
        return None, ", ".join(row)
    raw = ", ".join(str(v) for v in row.values() if v not in {None, ""})
    return {**{f: row.get(c) for f, c in columns.items()}, **constants}, raw


def _rows(data: bytes, names: Sequence[str]) -> list[dict[str, Any] | list[str]]:
    """Rows by column name; the bare cells of a line that does not have the header's number of them."""
    if data[:4] == b"PAR1":
        return list(pq.read_table(pa.BufferReader(data)).to_pylist())
    text = data.decode("utf-8-sig", "replace").replace("\0", "")
    first = next(line for line in text.splitlines() if line.strip())
    out: list[dict[str, Any] | list[str]] = []
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(first))
    cells = [c for c in lines if any(x.strip() for x in c)]
    for row in cells[1:]:
        fits = len(row) >= len(names) and not any(row[len(names) :])
        out.append(dict(zip(names, row, strict=False)) if fits else row)
    return out


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _sorted(name: str, rows: list[dict[str, Any]], *keys: str) -> pa.Table:
    table = pa.Table.from_pylist(rows, schema=TABLES[name])
    return table.sort_by([(k, "ascending") for k in keys])


def _aircraft(flights: pa.Table) -> pa.Table:
    """One row per aircraft of the list; what it stood for is what its first row with a word says."""
    rows: dict[str, dict[str, Any]] = {}
    for f in flights.to_pylist():
        row = rows.setdefault(
            f["icao24"], {"icao24": f["icao24"], "heard_as": None, "doubt": "as a list of flights says"}
        )
        for what in ("registration", "type", "operator"):
            row[what] = row.get(what) or f[what]
        row["from_utc"] = min(row.get("from_utc", f["first_seen_utc"]), f["first_seen_utc"])
        row["to_utc"] = max(row.get("to_utc", f["last_seen_utc"]), f["last_seen_utc"])
    return _sorted("aircraft", list(rows.values()), "icao24")


def _rejected(source_id: str, remarks: list[Remark]) -> pa.Table:
    rows = [
        {"source_id": source_id, "record": r.record, "reason": r.reason, "raw": r.raw[:500]} for r in remarks
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["rejected"])


def _source(
    source_id: str, uri: str, sha256: str, data: bytes, flights: pa.Table, remarks: list[Remark]
) -> pa.Table:
    first = flights.column("first_seen_utc").to_pylist()
    last = flights.column("last_seen_utc").to_pylist()
    row = {
        "source_id": source_id,
        "uri": uri,
        "sha256": sha256,
        "bytes": len(data),
        "format": FORMAT,
        "network": "flights as listed",
        "first_utc": min(first, default=None),
        "last_utc": max(last, default=None),
        "n_positions": 0,
        "n_rejected": len({r.record for r in remarks if r.reason in LIST_REFUSALS}),
        "ingested_utc": None,
    }
    return pa.Table.from_pylist([row], schema=TABLES["sources"])
