"""Build ``src/waystation/world/data/country_shapes.json`` from Natural Earth (public domain).

Fetched as npm's world-atlas, as for the basemap.

    pip install pycountry
    python scripts/build_country_shapes.py [--cache DIR | --topology countries-50m.json]

Outlines of all countries by ISO 3166-1 alpha-2 code, for closing and opening airspace. Shared borders are
thinned once per arc, so that neighbours still meet. Natural Earth draws borders as held on the ground (it
gives Crimea to Russia); the file takes no side, and neither do we.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import pycountry

from build_basemap import (
    MEMBER,
    MEMBER_SHA256,
    PACKAGE,
    SCALE_DEG,
    area_deg2,
    coded,
    decoded,
    fetch,
    joined,
    rings_of,
    thin,
)

TOLERANCE_DEG = 0.02  # 2.2 km, a tenth of the strip that is kept around every closed area
OUT = Path(__file__).resolve().parent.parent / "src" / "waystation" / "world" / "data" / "country_shapes.json"
# Natural Earth draws these apart and gives them no ISO number; the codes are the ones in common use
UNNUMBERED = {
    "Kosovo": "XK",
    "Somaliland": "SO",
    "N. Cyprus": "CY",
    "Indian Ocean Ter.": "AU",
    "Siachen Glacier": "IN",
}


def code_of(geometry: dict) -> str:
    """ISO alpha-2 of one geometry."""
    number = geometry.get("id")
    if number is None:
        return UNNUMBERED[geometry["properties"]["name"]]
    return pycountry.countries.get(numeric=number).alpha_2


def outline(arc: np.ndarray) -> list[int]:
    """One arc thinned and coded; an island that would vanish becomes a diamond 4 km across."""
    thinned = coded(thin(arc, TOLERANCE_DEG))
    if np.allclose(arc[0], arc[-1]) and len(thinned) < 2 * 4:
        lon, lat = np.round(arc.mean(axis=0) / SCALE_DEG).astype(int).tolist()
        return [lon + 2, lat, -2, 2, -2, -2, 2, -2, 2, 2]
    return thinned


def build(topology: dict) -> dict:
    """The compact file: thinned arcs, and for every code its name and its outer rings as lists of arcs."""
    full = decoded(topology)
    countries: dict[str, dict] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = code_of(geometry)
        entry = countries.setdefault(code, {"name": geometry["properties"]["name"], "rings": []})
        if geometry.get("id") is not None and code != "AU":
            entry["name"] = geometry["properties"]["name"]
        # outer rings only: an enclave cannot be reached when what surrounds it is closed
        entry["rings"] += [polygon[0] for polygon in rings_of(geometry)]
    countries["AU"]["name"] = "Australia"
    for entry in countries.values():
        entry["rings"].sort(key=lambda ring: -abs(area_deg2(joined(ring, full))))
    return {
        "source": f"Natural Earth 1:50m (public domain), npm {PACKAGE}, {MEMBER}, SHA-256 {MEMBER_SHA256}",
        "scale_deg": SCALE_DEG,
        "arcs": [outline(arc) for arc in full],
        "countries": dict(sorted(countries.items())),
    }


def main() -> None:
    """Read the command line and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "waystation")
    parser.add_argument("--topology", type=Path, help="the member itself, already at hand")
    chosen = parser.parse_args()
    if chosen.topology is None:
        topology = fetch(chosen.cache)
    else:
        raw = chosen.topology.read_bytes()
        if hashlib.sha256(raw).hexdigest() != MEMBER_SHA256:
            raise SystemExit(f"{chosen.topology} is not the {MEMBER} of {PACKAGE} that we build from")
        topology = json.loads(raw)
    compact = build(topology)
    text = json.dumps(compact, ensure_ascii=False, separators=(",", ":")) + "\n"
    OUT.write_text(text, encoding="utf-8")
    print(f"{OUT.name}: {len(text.encode()):,} bytes, {len(compact['countries'])} countries")


if __name__ == "__main__":
    main()
