"""The table of flights as the page shows it: one row each, with how each end is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from waystation.briefing.reasons_said import told
from waystation.briefing.wording import duration_text, number_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from waystation.briefing.places import Places

__all__ = ["MAX_FLIGHTS", "MAX_PRINTED", "EndView", "FlightView", "flight_views", "shown_flights"]

MAX_SPAN = timedelta(hours=12)  # wider, and only the nearer bound says anything
MAX_FLIGHTS = 2000  # what a browser lays out in a second; the CSV holds the rest
MAX_PRINTED = 60  # on paper, as page.css has it: three pages; a list of hundreds is for a screen


@dataclass(frozen=True)
class EndView:
    """One end. ``moment`` is exact; otherwise ``earliest``/``latest`` bound it, where known."""

    ident: str | None
    name: str
    ending: str
    sure: str
    reason: str
    moment: datetime | None
    earliest: datetime | None
    latest: datetime | None
    heard: datetime
    heard_how: str
    overruled: str | None
    candidates: Sequence[str]

    @property
    def narrow(self) -> bool:
        """Whether both bounds of the moment are known and near enough to print as a span."""
        if self.earliest is None or self.latest is None:
            return False
        return self.latest - self.earliest <= MAX_SPAN


@dataclass(frozen=True)
class FlightView:
    """One row of the page's table."""

    id: str
    icao24: str
    registration: str
    type: str
    operator: str
    callsigns: str
    origin: EndView
    destination: EndView
    distance: str
    distance_km: float
    gap: str
    gap_s: float
    n_positions: str
    interference: bool
    doubt: str | None


def shown_flights(flights: pa.Table) -> pa.Table:
    """The first ``MAX_FLIGHTS`` in time order, then by id."""
    order = flights.sort_by([("first_seen_utc", "ascending"), ("flight_id", "ascending")])
    return order.slice(0, MAX_FLIGHTS)


def flight_views(
    shown: pa.Table,
    tables: Mapping[str, pa.Table],
    places: Places,
    overrides: Sequence[Mapping[str, Any]],
) -> list[FlightView]:
    """Rows of the table, from ``flights``, ``ends``, ``candidates`` and the doubts of ``aircraft``."""
    ids = set(shown.column("flight_id").to_pylist())
    ends = {(e["flight_id"], e["end"]): e for e in tables["ends"].to_pylist() if e["flight_id"] in ids}
    ranked: dict[tuple[str, str], list[str]] = {}
    for c in tables["candidates"].to_pylist() if "candidates" in tables else ():
        if c["flight_id"] in ids and c["rank"] <= 5:
            ranked.setdefault((c["flight_id"], c["end"]), []).append(_candidate(c, places))
    acted = {(o.get("flight"), o.get("end")): _overruled(o) for o in overrides if o.get("acted")}
    doubts = {
        a["icao24"]: a["doubt"]
        for a in (tables["aircraft"].to_pylist() if "aircraft" in tables else ())
        if a["doubt"]
    }
    return [
        FlightView(
            id=f["flight_id"],
            icao24=f["icao24"],
            registration=f["registration"] or "",
            type=f["type"] or "",
            operator=f["operator"] or "",
            callsigns=f["callsigns"] or "",
            origin=_end(f, "origin", ends, ranked, acted, places),
            destination=_end(f, "destination", ends, ranked, acted, places),
            distance=number_text(round(f["distance_km"])) if f["distance_km"] is not None else "–",
            distance_km=f["distance_km"] or 0.0,
            gap=duration_text(f["longest_gap_s"]),
            gap_s=f["longest_gap_s"] or 0.0,
            n_positions=number_text(f["n_positions"]),
            interference=bool(f["interference"]),
            doubt=doubts.get(f["icao24"]),
        )
        for f in shown.to_pylist()
    ]


def _end(
    flight: Mapping[str, Any],
    end: str,
    ends: Mapping[tuple[str, str], Mapping[str, Any]],
    ranked: Mapping[tuple[str, str], list[str]],
    acted: Mapping[tuple[Any, Any], str],
    places: Places,
) -> EndView:
    key = flight["flight_id"], end
    row = ends.get(key, {})
    ident, p = flight[end], flight[f"{end}_probability"]
    altitude = row.get("altitude_ft")
    why = told(row.get("reason") or "no reason is recorded", places.name)
    how = why.heard.partition("heard ")[2].removesuffix(".") or (
        "" if altitude is None else f"at {altitude:,} ft"
    )
    return EndView(
        ident=ident,
        name=places.short(ident) if ident else "",
        ending=flight[f"{end}_ending"] or "unknown",
        sure=percent_text(p) if ident and p is not None else "",
        reason=" ".join(t for t in (why.why, why.note) if t),
        moment=flight["takeoff_utc" if end == "origin" else "landing_utc"],
        earliest=row.get("earliest_utc"),
        latest=row.get("latest_utc"),
        heard=flight["first_seen_utc" if end == "origin" else "last_seen_utc"],
        heard_how=how,
        overruled=acted.get(key),
        candidates=ranked.get(key, ()),
    )


def _candidate(c: Mapping[str, Any], places: Places) -> str:
    name = "any other airfield" if c["airfield"] == "OTHER" else places.name(c["airfield"])
    share = "" if c["probability"] is None else f" {percent_text(c['probability'])}"
    return f"{name}{share}"


def _overruled(o: Mapping[str, Any]) -> str:
    return f"Decided by {o.get('by')} on {o.get('date')}: {o.get('reason')}. Overruled: {o.get('overruled')}."
