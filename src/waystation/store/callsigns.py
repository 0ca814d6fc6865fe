"""Which callsigns an address was heard to use: for fleets that are named by callsign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from waystation.store.layout import position_files
from waystation.store.places import place_of, read_parquet

if TYPE_CHECKING:
    from waystation.store.places import Place

__all__ = ["aircraft_callsigns"]


def aircraft_callsigns(archive: Place | str) -> dict[str, frozenset[str]]:
    """Return address → callsigns, of all addresses that told one. Reads two columns of the whole archive."""
    columns = ["icao24", "callsign"]
    parts = []
    for file in position_files(place_of(archive)):
        told = pl.DataFrame(read_parquet(file, columns=columns, read_dictionary=columns))
        parts.append(told.cast(pl.String).drop_nulls().unique())
    if not parts:
        return {}
    said = pl.concat(parts).unique().group_by("icao24").agg("callsign")
    return {address: frozenset(used) for address, used in said.iter_rows()}
