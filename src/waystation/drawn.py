"""The positions that the briefing's map is drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from waystation.store.archive import aircraft_span, iter_aircraft
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waystation.store.places import Place

__all__ = ["drawn_positions"]

DRAWN_EVERY_MS: Final = 10_000  # for the map: 2 km at jet speed, a pixel or less
DRAWN_MOST: Final = 20_000_000  # positions to choose from; beyond, one in twice, three times … as long
_ROW: Final = ("icao24", "time_utc", "source_id", "record")  # what names one position


def drawn_positions(archive: Place, tables: Mapping[str, pa.Table]) -> pa.Table:
    """Return positions for the map: not masked, of aircraft that flew, one in ``DRAWN_EVERY_MS``.

    Of very many, fewer: the map shows tens of kilometres a pixel. Aircraft after aircraft, so that memory
    holds what is drawn.
    """
    addresses = tables["flights"].column("icao24").unique().to_pylist()
    masks = pl.DataFrame(tables["masks"].select(_ROW))
    span = aircraft_span(archive)
    held = span.filter(pc.is_in(span.column("icao24"), value_set=pa.array(addresses, pa.string())))
    times = 1 + (pc.sum(held.column("n_positions")).as_py() or 0) // DRAWN_MOST
    parts = [
        _thinned(pl.DataFrame(t.select([*_ROW, "lat", "lon"])), masks, DRAWN_EVERY_MS * times)
        for t in iter_aircraft(archive, icao24=addresses, columns=[*_ROW, "lat", "lon"])
    ]
    schema = pa.schema([(n, TABLES["positions"].field(n).type) for n in ("icao24", "time_utc", "lat", "lon")])
    return pa.concat_tables([schema.empty_table(), *(p.to_arrow().cast(schema) for p in parts)])


def _thinned(positions: pl.DataFrame, masks: pl.DataFrame, every_ms: int) -> pl.DataFrame:
    kept = positions.join(masks, on=list(_ROW), how="anti", maintain_order="left")
    step = pl.col("time_utc").dt.epoch("ms") // every_ms
    changes = (step != step.shift(1)) | (pl.col("icao24") != pl.col("icao24").shift(1))
    return kept.filter(changes.fill_null(value=True)).select("icao24", "time_utc", "lat", "lon")
