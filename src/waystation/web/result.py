"""One result in memory: its tables, its manifest, where its airfields lie, and its positions on disk.

Tables are read once; a result that a newer run replaced is read anew. Everything shown comes from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation.store.archive import read_positions
from waystation.store.manifest import MANIFEST, read_manifest
from waystation.store.places import place_of
from waystation.store.reference import airfields_of, reference_of
from waystation.store.tables import read_tables
from waystation.terms.errors import ArchiveError
from waystation.terms.schema import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from waystation.case import Case
    from waystation.store.places import Place as Where
    from waystation.world.airfields import Airfields

__all__ = ["Place", "Result", "Shelf"]


@dataclass(frozen=True)
class Place:
    """An airfield as the pages name and draw it. ``lat``/``lon``: degrees, None for a place without one."""

    ident: str
    name: str
    country: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True)
class Result:
    """What one run left. ``case`` is None for the flights of files without a case."""

    folder: Path
    tables: Mapping[str, pa.Table]
    manifest: Mapping[str, Any]
    airfields: Airfields
    case: Case | None = None
    stamp: float = 0.0
    places: dict[str, Place] = field(default_factory=dict)

    def table(self, name: str) -> pa.Table:
        """Return a table; one that this run did not write has no rows."""
        return self.tables[name] if name in self.tables else empty(name)

    def rows(self, name: str, column: str, value: str) -> list[dict[str, Any]]:
        """Return the rows of a table whose ``column`` is ``value``."""
        table = self.table(name)
        found: list[dict[str, Any]] = table.filter(pc.equal(table.column(column), value)).to_pylist()
        return found

    def flight_id(self, begun: str) -> str:
        """Return the one flight id that begins so, as terminals shorten it; ``begun`` where none does."""
        ids = self.table("flights").column("flight_id")
        found = ids.filter(pc.starts_with(ids, begun)).unique().to_pylist()
        return found[0] if len(found) == 1 else begun

    @property
    def simulated(self) -> bool:
        """Whether any of it was made up."""
        return any("simulated" in t.column_names for n, t in self.tables.items() if n not in TABLES_WITH_MARK)

    @property
    def title(self) -> str:
        """What the case is called, or the folder."""
        if self.case is not None:
            return self.case.view.title
        named = self.manifest.get("case")
        return str(named["title"]) if named else f"Flights in {self.folder.name}"

    def place(self, ident: str) -> Place:
        """Return the airfield of an ident, by the case's own name where it gives one."""
        known = self.places.get(ident)
        if known is None:
            known = self.places[ident] = self._look_up(ident)
        return known

    @property
    def archive(self) -> Where | None:
        """Where the positions are, a folder or a bucket; None where the archive was temporary or is gone."""
        named = self.manifest.get("archive")
        where = place_of(named) if named else None
        return where if where is not None and where.is_dir() else None

    def positions(self, icao24: str) -> pa.Table:
        """Return the positions of one aircraft; none without an archive."""
        archive = self.archive
        return empty("positions") if archive is None else read_positions(archive, icao24=[icao24])

    def _look_up(self, ident: str) -> Place:
        own = {s.id: s for s in (self.case.view.sites if self.case else ())}.get(ident)
        at = self.airfields.index.get(ident)
        if at is None:
            return Place(
                ident,
                (own.name if own else None) or ident,
                "",
                own.lat if own else None,
                own.lon if own else None,
            )
        a = self.airfields
        name = (own.name if own else None) or str(a.name[at])
        return Place(ident, name, str(a.iso_country[at]), float(a.lat[at]), float(a.lon[at]))


TABLES_WITH_MARK = frozenset({n for n, s in TABLES.items() if "simulated" in s.names})


@dataclass
class Shelf:
    """Holds the result of a folder, and fetches it anew when a newer run has written there."""

    folder: Path
    case: Path | None = None
    held: Result | None = None

    def result(self) -> Result:
        """Return the result. Raises ``ArchiveError`` where there is none (any more)."""
        manifest = self.folder / MANIFEST
        if not manifest.is_file():
            raise ArchiveError(f"{self.folder} holds no result; make one: waystation run CASE.toml")
        stamp = manifest.stat().st_mtime
        if self.held is None or self.held.stamp != stamp:
            self.held = self._read(stamp)
        return self.held

    def _read(self, stamp: float) -> Result:
        from waystation.case import read_case

        case = read_case(self.case) if self.case else None
        sites = case.view.sites if case else ()
        airfields = airfields_of(reference_of(sites).overlays)
        return Result(
            self.folder, read_tables(self.folder), read_manifest(self.folder), airfields, case, stamp
        )
