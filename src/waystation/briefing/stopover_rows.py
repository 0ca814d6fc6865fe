"""The rows of a stopover question: its demand as the rules stand, and under each scenario of the case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.briefing.asked import Asked

__all__ = ["demand_rows", "scenario_name", "scenarios_of", "stops_shown"]

Row = dict[str, Any]


def demand_rows(asked: Asked, table: str, scenario: str | None = None) -> list[Row]:
    """Return the rows of a table of stopovers that are about the question, under one scenario or none."""
    q, rows = asked.q, asked.table(table)
    if q.route is None or q.type is None or not rows.num_rows:
        return []
    origins, destinations = (set(asked.case.sites_of(p)) for p in q.route)
    told = rows.column("scenario")
    here = rows.filter(
        pc.is_null(told) if scenario is None else pc.fill_null(pc.equal(told, scenario), False)
    )
    loads = (
        {r["payload_t"] for r in here.select(["payload_t"]).to_pylist()} if table != "stopover_curve" else {}
    )
    asks = q.payload_t is not None and bool(loads)
    return [
        r
        for r in here.to_pylist()
        if r["origin"] in origins
        and r["destination"] in destinations
        and r["type"] == q.type
        and (not asks or r["payload_t"] == q.payload_t)
    ]


def scenarios_of(asked: Asked) -> list[str]:
    """Return the scenarios of the case that this question was answered under, in the order of the case."""
    told = set(asked.table("stopovers").column("scenario").to_pylist())
    return [s.id for s in asked.case.scenarios if s.id in told]


def scenario_name(asked: Asked, scenario: str | None) -> str:
    """Return what a scenario is called; None is the rules as they stand."""
    if scenario is None:
        return "as the rules stand"
    return next((s.name or s.id for s in asked.case.scenarios if s.id == scenario), scenario)


def stops_shown(asked: Asked, rows: Sequence[Row], most: int) -> list[Row]:
    """Return the stops worth a mark: the case's own sites, filled up with the best by score."""
    sites = {s.id for s in asked.case.sites}
    stops = sorted(
        (r for r in rows if r["stopover"] and r["feasible_probability"] is not None),
        key=lambda r: (r["stopover"] not in sites, -(r["score"] or 0.0), r["stopover"]),
    )
    worth = [r for r in stops if r["payload_max_t"] is not None]
    return sorted(
        worth[:most], key=lambda r: (-(r["payload_max_t"] or 0.0), -r["feasible_probability"], r["stopover"])
    )
