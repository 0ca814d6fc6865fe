"""JSON that holds named records: a list of objects, a column of each name, or an object a line.

``traffic`` writes its samples with pandas: ``[{"timestamp": 1633608773000, "icao24": …}, …]`` or
``{"timestamp": {"0": …, "1": …}, …}``; times are milliseconds, heights feet, speeds knots.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from waystation.ingest.aircraft_json import is_snapshot, read_snapshots
from waystation.ingest.frame_files import has_frames, read_frame_objects
from waystation.ingest.jsons import load, raw_text
from waystation.ingest.named import read_named
from waystation.ingest.names import resolve
from waystation.ingest.parsed import Note, Parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["is_columns", "is_records", "read_columns", "read_lines", "read_records"]

_FIRST_LINES = 5  # a header may stand before the first frame


def is_records(document: object) -> bool:
    """Whether parsed JSON is a list of objects."""
    return isinstance(document, list) and any(isinstance(r, dict) for r in document[:100])


def is_columns(document: object) -> bool:
    """Whether parsed JSON is an object of columns, of which some are time and place."""
    if not isinstance(document, dict):
        return False
    columns = [k for k, v in document.items() if isinstance(v, (dict, list))]
    return resolve(columns).has_place()


def read_records(
    document: list[Any],
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
    format_: str = "traffic",
) -> Parsed:
    """Return the positions of a list of objects."""
    shaped = [i for i, r in enumerate(document) if isinstance(r, dict)]
    if len(shaped) < len(document):
        odd = sorted(set(range(len(document))) - set(shaped))
        notes = notes + [Note("bad-record", raw_text(document[i]), i) for i in odd]
    rows = [document[i] for i in shaped]
    names, alike = _names(rows)
    take = itemgetter if alike else _getter
    return read_named(
        format_,
        {k: list(map(take(k), rows)) for k in names},
        source_id=source_id,
        now_ms=now_ms,
        mapping=mapping,
        raw=lambda i: raw_text(rows[i]),
        notes=notes,
        record=np.array(shaped, dtype=np.int64),
    )


def _names(rows: list[dict[str, Any]]) -> tuple[list[str], bool]:
    """Return all keys in the order of first mention, and whether every row has all of them."""
    names: dict[str, None] = {}
    alike = True
    for i, row in enumerate(rows):
        if row.keys() != names.keys():
            alike = alike and i == 0
            names |= dict.fromkeys(row)
    return list(names), alike


def _getter(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda row: row.get(key)


def read_columns(
    document: dict[str, Any],
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of an object of columns; row labels count in the order of their first mention."""
    named = {k: _labelled(v) for k, v in document.items() if isinstance(v, (dict, list))}
    labels = list(dict.fromkeys(label for column in named.values() for label in column))
    columns = {k: [v.get(label) for label in labels] for k, v in named.items()}
    return read_named(
        "traffic",
        columns,
        source_id=source_id,
        now_ms=now_ms,
        mapping=mapping,
        raw=lambda i: raw_text({k: v[i] for k, v in columns.items()}),
        notes=notes,
    )


def _labelled(column: dict[str, Any] | list[Any]) -> dict[str, Any]:
    return column if isinstance(column, dict) else {str(i): v for i, v in enumerate(column)}


def read_lines(
    data: bytes,
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of JSON lines; a line that is no object is refused, its number kept.

    Lines of snapshots and of frames go to their own readers.
    """
    document: list[Any] = []
    for line in data.splitlines():
        try:
            document.append(load(line) if line.strip() else None)
        except ValueError:
            document.append(line.decode("utf-8", "replace"))
    while document and document[-1] is None:
        document.pop()
    first = next((d for d in document if isinstance(d, dict)), {})
    if is_snapshot(first):
        return read_snapshots(document, source_id=source_id, now_ms=now_ms, mapping=mapping, notes=notes)
    if any(isinstance(d, dict) and has_frames(list(d)) for d in document[:_FIRST_LINES]):
        return read_frame_objects(document, source_id=source_id, now_ms=now_ms, mapping=mapping, notes=notes)
    return read_records(
        document, source_id=source_id, now_ms=now_ms, mapping=mapping, notes=notes, format_="jsonl"
    )
