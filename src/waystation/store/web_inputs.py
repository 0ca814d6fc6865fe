"""Files behind an address: ``https://host/day/traces/76/trace_full_154076.json`` as an INPUT.

What is there is fetched once, politely and resumably as by ``waystation fetch``, and rests in the user's
cache: reading the same address again reads the same bytes, whatever the server has now.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from waystation.store.fetch_journal import Journal
from waystation.store.fetch_rules import DEFAULTS, FetchRules, Wanted
from waystation.store.fetching import fetch_all, raw_folder
from waystation.store.hashing import sha256
from waystation.store.tars import PART
from waystation.store.wheels import cache_folder
from waystation.terms.errors import NetworkError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["web_file"]

_NAME_CHARACTERS: Final = re.compile(r"[^A-Za-z0-9._~-]+")
_MAX_NAME: Final = 120


def web_file(url: str, rules: FetchRules = DEFAULTS) -> Path:
    """Return where the file of an address rests, fetched now if it is not there yet.

    Raises ``NetworkError`` where it cannot be had: the reason, and what to do; ``UsageError`` for the
    address of one part of a split tar, whose other parts nobody can list.
    """
    parts = urlsplit(url)
    name = _NAME_CHARACTERS.sub("-", parts.path.rpartition("/")[2]).lstrip(".-")[-_MAX_NAME:] or "file"
    if PART.match(name):
        raise UsageError(f"{url}: one part of a split tar; download all parts into a folder, then name that")
    host = _NAME_CHARACTERS.sub("-", parts.hostname or "").strip(".-") or "host"
    home = cache_folder() / "web"
    wanted = Wanted(url, f"{host}/{sha256(url.encode())[:16]}/{name}", host, "file")
    summary = fetch_all([wanted], home, Journal(home), rules=rules, again=True)
    rest = raw_folder(home) / wanted.path
    if not rest.is_file():
        raise NetworkError(f"{url}: {_trouble(home, url, summary.troubles)}")
    return rest.resolve() if os.path.islink(home) else rest  # noqa: PTH114 - the cache may be a link


def _trouble(home: Path, url: str, troubles: tuple[str, ...]) -> str:
    line = Journal(home).last(url) or {}
    if line.get("outcome") in {"no-data", "not-yet"}:
        return f"the server has no such file ({line.get('status')}); is the address right?"
    said = troubles[0].removeprefix(f"{url}: ") if troubles else "nothing came"
    return f"{said}. Download it in a browser and name the file instead"
