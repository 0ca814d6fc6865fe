"""One flight: track, heights, silences, its two ends with every candidate, the records behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from waystation.briefing.reasons_said import told
from waystation.evidence import why_flight

if TYPE_CHECKING:
    import pyarrow as pa

    from waystation.web.result import Result

__all__ = ["MAX_POINTS", "flight_view", "records_of"]

MAX_POINTS: Final = 4_000  # a track on a screen; the records have every position


def flight_view(result: Result, flight_id: str) -> dict[str, Any] | None:
    """Return the view as plain values; None where no flight has this id."""
    found = result.rows("flights", "flight_id", flight_id)
    if not found:
        return None
    flight = found[0]
    positions = result.positions(flight["icao24"])
    evidence = why_flight(flight_id, result.tables, positions, result.manifest.get("overrides", ()))
    assert evidence is not None
    heard = _heard(positions, flight)
    return {
        "flight": flight,
        "simulated": result.simulated,
        "track": _track(heard, result.table("masks"), flight["icao24"]),
        "n_heard": heard.num_rows,
        "gaps": [_gap(g) for g in evidence.gaps],
        "ends": {e.end: _end(e.row, e.candidates, result) for e in evidence.ends},
        "places": {
            e: vars(result.place(flight[e])) for e in ("origin", "destination") if flight[e] is not None
        },
        "before": _neighbour(result, flight, -1),
        "after": _neighbour(result, flight, 1),
        "stays": _stays(result, flight_id),
        "masked": dict(evidence.n_masked),
        "sources": [
            {k: s[k] for k in ("source_id", "uri", "sha256", "network", "format")} for s in evidence.sources
        ],
        "aircraft": list(evidence.aircraft),
        "overrides": list(evidence.overrides),
        "claims": list(evidence.claims),
        "links": [] if result.simulated else _links(flight),
    }


def records_of(result: Result, flight_id: str, start: int, n: int) -> dict[str, Any] | None:
    """Return positions ``start`` to ``start + n`` of a flight as they were written, masked ones too."""
    found = result.rows("flights", "flight_id", flight_id)
    if not found:
        return None
    heard = _heard(result.positions(found[0]["icao24"]), found[0])
    uris = {
        s["source_id"]: s["uri"] for s in result.table("sources").select(["source_id", "uri"]).to_pylist()
    }
    rows = heard.slice(start, n).to_pylist()
    return {
        "n": heard.num_rows,
        "start": start,
        "rows": [r | {"uri": uris.get(r["source_id"])} for r in rows],
    }


def _heard(positions: pa.Table, flight: dict[str, Any]) -> pa.Table:
    time = positions.column("time_utc")
    import pyarrow as pa

    first, last = (pa.scalar(flight[c], time.type) for c in ("first_seen_utc", "last_seen_utc"))
    keep = pc.and_(pc.greater_equal(time, first), pc.less_equal(time, last))
    return positions.filter(pc.and_(keep, pc.equal(positions.column("icao24"), flight["icao24"])))


def _track(heard: pa.Table, masks: pa.Table, icao24: str) -> list[dict[str, Any]]:
    """Thin the track for the screen; what was not used is told apart by its reason."""
    mine = masks.filter(pc.equal(masks.column("icao24"), icao24))
    keys = ("time_utc", "source_id", "record")
    why = {tuple(r[k] for k in keys): r["mask"] for r in mine.select([*keys, "mask"]).to_pylist()}
    step = max(1, -(-heard.num_rows // MAX_POINTS))
    columns = ["time_utc", "lat", "lon", "altitude_ft", "on_ground", "ground_speed_kt", "heard_by"]
    rows = heard.select([*columns, "source_id", "record"]).to_pylist()
    kept = [r for i, r in enumerate(rows) if i % step == 0 or i == len(rows) - 1]
    return [{k: r[k] for k in columns} | {"mask": why.get(tuple(r[k] for k in keys))} for r in kept]


def _gap(gap: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in gap.items() if k not in {"icao24", "flight_id"}}


def _end(row: dict[str, Any], candidates: tuple[dict[str, Any], ...], result: Result) -> dict[str, Any]:
    """The end with its candidates; ``said`` and ``heard``: in words, what all of them have in common."""
    ranked = _ranked(candidates, result)
    why = told(row.get("reason"), lambda ident: _called(ident, result))
    first = ranked[0]["said"] if ranked else ""
    return {
        "row": row,
        "heard": why.heard,
        "said": " ".join(t for t in ("" if why.why == first else why.why, why.note) if t),
        "candidates": ranked,
    }


def _called(ident: str, result: Result) -> str:
    name = result.place(ident).name
    return f"{name} ({ident})" if name and name != ident else ident


def _ranked(candidates: tuple[dict[str, Any], ...], result: Result) -> list[dict[str, Any]]:
    out = []
    for c in candidates:
        place = result.place(c["airfield"])
        other = c["airfield"] == "OTHER"
        out.append(
            {k: v for k, v in c.items() if k not in {"flight_id", "end"}}
            | {"name": "any other place" if other else place.name, "lat": place.lat, "lon": place.lon}
            | {"said": told(c["reasons"], lambda ident: _called(ident, result)).why}
        )
    return out


def _neighbour(result: Result, flight: dict[str, Any], way: int) -> dict[str, Any] | None:
    """Return the flight before (-1) or after (1) by the same address."""
    flights = result.table("flights")
    mine = flights.filter(pc.equal(flights.column("icao24"), flight["icao24"])).sort_by("first_seen_utc")
    ids = mine.column("flight_id").to_pylist()
    at = ids.index(flight["flight_id"]) + way
    if not 0 <= at < len(ids):
        return None
    row: dict[str, Any] = mine.slice(at, 1).to_pylist()[0]
    return {k: row[k] for k in ("flight_id", "origin", "destination", "first_seen_utc", "last_seen_utc")}


def _stays(result: Result, flight_id: str) -> dict[str, list[dict[str, Any]]]:
    return {
        "before": result.rows("stays", "to_flight", flight_id),
        "after": result.rows("stays", "from_flight", flight_id),
    }


def _links(flight: dict[str, Any]) -> list[dict[str, str]]:
    """Where the public can look at the same aircraft and day."""
    if flight["icao24"].startswith("~"):
        return []
    day = flight["first_seen_utc"].date()
    return [
        {
            "text": "adsb.lol, this aircraft on this day",
            "href": f"https://globe.adsb.lol/?icao={flight['icao24']}&showTrace={day}",
        },
        {
            "text": "ADS-B Exchange, this aircraft on this day",
            "href": f"https://globe.adsbexchange.com/?icao={flight['icao24']}&showTrace={day}",
        },
    ]
