"""Airfields: load the table, find the near ones, name them, look at their runways."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.geodesy import unit_vectors
from waystation.terms.units import EARTH_RADIUS_KM
from waystation.world.airfield_names import canonical_ident, similar
from waystation.world.airfield_table import KINDS, Airfields, Runways, read_airfields

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from waystation.world.airfield_table import Floats, Ints

__all__ = [
    "KINDS",
    "Airfields",
    "RunwayEnd",
    "Runways",
    "canonical_ident",
    "load_airfields",
    "nearest",
    "nearest_along",
    "runway_ends",
    "runways_of",
    "similar",
    "within",
]


STRIDE = 8  # along tracks as they are reported, four in five places need no look-up of their own


@dataclass(frozen=True)
class RunwayEnd:
    """One end of a runway, as one who lands there sees it. ``nan`` means unknown; the heading is true."""

    ident: str
    lat: float
    lon: float
    heading_deg: float
    elevation_ft: float
    length_ft: float
    surface: str
    heading_from: str


def load_airfields(extra_csv: bytes | None = None) -> Airfields:
    """Return the airfields that travel in the package, with a user's own over them.

    ``extra_csv``: see ``world.airfield_overlay``. The table without additions is read once and shared.
    Raises ``CaseError`` that names the row of the CSV and the remedy.
    """
    base = _packaged()
    if extra_csv is None:
        return base
    from waystation.world.airfield_overlay import overlay

    return overlay(base, extra_csv)


@lru_cache(maxsize=1)
def _packaged() -> Airfields:
    return read_airfields()


def nearest(airfields: Airfields, lat: ArrayLike, lon: ArrayLike, k: int = 1) -> tuple[Floats, Ints]:
    """Return (distance km, index) of the ``k`` nearest airfields, nearest first.

    Shape: that of ``lat`` with one more axis of length ``k``. Where the table has fewer than ``k`` fields
    the distance is inf and the index ``len(airfields)``.
    """
    chord, index = airfields.tree.query(unit_vectors(lat, lon), k=list(range(1, k + 1)))
    return _arc_km(chord), np.asarray(index, dtype=np.int64)


def nearest_along(airfields: Airfields, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> Ints:
    """Return the index of the airfield nearest to each place, as ``nearest`` would; quick along a track.

    Looked up at one place in ``STRIDE``. By the triangle inequality, those have the same airfield that are
    nearer to it than half of what its second airfield is further away than its first. The others follow.
    """
    at = unit_vectors(lat, lon)
    looked = np.minimum(np.arange(0, len(at), STRIDE) + STRIDE // 2, len(at) - 1)
    chord, found = airfields.tree.query(at[looked], k=[1, 2])
    of = np.arange(len(at)) // STRIDE
    moved = np.linalg.norm(at - at[looked][of], axis=-1)
    sure = moved < (1.0 - 1e-6) * (chord[:, 1] - chord[:, 0])[of] / 2.0
    index = found[of, 0]
    index[~sure] = airfields.tree.query(at[~sure])[1]
    return np.asarray(index, dtype=np.int64)


def within(
    airfields: Airfields, lat: ArrayLike, lon: ArrayLike, radius_km: float
) -> tuple[Ints, Floats, Ints]:
    """Return (place, distance km, index) of every airfield within ``radius_km`` of every place.

    ``place`` counts the places in the order given. Rows are in the order of places, nearest airfield first.
    """
    at = unit_vectors(np.ravel(lat), np.ravel(lon))
    chord = 2.0 * np.sin(min(radius_km / EARTH_RADIUS_KM, np.pi) / 2.0)
    found = airfields.tree.query_ball_point(at, chord)
    place = np.repeat(np.arange(len(at)), np.fromiter(map(len, found), dtype=np.int64, count=len(at)))
    index = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=len(place))
    km = _arc_km(np.linalg.norm(airfields.tree.data[index] - at[place], axis=-1))
    order = np.lexsort((index, km, place))  # ties by index: the answer must not depend on the tree
    return place[order], km[order], index[order]


def _arc_km(chord: NDArray[np.float64]) -> Floats:
    # An infinite chord marks "no such neighbour" and stays infinite.
    arc = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))
    return np.asarray(np.where(np.isinf(chord), np.inf, arc), dtype=np.float64)


def runways_of(airfields: Airfields, i: int) -> range:
    """Return the indices into ``airfields.runways`` of airfield ``i``, closed runways included."""
    return range(int(airfields.first_runway[i]), int(airfields.first_runway[i + 1]))


def runway_ends(airfields: Airfields, i: int) -> list[RunwayEnd]:
    """Return both ends of every open runway of airfield ``i``; empty where none is on record."""
    r = airfields.runways
    return [
        RunwayEnd(
            ident=str(getattr(r, f"{end}_ident")[j]),
            lat=float(getattr(r, f"{end}_lat")[j]),
            lon=float(getattr(r, f"{end}_lon")[j]),
            heading_deg=float(getattr(r, f"{end}_heading_deg")[j]),
            elevation_ft=float(getattr(r, f"{end}_elevation_ft")[j]),
            length_ft=float(r.length_ft[j]),
            surface=str(r.surface[j]),
            heading_from=str(r.heading_from[j]),
        )
        for j in runways_of(airfields, i)
        if not r.closed[j]
        for end in ("le", "he")
    ]
