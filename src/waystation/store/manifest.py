"""``manifest.json``: every input with its hash, the versions and the rules that made the tables.

``fingerprint`` sums up all that decides the result. Where it is the same as before, so is the result.
"""

from __future__ import annotations

import json
import platform
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import metadata
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from waystation import __version__
from waystation.store.atomic import write_atomic
from waystation.store.hashing import file_sha256, sha256
from waystation.terms.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    import pyarrow as pa

__all__ = [
    "MANIFEST",
    "build_manifest",
    "code_sha256",
    "fingerprint",
    "is_current",
    "json_bytes",
    "read_manifest",
    "versions",
    "write_manifest",
]

MANIFEST: Final = "manifest.json"
_THREADS: Final = 2  # files hashed at a time
_PACKAGES: Final = ("numpy", "scipy", "pyarrow", "polars", "numba", "msgspec", "isal")


def versions() -> dict[str, str]:
    """Return what did the work: our version, Python's, and those of the packages whose sums it uses."""
    return {
        "waystation": __version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _PACKAGES},
    }


@cache
def code_sha256(rooms: tuple[str, ...] = ()) -> str:
    """Return the hash of our own files, code and data: a version number does not change with every edit.

    Without the workbench, which only shows results. ``rooms``: only files whose names begin so.
    """
    listed = sorted(_files(files("waystation"), ""), key=lambda f: f[0])
    ours = [
        (n, item) for n, item in listed if not n.startswith("web/") and (not rooms or n.startswith(rooms))
    ]
    parts = [f"{name} {sha256(item.read_bytes())}" for name, item in ours]
    return sha256("\n".join(parts).encode())


def _files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for item in folder.iterdir():
        if item.is_dir() and item.name != "__pycache__":
            found += _files(item, f"{prefix}{item.name}/")
        elif item.is_file():
            found.append((prefix + item.name, item))
    return found


def fingerprint(*parts: object) -> str:
    """Return the hash of all that decides a result: code, versions and the given parts."""
    text = json.dumps([code_sha256(), versions(), *parts], sort_keys=True, default=str)
    return sha256(text.encode())


def build_manifest(
    out: Path,
    rows: Mapping[str, int],
    sources: pa.Table,
    about: Mapping[str, Any],
    more: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the manifest of tables that are on disk in ``out``; ``more``: other files of the result there.

    ``rows``: of each table; ``sources``: that table. ``about``: fingerprint, case, archive, reference, rules,
    overrides; kept as given.
    """
    inputs = sources.select(["source_id", "uri", "sha256", "bytes", "format", "n_positions", "n_rejected"])
    rows = dict(sorted(rows.items()))
    names = [f"{name}{form}" for name in rows for form in (".parquet", ".csv")] + list(more)
    with ThreadPoolExecutor(_THREADS) as threads:
        digests = dict(zip(names, threads.map(lambda n: file_sha256(out / n), names), strict=True))
    return dict(about) | {
        "versions": versions(),
        "code_sha256": code_sha256(),
        "inputs": inputs.sort_by([("uri", "ascending"), ("source_id", "ascending")]).to_pylist(),
        "tables": {
            name: {
                "rows": n,
                "sha256": digests[f"{name}.parquet"],
                "csv_sha256": digests[f"{name}.csv"],
            }
            for name, n in rows.items()
        },
        "files": {name: digests[name] for name in more},
    }


def write_manifest(out: Path, manifest: Mapping[str, Any]) -> Path:
    """Write the manifest; it goes last, so that it never speaks of files that are not there."""
    path = out / MANIFEST
    write_atomic(path, json_bytes(manifest))
    return path


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON for people and programs: indented, UTF-8, times as ISO 8601."""
    return (json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n").encode()


def read_manifest(out: Path) -> dict[str, Any]:
    """Return the manifest of a result. Raises ``ArchiveError`` where there is none."""
    path = out / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        remedy = "name the folder that `waystation run` wrote, or run the case first"
        raise ArchiveError(f"{out} holds no {MANIFEST}, so it is no result of ours; {remedy}") from error
    except ValueError as error:
        raise ArchiveError(f"{path} is not readable JSON ({error}); run the case again") from error
    if not isinstance(manifest, dict):
        raise ArchiveError(f"{path} is JSON, but no manifest; run the case again")
    return manifest


def is_current(out: Path, mark: str) -> bool:
    """Whether ``out`` holds a whole result with this fingerprint, its files as they were written."""
    try:
        manifest = read_manifest(out)
    except ArchiveError:
        return False
    if manifest.get("fingerprint") != mark:
        return False
    tables = manifest["tables"].items()
    written = {f"{n}.parquet": t["sha256"] for n, t in tables} | manifest["files"]
    written |= {f"{n}.csv": t["csv_sha256"] for n, t in tables if "csv_sha256" in t}
    return all((out / n).is_file() and file_sha256(out / n) == digest for n, digest in written.items())
