"""Whose a folder is, before anything in it is written over or removed.

A result or an archive may be sent into any folder. Files that people keep there under the names of our tables
(``published.csv``, ``flights.csv``, ``positions/…``) must outlive that; what a killed run left must not.
"""

from __future__ import annotations

import csv
import json
import os
import re
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from waystation.store.atomic import TEMPORARY
from waystation.terms.errors import ArchiveError, InputError
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["clear_abandoned", "refuse_foreign", "refuse_foreign_archive"]

_MANIFEST: Final = "manifest.json"
_OURS: Final = frozenset({"inputs", "tables"})  # keys that every manifest of ours has
_PAGES: Final = ("briefing.html", "briefing.json")
_MEMBERS: Final = ("positions", "identities", "rejected", "sources")
_IN_THE_MAKING: Final = re.compile(rf"\.(\d+){re.escape(TEMPORARY)}\Z")


def refuse_foreign(out: Path) -> None:
    """Raise ``InputError`` where a result in ``out`` would replace files that no run of ours wrote.

    A folder whose manifest is ours is ours. Without one (a killed run writes it last) every file that a run
    would replace has to look like what a run writes: the columns of the table that it is named after.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out}: a file of this name is there; name another folder")
    if not out.is_dir() or _has_manifest(out):
        return
    strange = sorted(_strange(out))
    if strange:
        names = ", ".join(strange[:5]) + (" …" if len(strange) > 5 else "")
        raise InputError(
            f"--out {out}: {names} there would be written over, and no run of ours wrote it; "
            "name another folder, or move the file away"
        )


def refuse_foreign_archive(archive: Path) -> None:
    """Raise ``ArchiveError`` where ``archive`` is a file, or holds folders named as ours that are not.

    What is no part of an archive is removed from those folders as the rest of a killed run.
    """
    if archive.exists() and not archive.is_dir():
        raise ArchiveError(f"--archive {archive}: a file of this name is there; name another folder")
    if (archive / ".lock").exists() or any(map(_is_marker, sorted((archive / "sources").glob("*.parquet")))):
        return
    for name in _MEMBERS:
        found = next((p for p in sorted((archive / name).rglob("*")) if p.is_file()), None)
        if found is not None:
            raise ArchiveError(
                f"{archive} is no archive of ours, and holds {found.relative_to(archive)}, a name "
                "that archives use; choose another --archive"
            )


def clear_abandoned(out: Path) -> int:
    """Remove files that a killed run was writing; those of a run at work stay. Return how many."""
    left = [p for p in out.glob(f"*{TEMPORARY}") if _abandoned(p.name)] if out.is_dir() else []
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _abandoned(name: str) -> bool:
    found = _IN_THE_MAKING.search(name)
    if found is None:
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # somebody else's process
        return False
    return False


def _has_manifest(out: Path) -> bool:
    try:
        found = json.loads((out / _MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.keys() >= _OURS


def _strange(out: Path) -> Iterator[str]:
    """Yield the names of files that a run would replace and that it cannot have written."""
    files = {p.name for p in out.iterdir() if p.is_file()}
    if _MANIFEST in files:  # not ours, as was seen before
        yield _MANIFEST
    for name, schema in TABLES.items():
        wanted = set(schema.names)
        if f"{name}.csv" in files and not wanted <= set(_csv_names(out / f"{name}.csv")):
            yield f"{name}.csv"
        if f"{name}.parquet" in files and not wanted <= set(_parquet_names(out / f"{name}.parquet")):
            yield f"{name}.parquet"
    if "flights.parquet" not in files:
        yield from (name for name in _PAGES if name in files)


def _csv_names(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        try:
            return next(csv.reader([file.readline(1 << 16)]), [])
        except csv.Error:
            return []


def _parquet_names(path: Path) -> list[str]:
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError, ValueError):
        return []


def _is_marker(path: Path) -> bool:
    return {"source_id", "sha256"} <= set(_parquet_names(path))
