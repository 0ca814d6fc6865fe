"""The reference tables of one run: ours, with the user's own over them.

The user's rest in ``$XDG_DATA_HOME/waystation`` or ``~/.local/share/waystation``: every
``airfields/<name>.csv`` stands over our airfields, in the order of names (OurAirports' additions first);
every ``aircraft/<name>.csv[.gz]`` is a register of aircraft.
"""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from waystation.store.atomic import write_atomic
from waystation.store.hashing import sha256
from waystation.world.aircraft_registers import read_register
from waystation.world.airfield_overlay import overlay
from waystation.world.airfields import KINDS, canonical_ident, load_airfields

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from waystation.terms.case_view import Site
    from waystation.world.airfields import Airfields

__all__ = [
    "Imported",
    "Reference",
    "airfields_of",
    "data_folder",
    "import_aircraft",
    "import_airfields",
    "read_register",
    "reference_of",
]


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


@dataclass(frozen=True)
class Imported:
    """What an import left: rows read, of these refused as broken, and a remark for the user."""

    path: Path
    rows: int
    refused: int
    remark: str


def data_folder() -> Path:
    """Where the user's reference tables rest."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "waystation"


def reference_of(sites: Sequence[Site] = ()) -> Reference:
    """Gather the user's tables, and the places that a case gives by latitude and longitude."""
    overlays = [p.read_bytes() for p in sorted((data_folder() / "airfields").glob("*.csv"))]
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


def import_airfields(name: str, data: bytes) -> Imported:
    """Take a user's CSV over the airfield table, or OurAirports' list: of that, fields that we do not have.

    Raises ``CaseError`` naming line and remedy; then nothing is stored.
    """
    first = data[: data.find(b"\n")]
    if b"latitude_deg" not in first:
        airfields = overlay(load_airfields(), data)
        rows = data.decode("utf-8-sig").count("\n")
        return Imported(
            _put(f"airfields/{_plain(name)}.csv", data),
            rows,
            0,
            f"{len(airfields)} airfields with these over ours",
        )
    listed = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    known = load_airfields()
    fresh = [r for r in listed if r["type"] in KINDS and canonical_ident(known, r["ident"]) is None]
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(
        ("ident", "name", "lat", "lon", "kind", "elevation_ft", "iso_country", "municipality", "source")
    )
    for r in fresh:
        place = (r["latitude_deg"], r["longitude_deg"], r["type"], r["elevation_ft"], r["iso_country"])
        out.writerow((r["ident"], r["name"], *place, r["municipality"], "OurAirports"))
    made = text.getvalue().encode()
    overlay(known, made)
    remark = f"{len(fresh)} of them are airfields that we did not have"
    return Imported(_put("airfields/0-ourairports.csv", made), len(listed), 0, remark)


def import_aircraft(name: str, data: bytes) -> Imported:
    """Take a register of aircraft under ``name``. Raises ``FormatError``; then nothing is stored."""
    table = read_register(data)
    refused = int((table.schema.metadata or {}).get(b"rows_refused", b"0"))
    suffix = ".csv.gz" if data[:2] == b"\x1f\x8b" else ".csv"
    plain = _plain(name)
    for other in (".csv", ".csv.gz"):
        (data_folder() / "aircraft" / f"{plain}{other}").unlink(missing_ok=True)
    path = _put(f"aircraft/{plain}{suffix}", data)
    return Imported(path, table.num_rows, refused, f"register {plain}")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-") or "own"


def _put(name: str, data: bytes) -> Path:
    path = data_folder() / name
    write_atomic(path, data)
    return path
