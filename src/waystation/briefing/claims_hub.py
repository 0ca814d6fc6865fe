"""Answers to ``kind = "hub-shift"``: did it move, when, from what to what share, and who took over.

Read from ``changes`` (which holds only what was found), ``comparisons`` and ``substitutions``.
The date of an event stands beside a found date and never enters it. docs/rules/claims.md
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.asked import (
    Asked,
    Said,
    compared_text,
    event_of,
    event_text,
    moment,
    rows_of,
    rows_where,
    state,
)
from waystation.briefing.claims_changed import cell_of, date_claim, found_changes
from waystation.briefing.controls_said import controls_said, tried_said
from waystation.briefing.hub_rows import (
    SHARE,
    changes_of,
    hub_sites,
    hub_untold,
    moved_to,
    stated_interval,
    substitutes,
)
from waystation.briefing.places import way_text
from waystation.briefing.wording import bayes_text, day_text, percent_text
from waystation.terms.claim_query import answer, quoted
from waystation.terms.posteriors import share_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["STOPOVERS", "hub_claims"]

Row = dict[str, Any]
MAX_GAINS, MAX_SUBSTITUTES = 2, 3

STOPOVERS: Final = (
    "Each airfield between the two places on one aircraft’s journey counts once; a change is reported where "
    "two levels explain the stops at least ten times better than one. The method was given no date."
)
_METHOD: Final = (
    "The share of all the fleet’s visits that were made there; a change is reported where two levels explain "
    "the visits at least ten times better than one level does. The method was given no date."
)
_WOULD: Final = (
    "Visits that the sources lack, if they were lost more at one place than at another; a slow drift, "
    "which two levels describe badly."
)


def hub_claims(asked: Asked) -> Iterator[Row]:
    """Yield the claims for the question's site, or for each place whose share was found to change."""
    for site in hub_sites(asked):
        yield from _site(asked, site)


def _site(asked: Asked, site: str) -> Iterator[Row]:
    if "changes" not in asked.tables:
        return
    about, name = f"hub-shift: {site}", asked.places.name(site)
    changes = changes_of(asked, site)
    if not changes and hub_untold(asked, site):
        return
    said = Said(
        about,
        f"count of changes where subject = {quoted(site)} and {SHARE}",
        "changes found",
        _METHOD,
        _WOULD,
        _confidence(asked, site, changes),
    )
    head = said if changes else _with_controls(asked, said, site)
    yield from state(asked, head, _headline(asked, site, name, changes))
    for r in changes:
        yield from _change(asked, said, r, name, several=len(changes) > 1)
    if any(r["after"] < r["before"] for r in changes):
        yield from _substitution(asked, said, site, name)
        yield from _gains(asked, said, site)
    yield from _stopovers(asked, said, site, name)
    yield from _at_the_event(asked, said, site, name)


def _with_controls(asked: Asked, base: Said, site: str) -> Said:
    """Where nothing was found, what the search said stands in the comparison."""
    for r in rows_where(asked, "comparisons", subject=site, kind="share"):
        if r["controls"]:
            said = asked.places.in_words(controls_said(r["controls"]))
            return replace(base, assumptions=f"{base.assumptions} The search said: {said}.")
    return base


def _stopovers(asked: Asked, base: Said, site: str, name: str) -> Iterator[Row]:
    """Changes of the place's share of the stopovers on the routes that the case asks about."""
    rows = [r for r in rows_of(asked, "changes") if r["kind"] == "share" and r["subject"].count(">") == 2]
    for r in sorted(rows, key=lambda r: (r["date_utc"], r["subject"])):
        origin, stop, destination = r["subject"].split(">")
        if stop == site:
            way = way_text(origin, destination, asked.places)
            own = replace(base, assumptions=STOPOVERS)
            several = len(found_changes(asked, r["subject"], "share")) > 1
            what = f"The share of {name} in the stopovers of journeys {way}"
            yield from date_claim(asked, own, r, what, several=several)


def _headline(asked: Asked, site: str, name: str, changes: list[Row]) -> str:
    if not changes:
        beside = _beside_none(asked, site)
        return f"No change was found in the share of the fleet’s visits that {name} has{beside}."
    ways = ["fell" if r["after"] < r["before"] else "rose" for r in changes]
    to = moved_to(asked, site)
    if ways == ["fell"] and to:
        return f"The hub moved from {name} to {asked.places.name(to)}."
    if ways == ["fell"]:
        return f"The share of {name} in the fleet’s visits fell, and no airfield is known to have taken over."
    if ways == ["rose"]:
        return f"The share of {name} in the fleet’s visits rose."
    back = " and came back" if ways[:2] == ["fell", "rose"] else ""
    return f"The share of {name} in the fleet’s visits moved{back}: it {', then '.join(ways)}."


def _change(asked: Asked, base: Said, r: Row, name: str, *, several: bool) -> Iterator[Row]:
    """Date, share before, share after, strength of the evidence."""
    yield from date_claim(
        asked, base, r, f"The share of {name} in the fleet’s visits", several=several, levels=False
    )
    where = cell_of(r, several=several)
    controls = base.assumptions + asked.places.in_words(tried_said(r["controls"]))
    for word, side in (("Before", "before"), ("After", "after")):
        text = f"{word} that change {percent_text(r[side])} of the fleet’s visits were to {name}."
        known = stated_interval(r, side)
        level = _said(base, f"the {side} of {where}", "share of visits", controls + ("" if known else _LEVEL))
        yield from state(asked, level, text, known or _level(asked, r, side))
    strength = _said(base, f"the log10_bayes_factor of {where}", "log₁₀ Bayes factor", controls)
    day = day_text(r["date_utc"].date())
    text = f"A change of the places’ shares around {day} {bayes_text(r['log10_bayes_factor'])}."
    yield from state(asked, strength, text)


_LEVEL: Final = " The interval is that of a share among the visits of that side, the date taken as known."
_FACTOR: Final = re.compile(r"log10 Bayes factor of a change at any date: (-?\d+(?:\.\d+)?)")
_REFUSED: Final = "not reported as a change"


def _beside_none(asked: Asked, site: str) -> str:
    """What else the search said where this place's share did not change; the factor is of all shares."""
    if any(">" not in r["subject"] for r in rows_where(asked, "changes", kind="share")):
        return "; the shares of other places did change"
    for r in rows_where(asked, "comparisons", subject=site, kind="share"):
        said = _FACTOR.search(r["controls"] or "")
        if said and _REFUSED in r["controls"]:
            return " beyond what a change of reception or of other traffic would explain"
        if said:
            return f"; a change of any place’s share {bayes_text(float(said[1]))}"
    return ""


def _level(asked: Asked, r: Row, side: str) -> tuple[float, float] | None:
    """Interval of a level from the number of visits on its side of the change; None without visits."""
    if "visits" not in asked.tables or r["date_utc"] is None:
        return None
    at = moment(r["date_utc"])
    where = f"arrived_utc < {at}" if side == "before" else f"arrived_utc >= {at}"
    n = answer(f"sum probability of visits where {where}", asked.tables).value
    return share_interval(r[side] * n, n) if n > 0 else None


def _substitution(asked: Asked, base: Said, site: str, name: str) -> Iterator[Row]:
    found = substitutes(asked, site)
    several = len({r["date"] for r in found}) > 1
    told: set[object] = set()  # what is found nowhere is said once of each loss
    for r in found[:MAX_SUBSTITUTES]:
        if not r["substitute"] or r["share"] is None:
            continue
        where = f"substitutions where lost_hub = {quoted(site)} and substitute = {quoted(r['substitute'])}"
        where += f" and date = {r['date']:%Y-%m-%d}" if several else ""
        lost = f"lost on {day_text(r['date'])}" if several else "lost"
        said = _said(base, f"the share of {where}", "share of the lost traffic", _TAKEN + _placebo(r))
        known = r["residual"] is not None and r["date"] not in told
        rest = f"; {percent_text(r['residual'])} of it is found at no other hub" if known else ""
        told.add(r["date"])
        text = (
            f"{asked.places.name(r['substitute'])} took on {percent_text(r['share'])} of the through "
            f"traffic that {name} {lost}{rest}."
        )
        yield from state(asked, said, text, (r["low"], r["high"]))


_TAKEN: Final = (
    "Journeys between the same two places that went through the lost hub before and through another after. "
    "That one gained what the other lost is not that one replaced the other."
)


def _placebo(r: Row) -> str:
    if r["placebo_rank"] is None:
        return ""
    share = percent_text(r["placebo_rank"])
    return f" Of hubs and dates with no known loss (this one counted), {share} show as large a gain."


def _gains(asked: Asked, base: Said, site: str) -> Iterator[Row]:
    """Other places whose share rose: the same method, applied to each alone."""
    rows = [
        r
        for r in rows_of(asked, "changes")
        if r["kind"] == "share"
        and ">" not in r["subject"]
        and r["subject"] != site
        and r["after"] > r["before"]
    ]
    inside = set(asked.case.sites_of(site))
    rows = [r for r in rows if r["subject"] not in inside and asked.places.is_airfield(r["subject"])]
    for r in sorted(rows, key=lambda r: -(r["log10_bayes_factor"] or 0.0))[:MAX_GAINS]:
        several = len(changes_of(asked, r["subject"])) > 1
        own = Said(
            base.about,
            base.query,
            base.unit,
            base.assumptions,
            base.would_change,
            _confidence(asked, r["subject"], [r]),
        )
        yield from list(_change(asked, own, r, asked.places.name(r["subject"]), several=several))[:1]


def _at_the_event(asked: Asked, base: Said, site: str, name: str) -> Iterator[Row]:
    """The difference at the event's own date: what could have been seen where nothing was found."""
    event = event_of(asked)
    if event is None:
        return
    for r in rows_where(asked, "comparisons", subject=site, kind="share", event=event.id):
        where = f"comparisons where subject = {quoted(site)} and {SHARE} and event = {quoted(event.id)}"
        said = _said(
            base,
            f"the difference of {where}",
            "change of share of visits",
            _GIVEN + asked.places.in_words(compared_text(r)),
        )
        text = (
            f"From before to after {event_text(event)} the share of {name} in the fleet’s visits went from "
            f"{percent_text(r['before'])} to {percent_text(r['after'])}."
        )
        yield from state(asked, said, text, (r["low"], r["high"]))


_GIVEN: Final = (
    "Here the date is given, so this is no evidence of when; the interval says what size of change the "
    "visits can exclude."
)


def _said(base: Said, query: str, unit: str, assumptions: str) -> Said:
    return Said(base.about, query, unit, assumptions, base.would_change, base.confidence)


def _confidence(asked: Asked, site: str, changes: list[Row]) -> str:
    """Level and reason; never high, for that needs a second network."""
    known = any(r["exposure_days"] is not None for r in rows_where(asked, "exposures", subject=site))
    if not changes:
        return "low: that nothing was found is weak evidence where few visits are seen"
    if not known:
        return "low: whether reception there changed at the same time is not measured"
    return "moderate: reception there is measured and enters the test; no second network was compared"
