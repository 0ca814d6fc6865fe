"""The lists of rows behind every number on the page, each with a place to link to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from waystation.terms.claim_query import KEYS, row_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

__all__ = ["RowLists", "RowsBehind", "flights_behind", "table_of"]

MAX_LINKS = 400  # a list longer than a page helps nobody: its query and the CSV do
MAX_KEYS = 40  # rows that are no flights are named by their key
_OF_FLIGHTS: Final = frozenset({"flights", "ends", "gaps"})
_FLIGHTS_IN: Final = {
    "itineraries": ("flight_ids",),
    "stays": ("from_flight", "to_flight"),
    "relays": ("from_flight", "to_flight"),
    "triples": ("from_flight", "to_flight"),
    "visits": ("arrival_flight", "departure_flight"),
}
"""Columns of other tables that name flights."""


@dataclass(frozen=True)
class RowsBehind:
    """One list: its anchor, what it is, the query that finds it, the rows or flights that it holds."""

    anchor: str
    title: str
    query: str
    table: str
    n_rows: int
    flight_ids: tuple[str, ...]
    more: int
    keys: tuple[str, ...] = ()


@dataclass
class RowLists:
    """Gathers lists while the page is made; the same rows are listed once."""

    shown: frozenset[str]
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    lists: list[RowsBehind] = field(default_factory=list)
    _known: dict[tuple[str, ...], str] = field(default_factory=dict)

    def add(self, title: str, query: str, row_ids: Sequence[str]) -> str | None:
        """Return the anchor of a list for these rows (keys of the query's table); None if empty."""
        if not row_ids:
            return None
        table = table_of(query)
        flights = flights_behind(table, row_ids, self.tables)
        if table in _OF_FLIGHTS and len(flights) == 1 and len(row_ids) == 1 and flights[0] in self.shown:
            return f"f-{flights[0]}"
        key = (query, *(flights or row_ids))
        if key not in self._known:
            anchor = f"rows-{len(self.lists) + 1}"
            self._known[key] = anchor
            kept = tuple(f for f in flights if f in self.shown)[:MAX_LINKS]
            keys = () if flights else tuple(row_ids[:MAX_KEYS])
            more = len(flights or row_ids) - len(kept or keys)
            self.lists.append(RowsBehind(anchor, title, query, table, len(row_ids), kept, more, keys))
        return self._known[key]

    def shown_anchor(self, flight_id: str) -> str | None:
        """Anchor of one flight's row, if the page shows it."""
        return f"f-{flight_id}" if flight_id in self.shown else None

    def anchors(self) -> Iterable[str]:
        """All anchors made so far."""
        return (r.anchor for r in self.lists)


def flights_behind(table: str, row_ids: Sequence[str], tables: Mapping[str, pa.Table]) -> tuple[str, ...]:
    """Flights that the rows are, or that they name; empty for rows of other tables."""
    if table in _OF_FLIGHTS:
        return tuple(dict.fromkeys(r.split("/", 1)[0] for r in row_ids))
    columns = _FLIGHTS_IN.get(table, ())
    if not columns or table not in tables:
        return ()
    rows, wanted = tables[table], set(row_ids)
    out: dict[str, None] = {}
    cells = zip(row_keys(table, rows), *(rows.column(c).to_pylist() for c in columns), strict=True)
    for key, *values in cells:
        if key in wanted:
            for v in values:
                out |= dict.fromkeys(v if isinstance(v, list) else [v] if v else [])
    return tuple(out)


def table_of(query: str) -> str:
    """The table that a query counts; ``flights`` where the text is no query but a description."""
    found = re.search(r"\bof (\w+)", query)
    return found[1] if found and found[1] in KEYS else "flights"
