"""CSV and its cousins: a line of names, then a record a line, parted by comma, tab, semicolon or bar."""

from __future__ import annotations

import csv
import io
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import numpy as np

from waystation.ingest.decimal_commas import with_points
from waystation.ingest.named import read_named
from waystation.ingest.names import resolve
from waystation.ingest.parsed import Note, Parsed
from waystation.terms.errors import FormatError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["is_delimited", "read_delimited"]

_DELIMITERS: Final = ",\t;|"


def is_delimited(data: bytes, mapping: Mapping[str, str] | None) -> bool:
    """Whether the first line names columns of which some are time and place."""
    names = _names(data)
    if len(names) < 2:
        return False
    try:
        return resolve(names, mapping).has_place()
    except UsageError:
        return True  # it is for the reader to say what is wrong with the mapping


def read_delimited(
    data: bytes,
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of a delimited text with a header. ``record`` 0 is the line after the header."""
    names = _names(data)
    if len(names) < 2:
        raise FormatError(f"no header with named columns in the first line: {data[:200]!r}")
    text = data.decode("utf-8-sig", "replace").replace("\0", "")
    delimiter = _delimiter(_first_line(data))
    rows: list[list[str]] = []
    odd: list[tuple[int, str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    next(reader)
    while True:
        try:
            rows.append(next(reader))
        except StopIteration:
            break
        except csv.Error as e:
            odd.append((len(rows), f"line {reader.line_num}: {e}"))
            rows.append([])
    for i, row in enumerate(rows):
        if row and len(row) != len(names) and (len(row) < len(names) or any(row[len(names) :])):
            odd.append((i, delimiter.join(row)))
    bad = {i for i, _ in odd}
    kept = [i for i, r in enumerate(rows) if r and i not in bad]
    table = list(zip_longest(*[rows[i][: len(names)] for i in kept], fillvalue="")) or [()] * len(names)
    given = {k: v for k, v in zip(names, table, strict=False) if k}
    columns = with_points(given, resolve(given, mapping))
    return read_named(
        "csv",
        columns,
        source_id=source_id,
        now_ms=now_ms,
        mapping=mapping,
        raw=lambda i: delimiter.join(rows[kept[i]]),
        notes=notes + [Note("bad-record", t, i) for i, t in sorted(odd)],
        record=np.array(kept, dtype=np.int64),
    )


def _first_line(data: bytes) -> str:
    return data[: 1 << 16].split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip("\r\n")


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _names(data: bytes) -> list[str]:
    """Column names of the first line; a name that comes twice counts once, the first time."""
    line = _first_line(data).replace("\0", "")
    try:
        names = next(csv.reader([line], delimiter=_delimiter(line)), [])
    except csv.Error:
        return []
    seen: set[str] = set()
    return [("" if n.strip() in seen or seen.add(n.strip()) else n.strip()) for n in names]  # type: ignore[func-returns-value]
