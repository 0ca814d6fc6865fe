"""Answers to ``kind = "outflow"``: where flights out of a place go, before and after, and what grows.

Read from ``comparisons``, ``trends`` and ``rates`` of the subjects ``Syria>RU``, ``Syria>LY`` …
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from waystation.briefing.asked import (
    Asked,
    Said,
    compared_text,
    event_of,
    event_text,
    midnight,
    moment,
    rows_of,
    state,
)
from waystation.briefing.claims_changed import date_claim, found_changes
from waystation.briefing.countries import place_name
from waystation.briefing.hub_rows import SHARE
from waystation.briefing.likelihood import it_is
from waystation.briefing.wording import listed, percent_text, value_text
from waystation.terms.claim_query import among, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LEAST_SHARE", "RISING", "outflow_claims", "outflow_sites", "outflow_totals", "to_country"]

Row = dict[str, Any]
RISING: Final = (
    0.95  # "increasingly" is written where a rise is at least this sure, for all trends looked at together
)
LEAST_SHARE: Final = 0.05  # countries below it stand in the table, not in a sentence
MAX_COUNTRIES, MAX_CHANGES, MAX_TRENDS, MAX_SITES = 4, 3, 3, 3

_BASIS: Final = (
    "Shares of the flights that left; a flight whose end is uncertain counts in part for each country it may "
    "have reached. Reception that is better towards one country than another would shift the shares."
)
_WOULD: Final = (
    "Destinations of flights that left and were lost on the way; reception on the way, by country."
)


def outflow_claims(asked: Asked) -> Iterator[Row]:
    """Yield, per site or group: the headline, the difference by country, what rises or falls week by week."""
    for site in outflow_sites(asked):
        base = Said(f"outflow: {site}", "", "", _BASIS, _WOULD, _CONFIDENCE)
        yield from _headline(asked, base, site)
        yield from _compared(asked, base, site)
        yield from _dated(asked, base, site)
        yield from _trends(asked, base, site)


_CONFIDENCE: Final = (
    "moderate: both sides of each share come from the same sources; no second network was compared"
)


def outflow_sites(asked: Asked) -> list[str]:
    """The question's site or group, or each of the case's."""
    if asked.q.site:
        return [asked.q.site]
    return list(dict.fromkeys(s.group or s.id for s in asked.case.sites))[:MAX_SITES]


def to_country(subject: str) -> str:
    """``Syria>LY`` → ``Libya``."""
    return place_name(subject.split(">", 1)[1])


def outflow_rates(asked: Asked, site: str) -> list[Row]:
    """Rows of ``rates`` with flights out of ``site`` to a country, all types together."""
    table = asked.table("rates")
    subject = table.column("subject")
    mine = pc.and_(pc.starts_with(subject, f"{site}>"), pc.equal(pc.utf8_length(subject), len(site) + 3))
    flown = pc.fill_null(pc.greater(table.column("n_expected"), 0.0), False)
    rows = table.filter(pc.and_(pc.and_(mine, flown), pc.is_null(table.column("type")))).to_pylist()
    return [r for r in rows if _is_outflow(r["subject"], site)]


def trends_of(asked: Asked, site: str, *, since: bool) -> dict[str, Row]:
    """Subject → its trend since the question's event (``since``), or over the longest span."""
    event = event_of(asked)
    rows = [r for r in rows_of(asked, "trends") if _is_outflow(r["subject"], site)]
    if since:
        return {r["subject"]: r for r in rows if event and r["from_utc"] == midnight(event.date)}
    rows.sort(key=lambda r: r["to_utc"] - r["from_utc"])
    return {r["subject"]: r for r in rows}


def outflow_totals(asked: Asked, site: str) -> dict[str, Row]:
    """Subject → its row of ``rates`` over the longest window, for every country, most flights first."""
    longest: dict[str, Row] = {}
    for r in outflow_rates(asked, site):
        span = r["to_utc"] - r["from_utc"]
        old = longest.get(r["subject"])
        if old is None or span > old["to_utc"] - old["from_utc"]:
            longest[r["subject"]] = r
    return dict(sorted(longest.items(), key=lambda i: (-(i[1]["n_expected"] or 0.0), i[0])))


def _is_outflow(subject: str, site: str) -> bool:
    """Whether the subject is ``Syria>LY``, and not the route between two airfields or groups."""
    to = subject.removeprefix(f"{site}>")
    return to != subject and len(to) == 2 and to.isupper()


def _headline(asked: Asked, base: Said, site: str) -> Iterator[Row]:
    """Write "Flights out of Syria went to Russia, Belarus and increasingly Libya", as the trends say.

    Countries are those since the event; whether one rises is read since the event too, or else over the
    whole period, where a step counts as a rise and the sentence says so.
    """
    whole, since = (trends_of(asked, site, since=s) for s in (False, True))
    if not whole:
        yield from _totals(asked, base, site)
        return
    window = since or whole
    total = sum(r["n_expected"] or 0.0 for r in window.values()) or 1.0
    large = [s for s, r in window.items() if (r["n_expected"] or 0.0) / total >= LEAST_SHARE]
    large.sort(key=lambda s: (-(window[s]["n_expected"] or 0.0), s))
    if not large:
        return
    bar = _bar(len(whole) + len(since))
    judged = window if any(_rises(window[s], bar) for s in large) else whole
    rising = [s for s in large if s in judged and _rises(judged[s], bar)]
    where = f"{among('subject', sorted(large))} and {_times(next(iter(judged.values())))}"
    query = f"count of trends where {where} and probability_rising >= {bar}"
    grew = listed([to_country(s) for s in rising])
    if since and judged is whole:
        names = listed([to_country(s) for s in large])
        names += f"; over the whole period increasingly to {grew}" if rising else ""
    else:
        names = listed(
            [to_country(s) for s in large if s not in rising]
            + [f"increasingly {to_country(s)}" for s in rising]
        )
    when = _when(asked, next(iter(window.values())))
    said = replace(base, query=query, unit="countries with a rising share")
    yield from state(asked, said, f"Flights out of {asked.places.name(site)} {when} went to {names}.")


def _bar(n: int) -> float:
    """Return how probable one rise has to be when ``n`` trends are looked at (Bonferroni).

    With eight of them one is "very likely rising" every third time although nothing moves.
    """
    return round(1.0 - (1.0 - RISING) / max(1, n), 6)


def _rises(r: Row, bar: float) -> bool:
    return (r["probability_rising"] or 0.0) >= bar


def _when(asked: Asked, r: Row) -> str:
    """Weeks stick out of the case's period, so the whole of it is said as such."""
    event = event_of(asked)
    if event is not None and r["from_utc"] == midnight(event.date):
        return f"since {event_text(event)}"
    return "in the whole period"


def _times(r: Row) -> str:
    return f"from_utc = {moment(r['from_utc'])} and to_utc = {moment(r['to_utc'])}"


def _totals(asked: Asked, base: Said, site: str) -> Iterator[Row]:
    """Without trends: how many went where."""
    for subject, r in list(outflow_totals(asked, site).items())[:MAX_COUNTRIES]:
        if not r["n_expected"]:
            continue
        where = (
            f"rates where subject = {quoted(subject)} and type is null "
            f"and from_utc = {moment(r['from_utc'])} and to_utc = {moment(r['to_utc'])}"
        )
        said = replace(base, query=f"the n_expected of {where}", unit="expected flights")
        n = value_text(r["n_expected"], said.unit)
        yield from state(
            asked, said, f"About {n} flights went from {asked.places.name(site)} to {to_country(subject)}."
        )


def _compared(asked: Asked, base: Said, site: str) -> Iterator[Row]:
    event = event_of(asked)
    if event is None:
        return
    rows = [
        r
        for r in rows_of(asked, "comparisons")
        if _is_outflow(r["subject"], site) and r["kind"] == "share" and r["event"] == event.id
    ]
    rows = [r for r in rows if max(r["before"] or 0.0, r["after"] or 0.0) >= LEAST_SHARE]
    rows.sort(key=lambda r: (-abs(r["difference"] or 0.0), r["subject"]))
    for r in rows[:MAX_COUNTRIES]:
        where = (
            f"comparisons where subject = {quoted(r['subject'])} and {SHARE} and event = {quoted(event.id)}"
        )
        basis = f"{base.assumptions}{asked.places.in_words(compared_text(r))}"
        said = replace(
            base, query=f"the difference of {where}", unit="change of share of flights", assumptions=basis
        )
        change = f"changed from {percent_text(r['before'])} to {percent_text(r['after'])}"
        text = (
            f"From before to after {event_text(event)} the share of flights out of {asked.places.name(site)} "
            f"that went to {to_country(r['subject'])} {change}."
        )
        yield from state(asked, said, text, (r["low"], r["high"]))


def _dated(asked: Asked, base: Said, site: str) -> Iterator[Row]:
    """Dates at which the shares changed, found without the event's date."""
    rows = [r for r in rows_of(asked, "changes") if r["kind"] == "share" and _is_outflow(r["subject"], site)]
    rows.sort(key=lambda r: (-abs(r["after"] - r["before"]), r["subject"], r["date_utc"]))
    for r in rows[:MAX_CHANGES]:
        what = f"The share of {to_country(r['subject'])} in the flights out of {asked.places.name(site)}"
        several = len(found_changes(asked, r["subject"], "share")) > 1
        yield from date_claim(asked, base, r, what, several=several)


def _trends(asked: Asked, base: Said, site: str) -> Iterator[Row]:
    """Week by week: odds ratio with its interval, then how probable it is that the share rises."""
    rows = [
        *trends_of(asked, site, since=True).values(),
        *trends_of(asked, site, since=False).values(),
    ]
    rows = [r for r in rows if r["odds_ratio_per_week"] is not None and r["probability_rising"] is not None]
    rows.sort(key=lambda r: (-abs(r["probability_rising"] - 0.5), r["subject"], r["from_utc"]))
    once = {(r["subject"], r["from_utc"]): r for r in reversed(rows)}
    bar = _bar(len(once))
    clear = [r for r in reversed(once.values()) if abs(r["probability_rising"] - 0.5) >= bar - 0.5]
    for r in clear[:MAX_TRENDS]:
        where = f"trends where subject = {quoted(r['subject'])} and {_times(r)}"
        way = "grew" if r["odds_ratio_per_week"] >= 1 else "shrank"
        to = f"of a flight out of {asked.places.name(site)} going to {to_country(r['subject'])}"
        days = _when(asked, r)
        said = replace(base, query=f"the odds_ratio_per_week of {where}", unit="times the odds, each week")
        change = percent_text(abs(r["odds_ratio_per_week"] - 1))
        yield from state(
            asked, said, f"The odds {to} {way} by {change} a week {days}.", (r["low"], r["high"])
        )
        if r["odds_ratio_per_week"] >= 1:
            sure = replace(base, query=f"the probability_rising of {where}", unit="probability")
            yield from state(
                asked, sure, f"{it_is(r['probability_rising'])} that the odds {to} were rising {days}."
            )
