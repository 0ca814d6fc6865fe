"""Figures of the page: a chart per question, flights per day, aircraft against time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from waystation.briefing.asked import Asked, rows_where
from waystation.briefing.charts import Bar, StripRow, bars_chart, strip_chart
from waystation.briefing.claims_rate import (
    RateWindow,
    days_where,
    heard_days,
    rate_window,
    route_rows,
    route_where,
)
from waystation.briefing.places import way_text
from waystation.briefing.wording import percent_text, period_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa
    from markupsafe import Markup

    from waystation.briefing.rows_behind import RowLists
    from waystation.terms.case_view import CaseView

__all__ = ["Figure", "all_flights", "question_figure", "strip_figures"]

WIDE, NARROW = 1060, 350
MAX_DAILY = 70  # more days than this and a bar is thinner than its interval: weeks then
MAX_AIRCRAFT = 40
SPARSE_FROM, SPARSE_SHARE = 21, 0.5  # a longer axis that is mostly empty shows nothing: leave the empty out
MAX_SILENT_DAYS = 14  # a longer pause in the sources starts a new strip
MAX_STRIPS = 2
LOW_EXPOSURE = 0.5  # below, a window says more about the receivers than about the flights
NO_EXPOSURES: Mapping[tuple[date, date], Mapping[str, Any]] = {}


@dataclass(frozen=True)
class Figure:
    """Two drawings of the same thing, for wide and narrow screens, and what they show."""

    wide: Markup
    narrow: Markup
    caption: str


def question_figure(asked: Asked, lists: RowLists) -> Figure | None:
    """Flights per day or week on the question's route, with what could not be heard behind them."""
    q, tables, case, places = asked.q, asked.tables, asked.case, asked.places
    window = rate_window(tables["flights"], case, q.since) if q.kind == "rate" and q.route else None
    if window is None:
        return None
    rows = route_rows(tables["flights"], q, case, window)
    what = f"Flights {way_text(*q.route, places)} named at both ends" if q.route else ""
    known = {
        (r["from_utc"].date(), r["to_utc"].date()): r
        for r in rows_where(asked, "exposures", subject=">".join(q.route or ()))
    }
    return _bars(rows, window, tables, case, lists, what, lambda days: route_where(q, case, days), known)


def all_flights(tables: Mapping[str, pa.Table], case: CaseView, lists: RowLists) -> Figure | None:
    """Every flight, per day or week."""
    window = rate_window(tables["flights"], case)
    if window is None:
        return None
    flights = tables["flights"]
    return _bars(
        flights,
        window,
        tables,
        case,
        lists,
        "All flights heard",
        lambda days: f"flights where {days_where(days)}",
    )


def _bars(
    rows: pa.Table,
    window: RateWindow,
    tables: Mapping[str, pa.Table],
    case: CaseView,
    lists: RowLists,
    what: str,
    where: Callable[[RateWindow], str],
    exposures: Mapping[tuple[date, date], Mapping[str, Any]] = NO_EXPOSURES,
) -> Figure:
    daily = window.days <= MAX_DAILY
    step = "day" if daily else "week"
    heard = heard_days(tables)
    by_day: dict[date, list[str]] = {}
    seen, ids = (rows.column(c).to_pylist() for c in ("first_seen_utc", "flight_id"))
    for t, flight_id in zip(seen, ids, strict=True):
        by_day.setdefault(t.date(), []).append(flight_id)
    bars = []
    day = window.start
    while day < window.stop:
        stop = min(day + timedelta(days=1 if daily else 7 - day.weekday()), window.stop)
        inside = [day + timedelta(days=i) for i in range((stop - day).days)]
        flights = [f for d in inside for f in by_day.get(d, ())]
        query = f"count of {where(RateWindow(day, stop))}"
        anchor = lists.add(f"{what}, {day}" + ("" if daily else " and the six days after"), query, flights)
        shade = _shade(exposures.get((day, stop)))
        bars.append(Bar(day, stop, len(flights), anchor, any(d in heard for d in inside), *shade))
        day = stop
    unknown = all(b.shade == "blind" for b in bars)
    if unknown:  # grey from end to end hides the bars and says no more than a sentence
        bars = [replace(b, shade="", why="") for b in bars]
    sparse = len(bars) > SPARSE_FROM and sum(b.heard for b in bars) < len(bars) * SPARSE_SHARE
    left_out = len(bars)
    if sparse:
        bars = [b for b in bars if b.heard]
    left_out -= len(bars)
    marks = [(e.date, e.name or e.id) for e in case.events if window.start <= e.date < window.stop]
    silent = ""
    if sparse:
        silent = (
            f" Left out at the slashes: {left_out} {step}s without any flight of the fleet in the sources, "
            "which is not a zero."
        )
    elif any(not b.heard and not b.shade for b in bars):
        silent = " Shaded: the sources hold no flight of the fleet at all, which is not a zero."
    if unknown:
        silent += f" On no {step} is it known whether a flight would have been heard."
    shaded = "".join(
        f" {words}."
        for kind, words in (
            ("blind", f"Dark grey {step}s: whether a flight would have been heard is not known"),
            (
                "dim",
                f"Light grey {step}s: under {percent_text(LOW_EXPOSURE)} of flights would have been heard",
            ),
        )
        if any(b.shade == kind for b in bars)
    )
    caption = (
        f"{what} per {step} (UTC day of the first position). Thin lines: how far chance alone "
        f"may have moved each count (90 % interval of the mean behind it).{silent} "
        f"Not corrected for coverage.{shaded}"
    )
    wide, narrow = (
        bars_chart(bars, w, label=f"{what} per {step}", marks=marks, unit=f"flights a {step}")
        for w in (WIDE, NARROW)
    )
    return Figure(wide, narrow, caption)


def _shade(exposure: Mapping[str, Any] | None) -> tuple[str, str]:
    """Whether little can be told of this window, and why."""
    if exposure is None or not exposure["days"]:
        return "", ""
    if exposure["exposure_days"] is None:
        return "blind", f"cannot tell, {exposure['reason'] or 'no reason is recorded'}"
    share = exposure["exposure_days"] / exposure["days"]
    return (
        ("dim", f"only {percent_text(share)} of flights would be heard") if share < LOW_EXPOSURE else ("", "")
    )


def strip_figures(tables: Mapping[str, pa.Table], lists: RowLists) -> list[Figure]:
    """Aircraft with most flights against time; of sources with long pauses the spans with most flights."""
    flights = tables["flights"].sort_by("first_seen_utc").to_pylist()
    spans: list[list[dict[str, Any]]] = []
    for f in flights:
        pause = f["first_seen_utc"] - spans[-1][-1]["last_seen_utc"] if spans else None
        if pause is None or pause > timedelta(days=MAX_SILENT_DAYS):
            spans.append([])
        spans[-1].append(f)
    chosen = sorted(spans, key=lambda span: -len(span))[:MAX_STRIPS]
    return [_strip(span, lists) for span in sorted(chosen, key=lambda span: span[0]["first_seen_utc"])]


def _strip(flights: list[dict[str, Any]], lists: RowLists) -> Figure:
    start = min(f["first_seen_utc"] for f in flights)
    stop = max(f["last_seen_utc"] for f in flights)
    by_aircraft: dict[str, list[dict[str, Any]]] = {}
    for f in flights:
        by_aircraft.setdefault(f["icao24"], []).append(f)
    order = sorted(by_aircraft, key=lambda a: (-len(by_aircraft[a]), a))[:MAX_AIRCRAFT]
    rows = [StripRow(_name(by_aircraft[a][0]), [_bar(f, lists) for f in by_aircraft[a]]) for a in order]
    when = period_text(start.date(), stop.date())
    whole = len(order) == len(by_aircraft)
    some = "All addresses" if whole else f"The {len(order)} of {len(by_aircraft)} addresses with most flights"
    caption = f"{some}, {when}: each flight from first to last position, UTC. No bar: nothing was heard."
    margin = (stop - start) * 0.01 + timedelta(minutes=1)
    a, b = (t.astimezone(UTC) for t in (start - margin, stop + margin))
    wide, narrow = (
        strip_chart(rows, a, b, w, label=f"Flights of each aircraft, {when}") for w in (WIDE, NARROW)
    )
    return Figure(wide, narrow, caption)


def _name(flight: Mapping[str, Any]) -> str:
    known: Sequence[str] = [x for x in (flight["registration"], flight["type"]) if x]
    return " ".join(known) or flight["icao24"]


def _bar(f: Mapping[str, Any], lists: RowLists) -> tuple[datetime, datetime, str, str | None]:
    way = f"{f['origin'] or '?'} → {f['destination'] or '?'}"
    text = f"{f['callsigns'] or f['icao24']} {way}"
    return f["first_seen_utc"], f["last_seen_utc"], text, lists.shown_anchor(f["flight_id"])
