"""``waystation why``: the evidence under one row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waystation.cli.say import say, warn
from waystation.terms.errors import ArchiveError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["why"]


def why(id: str, /, *, case: Path | None = None, out: Path | None = None) -> int:  # noqa: A002 - the word of the tables
    """Print the evidence under one flight or claim, down to file, hash and record.

    Try:
      waystation why 34d3fb5c --case cases/fire-season/case.toml
      waystation why claim-f79f392dc4 --out results

    Parameters
    ----------
    id
        A flight_id or claim_id; its first digits are enough where they name one row only.
    case
        The case whose result is meant.
    out
        Folder of the result. Default: out/ here.
    """
    from waystation.cli.where import result_folder
    from waystation.evidence import tell_claim, tell_flight, why_flight
    from waystation.store.manifest import read_manifest
    from waystation.store.tables import read_tables

    folder = result_folder(case, out)
    manifest, tables = read_manifest(folder), read_tables(folder)
    kind, whole = _find(id.partition("/")[0], tables, folder)
    if kind == "claims":
        rows = tables["claims"].to_pylist()
        say(tell_claim(next(r for r in rows if r["claim_id"] == whole)).rstrip())
        return 0
    positions = _positions(folder, tables["flights"], whole)
    evidence = why_flight(whole, tables, positions, manifest["overrides"])
    assert evidence is not None
    say(tell_flight(evidence).rstrip())
    return 0


def _find(prefix: str, tables: dict[str, pa.Table], folder: Path) -> tuple[str, str]:
    """Return (table, id) of the one row that the prefix stands for."""
    columns = {"flights": "flight_id", "claims": "claim_id"}
    ids = {(t, i) for t, c in columns.items() if t in tables for i in tables[t].column(c).to_pylist()}
    found = sorted((t, i) for t, i in ids if i == prefix) or sorted(
        (t, i) for t, i in ids if i.startswith(prefix)
    )
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(i for _, i in found[:6])
        raise UsageError(
            f"{prefix!r} may be any of {len(found)} rows of {folder}: {some} …; give more of the id"
        )
    raise UsageError(
        f"{folder} has no flight or claim {prefix!r}; list them: waystation show flights --out {folder}"
    )


def _positions(folder: Path, flights: pa.Table, flight_id: str) -> pa.Table:
    import pyarrow.compute as pc

    from waystation.cli.where import archive_of
    from waystation.store.archive import read_positions
    from waystation.terms.schema import empty

    (address,) = flights.filter(pc.equal(flights.column("flight_id"), flight_id)).column("icao24").to_pylist()
    try:
        return read_positions(archive_of(folder), icao24=[address])
    except ArchiveError as error:
        warn(f"note: {error}; what follows is without positions and files")
        return empty("positions")
