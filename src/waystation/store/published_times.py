"""When a server wrote what was fetched, from the journal of ``fetch``: how late a network's days come.

A day of adsb.lol is published hours to weeks after it ended, and some are made anew; a trace is written once
its day is over. What was not fetched by us has no such time.
"""

from __future__ import annotations

import os
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from waystation.store.fetch_journal import JOURNAL, Journal
from waystation.store.fetching import raw_folder
from waystation.terms.schema import TIME, conform

if TYPE_CHECKING:
    from datetime import datetime

    from waystation.store.places import Place

__all__ = ["with_published"]


def with_published(sources: pa.Table, archive: Place) -> pa.Table:
    """Return table ``sources`` with ``published_utc`` of every file, and member of one, that was fetched."""
    table = conform("sources", sources)
    if not isinstance(archive, Path) or not (archive / JOURNAL).is_file():
        return table
    written = _written(archive)
    found = [written.get(str(uri).partition("!/")[0]) for uri in table.column("uri").to_pylist()]
    at = table.schema.get_field_index("published_utc")
    return table.set_column(at, "published_utc", pa.array(found, TIME))


def _written(archive: Path) -> dict[str, datetime]:
    """Path of a raw file → when the server last changed it. The last word of the journal counts."""
    raw = Path(os.path.abspath(raw_folder(archive)))  # noqa: PTH100 - as sources are named
    out = {}
    for line in Journal(archive).lines():
        try:
            out[str(raw / line["path"])] = parsedate_to_datetime(line["last_modified"])
        except (KeyError, TypeError, ValueError):
            continue
    return {path: when for path, when in out.items() if when.tzinfo is not None}
