"""One airfield: who came and went, when, of which types, how long they stayed, and how we know."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow.compute as pc

from waystation.world.airfields import runways_of

if TYPE_CHECKING:
    from waystation.web.result import Place, Result
    from waystation.web.window import Window
    from waystation.world.airfields import Airfields

__all__ = ["airfield_view"]


def airfield_view(result: Result, ident: str, window: Window) -> dict[str, Any] | None:
    """Return the view as plain values; None for an ident that neither table nor case knows."""
    place = result.place(ident)
    if ident not in result.airfields.index and place.lat is None:
        return None
    start, stop = window.bounds
    flights = pl.DataFrame(result.table("flights"))
    inside = flights.filter((pl.col("first_seen_utc") >= start) & (pl.col("first_seen_utc") < stop))
    here = inside.filter((pl.col("origin") == ident) | (pl.col("destination") == ident)).sort(
        "first_seen_utc"
    )
    return {
        "place": vars(place),
        "simulated": result.simulated,
        "window": {"from": str(window.first), "to": str(window.last)},
        "facts": _facts(result, ident),
        "flights": here.to_dicts(),
        "moves": _moves(here, ident),
        "partners": _partners(result, here, ident),
        "possible": _possible(result, ident, inside),
        "types": dict(Counter(t or "unknown" for t in here["type"]).most_common()),
        "endings": _endings(here, ident),
        "stays": [s for s in result.rows("stays", "airfield", ident) if start <= s["from_utc"] < stop],
        "turnaround_h": _turnaround(result.rows("stays", "airfield", ident)),
        "hubs": result.rows("hubs", "airfield", ident),
        "relays": [r for r in result.rows("relays", "via", ident) if start <= r["arrived_utc"] < stop],
        "relay_counts": [
            _relays(r, result) for r in result.rows("relay_counts", "via", ident) if r["n_pairs"]
        ],
        "changes": result.rows("changes", "subject", ident),
        "observations": result.rows("observations", "site", ident),
    }


def _relays(row: dict[str, Any], result: Result) -> dict[str, Any]:
    """A row with its period in words."""
    side, _, event = row["period"].partition(" ")
    events = {e.id: e.name or e.id for e in (result.case.view.events if result.case else ())}
    return row | {"period_said": f"{side} “{events.get(event, event)}”" if event else "whole period"}


def _facts(result: Result, ident: str) -> dict[str, Any]:
    a = result.airfields
    at = a.index.get(ident)
    if at is None:
        return {"kind": "a place of the case's own", "runway_status": "unknown", "runways": []}
    return {
        "kind": str(a.kind[at]),
        "elevation_ft": _known(float(a.elevation_ft[at])),
        "icao_code": a.icao_code[at],
        "iata_code": a.iata_code[at],
        "runway_status": str(a.runway_status[at]),
        "runways": _runways(a, at),
    }


def _runways(a: Airfields, at: int) -> list[dict[str, Any]]:
    """Open runways: name, length in feet (None: unknown), surface."""
    r = a.runways
    return [
        {
            "name": f"{r.le_ident[j]}/{r.he_ident[j]}",
            "length_ft": _known(float(r.length_ft[j])),
            "surface": str(r.surface[j]),
        }
        for j in runways_of(a, at)
        if not r.closed[j]
    ]


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _possible(result: Result, ident: str, inside: pl.DataFrame) -> list[dict[str, Any]]:
    """Flights that may have been here: an end not named here, with this among its candidates."""
    c = result.table("candidates")
    rows = pl.DataFrame(c.filter(pc.equal(c.column("airfield"), ident)))
    columns = ("flight_id", "icao24", "registration", "type", "first_seen_utc", "last_seen_utc")
    few = inside.select(*columns, "origin", "destination")
    named = pl.when(pl.col("end") == "origin").then(pl.col("origin")).otherwise(pl.col("destination"))
    both = rows.join(few, on="flight_id", how="inner").filter(named.ne_missing(ident))
    return both.drop("origin", "destination").sort("probability", descending=True).to_dicts()


def _moves(here: pl.DataFrame, ident: str) -> list[dict[str, Any]]:
    """Landings and takeoffs named here, by the day of the flight's first position."""
    day = pl.col("first_seen_utc").dt.date().alias("day")
    counts = here.group_by(day).agg(
        (pl.col("destination") == ident).sum().alias("landings"),
        (pl.col("origin") == ident).sum().alias("takeoffs"),
    )
    return [r | {"day": str(r["day"])} for r in counts.sort("day").to_dicts()]


def _partners(result: Result, here: pl.DataFrame, ident: str) -> list[dict[str, Any]]:
    """The airfields at the other ends, the busiest first: flights from there and to there."""
    n: dict[str, list[int]] = {}
    for o, d in here.select("origin", "destination").iter_rows():
        if o is not None and d == ident:
            n.setdefault(o, [0, 0])[0] += 1
        if d is not None and o == ident:
            n.setdefault(d, [0, 0])[1] += 1
    ranked = sorted(n, key=lambda k: (-sum(n[k]), k))
    return [_partner(result.place(k), *n[k]) for k in ranked]


def _partner(place: Place, n_from: int, n_to: int) -> dict[str, Any]:
    at = None if place.lat is None else [place.lon, place.lat]
    return {"ident": place.ident, "name": place.name, "at": at, "n_from": n_from, "n_to": n_to}


def _turnaround(stays: list[dict[str, Any]]) -> float | None:
    """The median time on the ground of the stays known at both sides, in hours."""
    hours = sorted((s["to_utc"] - s["from_utc"]).total_seconds() / 3600 for s in stays)
    return statistics.median(hours) if hours else None


def _endings(here: pl.DataFrame, ident: str) -> dict[str, int]:
    """How the ends at this airfield are known."""
    known: Counter[str] = Counter()
    for end in ("origin", "destination"):
        known.update(here.filter(pl.col(end) == ident)[f"{end}_ending"].to_list())
    return dict(known.most_common())
