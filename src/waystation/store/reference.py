"""The reference tables of one run: ours, with the user's own over them.

The user's rest in ``$XDG_DATA_HOME/waystation`` or ``~/.local/share/waystation``: ``airfields.csv`` stands
over our airfields, every ``aircraft/<name>.csv[.gz]`` is a register of aircraft.
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from waystation.store.atomic import write_atomic
from waystation.store.hashing import sha256
from waystation.world.aircraft_csv import read_aircraft_csv, read_tar1090_csv
from waystation.world.airfield_overlay import overlay
from waystation.world.airfields import load_airfields

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from waystation.terms.case_view import Site
    from waystation.world.airfields import Airfields

__all__ = ["Reference", "airfields_of", "data_folder", "put", "read_register", "reference_of"]


@dataclass(frozen=True)
class Reference:
    """What a run knows beforehand. ``overlays``: CSVs over the airfields, later over earlier.

    ``registers``: (name, bytes) of tables of aircraft, the most trusted first.
    """

    overlays: tuple[bytes, ...] = ()
    registers: tuple[tuple[str, bytes], ...] = ()

    @property
    def hashes(self) -> dict[str, str]:
        """Name → SHA-256, for the manifest."""
        fields = {f"airfields-{i}": sha256(data) for i, data in enumerate(self.overlays, 1)}
        return fields | {f"aircraft-{name}": sha256(data) for name, data in self.registers}

    def imported(self) -> list[tuple[str, pa.Table]]:
        """Return the registers as tables."""
        return [(name, read_register(data)) for name, data in self.registers]


def data_folder() -> Path:
    """Where the user's reference tables rest."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "waystation"


def reference_of(sites: Sequence[Site] = ()) -> Reference:
    """Gather the user's tables, and the places that a case gives by latitude and longitude."""
    own = data_folder() / "airfields.csv"
    overlays = [own.read_bytes()] if own.is_file() else []
    places = [s for s in sites if s.lat is not None and s.lon is not None]
    if places:
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(("ident", "name", "lat", "lon"))
        rows.writerows((s.id, s.name or s.id, s.lat, s.lon) for s in places)
        overlays.append(text.getvalue().encode())
    found = sorted(p for p in (data_folder() / "aircraft").glob("*") if p.name.endswith((".csv", ".csv.gz")))
    return Reference(tuple(overlays), tuple((p.name.split(".csv")[0], p.read_bytes()) for p in found))


@lru_cache(maxsize=2)
def airfields_of(overlays: tuple[bytes, ...]) -> Airfields:
    """Return our airfields with every overlay over them."""
    airfields = load_airfields()
    for data in overlays:
        airfields = overlay(airfields, data)
    return airfields


def read_register(data: bytes) -> pa.Table:
    """Read a table of aircraft: a CSV with named columns, or tar1090-db's own form."""
    head = data[:2]
    if head == b"\x1f\x8b" or b";" in data[:200].split(b"\n", 1)[0]:
        return read_tar1090_csv(data)
    return read_aircraft_csv(data)


def put(name: str, data: bytes) -> Path:
    """Store ``data`` as ``name`` in the user's folder; returns the path."""
    path = data_folder() / name
    write_atomic(path, data)
    return path
