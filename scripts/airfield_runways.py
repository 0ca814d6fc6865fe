"""Runways: kept, classed, and given a direction where the source has none."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from airfield_sources import number
from waystation.terms.geodesy import bearing_deg, distance_km, unit_vectors
from waystation.terms.units import EARTH_RADIUS_KM

HARD = re.compile(
    r"ASP|CON|BIT|PEM|PAV|MAC|PSP|MAT|TAR\b|TARRED|PER\b|METAL|MET\b|^C$|^B$|BRICK|HARD|ROOFTOP|SEAL|COM|PAD|^ALUM|STEEL"
)
SOFT = re.compile(
    r"TURF|GR[AESVD]|GVL|DIRT|EARTH|SAND|^SAN|CLAY|LAT|SOIL|TER|ICE|SNOW|COR|SOD|MUD|ROCK|SHALE|CALICHE|GRAVEL"
    r"|^G$|^S$|^L$|^T$|HERB|TIERRA|GYP|SALT|RIP|TREATED|CINDER|OIL|LOAM|VEG|UNPAVED"
)
WATER = re.compile(r"WAT|LAKE|RIVER|^W$")
HELIPAD = re.compile(r"H\d*\Z|HP")
MAX_LENGTH_FT = 24_000.0  # the longest runway on Earth, in use, is 18,045 ft; dry-lake strips reach 24,000 ft
NEIGHBOURS = 9
NEIGHBOUR_KM = 400.0


@dataclass
class Runway:
    """One runway. Headings are true; ``heading_from`` says how they are known."""

    ident: str
    length_ft: float
    width_ft: float
    surface_code: str
    surface: str
    closed: bool
    le_ident: str
    he_ident: str
    le: tuple[float, float]
    he: tuple[float, float]
    le_elevation_ft: float
    he_elevation_ft: float
    le_heading_deg: float
    heading_from: str = "unknown"


def surface_class(code: str) -> str:
    """Return hard, soft, water or unknown for an OurAirports surface code (free text, 500 spellings)."""
    text = code.upper().strip()
    if WATER.search(text):
        return "water"
    first = re.split(r"[-/, (+]", text)[0] if text else ""
    for part in (first, text):  # ASPH-TURF is as hard as its first word
        if HARD.search(part) and not part.startswith("GRAS"):
            return "hard"
        if SOFT.search(part):
            return "soft"
    return "unknown"


def _number(text: str | None) -> float:
    n = number(text)
    return float("nan") if n is None else n


def _end(r: dict[str, str], end: str) -> tuple[float, float]:
    lat, lon = _number(r[f"{end}_latitude_deg"]), _number(r[f"{end}_longitude_deg"])
    return (lat, lon) if abs(lat) <= 90.0 and abs(lon) <= 180.0 else (float("nan"), float("nan"))


def ident_heading(ident: str) -> float:
    """Return the magnetic heading that a runway ident stands for; nan for ``N``, ``ALL``, ``H1``."""
    m = re.match(r"(\d{1,2})[LRCTWUGS]?\Z", ident.strip())
    return float(int(m[1]) * 10 % 360) if m and 1 <= int(m[1]) <= 36 else _compass(ident)


def _compass(ident: str) -> float:
    points = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"]
    return points.index(ident) * 45.0 if ident in points else float("nan")


def runways(rows: list[dict[str, str]], place: dict[str, tuple[str, float, float]]) -> list[Runway]:
    """Return runways of known fields, helipads left out. ``place``: OurAirports id → (ident, lat, lon)."""
    out = []
    for r in rows:
        at = place.get(r["airport_ref"])
        if at is None or HELIPAD.match(r["le_ident"].upper()):
            continue
        ident, lat, lon = at
        length = _number(r["length_ft"])
        le, he = _end(r, "le"), _end(r, "he")
        if max(_far(le, lat, lon), _far(he, lat, lon)) > 20.0:
            le = he = (float("nan"), float("nan"))  # the end of another field's runway
        out.append(
            Runway(
                ident=ident,
                length_ft=length if 0.0 < length <= MAX_LENGTH_FT else float("nan"),
                width_ft=_number(r["width_ft"]) or float("nan"),
                surface_code=r["surface"].strip(),
                surface=surface_class(r["surface"]),
                closed=r["closed"] == "1",
                le_ident=r["le_ident"].strip().upper(),
                he_ident=r["he_ident"].strip().upper(),
                le=le,
                he=he,
                le_elevation_ft=_number(r["le_elevation_ft"]),
                he_elevation_ft=_number(r["he_elevation_ft"]),
                le_heading_deg=_number(r["le_heading_degT"]) % 360.0,
            )
        )
    return sorted(out, key=lambda w: (w.ident, w.le_ident, w.he_ident, -np.nan_to_num(w.length_ft)))


def additions(rows: list[dict[str, str]], have: set[str], fields: set[str]) -> list[Runway]:
    """Return the runways of scripts/airfield_additions.csv for fields that have no record of their own."""
    nowhere = (float("nan"), float("nan"))
    return [
        Runway(
            ident=r["ident"],
            length_ft=_number(r["length_ft"]),
            width_ft=_number(r["width_ft"]),
            surface_code=r["surface"],
            surface=surface_class(r["surface"]),
            closed=False,
            le_ident=r["le_ident"],
            he_ident=r["he_ident"],
            le=nowhere,
            he=nowhere,
            le_elevation_ft=float("nan"),
            he_elevation_ft=float("nan"),
            le_heading_deg=float("nan"),
        )
        for r in rows
        if r["ident"] in fields and r["ident"] not in have
    ]


def _far(end: tuple[float, float], lat: float, lon: float) -> float:
    return 0.0 if np.isnan(end[0]) else float(distance_km(end[0], end[1], lat, lon))


def fingerprints(items: list[Runway]) -> dict[str, frozenset[str]]:
    """Return ident → the set of its runways as "15/33 3600" (length to the nearest 100 m)."""
    out: dict[str, set[str]] = {}
    for w in items:
        if not np.isnan(w.length_ft) and not np.isnan(ident_heading(w.le_ident)):
            out.setdefault(w.ident, set()).add(f"{w.le_ident}/{w.he_ident} {round(w.length_ft * 0.003048)}")
    return {k: frozenset(v) for k, v in out.items()}


def direct(items: list[Runway], place: dict[str, tuple[float, float]]) -> dict[str, float]:
    """Give every runway a true heading where anything is known, and say from what. Returns measured errors.

    In this order: both ends' coordinates; the source's own heading; the ident, turned by the median
    difference between ident and true heading among the nearest measured runways (magnetic variation).
    """
    for w in items:
        if not np.isnan([*w.le, *w.he]).any() and 0.1 < float(distance_km(*w.le, *w.he)) < 10.0:
            w.le_heading_deg, w.heading_from = float(bearing_deg(*w.le, *w.he)), "coordinates"
        elif not np.isnan(w.le_heading_deg):
            w.heading_from = "source"
    known = [w for w in items if w.heading_from == "coordinates" and not np.isnan(ident_heading(w.le_ident))]
    turns = np.array([_turn(w.le_heading_deg - ident_heading(w.le_ident)) for w in known])
    sane = np.abs(turns) < 60.0  # ends swapped in the source
    known, turns = [w for w, ok in zip(known, sane, strict=True) if ok], turns[sane]
    t = cKDTree(unit_vectors([place[w.ident][0] for w in known], [place[w.ident][1] for w in known]))

    def variation(lat: float, lon: float, *, without: str = "") -> float:
        d, j = t.query(unit_vectors(lat, lon), k=NEIGHBOURS + 4)
        near = [k for k, x in zip(j, d, strict=True) if x * EARTH_RADIUS_KM <= NEIGHBOUR_KM]
        near = [k for k in near if known[k].ident != without][:NEIGHBOURS]
        return float(np.median(turns[near])) if near else 0.0

    for w in items:
        if w.heading_from == "unknown" and not np.isnan(ident_heading(w.le_ident)):
            w.le_heading_deg = (ident_heading(w.le_ident) + variation(*place[w.ident])) % 360.0
            w.heading_from = "ident"
    sample = range(0, len(known), 7)
    left_out = [abs(turns[i] - variation(*place[known[i].ident], without=known[i].ident)) for i in sample]
    return {
        "plain_p50": float(np.median(np.abs(turns))),
        "plain_p95": float(np.quantile(np.abs(turns), 0.95)),
        "turned_p50": float(np.median(left_out)),
        "turned_p95": float(np.quantile(left_out, 0.95)),
    }


def _turn(deg: float) -> float:
    return (deg + 180.0) % 360.0 - 180.0
