"""The lists of rows behind every number on the page, each with a place to link to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["RowLists", "RowsBehind"]

MAX_LINKS = 400  # a list longer than a page helps nobody: its query and the CSV do


@dataclass(frozen=True)
class RowsBehind:
    """One list: its anchor, what it is, the query that finds it, the flights it holds."""

    anchor: str
    title: str
    query: str
    n_rows: int
    flight_ids: tuple[str, ...]
    more: int


@dataclass
class RowLists:
    """Gathers lists while the page is made; the same rows are listed once."""

    shown: frozenset[str]
    lists: list[RowsBehind] = field(default_factory=list)
    _known: dict[tuple[str, ...], str] = field(default_factory=dict)

    def add(self, title: str, query: str, row_ids: Sequence[str]) -> str | None:
        """Return the anchor of a list for these rows (``flight_id`` or ``flight_id/end``); None if empty."""
        if not row_ids:
            return None
        flights = tuple(dict.fromkeys(r.split("/", 1)[0] for r in row_ids))
        if len(flights) == 1 and len(row_ids) == 1 and flights[0] in self.shown:
            return f"f-{flights[0]}"
        key = (query, *flights)
        if key not in self._known:
            anchor = f"rows-{len(self.lists) + 1}"
            self._known[key] = anchor
            kept = tuple(f for f in flights if f in self.shown)[:MAX_LINKS]
            self.lists.append(RowsBehind(anchor, title, query, len(row_ids), kept, len(flights) - len(kept)))
        return self._known[key]

    def shown_anchor(self, flight_id: str) -> str | None:
        """Anchor of one flight's row, if the page shows it."""
        return f"f-{flight_id}" if flight_id in self.shown else None

    def anchors(self) -> Iterable[str]:
        """All anchors made so far."""
        return (r.anchor for r in self.lists)
