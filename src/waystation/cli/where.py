"""Where a command finds its tables: --out, --case, or what lies around here."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from waystation.terms.errors import ArchiveError, UsageError, choice_remedy

if TYPE_CHECKING:
    import pyarrow as pa

    from waystation.store.places import Place

__all__ = ["archive_of", "find_table", "result_folder"]

ARCHIVE_ONLY = ("positions", "identities")


def result_folder(case: Path | None, out: Path | None) -> Path:
    """Return the folder of a result: as named, beside the case, or out/ here."""
    if out is not None:
        return _made(out, "waystation run CASE.toml --out " + shlex.quote(str(out)))
    if case is not None:
        folder = case.parent / "out" if case.is_file() or case.suffix == ".toml" else case / "out"
        return _made(folder, f"waystation run {shlex.quote(str(case))}")
    here = [p for p in (Path("out"), Path()) if (p / "manifest.json").is_file()]
    if not here:
        raise UsageError(
            "which result? Name it with --case CASE.toml or --out DIR; there is none in out/ here"
        )
    return here[0]


def _made(folder: Path, how: str) -> Path:
    """Return a folder that holds tables. Raises ``ArchiveError`` where a run has not made any yet."""
    if folder.is_dir() and any(folder.glob("*.parquet")):
        return folder
    what = "holds no tables" if folder.is_dir() else "is not there"
    raise ArchiveError(f"{folder} {what}: no result was made yet, or it is elsewhere. Make it: {how}")


def archive_of(folder: Path) -> Place:
    """Return the archive behind a result. Raises ``ArchiveError`` where it was temporary or is gone."""
    from waystation.store.manifest import read_manifest
    from waystation.store.places import place_of

    named = read_manifest(folder)["archive"]
    if named is None:
        raise ArchiveError(
            f"{folder} was made from a temporary archive, so its positions are gone; "
            "make it again with --archive DIR to keep them"
        )
    place = place_of(named)
    if not place.is_dir():
        raise ArchiveError(f"the archive of {folder} is no longer at {named}; run the case again")
    return place


def find_table(name: str, folder: Path | None, archive: Place | str | None) -> pa.Table:
    """Return a table of a result or of an archive. Raises ``UsageError`` for a name that is no table."""
    from waystation.store.archive import read_archive_table
    from waystation.store.tables import read_table
    from waystation.terms.schema import TABLES

    if name not in TABLES:
        raise UsageError(f"there is no table {name!r}; {choice_remedy(name, sorted(TABLES))}")
    if folder is not None and name not in ARCHIVE_ONLY:
        return read_table(folder, name)
    if archive is None:
        assert folder is not None
        archive = archive_of(folder)
    return read_archive_table(archive, name)
