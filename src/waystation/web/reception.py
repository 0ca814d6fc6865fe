"""What could have been heard, as cells on the map: how many looks of a window were answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import h3
import polars as pl

from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from waystation.web.result import Result
    from waystation.web.window import Window

__all__ = ["BANDS", "reception"]

BANDS: Final = ("0-5", "5-15", "15-28", "28+")  # thousand feet
_WEEK_DAYS: Final = 6


def reception(result: Result, window: Window, band: str = "") -> dict[str, Any]:
    """Return cells: ``ring`` ([lon, lat] …), ``looks``, ``seen``, ``share``. ``band``: "" for all heights.

    By the weeks that touch the window; a result without weeks gives its cells over the whole period.
    """
    if band and band not in BANDS:
        raise UsageError(f"no altitude band {band!r}; there are {', '.join(BANDS)} (thousand feet)")
    by_week = pl.DataFrame(result.table("coverage_weeks"))
    if by_week.is_empty():
        rows, period = pl.DataFrame(result.table("coverage")), "whole"
    else:
        age = pl.lit(window.first) - pl.col("week_utc")
        near = (age <= pl.duration(days=_WEEK_DAYS)) & (pl.col("week_utc") <= window.last)
        rows, period = by_week.filter(near), "weeks"
    if band:
        rows = rows.filter(pl.col("altitude_band") == band)
    sums = rows.group_by("cell").agg(pl.col("looks").sum(), pl.col("seen").sum()).sort("cell")
    cells = [_cell(r) for r in sums.filter(pl.col("looks") > 0).to_dicts()]
    return {"band": band, "bands": list(BANDS), "period": period, "cells": cells}


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    ring = [[round(lon, 4), round(lat, 4)] for lat, lon in h3.cell_to_boundary(row["cell"])]
    west, east = min(p[0] for p in ring), max(p[0] for p in ring)
    if east - west > 180:  # over the date line: drawn on one side
        ring = [[x + 360 if x < 0 else x, y] for x, y in ring]
    return {"ring": ring, "share": row["seen"] / row["looks"], "looks": row["looks"], "seen": row["seen"]}
