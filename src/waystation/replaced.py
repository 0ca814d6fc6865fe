"""Flight ids that a newer run replaced: a back-filled day may join two flights, cut one, or begin it earlier.

An id is made of the address and the time of the first position in the air, so appended days leave it alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from waystation.store.manifest import read_manifest
from waystation.terms.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path  # noqa: TID251 - to say what it is given; it goes to the store

    import pyarrow as pa

__all__ = ["SPAN", "replaced_flights", "replaced_in"]

Replaced = list[dict[str, Any]]
SPAN = ("flight_id", "icao24", "first_seen_utc", "last_seen_utc")  # of table flights


def replaced_in(out: Path, flights: Callable[[], pa.Table]) -> Replaced:
    """Return what ``flights()`` replace of the result that is in ``out``; nothing where there is none."""
    try:
        earlier = read_manifest(out).get("replaced_flights", [])
        before = pq.read_table(out / "flights.parquet", columns=list(SPAN), partitioning=None)
    except (ArchiveError, OSError, ValueError):
        return []
    return replaced_flights(before, flights(), earlier)


def replaced_flights(
    before: pa.Table, after: pa.Table, earlier: Sequence[Mapping[str, Any]] = ()
) -> Replaced:
    """Return ``{"old": id, "new": [ids]}`` in the order of old ids, for ids that are gone and were succeeded.

    A flight's successors are those of the same address that overlap with it in time, in the order of time.
    ``earlier``: what was replaced before; followed on to ids that are there now. An id without a successor
    (its source is gone, or its aircraft no longer asked for) is not listed: ``waystation diff`` shows it.
    """
    now = set(after.column("flight_id").to_pylist())
    gone = [row for row in _rows(before) if row[0] not in now]
    succeeded: dict[str, list[str]] = {}
    if gone:
        mine = {row[1] for row in gone}
        of: dict[str, list[tuple[Any, ...]]] = {}
        for row in _rows(after):
            if row[1] in mine:
                of.setdefault(row[1], []).append(row)
        for old, address, first, last in gone:
            overlapping = [r for r in of.get(address, []) if r[2] <= last and first <= r[3]]
            succeeded[old] = [r[0] for r in sorted(overlapping, key=lambda r: (r[2], r[0]))]
    for item in earlier:
        if item["old"] not in now:
            ids = [new for n in item["new"] for new in ([n] if n in now else succeeded.get(n, []))]
            succeeded.setdefault(item["old"], list(dict.fromkeys(ids)))
    return [{"old": old, "new": new} for old, new in sorted(succeeded.items()) if new]


def _rows(flights: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(flights.column(n).to_pylist() for n in SPAN), strict=True))
