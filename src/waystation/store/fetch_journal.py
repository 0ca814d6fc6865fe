"""What was asked for and what came of it: ``ARCHIVE/fetch.jsonl``, one line an answer, the last one counts.

A file's line is written after the file is in its place. A kill in between leaves a whole file without a line;
the next run judges, hashes and enters it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from waystation.store.fetch_rules import FINAL

if TYPE_CHECKING:
    from pathlib import Path

    from waystation.store.fetch_rules import Outcome, Wanted

__all__ = ["JOURNAL", "Journal"]

JOURNAL: Final = "fetch.jsonl"


class Journal:
    """The journal of one archive; one process writes it (the raw folder is locked)."""

    def __init__(self, archive: Path) -> None:
        self.path = archive / JOURNAL
        self._last: dict[str, dict[str, Any]] = {}
        for line in self._lines():
            self._last[line["url"]] = line

    def _lines(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        found = []
        for text in self.path.read_bytes().split(b"\n"):
            try:
                line = json.loads(text)
            except ValueError:
                continue  # cut by a kill; its answer is asked for again
            if isinstance(line, dict) and isinstance(line.get("url"), str):
                found.append(line)
        return found

    def lines(self) -> list[dict[str, Any]]:
        """Return the last line about every address, in the order of their first ones."""
        return list(self._last.values())

    def last(self, url: str) -> dict[str, Any] | None:
        """Return the last line about an address."""
        return self._last.get(url)

    def settled(self, wanted: Wanted, raw: Path) -> bool:
        """Whether nothing is to be asked: the file is there and as long as it was, or there is none."""
        line = self._last.get(wanted.url)
        if line is None or line.get("outcome") not in FINAL:
            return False
        if line["outcome"] == "no-data":
            return True
        path = raw / wanted.path
        same = line.get("path") == wanted.path and path.is_file() and path.stat().st_size == line.get("bytes")
        told = wanted.size in {None, line.get("bytes")} and wanted.sha256 in {None, line.get("sha256")}
        return same and told

    def enter(self, outcome: Outcome, when: str) -> None:
        """Add a line for an outcome."""
        w = outcome.wanted
        line = {
            "utc": when,
            "url": w.url,
            "outcome": outcome.outcome,
            "status": outcome.status,
            "network": w.network,
            "day": w.day.isoformat() if w.day else None,
            "icao24": w.address,
            "path": w.path,
            "bytes": outcome.bytes,
            "sha256": outcome.sha256,
            "etag": outcome.etag,
            "last_modified": outcome.modified,
            "tries": outcome.tries,
            "note": outcome.note,
        }
        self.note({k: v for k, v in line.items() if v not in {None, ""}})

    def note(self, line: dict[str, Any]) -> None:
        """Add any line that has a ``url``."""
        self._last[line["url"]] = line
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as f:
            if f.tell() and self._cut():
                f.write(b"\n")
            f.write(json.dumps(line, ensure_ascii=True).encode() + b"\n")

    def _cut(self) -> bool:
        with self.path.open("rb") as f:
            f.seek(-1, 2)
            return f.read(1) != b"\n"
