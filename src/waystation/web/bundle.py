"""A result to hand over: tables, briefing, ledger and case in one file, checked by ``waystation verify``.

The raw inputs stay where they are: their names and hashes go along. What is left out or blacked out is named
in the manifest, with the hash that the whole table had, so that nothing goes missing in silence.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from waystation.store.csv_rows import csv_bytes
from waystation.store.hashing import sha256
from waystation.store.manifest import MANIFEST, json_bytes
from waystation.store.parquet import table_bytes
from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.web.result import Result

__all__ = ["bundle", "redact"]

_PAGES: Final = ("briefing.html", "briefing.json")
_DAWN: Final = (2000, 1, 1, 0, 0, 0)  # one time for every member: equal results make equal bundles
_README: Final = """A result of Waystation{mark}.

tables    <name>.parquet and <name>.csv
briefing  briefing.html (open it in a browser), briefing.json
ledger    observations.csv: evidence that is not a flight
case      case.toml: the question, with every decision of an analyst
manifest  manifest.json: hashes of the inputs and of everything here; what was left out

Unpack it, then check it offline:  waystation verify FOLDER
The raw inputs are not in here; their names and hashes are in manifest.json under inputs_elsewhere.
"""


def bundle(result: Result, without: Sequence[str] = ()) -> bytes:
    """Return a zip. ``without``: tables (``rejected``), columns (``flights.callsigns``), ``case``.

    A column that is left out stays as an empty one. Where anything is left out the briefing stays behind,
    because it may say what was left out. Raises ``UsageError`` for a table or column that there is not.
    """
    tables = redact(result.tables, without)
    files: dict[str, bytes] = {}
    for name, table in sorted(tables.items()):
        same = table is result.tables[name]
        folder = result.folder
        files[f"{name}.parquet"] = (folder / f"{name}.parquet").read_bytes() if same else table_bytes(table)
        files[f"{name}.csv"] = (folder / f"{name}.csv").read_bytes() if same else csv_bytes(table)
    held = {f"{n}.{s}": files[f"{n}.{s}"] for n in tables for s in ("parquet", "csv")}
    for page in _PAGES:
        if not without and (result.folder / page).is_file():
            files[page] = (result.folder / page).read_bytes()
    if result.case is not None and "case" not in without:
        files["case.toml"] = result.case.path.read_bytes()
    files["README.txt"] = _README.format(mark=" (SIMULATED)" if result.simulated else "").encode()
    files[MANIFEST] = json_bytes(_manifest(result, tables, files, held, without))
    return _zipped(files)


def redact(tables: Mapping[str, pa.Table], without: Sequence[str]) -> dict[str, pa.Table]:
    """Return the tables without those named, and with empty columns where ``table.column`` is named."""
    kept = dict(tables)
    for word in without:
        if word == "case":
            continue
        name, dot, column = word.partition(".")
        if name not in tables:
            raise UsageError(f"no table {name!r} to leave out; there are {', '.join(sorted(tables))}")
        if dot and column not in tables[name].column_names:
            raise UsageError(
                f"{name} has no column {column!r}; it has {', '.join(tables[name].column_names)}"
            )
        if not dot:
            kept.pop(name, None)
        elif name in kept:
            at = kept[name].column_names.index(column)
            field = kept[name].schema.field(at)
            kept[name] = kept[name].set_column(at, field, pa.nulls(kept[name].num_rows, field.type))
    return kept


def _manifest(
    result: Result,
    tables: Mapping[str, pa.Table],
    files: Mapping[str, bytes],
    held: Mapping[str, bytes],
    without: Sequence[str],
) -> dict[str, Any]:
    """The result's own manifest, with what cannot be on a colleague's disk moved aside."""
    own = dict(result.manifest)
    case = None if "case" in without else own.get("case")
    inputs = own["inputs"]
    if {"sources", "sources.uri"} & set(without):
        inputs = [i | {"uri": None} for i in inputs]
    return own | {
        "inputs": [],
        "inputs_elsewhere": inputs,
        "case": None,
        "case_elsewhere": case,
        "archive": None,
        "tables": {
            n: {
                "rows": t.num_rows,
                "sha256": sha256(files[f"{n}.parquet"]),
                "csv_sha256": sha256(files[f"{n}.csv"]),
            }
            for n, t in sorted(tables.items())
        },
        "files": {n: sha256(data) for n, data in sorted(files.items()) if n not in held},
        "left_out": list(without),
        "tables_before": own["tables"] if without else {},
        "simulated": result.simulated,
    }


def _zipped(files: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as z:
        for name, data in sorted(files.items()):
            z.writestr(zipfile.ZipInfo(name, _DAWN), data, zipfile.ZIP_DEFLATED)
    return sink.getvalue()
