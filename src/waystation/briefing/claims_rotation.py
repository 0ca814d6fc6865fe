"""Answers to ``kind = "rotation"``: whether the itineraries since an event fit the earlier pattern.

Read from ``rotations`` (the test, with its power) and ``itineraries`` (how many there were, and which).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.asked import Asked, Said, event_of, event_text, midnight, rows_of, state
from waystation.briefing.wording import counted, percent_text
from waystation.terms.claim_query import answer, quoted, when

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Motif", "group_test", "motifs", "rotation_claims"]

Row = dict[str, Any]
MAX_MOTIFS: Final = 10

_BASIS: Final = (
    "The later itineraries are compared with what the earlier ones predict: the order of stops, the lengths "
    "of stays, the time between itineraries, the aircraft. A small p-value says that they differ, not why. "
    "“No” is said only with p below 0.01, at least ten earlier itineraries and enough power."
)
_WOULD: Final = (
    "More itineraries on either side; stops that were not seen; a pattern that was already changing."
)
_FITS: Final = {
    "yes": "fit the earlier pattern",
    "no": "do not fit the earlier pattern",
    "cannot-tell": "may or may not fit the earlier pattern: that cannot be told from so few",
}


@dataclass(frozen=True)
class Motif:
    """One order of stops and how many itineraries had it before and since."""

    stops: tuple[str, ...]
    before: int
    since: int

    @property
    def unseen(self) -> bool:
        """Whether a stop of it was not heard."""
        return "?" in self.stops


def rotation_claims(asked: Asked) -> Iterator[Row]:
    """Yield the group test, its power, how many itineraries each side has, how many are odd alone."""
    event = event_of(asked)
    test = group_test(asked)
    if event is None:
        return
    about = f"rotation: {event.id}" + (f" to {asked.q.to}" if asked.q.to else "")
    to = f" to {asked.places.name(asked.q.to)}" if asked.q.to else ""
    base = Said(about, "", "", _BASIS, _WOULD, _confidence(test))
    since = f"since {event_text(event)}"
    if test is not None:
        yield from _tested(asked, base, test, f"itineraries{to} {since}")
    for word, sign in ((f"before {event_text(event)}", "<"), (since, ">=")):
        where = f"itineraries where {_towards(asked)}from_utc {sign} {when(midnight(event.date))}"
        said = replace(base, query=f"count of {where}", unit="itineraries")
        if "itineraries" in asked.tables:
            n = int(answer(said.query, asked.tables).value)
            text = f"{counted(n, 'itinerary', 'itineraries').capitalize()}{to} began {word}."
            yield from state(asked, said, text)
    odd = replace(
        base,
        query='distinct itinerary_id of rotations where fits = "no"',
        unit="new itineraries that do not fit",
    )
    if (
        not asked.q.to
        and _one_event(asked)
        and any(r["itinerary_id"] and r["fits"] in {"yes", "no"} for r in rows_of(asked, "rotations"))
    ):
        n = int(answer(odd.query, asked.tables).value)
        how_many = counted(n, "itinerary", "itineraries")
        text = f"{how_many} {since} {'does' if n == 1 else 'do'} not fit when tested alone."
        if n == 0:
            text = f"No itinerary {since} is at odds with the earlier pattern when tested alone."
        yield from state(asked, odd, text)


def _one_event(asked: Asked) -> bool:
    """Whether all rotation questions are about the same event: the rows do not say about which they are."""
    return len({q.event for q in asked.case.questions if q.kind == "rotation"}) == 1


def _tested(asked: Asked, base: Said, test: Row, which: str) -> Iterator[Row]:
    where = f"rotations where itinerary_id is null and motif = {quoted(test['motif'])}"
    verdict = _FITS.get(test["fits"] or "cannot-tell", _FITS["cannot-tell"])
    basis = f"{base.assumptions} Reasons given: {test['reasons']}." if test["reasons"] else base.assumptions
    said = replace(base, query=f"the p_value of {where}", unit="p-value", assumptions=basis)
    if test["p_value"] is not None:
        yield from state(asked, said, f"The {which}, taken together, {verdict}.")
    if test["power"] is not None:
        power = replace(said, query=f"the power of {where}", unit="share power of the test")
        yield from state(
            asked,
            power,
            f"With so many {which} a strong change would show in {percent_text(test['power'])} of cases.",
        )


def group_test(asked: Asked) -> Row | None:
    """The row that tests all itineraries since the question's event, narrowed by its ``to`` if any."""
    rows = [r for r in rows_of(asked, "rotations") if r["itinerary_id"] is None and r["motif"]]
    if asked.q.event:
        rows = [r for r in rows if r["event"] == asked.q.event]
    narrowed = [r for r in rows if asked.q.to and asked.q.to in r["motif"].split()]
    wide = [r for r in rows if r["motif"] == f"all since {asked.q.event}"]
    return next(iter(narrowed or wide or rows), None)


def motifs(asked: Asked) -> list[Motif]:
    """Orders of stops, the most frequent first; a stop repeated in place is one stop."""
    event = event_of(asked)
    if event is None:
        return []
    at = midnight(event.date)
    inside = set(asked.case.sites_of(asked.q.to)) if asked.q.to else None
    counts: tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]] = (Counter(), Counter())
    for r in rows_of(asked, "itineraries"):
        stops = tuple(a for i, a in enumerate(r["airfields"] or ()) if i == 0 or a != r["airfields"][i - 1])
        if r["from_utc"] is not None and (inside is None or inside & set(stops)):
            counts[r["from_utc"] >= at][stops] += 1
    both = set(counts[0]) | set(counts[1])
    rows = [Motif(s, counts[0][s], counts[1][s]) for s in both]
    return sorted(rows, key=lambda m: (-(m.before + m.since), m.stops))[:MAX_MOTIFS]


def _towards(asked: Asked) -> str:
    if not asked.q.to:
        return ""
    idents = asked.case.sites_of(asked.q.to)
    step = quoted(idents[0]) if len(idents) == 1 else f"({', '.join(quoted(i) for i in idents)})"
    return f"{step} in airfields and "


def _confidence(test: Row | None) -> str:
    if test is None or test["power"] is None:
        return "low: the power of the test is not known"
    if test["power"] < 0.5:
        return "low: the test would miss a change more often than not"
    return "moderate: the test has the power to see a strong change; no second network was compared"
