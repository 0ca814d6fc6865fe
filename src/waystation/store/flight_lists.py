"""Lists of flights on disk: read, joined with each other and with flights from tracks.

Beside ``list.csv`` a ``list.csv.toml`` may say which column is what, and the zone of times without one:

    zone = "Europe/Moscow"
    [columns]
    takeoff = "Off block"
    date = "=2024-12-15"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from waystation.ingest.flight_list import list_columns, read_flight_list
from waystation.ingest.flight_list_columns import missing_columns, resolve_list
from waystation.ingest.flight_list_join import join_listed
from waystation.ingest.flight_list_times import zone_of
from waystation.store.hashing import sha256, source_id
from waystation.terms.errors import FormatError, InputError, UsageError
from waystation.terms.schema import TABLES
from waystation.terms.toml_text import read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from waystation.world.airfields import Airfields

__all__ = ["flight_list_fault", "read_flight_lists", "sidecar"]

_NAMES = ("flights", "ends", "aircraft", "rejected", "sources")


def read_flight_lists(
    paths: Sequence[Path],
    airfields: Airfields,
    *,
    flights: pa.Table | None = None,
    aircraft: pa.Table | None = None,
) -> dict[str, pa.Table]:
    """Read lists into flights, ends, aircraft, rejected, sources: only what ``flights`` has not yet.

    ``flights``: those from tracks. ``aircraft``: whose registrations give the addresses of listed aircraft.
    Nothing is counted twice, neither against tracks nor between lists, earlier lists first; what is set aside
    stands in rejected with its reason. Raises ``InputError`` naming the file and what to do.
    """
    known = TABLES["flights"].empty_table() if flights is None else flights
    registrations = _registrations(aircraft)
    parts: dict[str, list[pa.Table]] = {name: [TABLES[name].empty_table()] for name in _NAMES}
    seen: set[str] = set()
    for path in paths:
        data = _bytes(path)
        mapping, zone, digest = _sidecar(path, data)
        if digest in seen:  # the same file named twice
            continue
        seen.add(digest)
        try:
            listed = read_flight_list(
                data,
                source_id=source_id(digest),
                uri=str(path),
                sha256=sha256(data),
                airfields=airfields,
                mapping=mapping,
                zone=zone,
                registrations=registrations,
            )
        except UsageError as error:
            raise InputError(f"{sidecar(path)}: {error}") from error
        kept, aside = join_listed(known, listed)
        known = pa.concat_tables([known, kept.flights])
        registrations = _registrations(kept.aircraft) | registrations
        for name in ("flights", "ends", "aircraft"):
            parts[name].append(getattr(kept, name))
        parts["rejected"] += [kept.rejected, aside]
        parts["sources"].append(kept.source)
    return {name: pa.concat_tables(tables) for name, tables in parts.items()}


def sidecar(path: Path) -> Path:
    """Return where a list's mapping stands, if it has one."""
    return path.with_name(path.name + ".toml")


def flight_list_fault(path: Path) -> tuple[str, str] | None:
    """Say what is wrong with a list's columns, and what to do; None where it can be read."""
    try:
        data = _bytes(path)
        mapping, _, _ = _sidecar(path, data)
        names = list_columns(data)
        columns, constants = resolve_list(names, mapping)
    except (InputError, UsageError) as error:
        return str(error), f"mend the file, or {sidecar(path).name}"
    lacks = missing_columns([*columns, *constants])
    if not lacks:
        return None
    what = f"{path.name} has no column for {' and '.join(lacks)}; it has {', '.join(names)}"
    return what, f"write {sidecar(path).name} with [columns] and, say, takeoff = {names[0]!r}"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: name a CSV or Parquet file of flights") from error


def _sidecar(path: Path, data: bytes) -> tuple[dict[str, str] | None, str | None, str]:
    """Mapping and zone that stand beside a list, and the hash of both together."""
    beside = sidecar(path)
    if not beside.is_file():
        return None, None, sha256(data)
    raw_bytes = beside.read_bytes()
    raw = read_toml(raw_bytes, str(beside), FormatError)
    _keys(raw, ("zone", "columns"), beside)
    zone, columns = raw.get("zone"), raw.get("columns", {})
    if zone is not None and (not isinstance(zone, str) or zone_of(zone) is None):
        raise InputError(f"{beside}: zone = {zone!r} is no time zone; write a name as Europe/Moscow")
    if not isinstance(columns, dict) or not all(isinstance(v, str) for v in columns.values()):
        raise InputError(f'{beside}: [columns] holds lines as takeoff = "Off block"')
    return columns, zone, sha256(data + b"\0" + raw_bytes)


def _keys(raw: dict[str, Any], allowed: Iterable[str], where: Path) -> None:
    strange = sorted(set(raw) - set(allowed))
    if strange:
        raise InputError(f"{where}: no key {', '.join(strange)}; it may have {', '.join(allowed)}")


def _registrations(aircraft: pa.Table | None) -> dict[str, str]:
    """Registration → address, where a registration stands for one address only."""
    found: dict[str, set[str]] = {}
    for row in [] if aircraft is None else aircraft.select(["registration", "icao24"]).to_pylist():
        if row["registration"] and not row["icao24"].startswith("~reg-"):
            found.setdefault(row["registration"], set()).add(row["icao24"])
    return {registration: next(iter(a)) for registration, a in found.items() if len(a) == 1}
