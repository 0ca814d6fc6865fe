"""The first view: the questions with their claims, the routes and hubs of a window, its days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from waystation.web.window import span_of

if TYPE_CHECKING:
    from datetime import date

    from waystation.web.result import Result
    from waystation.web.window import Window

__all__ = ["overview"]

MAX_ROUTES: Final = 400  # arcs on a map; more hide each other
MAX_AIRFIELDS: Final = 600
_UNCERTAIN: Final = 0.05  # a pair that no flight names is drawn from this much of a flight on


def overview(result: Result, legs: pl.DataFrame, window: Window) -> dict[str, Any]:
    """Return the view as plain values. ``legs``: of ``legs_of``, all of them."""
    start, stop = window.bounds
    inside = legs.filter((pl.col("time") >= start) & (pl.col("time") < stop))
    flights = pl.DataFrame(result.table("flights").select(["flight_id", "icao24", "first_seen_utc"]))
    seen = flights.filter((pl.col("first_seen_utc") >= start) & (pl.col("first_seen_utc") < stop))
    event = _event(result)
    routes = _routes(inside, event, result)
    return {
        "title": result.title,
        "simulated": result.simulated,
        "window": {"from": str(window.first), "to": str(window.last), "days": window.days},
        "span": {"from": str(span_of(result).first), "to": str(span_of(result).last)},
        "numbers": {
            "flights": seen.height,
            "aircraft": seen["icao24"].n_unique(),
            "named at both ends": int(inside["named"].sum()),
            "routes": sum(1 for r in routes if r["n_flights"]),
        },
        "event": {"id": event[0], "date": str(event[1])} if event else None,
        "events": [{"id": e.id, "date": str(e.date), "name": e.name or e.id} for e in _events(result)],
        "observations": _observations(result, window),
        "routes": routes[:MAX_ROUTES],
        "n_routes": len(routes),
        "airfields": _airfields(result, inside, window),
        "days": _days(seen, window),
        "coverage": _coverage(result, window),
    }


def _events(result: Result) -> tuple[Any, ...]:
    return result.case.view.events if result.case else ()


def _event(result: Result) -> tuple[str, date] | None:
    """The event that the colours divide by: the first of the case."""
    events = _events(result)
    return (events[0].id, events[0].date) if events else None


def _routes(inside: pl.DataFrame, event: tuple[str, date] | None, result: Result) -> list[dict[str, Any]]:
    """Pairs with their flights, named and expected, and how many of the expected flew after the event."""
    cut = datetime.combine(event[1], datetime.min.time(), UTC) if event else None
    after = pl.col("p").filter(pl.col("time") >= cut).sum() if cut else pl.lit(0.0)
    rows = (
        inside.group_by("origin", "destination")
        .agg(
            pl.col("named").sum().alias("n_flights"),
            pl.col("p").sum().alias("n_expected"),
            after.alias("n_after"),
            pl.col("icao24").n_unique().alias("n_aircraft"),
        )
        .filter((pl.col("n_flights") > 0) | (pl.col("n_expected") >= _UNCERTAIN))
        .sort(["n_flights", "n_expected", "origin", "destination"], descending=[True, True, False, False])
    )
    return [_route(r, result) for r in rows.to_dicts()]


def _route(row: dict[str, Any], result: Result) -> dict[str, Any]:
    origin, destination = (result.place(row[e]) for e in ("origin", "destination"))
    return {
        **row,
        "n_before": row["n_expected"] - row["n_after"],
        "from": _point(origin),
        "to": _point(destination),
        "origin_name": origin.name,
        "destination_name": destination.name,
    }


def _point(place: Any) -> list[float] | None:  # noqa: ANN401 - a Place
    return None if place.lat is None else [round(place.lon, 5), round(place.lat, 5)]


def _airfields(result: Result, inside: pl.DataFrame, window: Window) -> list[dict[str, Any]]:
    """Airfields of the window: takeoffs and landings expected there, and what flowed through."""
    out = inside.group_by("origin").agg(pl.col("p").sum().alias("takeoffs")).rename({"origin": "ident"})
    come = (
        inside.group_by("destination")
        .agg(pl.col("p").sum().alias("landings"))
        .rename({"destination": "ident"})
    )
    flow = _through(result, window)
    rows = out.join(come, on="ident", how="full", coalesce=True).join(flow, on="ident", how="left")
    rows = rows.fill_null(0.0).sort(["landings", "ident"], descending=[True, False])
    sites = {s.id for s in result.case.view.sites} if result.case else set()
    made = []
    for r in rows.head(MAX_AIRFIELDS).to_dicts():
        place = result.place(r["ident"])
        made.append(
            r
            | {"name": place.name, "country": place.country, "at": _point(place), "site": r["ident"] in sites}
        )
    return made


def _through(result: Result, window: Window) -> pl.DataFrame:
    start, stop = window.bounds
    triples = pl.DataFrame(result.table("triples"))
    inside = triples.filter((pl.col("arrived_utc") >= start) & (pl.col("arrived_utc") < stop))
    return (
        inside.group_by("via").agg(pl.col("probability").sum().alias("through_flow")).rename({"via": "ident"})
    )


def _days(seen: pl.DataFrame, window: Window) -> list[dict[str, Any]]:
    counts = seen.group_by(pl.col("first_seen_utc").dt.date().alias("day")).len()
    n = dict(counts.iter_rows())
    days = [window.first + timedelta(days=i) for i in range(window.days)]
    return [{"day": str(d), "n": int(n.get(d, 0))} for d in days]


def _coverage(result: Result, window: Window) -> list[dict[str, Any]]:
    """Days of the archive that are missing or thin, and the weeks whose exposure is known."""
    days = pl.DataFrame(result.table("archive_days")).filter(
        (pl.col("day_utc") >= window.first)
        & (pl.col("day_utc") <= window.last)
        & (pl.col("share_present") < 1)
    )
    return [
        {"day": str(r["day_utc"]), "share": r["share_present"], "reason": r["reason"]}
        for r in days.to_dicts()
    ]


def _observations(result: Result, window: Window) -> list[dict[str, Any]]:
    seen = result.case.view.observations if result.case else ()
    return [
        {
            "date": str(o.date),
            "site": o.site,
            "kind": o.kind,
            "says": o.says,
            "source": o.source,
            "grade": o.grade,
        }
        for o in seen
        if window.first <= o.date <= window.last
    ]
