"""The airfield table in memory: numpy arrays, one element an airfield; runways beside it.

Built by ``scripts/build_airfields.py`` from public-domain data; rules in ``docs/rules/airfields.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from waystation.terms.geodesy import unit_vectors

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

__all__ = ["KINDS", "Airfields", "Runways", "read_airfields"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]

_MANY = {"ident", "name"}  # columns whose values hardly repeat
KINDS = ("small_airport", "medium_airport", "large_airport", "seaplane_base")


@dataclass(frozen=True, eq=False)
class Runways:
    """Runways, sorted by airfield. ``nan`` and empty text mean unknown. Headings are true, not magnetic.

    ``airfield`` is the index into ``Airfields``. ``le`` is the end with the lower number, ``he`` the other;
    ``le_heading_deg`` is the direction of one who lands at ``le``. ``heading_from`` is ``coordinates`` (of
    both ends), ``source``, ``ident`` (the painted number turned by the local magnetic variation: half are
    within 3°, 95 % within 9°) or ``unknown``. ``surface`` is hard, soft, water or unknown.
    """

    airfield: Ints
    length_ft: Floats
    width_ft: Floats
    surface: Texts
    surface_code: Texts
    closed: Bools
    le_ident: Texts
    he_ident: Texts
    le_lat: Floats
    le_lon: Floats
    he_lat: Floats
    he_lon: Floats
    le_elevation_ft: Floats
    he_elevation_ft: Floats
    le_heading_deg: Floats
    he_heading_deg: Floats
    heading_from: Texts

    def __len__(self) -> int:
        return len(self.airfield)


@dataclass(frozen=True, eq=False)  # one table is one object: it keys the caches of names
class Airfields:
    """Airfields, sorted by ident (fields of a user's CSV stand at the end). ``nan`` and "" mean unknown.

    ``kind``: one of ``KINDS``. ``military``: yes or unknown, guessed from the name, never "no".
    ``runway_status``: yes; none (only water is recorded); unknown (no record, or only closed runways).
    ``longest_runway_ft`` and ``surface`` (hard, soft, unknown) are of the longest open land runway.
    ``aliases``: idents and codes of other releases, joined by ``;``. ``other_names``: free text.
    """

    ident: Texts
    name: Texts
    kind: Texts
    lat: Floats
    lon: Floats
    elevation_ft: Floats
    iso_country: Texts
    municipality: Texts
    gps_code: Texts
    icao_code: Texts
    iata_code: Texts
    local_code: Texts
    scheduled_service: Bools
    military: Texts
    longest_runway_ft: Floats
    runway_status: Texts
    surface: Texts
    aliases: Texts
    other_names: Texts
    source: Texts
    runways: Runways

    def __len__(self) -> int:
        return len(self.ident)

    @cached_property
    def index(self) -> dict[str, int]:
        """Ident → position in the arrays."""
        return {ident: i for i, ident in enumerate(self.ident)}

    @cached_property
    def tree(self) -> cKDTree:
        """A search tree over unit vectors; built at first use."""
        from scipy.spatial import cKDTree

        return cKDTree(unit_vectors(self.lat, self.lon))

    @cached_property
    def first_runway(self) -> Ints:
        """Where the runways of airfield i begin: they are ``first_runway[i]`` to ``first_runway[i + 1]``."""
        return np.searchsorted(self.runways.airfield, np.arange(len(self) + 1)).astype(np.int64)


def read_airfields() -> Airfields:
    """Read the table that travels in the package."""
    table, strips = _read("airfields"), _read("runways")
    columns = {f.name: _array(table, f.name) for f in fields(Airfields) if f.name != "runways"}
    return Airfields(**columns, runways=_runways(strips, table.column("ident")))


def _read(name: str) -> pa.Table:
    with (files("waystation.world") / "data" / f"{name}.parquet").open("rb") as stream:
        file = pq.ParquetFile(stream)
        texts = [f.name for f in file.schema_arrow if pa.types.is_string(f.type) and f.name not in _MANY]
        return pq.ParquetFile(stream, read_dictionary=texts).read()


def _array(table: pa.Table, name: str) -> NDArray[Any]:
    column = table.column(name).combine_chunks()
    array: NDArray[Any]
    if pa.types.is_dictionary(column.type):  # one Python string a word, not one a row: half the loading time
        array = column.dictionary.to_numpy(zero_copy_only=False)[column.indices.to_numpy()]
    elif pa.types.is_floating(column.type):
        array = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    else:
        array = column.to_numpy(zero_copy_only=False)
    if array.flags.writeable:
        array.flags.writeable = False
    return array


def _runways(table: pa.Table, idents: pa.ChunkedArray) -> Runways:
    columns = {
        f.name: _array(table, f.name) for f in fields(Runways) if f.name not in {"airfield", "he_heading_deg"}
    }
    # Parquet is sorted by ident, as the airfields are: the indices rise.
    airfield = (
        pc.index_in(table.column("airfield").cast(pa.string()), value_set=idents).to_numpy().astype(np.int64)
    )
    he_heading = (columns["le_heading_deg"] + 180.0) % 360.0  # over a runway's length, meridians are parallel
    return Runways(airfield=airfield, he_heading_deg=he_heading, **columns)
