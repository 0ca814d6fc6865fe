"""One aircraft: what its address stood for, its flights and stays as a strip, its itineraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from waystation.web.result import Result
    from waystation.web.window import Window

__all__ = ["aircraft_view"]


def aircraft_view(result: Result, icao24: str, window: Window) -> dict[str, Any] | None:
    """Return the view as plain values; None where the result has no such address."""
    identity = result.rows("aircraft", "icao24", icao24)
    flights = sorted(result.rows("flights", "icao24", icao24), key=lambda f: f["first_seen_utc"])
    if not identity and not flights:
        return None
    start, stop = window.bounds
    shown = [f for f in flights if start <= f["first_seen_utc"] < stop]
    itineraries = [
        i
        for i in result.rows("itineraries", "icao24", icao24)
        if i["from_utc"] < stop and i["to_utc"] >= start
    ]
    asked = {i["itinerary_id"] for i in itineraries}
    return {
        "icao24": icao24,
        "simulated": result.simulated,
        "window": {"from": str(window.first), "to": str(window.last)},
        "identity": identity,
        "n_flights": len(flights),
        "flights": shown,
        "visits": [v for v in result.rows("visits", "icao24", icao24) if _overlaps(v, start, stop)],
        "stays": [
            s for s in result.rows("stays", "icao24", icao24) if s["from_utc"] < stop and s["to_utc"] >= start
        ],
        "itineraries": itineraries,
        "rotations": [r for r in result.table("rotations").to_pylist() if r["itinerary_id"] in asked],
    }


def _overlaps(visit: dict[str, Any], start: Any, stop: Any) -> bool:  # noqa: ANN401 - datetimes
    first = visit["arrived_utc"] or visit["left_utc"]
    last = visit["left_utc"] or visit["arrived_utc"]
    return first is not None and first < stop and last >= start
