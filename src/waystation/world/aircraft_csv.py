"""Read tables of aircraft: the tar1090-db CSV in both its forms, and a CSV with named columns.

Every reader takes bytes, plain or gzip'd, and returns a table with ``COLUMNS``. Rows that are refused are
counted in the schema's metadata under ``rows_refused``.
"""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pa_csv

from waystation.terms.addresses import normal_address
from waystation.terms.errors import FormatError
from waystation.terms.schema import TIME

__all__ = ["COLUMNS", "finish", "read_aircraft_csv", "read_tar1090_csv", "unpacked"]

S: Final = pa.string()
COLUMNS: Final = pa.schema(
    [
        ("icao24", S),
        ("registration", S),
        ("type", S),
        ("operator", S),
        ("military", pa.bool_()),
        ("from_utc", TIME),
        ("to_utc", TIME),
    ]
)
_MAX_BYTES = 1 << 29  # the whole register is 30 MB; half a gigabyte of CSV is something else
_TAR1090 = ["icao24", "registration", "type", "flags", "description", "year", "operator", "rest"]
_NAMES = {
    "icao24": ("icao24", "icao", "hex", "address", "mode_s"),
    "registration": ("registration", "reg", "tail", "r"),
    "type": ("type", "typecode", "icaotype", "t"),
    "operator": ("operator", "owner", "ownop", "own_op"),
    "military": ("military", "mil"),
    "flags": ("flags", "dbflags"),
    "from_utc": ("from_utc", "from", "valid_from"),
    "to_utc": ("to_utc", "to", "valid_to"),
}
_YES_NO = {"": None, "1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}


def read_tar1090_csv(data: bytes) -> pa.Table:
    """Return the rows of a tar1090-db ``aircraft.csv[.gz]``, or of its comma-separated form with a header.

    The original has no header and ``;`` between icao, registration, type, flags, description, year,
    operator. ``flags`` is a row of digits: the first says military, the others interesting, PIA, LADD.
    Raises ``FormatError`` where the bytes are neither.
    """
    text = unpacked(data)
    first = text[: text.find(b"\n")].decode("utf-8", "replace").strip()
    if ";" in first and first.count(";") >= len(_TAR1090) - 3:
        names, delimiter, quoted = _TAR1090[: first.count(";") + 1], ";", False
    elif "," in first and first.split(",")[0].lower().strip('"') in _NAMES["icao24"]:
        names, delimiter, quoted = [], ",", True
    else:
        raise FormatError(
            f"not a tar1090-db aircraft table: its first line reads {first[:80]!r}; "
            "expected 'icao;registration;type;flags;…' or a header that starts with icao24"
        )
    refused: list[str] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        refused.append(row.text)
        return "skip"

    table = pa_csv.read_csv(
        io.BytesIO(text),
        pa_csv.ReadOptions(column_names=names or None),
        pa_csv.ParseOptions(
            delimiter=delimiter, quote_char='"' if quoted else False, invalid_row_handler=refuse
        ),
        pa_csv.ConvertOptions(column_types=dict.fromkeys([*_TAR1090, "typecode", "icao"], S)),
    )
    table = table.rename_columns([_ours(n) for n in table.column_names])
    flags = table.column("flags") if "flags" in table.column_names else pa.nulls(len(table), S)
    military = pc.equal(pc.utf8_slice_codeunits(flags, 0, 1), "1")
    return finish(table, military, len(refused))


def _ours(name: str) -> str:
    return next((ours for ours, theirs in _NAMES.items() if name.strip().lower() in theirs), name)


def unpacked(data: bytes) -> bytes:
    """Return the text of a table that may be gzip'd. Raises ``FormatError`` where that is broken."""
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            text = stream.read(_MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        raise FormatError(f"the aircraft table is a broken gzip ({error}); download it again") from error
    if len(text) > _MAX_BYTES:
        raise FormatError(f"the aircraft table unpacks to more than {_MAX_BYTES} bytes; it is not one")
    return text


def finish(table: pa.Table, military: pa.Array, refused: int) -> pa.Table:
    """Return ``table`` as ``COLUMNS``, texts trimmed; rows without an address are left out and counted."""
    address = pc.utf8_lower(pc.utf8_trim_whitespace(table.column("icao24")))
    good = pc.fill_null(pc.match_substring_regex(address, r"^~?[0-9a-f]{6}$"), fill_value=False)
    columns = [address]
    for name in ("registration", "type", "operator"):
        column = table.column(name) if name in table.column_names else pa.nulls(len(table), S)
        text = pc.utf8_trim_whitespace(column.cast(S))
        columns.append(pc.if_else(pc.equal(text, ""), None, text))
    columns += [military, pa.nulls(len(table), TIME), pa.nulls(len(table), TIME)]
    out = pa.table(columns, schema=COLUMNS).filter(good)
    return out.replace_schema_metadata({"rows_refused": str(refused + len(table) - len(out))})


def read_aircraft_csv(data: bytes) -> pa.Table:
    """Return the rows of a CSV with named columns; a column ``icao24`` is needed, all others may be absent.

    ``from`` and ``to`` (ISO dates, UTC) say when the row is true; empty means always. Raises
    ``FormatError`` naming line, value and remedy.
    """
    try:
        text = unpacked(data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"the aircraft CSV is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    reader = csv.DictReader(io.StringIO(text))
    reader.fieldnames = [_ours(n) for n in reader.fieldnames or []]
    if "icao24" not in reader.fieldnames:
        raise FormatError(f"the aircraft CSV has no column icao24; its first line reads {reader.fieldnames}")
    rows = [_row(reader.line_num, r) for r in reader]
    return pa.Table.from_pylist(rows, schema=COLUMNS).replace_schema_metadata({"rows_refused": "0"})


def _row(line: int, row: dict[str, str | None]) -> dict[str, object]:
    cell = {k: (v or "").strip() for k, v in row.items() if isinstance(v, str)}
    address = normal_address(cell.get("icao24", ""))
    if address is None:
        raise FormatError(
            f"the aircraft CSV, line {line}: icao24 = {cell.get('icao24', '')!r}; write six hex digits"
        )
    military = cell.get("military", "").lower()
    if military not in _YES_NO:
        raise FormatError(f"the aircraft CSV, line {line}: military = {military!r}; write yes or no")
    flags = cell.get("flags", "")
    return {
        "icao24": address,
        "registration": cell.get("registration") or None,
        "type": cell.get("type", "").upper() or None,
        "operator": cell.get("operator") or None,
        "military": flags.startswith("1") if flags and not military else _YES_NO[military],
        "from_utc": _date(line, "from", cell.get("from_utc", "")),
        "to_utc": _date(line, "to", cell.get("to_utc", "")),
    }


def _date(line: int, name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        date = datetime.fromisoformat(text)
    except ValueError as error:
        raise FormatError(
            f"the aircraft CSV, line {line}: {name} = {text!r}; write a date like 2024-12-08"
        ) from error
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
