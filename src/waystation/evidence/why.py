"""The evidence under one flight: what was seen, where it is written, what speaks against it.

Pure: the caller hands over the positions of the flight's address; nothing is looked up elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.endings import ENDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["EndEvidence", "FlightEvidence", "why_flight"]

SHOWN_POSITIONS = 5  # at each end: enough to see climb, descent or standing still

Row = dict[str, Any]


@dataclass(frozen=True)
class EndEvidence:
    """One end: its ``ends`` row, its candidates by rank, and the positions nearest to it in time order."""

    end: str
    row: Row
    candidates: tuple[Row, ...]
    positions: tuple[Row, ...]


@dataclass(frozen=True)
class FlightEvidence:
    """All that stands behind one flight. Rows are plain dictionaries with the columns of their tables.

    ``sources``: every file that a position of the flight came from. ``n_masked``: positions inside the
    flight that were kept but not used, by reason. ``claims``: ids of the claims that count this flight.
    ``networks``: what each of several networks heard of it; ``silences``: where one of them did not.
    """

    flight: Row
    ends: tuple[EndEvidence, ...]
    gaps: tuple[Row, ...]
    n_masked: Mapping[str, int]
    sources: tuple[Row, ...]
    aircraft: tuple[Row, ...]
    overrides: tuple[Row, ...]
    claims: tuple[str, ...]
    networks: tuple[Row, ...] = ()
    silences: tuple[Row, ...] = ()


def why_flight(
    flight_id: str,
    tables: Mapping[str, pa.Table],
    positions: pa.Table,
    overrides: Sequence[Mapping[str, Any]] = (),
) -> FlightEvidence | None:
    """Return the evidence of one flight, or None if no flight has this id.

    ``positions``: schema ``positions``, at least those of the flight's address; masked ones are told apart
    by the ``masks`` table. ``overrides``: the manifest's, each with ``flight`` and ``acted``.
    """
    found = _where(tables["flights"], "flight_id", flight_id)
    if not found:
        return None
    flight = found[0]
    heard = _inside(positions, flight)
    used, masked = _split(heard, tables.get("masks"))
    return FlightEvidence(
        flight=flight,
        ends=tuple(_end(end, flight_id, tables, used) for end in ENDS),
        gaps=tuple(_where(tables["gaps"], "flight_id", flight_id)) if "gaps" in tables else (),
        n_masked=masked,
        sources=tuple(_sources(heard, tables["sources"])),
        aircraft=tuple(_where(tables["aircraft"], "icao24", flight["icao24"]))
        if "aircraft" in tables
        else (),
        overrides=tuple(dict(o) for o in overrides if o.get("flight") == flight_id),
        claims=_claims(tables.get("claims"), flight_id),
        networks=tuple(_where(tables["flight_networks"], "flight_id", flight_id))
        if "flight_networks" in tables
        else (),
        silences=tuple(_where(tables["network_silences"], "flight_id", flight_id))
        if "network_silences" in tables
        else (),
    )


def _where(table: pa.Table, column: str, value: str) -> list[Row]:
    rows: list[Row] = table.filter(pc.equal(table.column(column), value)).to_pylist()
    return rows


def _sources(heard: pa.Table, sources: pa.Table) -> list[Row]:
    used = pa.array(sorted(set(heard.column("source_id").to_pylist())), pa.string())
    rows: list[Row] = sources.filter(pc.is_in(sources.column("source_id"), value_set=used)).to_pylist()
    return rows


def _inside(positions: pa.Table, flight: Row) -> pa.Table:
    """Positions of the flight's address from its first to its last position, in time order."""
    time = positions.column("time_utc")
    first, last = (pa.scalar(flight[c], time.type) for c in ("first_seen_utc", "last_seen_utc"))
    keep = pc.and_(
        pc.equal(positions.column("icao24"), flight["icao24"]),
        pc.and_(pc.greater_equal(time, first), pc.less_equal(time, last)),
    )
    order = [(c, "ascending") for c in ("time_utc", "source_id", "record")]
    return positions.filter(keep).sort_by(order)


def _split(heard: pa.Table, masks: pa.Table | None) -> tuple[pa.Table, dict[str, int]]:
    """Used positions, and how many are masked for which reason."""
    if masks is None or masks.num_rows == 0:
        return heard, {}
    keys = ("time_utc", "source_id", "record")
    address = heard.column("icao24")[0] if heard.num_rows else None
    mine = (
        masks.filter(pc.equal(masks.column("icao24"), address)) if address is not None else masks.slice(0, 0)
    )
    why = {tuple(r[k] for k in keys): f"{r['mask']}: {r['reason']}" for r in mine.to_pylist()}
    rows = [tuple(r[k] for k in keys) for r in heard.select(list(keys)).to_pylist()]
    counts: dict[str, int] = {}
    for row in rows:
        if row in why:
            kind = why[row].split(":", 1)[0]
            counts[kind] = counts.get(kind, 0) + 1
    return heard.filter(pa.array([row not in why for row in rows], pa.bool_())), counts


def _end(end: str, flight_id: str, tables: Mapping[str, pa.Table], used: pa.Table) -> EndEvidence:
    rows = [r for r in _where(tables["ends"], "flight_id", flight_id) if r["end"] == end]
    candidates = (
        [r for r in _where(tables["candidates"], "flight_id", flight_id) if r["end"] == end]
        if "candidates" in tables
        else []
    )
    n = min(SHOWN_POSITIONS, used.num_rows)
    near = used.slice(0, n) if end == ENDS[0] else used.slice(used.num_rows - n, n)
    return EndEvidence(
        end=end,
        row=rows[0] if rows else {},
        candidates=tuple(sorted(candidates, key=lambda c: c["rank"])),
        positions=tuple(near.to_pylist()),
    )


def _claims(claims: pa.Table | None, flight_id: str) -> tuple[str, ...]:
    """Claims that count the flight itself, or one of its ends."""
    if claims is None:
        return ()
    return tuple(
        c["claim_id"]
        for c in claims.select(["claim_id", "row_ids"]).to_pylist()
        if any(r == flight_id or r.startswith(f"{flight_id}/") for r in c["row_ids"])
    )
