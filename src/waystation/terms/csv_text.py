"""A small CSV that people keep by hand in a spreadsheet, as rows of texts."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from waystation.terms.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["csv_rows"]

_DELIMITERS: Final = ",;\t"
_REMEDY: Final = "save it as “CSV UTF-8”, which spreadsheets offer beside “CSV”"


def csv_rows(data: bytes, name: str, needed: Iterable[str] = ()) -> list[dict[str, str]]:
    """Return a dict a line, by the names in the first; parted by comma, semicolon or tab.

    ``name``: what to call the file. Raises ``InputError`` for another encoding, for what is no CSV, and
    where a column of ``needed`` is missing.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}, line {number}: a letter is not in UTF-8; {_REMEDY}") from error
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first.count))
    try:
        rows = [{k: v or "" for k, v in row.items() if k is not None} for row in reader]
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num + 1}: {error}; {_REMEDY}") from error
    missing = [column for column in needed if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            f"{name} has no column {', '.join(missing)}; its first line reads {first.strip()[:100]!r}"
        )
    return rows
