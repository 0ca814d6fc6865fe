"""Airfields as the ranking sees them: sorted by latitude, with signs of what and how much lands there."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from waystation.terms.geodesy import unit_vectors
from waystation.terms.units import EARTH_RADIUS_KM
from waystation.world.airfields import canonical_ident

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

    from waystation.world.airfields import Airfields

__all__ = ["ATTRIBUTES", "FieldTable", "field_table", "operator_home"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ATTRIBUTES = (
    "large",
    "medium",
    "scheduled",
    "iata_code",
    "military",
    "international",
    "log_runway",
    "runway_unknown",
    "long_runways",
    "frequencies",
    "tower",
    "approach",
    "hard",
    "wikipedia",
    "home_page",
    "near_large",
    "near_major",
    "large_around",
)
USUAL_RUNWAY_FT = 7000.0  # log_runway is 0 here
UNKNOWN_LOG_RUNWAY = -1.2  # as 2,100 ft: what fields without a record mostly have; runway_unknown corrects it
LONG_RUNWAY_FT = 4500.0
SHADOW_KM, SHADOW_REACH_KM = 20.0, 60.0  # a larger field this near takes traffic away
AROUND_KM = 200.0
N_DIRECTIONS = 4  # runway directions kept per field, longest first
MAX_BASES = 9


@dataclass(frozen=True)
class FieldTable:
    """One element per airfield, in the order of latitude; ``index`` leads back to the airfield table.

    ``attributes``: (n, len(ATTRIBUTES)). ``runway_deg``: (n, 4), directions of 0 to 180°, nan for none.
    ``appeal``: (n, 2), a rough liking by light and by fast aircraft, for pruning only. ``country``: code
    into ``countries``. ``position``: airfield index → row here.
    """

    index: Ints
    lat: Floats
    lon: Floats
    elevation_ft: Floats
    unit: Floats
    attributes: Floats
    appeal: Floats
    runway_deg: Floats
    country: Ints
    countries: tuple[str, ...]
    position: Ints
    water: NDArray[np.bool_]
    major: Ints  # rows of medium and large fields
    major_tree: cKDTree

    def __len__(self) -> int:
        return len(self.lat)


_CACHE: dict[int, tuple[Airfields, FieldTable]] = {}


def field_table(airfields: Airfields) -> FieldTable:
    """Return the table for ``airfields``; the last two are kept, since building one takes a second."""
    known = _CACHE.get(id(airfields))
    if known is None or known[0] is not airfields:
        while len(_CACHE) > 1:
            _CACHE.pop(next(iter(_CACHE)))
        known = _CACHE[id(airfields)] = (airfields, _build(airfields))
    return known[1]


def _build(a: Airfields) -> FieldTable:
    from scipy.spatial import cKDTree

    order = np.argsort(a.lat, kind="stable").astype(np.int64)
    position = np.empty(len(a), dtype=np.int64)
    position[order] = np.arange(len(a))
    unit = unit_vectors(a.lat, a.lon)
    attributes = _attributes(a, unit)
    countries, country = np.unique(a.iso_country.astype(str), return_inverse=True)
    column = {name: attributes[:, k] for k, name in enumerate(ATTRIBUTES)}
    size = np.stack(
        [
            column["large"] + 0.8 * column["medium"] + 0.5 * column["hard"],
            4.0 * column["large"] + 2.0 * column["medium"] + 1.5 * column["scheduled"] + 0.5 * column["hard"],
        ],
        axis=1,
    )
    water = a.kind == "seaplane_base"
    size[water] -= 3.0
    major = np.flatnonzero((column["large"] + column["medium"])[order] > 0)
    return FieldTable(
        index=order,
        lat=np.ascontiguousarray(a.lat[order]),
        lon=np.ascontiguousarray(a.lon[order]),
        elevation_ft=np.ascontiguousarray(_elevation(a, unit)[order]),
        unit=np.ascontiguousarray(unit[order]),
        attributes=np.ascontiguousarray(attributes[order]),
        appeal=np.ascontiguousarray(size[order]),
        runway_deg=np.ascontiguousarray(_directions(a)[order]),
        country=country[order].astype(np.int64),
        countries=tuple(str(c) for c in countries),
        position=position,
        water=water[order],
        major=major,
        major_tree=cKDTree(unit[order][major] if len(major) else np.zeros((0, 3))),
    )


def _elevation(a: Airfields, unit: Floats) -> Floats:
    """Fill unknown elevations from the nearest field whose own is known; 0 if there is none."""
    from scipy.spatial import cKDTree

    out = a.elevation_ft.astype(np.float64).copy()
    known = np.flatnonzero(np.isfinite(out))
    blank = np.flatnonzero(~np.isfinite(out))
    if not len(known):
        return np.zeros(len(a))
    if len(blank):
        out[blank] = out[known[cKDTree(unit[known]).query(unit[blank])[1]]]
    return out


def _attributes(a: Airfields, unit: Floats) -> Floats:
    facts = _facts(a)
    longest = a.longest_runway_ft.astype(np.float64)
    large, medium = a.kind == "large_airport", a.kind == "medium_airport"
    lower = np.array([str(x).lower() for x in a.name], dtype=object)
    r = a.runways
    long_open = (~r.closed.astype(bool)) & (r.length_ft > LONG_RUNWAY_FT) & (r.surface != "water")
    around = _near(unit, np.flatnonzero(large), AROUND_KM, weigh=False)
    columns = {
        "large": large,
        "medium": medium,
        "scheduled": a.scheduled_service,
        "iata_code": a.iata_code != "",
        "military": a.military == "yes",
        "international": ["international" in x or "intl" in x for x in lower],
        "log_runway": np.where(
            np.isfinite(longest),
            np.log(np.clip(longest, 800.0, 14000.0) / USUAL_RUNWAY_FT),
            UNKNOWN_LOG_RUNWAY,
        ),
        "runway_unknown": ~np.isfinite(longest),
        "long_runways": np.log1p(np.bincount(r.airfield[long_open], minlength=len(a))),
        "hard": a.surface == "hard",
        "near_large": np.log1p(_near(unit, np.flatnonzero(large), SHADOW_REACH_KM, weigh=True)),
        "near_major": np.log1p(_near(unit, np.flatnonzero(large | medium), SHADOW_REACH_KM, weigh=True)),
        "large_around": np.log1p(around),
        **facts,
    }
    return np.stack([np.asarray(columns[name], dtype=np.float64) for name in ATTRIBUTES], axis=1)


def _near(unit: Floats, of: Ints, radius_km: float, *, weigh: bool) -> Floats:
    """Count, or sum exp(-km / 20) over, the fields ``of`` around every field, itself left out."""
    from scipy.spatial import cKDTree

    out = np.zeros(len(unit))
    if not len(of):
        return out
    reach = 2.0 * np.sin(radius_km / EARTH_RADIUS_KM / 2.0)
    pairs = cKDTree(unit).sparse_distance_matrix(cKDTree(unit[of]), reach, output_type="coo_matrix")
    other = pairs.row != of[pairs.col]
    km = pairs.data[other] * EARTH_RADIUS_KM
    np.add.at(out, pairs.row[other], np.exp(-km / SHADOW_KM) if weigh else np.ones(len(km)))
    return out


def _directions(a: Airfields) -> Floats:
    out = np.full((len(a), N_DIRECTIONS), np.nan)
    r = a.runways
    usable = np.flatnonzero(~r.closed.astype(bool) & np.isfinite(r.le_heading_deg))
    filled = np.zeros(len(a), dtype=np.int64)
    for j in usable[np.argsort(-np.nan_to_num(r.length_ft[usable], nan=0.0), kind="stable")]:
        i = r.airfield[j]
        if filled[i] < N_DIRECTIONS:
            out[i, filled[i]] = r.le_heading_deg[j] % 180.0
            filled[i] += 1
    return out


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("waystation.flights") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _facts(a: Airfields) -> dict[str, Floats]:
    names = ("frequencies", "tower", "approach", "wikipedia", "home_page")
    out = {name: np.zeros(len(a)) for name in names}
    for row in _rows("field_facts.csv"):
        ident = row["ident"] if row["ident"] in a.index else canonical_ident(a, row["ident"])
        if ident is None:
            continue
        i = a.index[ident]
        for name in names:
            out[name][i] = max(out[name][i], float(row[name]))
    out["frequencies"] = np.log1p(out["frequencies"])
    return out


@lru_cache(maxsize=1)
def _operators() -> dict[str, tuple[str, tuple[str, ...]]]:
    return {r["designator"]: (r["country"], tuple(r["bases"].split())) for r in _rows("operators.csv")}


def operator_home(
    designators: NDArray[np.object_], airfields: Airfields, table: FieldTable
) -> tuple[Ints, Ints]:
    """Return (country code, rows of main bases), both -1 where unknown; the second has shape (n, 9)."""
    codes = {c: i for i, c in enumerate(table.countries)}
    names, of = np.unique(designators.astype(str), return_inverse=True)
    country = np.full(len(names), -1, dtype=np.int64)
    bases = np.full((len(names), MAX_BASES), -1, dtype=np.int64)
    for k, name in enumerate(names.tolist()):
        where, fields_ = _operators().get(name, ("", ()))
        country[k] = codes.get(where, -1)
        found = [canonical_ident(airfields, x) for x in fields_]
        rows = [int(table.position[airfields.index[x]]) for x in found if x is not None][:MAX_BASES]
        bases[k, : len(rows)] = rows
    return country[of], bases[of]
