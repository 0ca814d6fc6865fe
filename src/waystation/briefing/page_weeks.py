"""Weekly figures of the answers: visits to hubs, flights out of a place by country."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.asked import Asked, event_of, midnight, rows_where
from waystation.briefing.charts_weeks import COLOURS, Band, Marks, Series, Shade, weekly_chart
from waystation.briefing.claims_outflow import outflow_rates, outflow_totals, to_country
from waystation.briefing.claims_rate import RateWindow, rate_window
from waystation.briefing.hub_rows import changes_of, hub_sites, moved_to
from waystation.briefing.ledger import ledger
from waystation.briefing.page_figures import LOW_EXPOSURE, NARROW, WIDE, Figure
from waystation.briefing.scales import MONTHS
from waystation.briefing.weeks import weekly
from waystation.briefing.wording import counted, day_text, percent_text, period_text
from waystation.terms.claim_query import quoted, row_keys, when

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from waystation.briefing.rows_behind import RowLists

__all__ = ["exposed_shades", "hub_figure", "outflow_figure", "weeks_of"]

Row = dict[str, Any]
Week = tuple[date, date]
MAX_LINES: Final = 5


def weeks_of(window: RateWindow) -> list[Week]:
    """ISO weeks cut at the window's ends."""
    out = []
    day = window.start
    while day < window.stop:
        stop = min(day + timedelta(days=7 - day.weekday()), window.stop)
        out.append((day, stop))
        day = stop
    return out


def hub_figure(asked: Asked, lists: RowLists) -> Figure | None:
    """Expected visits a week: the hub, who took over, the case's other sites."""
    window = rate_window(asked.table("flights"), asked.case)
    if window is None or not asked.table("visits").num_rows:
        return None
    weeks, names = weeks_of(window), _shown(asked)
    series = [_visits(asked, name, weeks, lists, i) for i, name in enumerate(names)]
    bands = [b for i, name in enumerate(names) for b in _bands(asked, name, i)]
    marks = Marks(_events(asked), bands, exposed_shades(asked, names), _observations(asked, set(names)))
    found = (
        "Bands: 90 % intervals of the changes that were found, with the most probable date; the method was "
        "told of no date. "
        if bands
        else "No change of these places’ shares was found. "
    )
    sentence = f"Visits a week (probabilities summed), by the day of arrival. {found}{_marks_text(marks)}"
    unit = "visits a week"
    return _both(lambda w: weekly_chart(weeks, series, w, label=unit, unit=unit, marks=marks), sentence)


def outflow_figure(asked: Asked, site: str, lists: RowLists) -> Figure | None:
    """Expected flights a week by country of destination, stacked."""
    window = rate_window(asked.table("flights"), asked.case)
    totals = [s for s, r in outflow_totals(asked, site).items() if r["n_expected"]]
    if window is None or not totals:
        return None
    weeks = weeks_of(window)
    own = totals[: COLOURS - 1] if len(totals) > COLOURS else totals
    by_week = _rates_by_week(asked, site, weeks)
    layers = [([s], to_country(s)) for s in own]
    if len(own) < len(totals):
        layers.append((totals[len(own) :], f"{len(totals) - len(own)} other countries"))
    series = [
        Series(_upper(name), *_sums(subjects, weeks, by_week, lists, site), colour)
        for colour, (subjects, name) in enumerate(layers)
    ]
    marks = Marks(_events(asked), (), exposed_shades(asked, own), ())
    where = asked.places.name(site)
    sentence = (
        f"Flights out of {where} a week by country of destination: expected flights, that is probabilities "
        f"summed, so that a flight with an uncertain end counts in part for each. {_marks_text(marks)}"
    )
    label = f"Flights out of {site} a week, by country"
    return _both(
        lambda w: weekly_chart(
            weeks, series, w, label=label, unit="flights a week", marks=marks, stacked=True
        ),
        sentence,
    )


def exposed_shades(asked: Asked, subjects: list[str]) -> list[Shade]:
    """Weeks of which little or nothing can be told about the first of ``subjects`` that has exposures.

    None at all where nothing can be told of any week: the note beside the question says that.
    """
    rows = next((rows for s in subjects if (rows := rows_where(asked, "exposures", subject=s))), [])
    weeks = weekly(rows)
    if all(r["exposure_days"] is None for r in weeks):
        return []
    return [s for r in weeks if (s := _shade(r)) is not None]


def _shade(r: Row) -> Shade | None:
    days = period_text(r["from_utc"].date(), (r["to_utc"] - timedelta(microseconds=1)).date())
    if r["exposure_days"] is None:
        return Shade(r["from_utc"], r["to_utc"], "blind", f"{days}: cannot tell, {r['reason']}")
    share = r["exposure_days"] / r["days"] if r["days"] else 1.0
    if share >= LOW_EXPOSURE:
        return None
    told = f"{days}: only {percent_text(share)} of flights would be heard"
    return Shade(r["from_utc"], r["to_utc"], "dim", told)


def _shown(asked: Asked) -> list[str]:
    """Hubs asked about or found, then who took over, then sites, at most ``MAX_LINES``."""
    sites = hub_sites(asked)
    taken = [t for s in sites if (t := moved_to(asked, s))]
    busy = _busiest(asked)
    others = sorted((s.id for s in asked.case.sites if busy.get(s.id)), key=lambda i: (-busy[i], i))
    names = list(dict.fromkeys([*sites, *taken, *others]))
    covered = {i for n in names for i in asked.case.sites_of(n) if i != n}
    return [n for n in names if n not in covered][:MAX_LINES]


def _busiest(asked: Asked) -> dict[str, float]:
    """Airfield → expected visits in all."""
    visits = asked.table("visits").select(["airfield", "probability"])
    sums = visits.group_by("airfield").aggregate([("probability", "sum")]).to_pylist()
    return {r["airfield"]: r["probability_sum"] or 0.0 for r in sums if r["airfield"]}


def _visits(asked: Asked, name: str, weeks: list[Week], lists: RowLists, colour: int) -> Series:
    visits, inside = asked.table("visits"), set(asked.case.sites_of(name))
    sums: dict[Week, float] = defaultdict(float)
    ids: dict[Week, list[str]] = defaultdict(list)
    columns = (visits.column(c).to_pylist() for c in ("airfield", "arrived_utc", "left_utc", "probability"))
    for key, airfield, arrived, left, p in zip(row_keys("visits", visits), *columns, strict=True):
        at = arrived or left
        week = _week_of(at, weeks) if at is not None and airfield in inside else None
        if week is not None:
            sums[week] += 1.0 if p is None else p
            ids[week].append(key)
    where = " or ".join(f"airfield = {quoted(i)}" for i in sorted(inside))
    anchors = [
        lists.add(
            f"Visits to {asked.places.name(name)}, {period_text(a, b - timedelta(days=1))}",
            f"sum probability of visits where {where} in the days from {when(midnight(a))}",
            ids[a, b],
        )
        for a, b in weeks
    ]
    return Series(asked.places.short(name), [sums[w] for w in weeks], anchors, colour)


def _week_of(at: datetime, weeks: list[Week]) -> Week | None:
    day = at.date()
    return next((w for w in weeks if w[0] <= day < w[1]), None)


def _bands(asked: Asked, name: str, colour: int) -> Iterator[Band]:
    for r in changes_of(asked, name):
        if r["low_utc"] is not None and r["high_utc"] is not None:
            way = "falls" if r["after"] < r["before"] else "rises"
            day = r["date_utc"]
            text = f"{asked.places.short(name)} {way}, {day.day} {MONTHS[day.month - 1]} {day.year}"
            short = f"{asked.places.short(name)} {way}"
            yield Band(r["low_utc"], r["date_utc"], r["high_utc"], text, colour, short)


def _events(asked: Asked) -> list[tuple[datetime, str]]:
    own = event_of(asked)
    events = (own,) if own else asked.case.events
    return [(midnight(e.date), e.name or e.id) for e in events]


def _observations(asked: Asked, sites: set[str]) -> list[tuple[datetime, str]]:
    inside = sites | {i for s in sites for i in asked.case.sites_of(s)}
    rows = [r for r in ledger(asked.tables, asked.case) if r["site"] in inside and r["date"] is not None]
    return [
        (midnight(r["date"]), f"{day_text(r['date'])}, {r['site']}: {r['kind']}, {r['says']}") for r in rows
    ]


def _marks_text(marks: Marks) -> str:
    words = ["dashed: the event’s date"] if marks.events else []
    if any(s.kind == "blind" for s in marks.shades):
        words.append("dark grey weeks: whether a flight would have been heard is not known")
    if any(s.kind == "dim" for s in marks.shades):
        words.append(f"light grey weeks: under {percent_text(LOW_EXPOSURE)} of flights would have been heard")
    if marks.observations:
        words.append(f"triangles: {counted(len(marks.observations), 'observation')} from the ledger below")
    return _upper(f"{'; '.join(words)}.") if words else ""


def _rates_by_week(asked: Asked, site: str, weeks: list[Week]) -> dict[tuple[str, Week], Row]:
    starts = {(midnight(a), midnight(b)): (a, b) for a, b in weeks}
    return {
        (r["subject"], starts[r["from_utc"], r["to_utc"]]): r
        for r in outflow_rates(asked, site)
        if (r["from_utc"], r["to_utc"]) in starts
    }


def _sums(
    subjects: list[str],
    weeks: list[Week],
    by_week: Mapping[tuple[str, Week], Row],
    lists: RowLists,
    site: str,
) -> tuple[list[float], list[str | None]]:
    values, anchors = [], []
    for w in weeks:
        rows = [by_week[s, w] for s in subjects if (s, w) in by_week]
        values.append(float(sum(r["n_expected"] or 0.0 for r in rows)))
        keys = [f"{r['subject']}//{r['from_utc']}/{r['to_utc']}" for r in rows if r["n_expected"]]
        query = f"sum n_expected of rates where type is null and from_utc = {when(midnight(w[0]))}"
        anchors.append(lists.add(f"Flights out of {site}, week of {day_text(w[0])}", query, keys))
    return values, anchors


def _both(draw: Callable[[int], Any], caption: str) -> Figure:
    return Figure(draw(WIDE), draw(NARROW), caption)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
