"""Published tables, fetched whole over HTTPS."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Final

from waystation.terms.errors import NetworkError

__all__ = ["PUBLISHED", "fetch"]

PUBLISHED: Final[dict[str, str]] = {
    "airfields": "https://davidmegginson.github.io/ourairports-data/airports.csv",  # public domain
    "aircraft": "https://github.com/wiedehopf/tar1090-db/raw/csv/aircraft.csv.gz",  # ODC-By
}
_PATIENCE_S: Final = 60
_MAX_BYTES: Final = 200 << 20  # the largest is 30 MB


def fetch(url: str) -> bytes:
    """Return the bytes at ``url``. Raises ``NetworkError`` that says what to do without a network."""
    assert url.startswith("https://")
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE_S) as reply:  # noqa: S310 - https only, asserted
            data: bytes = reply.read(_MAX_BYTES + 1)
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise NetworkError(
            f"{url} could not be fetched ({reason}). Fetch it in another way and name the file: "
            "waystation world update … FILE"
        ) from error
    if len(data) > _MAX_BYTES:
        raise NetworkError(f"{url} sends more than {_MAX_BYTES >> 20} MB; that is not the table we know")
    return data
