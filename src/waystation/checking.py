"""Reads everything behind a result again and compares: what ``waystation verify`` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waystation.evidence import Difference, compare_files, compare_rows, recount
from waystation.store.hashing import file_sha256
from waystation.store.inputs import read_sources
from waystation.store.manifest import read_manifest
from waystation.store.tables import read_table
from waystation.terms.errors import WaystationError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Checked", "check_result"]

Progress = Callable[[str, int, "int | None"], None]


@dataclass(frozen=True)
class Checked:
    """What was looked at, and every difference."""

    n_inputs: int
    bytes: int
    n_files: int
    n_claims: int
    differences: tuple[Difference, ...]


def check_result(folder: Path, progress: Progress) -> Checked:
    """Compare inputs, case file, tables, page and claims with the manifest of ``folder``.

    Raises ``ArchiveError`` where there is no manifest. Whatever else is missing or broken is a difference.
    """
    manifest = read_manifest(folder)
    inputs = {i["uri"]: i["sha256"] for i in manifest["inputs"]}
    differences = compare_files(inputs, _inputs_now(inputs, progress))
    case = manifest.get("case")
    if case:
        named = {case["file"]: case["sha256"], **case.get("beside", {})}
        differences += compare_files(named, {name: _hash(Path(name)) for name in named})
    files = dict(manifest["files"])
    for name, table in manifest["tables"].items():
        files |= {f"{name}.parquet": table["sha256"], f"{name}.csv": table["csv_sha256"]}
    differences += compare_files(files, {name: _hash(folder / name) for name in files})
    tables, broken = _tables(folder, manifest)
    differences += broken
    differences += compare_rows({n: t["rows"] for n, t in manifest["tables"].items() if n in tables}, tables)
    claims = tables.get("claims")
    if claims is not None:
        differences += recount(claims, tables)
    size = sum(i["bytes"] for i in manifest["inputs"])
    n_claims = 0 if claims is None else claims.num_rows
    return Checked(len(inputs), size, len(files), n_claims, tuple(differences))


def _inputs_now(recorded: dict[str, str], progress: Progress) -> dict[str, str | None]:
    """Hash every input as it is now; None for what cannot be found."""
    found: dict[str, str | None] = {}
    containers: dict[str, list[str]] = {}
    for uri in recorded:
        containers.setdefault(uri.split("!/", 1)[0], []).append(uri)
    for uris in containers.values():
        try:
            for source in read_sources(uris):
                found[source.uri] = source.sha256
                progress("inputs", len(found), len(recorded))
        except (WaystationError, OSError):
            found |= {uri: None for uri in uris if uri not in found}
    return found


def _hash(path: Path) -> str | None:
    try:
        return file_sha256(path)
    except OSError:
        return None


def _tables(folder: Path, manifest: dict[str, Any]) -> tuple[dict[str, pa.Table], list[Difference]]:
    tables, broken = {}, []
    for name in manifest["tables"]:
        try:
            tables[name] = read_table(folder, name)
        except (WaystationError, OSError, ValueError) as error:  # pyarrow's errors are OSError and ValueError
            broken.append(Difference(f"{name}.parquet", "table", "readable", str(error).splitlines()[0]))
    return tables, broken
