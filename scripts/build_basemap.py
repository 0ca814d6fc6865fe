"""Build ``src/waystation/world/data/basemap.json`` from Natural Earth (public domain), as npm's world-atlas.

    python scripts/build_basemap.py [--cache DIR]

Fetches ``world-atlas@2.0.2`` with ``npm pack`` into the cache (once), checks its SHA-256, takes the 1:50m
countries, thins them to a tenth of a map pixel on any page we print, and writes whole hundredths of a
degree. Natural Earth draws borders as held on the ground; the file takes no side, and neither do we.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

import numpy as np

PACKAGE = "world-atlas@2.0.2"
TARBALL = "world-atlas-2.0.2.tgz"
MEMBER = "package/countries-50m.json"
MEMBER_SHA256 = "04342cdc1e3016bcd7db1630de95684d67b79fe3c8c460321e87aef469502394"
SCALE_DEG = 0.01  # 1.1 km: half a pixel on a map 1,000 pixels wide that shows 2,000 km
TOLERANCE_DEG = 0.02
MIN_ISLAND_DEG2 = 0.004  # islands under about 50 km² would be dots
OUT = Path(__file__).resolve().parent.parent / "src" / "waystation" / "world" / "data" / "basemap.json"


def fetch(cache: Path) -> dict:
    """Return the TopoJSON, downloading the package if the cache lacks it."""
    cache.mkdir(parents=True, exist_ok=True)
    tarball = cache / TARBALL
    if not tarball.exists():
        subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=cache, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(tarball) as tar:
        member = tar.extractfile(MEMBER)
        if member is None:
            raise SystemExit(f"{tarball} has no {MEMBER}: delete it and run again")
        raw = member.read()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != MEMBER_SHA256:
        raise SystemExit(
            f"{MEMBER} has SHA-256 {digest}, expected {MEMBER_SHA256}: not the file we built from"
        )
    return json.loads(raw)


def thin(points: np.ndarray, tolerance: float) -> np.ndarray:
    """Douglas–Peucker: keep the ends and every point further than ``tolerance`` from the kept line."""
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    stack = [(0, len(points) - 1)]
    while stack:
        a, b = stack.pop()
        if b - a < 2:
            continue
        p, q, mid = points[a], points[b], points[a + 1 : b]
        d = q - p
        length = np.hypot(*d)
        rel = mid - p
        far = (
            np.abs(d[0] * rel[:, 1] - d[1] * rel[:, 0]) / length
            if length > 0
            else np.hypot(rel[:, 0], rel[:, 1])
        )
        i = int(np.argmax(far))
        if far[i] > tolerance:
            k = a + 1 + i
            keep[k] = True
            stack += [(a, k), (k, b)]
    return points[keep]


def decoded(topology: dict) -> list[np.ndarray]:
    """Arcs in degrees: TopoJSON stores quantised differences."""
    scale, shift = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]


def rings_of(geometry: dict) -> list[list[list[int]]]:
    """Polygons of a geometry, each a list of rings, each a list of arc numbers."""
    if geometry.get("type") == "Polygon":
        return [geometry["arcs"]]
    return geometry.get("arcs", []) if geometry.get("type") == "MultiPolygon" else []


def joined(ring: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    """One ring's points; ``~i`` is arc i backwards."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]
    return np.concatenate([parts[0], *(p[1:] for p in parts[1:])])


def area_deg2(ring: np.ndarray) -> float:
    """Signed shoelace area."""
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def label_point(ring: np.ndarray) -> tuple[float, float]:
    """Centre of mass of a ring, lon lat."""
    x, y = ring[:, 0], ring[:, 1]
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    total = cross.sum()
    if total == 0:
        return float(x.mean()), float(y.mean())
    return (
        float(((x[:-1] + x[1:]) * cross).sum() / (3 * total)),
        float(((y[:-1] + y[1:]) * cross).sum() / (3 * total)),
    )


def coded(points: np.ndarray) -> list[int]:
    """Whole units of ``SCALE_DEG``, first point then differences, without repeats."""
    q = np.round(points / SCALE_DEG).astype(int)
    moved = np.ones(len(q), dtype=bool)
    moved[1:] = np.any(np.diff(q, axis=0) != 0, axis=1)
    q = q[moved]
    return np.concatenate([q[:1], np.diff(q, axis=0)]).ravel().tolist()


def build(topology: dict) -> dict:
    """The compact file: arcs, land as rings of arcs, borders as arcs, countries with a place for a label."""
    full = decoded(topology)
    uses = [0] * len(full)
    countries = []
    for geometry in topology["objects"]["countries"]["geometries"]:
        outer = []
        for polygon in rings_of(geometry):
            for ring in polygon:
                for i in ring:
                    uses[i if i >= 0 else ~i] += 1
            outer.append(joined(polygon[0], full))
        if not outer:
            continue
        largest = max(outer, key=lambda r: abs(area_deg2(r)))
        lon, lat = label_point(largest)
        name = geometry["properties"]["name"]
        countries.append([name, round(lat, 2), round(lon, 2), round(abs(area_deg2(largest)), 2)])
    land = []
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in rings_of(geometry):
            rings = [r for r in polygon if abs(area_deg2(joined(r, full))) >= MIN_ISLAND_DEG2]
            land += [r for r in rings if polygon[0] in rings]
    borders = [i for i, n in enumerate(uses) if n > 1]
    wanted = sorted({i if i >= 0 else ~i for ring in land for i in ring} | set(borders))
    place = {i: k for k, i in enumerate(wanted)}
    arcs = [coded(thin(full[i], TOLERANCE_DEG)) for i in wanted]
    return {
        "source": f"Natural Earth 1:50m (public domain), npm {PACKAGE}, {MEMBER}, SHA-256 {MEMBER_SHA256}",
        "scale_deg": SCALE_DEG,
        "arcs": arcs,
        "land": [[place[i] if i >= 0 else ~place[~i] for i in ring] for ring in land],
        "borders": [place[i] for i in borders],
        "countries": sorted(countries),
    }


def main() -> None:
    """Read the command line and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "waystation")
    compact = build(fetch(parser.parse_args().cache))
    text = json.dumps(compact, ensure_ascii=False, separators=(",", ":")) + "\n"
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text, encoding="utf-8")
    print(
        f"{OUT.name}: {len(text.encode()):,} bytes, {len(compact['arcs'])} arcs, {len(compact['land'])} rings"
    )


if __name__ == "__main__":
    main()
