"""Which records are one airfield, and what it is called today.

The thresholds are argued in docs/rules/airfields.md.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from airfield_sources import Field, Place
from waystation.terms.geodesy import distance_km, unit_vectors
from waystation.terms.units import EARTH_RADIUS_KM

ICAO = re.compile(r"[A-Z]{4}\Z")
SIZE = {"large_airport": 3, "medium_airport": 2, "small_airport": 1, "seaplane_base": 0}
GENERIC = (
    r"\b(duplicate|international|regional|municipal|muni|county|airport|airfield|airstrip|airpark|aerodrome"
    r"|air base|airbase|field|strip|ultralight|the|and|memorial|seaplane base|heliport|gliding|glider)\b"
)
SAME_CODE_KM = 5.0  # one ICAO code, two records: 5 km is more than any error of a reference point seen
SAME_NAME_KM = 3.0  # one name (or local code), two records: the reference points differ by a runway length
SAME_PLACE_KM = 0.1  # no track could tell two fields apart at a tenth of a kilometre
SHARED_RUNWAY_KM = 2.0  # one long runway on record twice, within its own length
LIKE_NAME_KM = 1.0  # two spellings of a name are weaker evidence than one spelling
LOCAL_CODE_KM = 0.5  # local codes are used again: at a greater distance the name must agree as well
BESIDE_KM = 2.0  # a record without a runway this near to a larger field is the other side of its fence
LONG_M = 1500  # two farm strips share "09/27, 800 m" by chance, long runways do not
NAME_RATIO = 0.86
SIDES = {
    "north",
    "south",
    "east",
    "west",
    "northeast",
    "northwest",
    "southeast",
    "southwest",
    "upper",
    "lower",
    "i",
    "ii",
    "iii",
    "iv",
}


@dataclass(frozen=True)
class Merge:
    """One record that became part of another, and why."""

    ident: str
    into: str
    km: float
    reason: str


def plain(name: str) -> str:
    """Return the distinctive part of a name: no accents, no generic words."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    text = re.sub(GENERIC, " ", re.sub(r"[^a-z0-9 ]+", " ", text))
    return " ".join(text.split())


def likeness(a: str, b: str) -> float:
    """Return 1 for one name, the share of common letters for two spellings, 0 for two names.

    Two names that differ in a number or a side (North, II) are two places, however long the common part.
    """
    x, y = plain(a), plain(b)
    if not x or not y or _sides(x) != _sides(y):
        return 0.0
    if x == y:
        return 1.0
    ratio = difflib.SequenceMatcher(None, x, y).ratio()
    return ratio if ratio >= NAME_RATIO else 0.0


def _sides(plain_name: str) -> list[str]:
    return sorted(w for w in plain_name.split() if w in SIDES or w.isdigit())


def tree(items: list[Field] | list[Place]) -> cKDTree:
    """Return a search tree over unit vectors."""
    return cKDTree(unit_vectors([i.lat for i in items], [i.lon for i in items]))


def _reason(  # noqa: PLR0911 - one line a reason, strongest first
    a: Field, b: Field, km: float, runways: dict[str, frozenset[str]]
) -> str:
    if (a.kind == "seaplane_base") != (b.kind == "seaplane_base"):
        return ""  # a lake beside a runway is another place to land
    alike = likeness(a.name, b.name) if a.iso_country == b.iso_country else 0.0
    ra, rb = runways.get(a.ident, frozenset()), runways.get(b.ident, frozenset())
    if a.gps_code and a.gps_code == b.gps_code and ICAO.match(a.gps_code) and km <= SAME_CODE_KM:
        return "same ICAO code"
    if (
        a.local_code
        and a.local_code == b.local_code
        and (km <= LOCAL_CODE_KM or (alike and km <= SAME_NAME_KM))
    ):
        return "same local code"
    if (
        alike
        and km <= (SAME_NAME_KM if alike == 1.0 else LIKE_NAME_KM)
        and (not ra or not rb or ra & rb or km <= 1.0)
    ):
        return "same name"
    if km <= SAME_PLACE_KM:
        return "same place"
    if km <= SHARED_RUNWAY_KM and any(int(r.split()[1]) * 100 >= LONG_M for r in ra & rb):
        return "same runways"
    return "beside a larger field" if _beside(a, b, km, ra, rb) else ""


def _beside(a: Field, b: Field, km: float, ra: frozenset[str], rb: frozenset[str]) -> bool:
    small, large, bare = (a, b, not ra) if SIZE[a.kind] < SIZE[b.kind] else (b, a, not rb)
    other = rb if small is a else ra
    return km <= BESIDE_KM and bare and bool(other) and SIZE[small.kind] < SIZE[large.kind]


def _rank(f: Field, current: set[str], runways: dict[str, frozenset[str]]) -> tuple[object, ...]:
    duplicate = "duplicate" in f.name.lower()
    return (
        duplicate,
        -SIZE[f.kind],
        f.ident not in current,
        not ICAO.match(f.ident),
        f.ident not in runways,
        "-" in f.ident,
        f.ident,
    )


def merge(
    fields: list[Field], current: set[str], runways: dict[str, frozenset[str]]
) -> tuple[list[Field], list[Merge], dict[str, str]]:
    """Return the fields with each place once, the merges, and old ident → surviving ident.

    ``runways``: ident → set of runway fingerprints. A record joins the best record that it matches directly:
    chains of likeness do not add up.
    """
    t = tree(fields)
    pairs = t.query_pairs(SAME_CODE_KM / EARTH_RADIUS_KM, output_type="ndarray")
    matches: dict[int, list[tuple[int, float, str]]] = defaultdict(list)
    for i, j in pairs:
        a, b = fields[i], fields[j]
        km = float(distance_km(a.lat, a.lon, b.lat, b.lon))
        why = _reason(a, b, km, runways)
        if why:
            matches[int(i)].append((int(j), km, why))
            matches[int(j)].append((int(i), km, why))
    order = sorted(matches, key=lambda i: _rank(fields[i], current, runways))
    gone: dict[int, int] = {}
    merges = []
    for i in order:
        if i in gone:
            continue
        for j, km, why in sorted(matches[i]):
            if j not in gone and order.index(j) > order.index(i):
                gone[j] = i
                merges.append(Merge(fields[j].ident, fields[i].ident, km, why))
                _absorb(fields[i], fields[j])
    moved = {fields[j].ident: fields[i].ident for j, i in gone.items()}
    return [f for i, f in enumerate(fields) if i not in gone], merges, moved


def _absorb(keep: Field, other: Field) -> None:
    keep.aliases |= {other.ident} | other.aliases
    if other.gps_code and other.gps_code != keep.gps_code:
        keep.aliases.add(other.gps_code)
    keep.gps_code = keep.gps_code or other.gps_code
    keep.iata_code = keep.iata_code or other.iata_code
    keep.local_code = keep.local_code or other.local_code
    keep.municipality = keep.municipality or other.municipality
    keep.scheduled = keep.scheduled or other.scheduled
    keep.elevation_ft = keep.elevation_ft if keep.elevation_ft is not None else other.elevation_ft
    names = [
        keep.other_names,
        *([] if plain(keep.name) == plain(other.name) else [other.name]),
        other.other_names,
    ]
    keep.other_names = ", ".join(n for n in names if n)


def rename(
    fields: list[Field], drift: dict[str, str], known: set[str], today: set[str]
) -> list[tuple[str, str]]:
    """Give each field the ident it has today; return (old, new). The old ident stays as an alias.

    ``drift``: old ident → ident of today (scripts/ident_drift.csv). Where no second source has the new ident
    (neither the old GPS code nor ``today``, the codes of airportsdata), and where it is a placeholder
    (``US-9359``, given to strips whose code was withdrawn), it becomes an alias and no name. An ident that
    stood for another record in the older release (``known``) is given to nobody: it would mean two places.
    """
    renamed = []
    for f in fields:
        new = drift.get(f.ident)
        if new is None or new in known:
            continue
        if "-" in new or (new != f.gps_code and new not in today):
            f.aliases.add(new)
            continue
        renamed.append((f.ident, new))
        f.aliases.add(f.ident)
        f.ident = new
    return renamed


def adopt(fields: list[Field], places: list[Place], known: set[str], source: str) -> tuple[int, int]:
    """Add codes of today that no field has: as an alias of the same place, or as a new field.

    ``known``: every ident of the older release, also of heliports and closed fields: those are not new.
    Returns (aliases added, fields added). A new field is a ``small_airport`` until someone knows better.
    """
    have = {f.ident for f in fields} | {a for f in fields for a in f.aliases} | known
    by_code = {f.gps_code: f for f in fields if f.gps_code}
    t, old = tree(fields), list(fields)
    aliases = 0
    for p in places:
        if p.code in have:
            continue
        near = t.query_ball_point(unit_vectors(p.lat, p.lon), SAME_CODE_KM / EARTH_RADIUS_KM)
        found = sorted((float(distance_km(p.lat, p.lon, old[i].lat, old[i].lon)), i) for i in near)
        match = next((old[i] for km, i in found if _is(p, old[i], km, by_code)), None)
        if match is not None:
            match.aliases.add(p.code)
            aliases += 1
        else:
            kind = "seaplane_base" if "seaplane" in p.name.lower() else "small_airport"
            fields.append(_new(p, kind, source))
    return aliases, len(fields) - len(old)


def _is(p: Place, f: Field, km: float, by_code: dict[str, Field]) -> bool:
    if by_code.get(p.code) is f or (p.local and p.local in {f.local_code, f.ident}):
        return True
    if p.iata and p.iata == f.iata_code:
        return True
    return km <= SAME_PLACE_KM or (km <= SAME_NAME_KM and likeness(p.name, f.name) > 0)


def _new(p: Place, kind: str, source: str) -> Field:
    return Field(
        source_id="",
        ident=p.code,
        kind=kind,
        name=p.name,
        lat=p.lat,
        lon=p.lon,
        elevation_ft=p.elevation_ft,
        iso_country=p.country,
        municipality=p.city,
        scheduled=False,
        gps_code=p.code if ICAO.match(p.code) else "",
        iata_code=p.iata,
        local_code=p.local,
        other_names="",
        source=source,
    )


def fill_elevation(fields: list[Field], places: list[Place]) -> int:
    """Fill unknown elevations from the other source; return how many."""
    today = {p.code: p for p in places}
    n = 0
    for f in fields:
        p = today.get(f.ident)
        if f.elevation_ft is None and p is not None and p.elevation_ft is not None:
            f.elevation_ft, n = p.elevation_ft, n + 1
    return n


def bad_elevations(fields: list[Field]) -> int:
    """Blank elevations that no airfield on Earth has (Dead Sea shore −1,300 ft, Daocheng 14,472 ft)."""
    bad = [f for f in fields if f.elevation_ft is not None and not -1400.0 <= f.elevation_ft <= 16000.0]
    for f in bad:
        f.elevation_ft = None
    return len(bad)


def check_unique(fields: list[Field]) -> None:
    """Fail the build where an ident stands twice."""
    idents, counts = np.unique([f.ident for f in fields], return_counts=True)
    if (counts > 1).any():
        raise SystemExit(f"ident twice in the table: {idents[counts > 1].tolist()}")
