"""Raw files → positions. One file per format; the format is recognised from the content, never the name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import pyarrow as pa

from waystation.ingest.delimited import is_delimited, read_delimited
from waystation.ingest.flight_list import list_columns
from waystation.ingest.flight_list_columns import missing_columns, resolve_list
from waystation.ingest.folder_date import check_folder_date
from waystation.ingest.inflate import inflate
from waystation.ingest.jsons import load, salvage
from waystation.ingest.parsed import NOTES, REFUSALS, Note, Parsed, rejected_table
from waystation.ingest.recognise import BYTES, DOCUMENTS, FORMATS
from waystation.ingest.records import read_lines
from waystation.terms.errors import FormatError, InputError, UsageError
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FORMATS", "NOTES", "REFUSALS", "Parsed", "build"]

_SHOWN: Final = 200  # characters of a strange file that are shown


def build(
    stream: BinaryIO,
    *,
    source_id: str,
    uri: str,
    format: str | None = None,  # noqa: A002 - the word that the command line uses
    mapping: Mapping[str, str] | None = None,
    now_ms: int | None = None,
) -> Parsed:
    """Read one source. Whatever it holds, something comes back: positions, or the reason for none.

    ``uri`` is looked at for a folder date only. ``format`` overrules recognition (one of ``FORMATS``);
    ``mapping`` names columns (``ingest.names``); ``now_ms``: records beyond it by two days are refused.
    Raises ``UsageError`` for a format or mapping that cannot be followed.
    """
    if format is not None and format not in FORMATS:
        raise UsageError(f"--format {format!r} is not known; it can be one of {', '.join(FORMATS)}")
    content = inflate(stream)
    notes = [Note(content.fault, content.detail)] if content.fault else []
    common: dict[str, Any] = {"source_id": source_id, "now_ms": now_ms, "notes": notes}
    if not content.data:
        return _refused(source_id, notes or [Note("empty-file", uri)])
    try:
        parsed = _read(content.data, format, mapping, common)
    except UsageError:
        raise
    except (FormatError, InputError) as e:
        return _refused(source_id, [*notes, Note("not-a-trace", str(e))])
    seen = check_folder_date(uri, parsed.positions)
    if parsed.positions.num_rows + parsed.rejected.num_rows == 0:
        seen = [Note("empty-trace", f"no record after {_start(content.data)}")]
    if not seen:
        return parsed
    rejected = pa.concat_tables([rejected_table(source_id, seen), parsed.rejected])
    return replace(parsed, rejected=rejected)


def _read(
    data: bytes, format_: str | None, mapping: Mapping[str, str] | None, common: dict[str, Any]
) -> Parsed:
    json_like = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}
    for name, (fits, read) in BYTES.items():
        if name == format_ or (format_ is None and not json_like and fits(data)):
            if name == "frames" and json_like:
                break  # frames in JSON lines
            return read(data, mapping=mapping, **common)
    if format_ == "csv" or (format_ is None and not json_like):
        if format_ is None and not is_delimited(data, mapping):
            if words := _list_words(data):
                raise FormatError(f"{words}; it begins {_start(data)}")
            raise FormatError(f"none of the forms that we read ({', '.join(FORMATS)}): begins {_start(data)}")
        return read_delimited(data, mapping=mapping, **common)
    if format_ in {"jsonl", "frames"} or (format_ in {None, "aircraft"} and _is_lines(data)):
        return read_lines(data, mapping=mapping, **common)
    document = _document(data, common)
    for name, (fits, read) in DOCUMENTS.items():
        if format_ in {None, name} and fits(document):
            return read(document, mapping=mapping, **common)
    raise FormatError(f"JSON, but not {format_ or 'of a form that we read'}: begins {_start(data)}")


def _document(data: bytes, common: dict[str, Any]) -> Any:  # noqa: ANN401 - a JSON value
    """Parse; where the end is missing, parse what stands before the break and note it."""
    try:
        return load(data)
    except ValueError as e:
        broken = str(e)
    try:
        document = salvage(data)
    except ValueError as e:
        raise FormatError(f"broken JSON: {broken}; begins {_start(data)}") from e
    if not any(n.reason == "truncated" for n in common["notes"]):
        common["notes"] = [*common["notes"], Note("truncated", f"{broken}; ends {data[-_SHOWN:]!r}")]
    return document


def _is_lines(data: bytes) -> bool:
    """An object that ends on the first line, with another on the second, is JSON lines."""
    lines = data[: 1 << 20].splitlines()
    first = [x for x in lines[:3] if x.strip()][:2]
    if len(first) < 2 or not all(x.lstrip().startswith(b"{") and x.rstrip().endswith(b"}") for x in first):
        return False
    try:
        return isinstance(load(first[0]), dict)
    except ValueError:
        return False


def _list_words(data: bytes) -> str:
    """Return what a table is that lists flights, not positions; empty for any other."""
    try:
        names = list_columns(data)
        if {"flight_id", "aircraft_id"} <= set(names):
            return "the list of flights beside a folder of positions, with which it is read"
        lacks = missing_columns(resolve_list(names)[0])
    except (FormatError, UsageError, ValueError):
        return ""
    listed = 'a list of flights, not of positions: name it in the case file, flights = ["LIST.csv"]'
    return listed if len(names) > 2 and not lacks else ""


def _start(data: bytes) -> str:
    return repr(data[:_SHOWN].decode("utf-8", "replace"))


def _refused(source_id: str, notes: list[Note]) -> Parsed:
    empty = {k: TABLES[k].empty_table() for k in ("positions", "identities")}
    return Parsed("unknown", empty["positions"], empty["identities"], rejected_table(source_id, notes))
