"""Does the date in the path agree with the timestamps? The timestamps are trusted, the difference noted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from waystation.ingest.parsed import Note

__all__ = ["FolderDateRules", "check_folder_date", "folder_note"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DATED: Final = re.compile(r"/((?:19|20)\d\d)/([01]\d)/([0-3]\d)/")


@dataclass(frozen=True)
class FolderDateRules:
    """How far the timestamps may lie from the folder's date."""

    tolerance_days: int = 1  # a trace may begin before midnight, and folders may follow local days


def check_folder_date(
    uri: str, positions: pa.Table, rules: FolderDateRules = FolderDateRules()
) -> list[Note]:
    """Return a note where no timestamp lies near the date of a ``/YYYY/MM/DD/`` in ``uri``."""
    if positions.num_rows == 0 or not _DATED.search(uri):
        return []
    span = pc.min_max(positions["time_utc"].cast(pa.int64())).as_py()
    return folder_note(uri, span["min"], span["max"], rules)


def folder_note(
    uri: str, first_ms: int, last_ms: int, rules: FolderDateRules = FolderDateRules()
) -> list[Note]:
    """Say the same of the first and last timestamp, in milliseconds since 1970."""
    dated = _DATED.findall(uri)
    if not dated:
        return []
    try:
        folder = date(*(int(p) for p in dated[-1]))
    except ValueError:
        return []
    first, last = (_EPOCH + timedelta(milliseconds=ms) for ms in (first_ms, last_ms))
    slack = timedelta(days=rules.tolerance_days)
    start = datetime(folder.year, folder.month, folder.day, tzinfo=UTC)
    if first < start + timedelta(days=1) + slack and last >= start - slack:
        return []
    text = f"the folder says {folder}, the timestamps {first:%Y-%m-%d} to {last:%Y-%m-%d} and were kept"
    return [Note("folder-date", text)]
