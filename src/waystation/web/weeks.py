"""Flights a day by week, with their interval and how much of each week could have been heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from waystation.web.questions import named

if TYPE_CHECKING:
    from waystation.web.result import Result
    from waystation.web.window import Window

__all__ = ["subjects", "weeks"]

_LEAST_DAYS: Final = 5  # the first and the last week of a period are cut; shorter windows are days
_MOST_DAYS: Final = 8


def subjects(result: Result) -> list[dict[str, str]]:
    """Return what rates were made of, the case's questions first, as ``{id, name}``."""
    rates = pl.DataFrame(result.table("rates"))
    if rates.is_empty():
        return []
    asked = [
        ">".join(q.route) for q in (result.case.view.questions if result.case else ()) if q.route is not None
    ]
    known = rates.filter(pl.col("type").is_null())["subject"].unique(maintain_order=True).to_list()
    first = [s for s in dict.fromkeys(asked) if s in known]
    return [{"id": s, "name": named(result, s)} for s in [*first, *(s for s in known if s not in first)]]


def weeks(result: Result, subject: str, window: Window) -> list[dict[str, Any]]:
    """Return the weeks of a subject that touch the window, in order.

    ``per_day``, ``low``, ``high``: None where exposure is unknown ("cannot tell"); ``heard``: the share of
    the week's days that could be heard (0 … 1), None where that is unknown, and then ``reason`` says why.
    """
    start, stop = window.bounds
    length = (pl.col("to_utc") - pl.col("from_utc")).dt.total_hours() / 24
    asked = (
        (pl.col("subject") == subject)
        & length.is_between(_LEAST_DAYS, _MOST_DAYS)
        & (pl.col("from_utc") < stop)
        & (pl.col("to_utc") > start)
    )
    rates = pl.DataFrame(result.table("rates")).filter(asked & pl.col("type").is_null())
    heard = pl.DataFrame(result.table("exposures")).filter(asked)
    both = rates.join(
        heard.select("from_utc", "to_utc", "days", pl.col("exposure_days").alias("exposed"), "reason"),
        on=["from_utc", "to_utc"],
        how="left",
    ).sort("from_utc")
    columns = ("from_utc", "to_utc", "n_flights", "n_expected", "per_day", "low", "high", "reason")
    return [
        {c: r[c] for c in columns}
        | {"heard": min(1.0, r["exposed"] / r["days"]) if r["days"] and r["exposed"] is not None else None}
        for r in both.to_dicts()
    ]
