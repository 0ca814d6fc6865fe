"""Answers to ``kind = "via"``: through which stopovers journeys between two places went, before and after.

Counted over ``itineraries`` (the stops of one aircraft's journey, in order); where none joins the two
places, over ``triples`` (origin, stop, destination of consecutive flights).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.asked import Asked, Said, event_of, event_text, midnight, rows_of, state
from waystation.briefing.claims_changed import date_claim, found_changes
from waystation.briefing.claims_hub import STOPOVERS
from waystation.briefing.claims_relay import relay_claims
from waystation.briefing.places import way_text
from waystation.briefing.wording import counted, percent_text
from waystation.terms.claim_query import among, answer, quoted, when
from waystation.terms.posteriors import share_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["UNSEEN", "Side", "Via", "sides", "via_claims", "vias"]

Row = dict[str, Any]
LEAST_SHARE: Final = 0.1
MAX_VIAS: Final = 4
UNSEEN: Final = "?"  # how itineraries write a stop, or a whole flight, that nobody saw

_BASIS: Final = (
    "One aircraft’s journey from the one place to the other, in this order; a stop that was not seen counts "
    "with its probability. Cargo that changes aircraft on the way is not followed. The interval takes the "
    "journeys as independent of each other."
)
_WOULD: Final = "Stops on journeys that were heard only in part; journeys that no receiver heard."
_CONFIDENCE: Final = "moderate: the stops come from jointly decoded endings; no second network was compared"


@dataclass(frozen=True)
class Side:
    """One side of the event: its words, and the condition that selects its journeys."""

    word: str
    journeys: str


@dataclass(frozen=True)
class Via:
    """One stopover (airfield or group) with its share of journeys, part and whole, on each side."""

    name: str
    idents: tuple[str, ...]
    condition: str
    parts: tuple[tuple[float, float], ...]


def via_claims(asked: Asked) -> Iterator[Row]:
    """Yield each stopover's share on each side, then how many journeys there are."""
    if asked.q.route is None:
        return
    origin, destination = (asked.places.name(p) for p in asked.q.route)
    base = Said(f"via: {'>'.join(asked.q.route)}", "", "", _BASIS, _WOULD, _CONFIDENCE)
    both = sides(asked)
    for via in vias(asked)[:MAX_VIAS]:
        for side, (part, whole) in zip(both, via.parts, strict=True):
            if whole <= 0:
                continue
            said = replace(base, query=f"share {via.condition} of {side.journeys}", unit="share of journeys")
            where = _where(asked, via)
            which = f"of the journeys from {origin} to {destination}"
            text = f"{side.word}, {percent_text(part / whole)} {which} stopped {where}."
            yield from state(asked, said, text, share_interval(min(part, whole), whole))
    yield from _dated(asked, base)
    yield from relay_claims(asked)
    for side in both:
        said = replace(base, query=f"count of {side.journeys}", unit="journeys")
        n = int(answer(said.query, asked.tables).value)
        made = f"{'was' if n == 1 else 'were'} made with known stops"
        text = f"{side.word}, {counted(n, 'journey')} from {origin} to {destination} {made}."
        yield from state(asked, said, text)


def _dated(asked: Asked, base: Said) -> Iterator[Row]:
    """Dates at which a stopover's share changed, found without the event's date."""
    origin, destination = asked.q.route or ("", "")
    rows = [r for r in rows_of(asked, "changes") if r["kind"] == "share" and r["subject"].count(">") == 2]
    mine = [
        r for r in rows if (r["subject"].split(">")[0], r["subject"].split(">")[2]) == (origin, destination)
    ]
    for r in sorted(mine, key=lambda r: (r["date_utc"], r["before"] - r["after"], r["subject"])):
        way = way_text(origin, destination, asked.places)
        stop = asked.places.name(r["subject"].split(">")[1])
        several = len(found_changes(asked, r["subject"], "share")) > 1
        what = f"The share of {stop} in the stopovers of journeys {way}"
        yield from date_claim(asked, replace(base, assumptions=STOPOVERS), r, what, several=several)


def _where(asked: Asked, via: Via) -> str:
    if via.name == UNSEEN:
        return "at a place that was not seen"
    return f"in {via.name}" if via.name not in via.idents else f"at {asked.places.name(via.name)}"


def sides(asked: Asked) -> tuple[Side, ...]:
    """Before and after the event; without an event the whole period. None where no table has journeys."""
    source = _source(asked)
    if source is None:
        return ()
    table, joined, column = source
    event = event_of(asked)
    if event is None:
        return (Side("In the whole period", f"{table} where {joined}"),)
    at = when(midnight(event.date))
    return (
        Side(f"Before {event_text(event)}", f"{table} where {joined} and {column} < {at}"),
        Side(f"After {event_text(event)}", f"{table} where {joined} and {column} >= {at}"),
    )


def vias(asked: Asked) -> list[Via]:
    """Stopovers with at least a tenth of one side's journeys, what gained most first."""
    source, both = _source(asked), sides(asked)
    if source is None:
        return []
    out = []
    for name, idents in _places_between(asked, source[0]).items():
        condition = _through(asked, source[0], idents)
        parts = []
        for side in both:
            weight = answer(f"sum probability of {side.journeys}", asked.tables).value
            share = answer(f"share {condition} of {side.journeys}", asked.tables).value
            parts.append((share * weight if weight else 0.0, weight))
        out.append(Via(name, idents, condition, tuple(parts)))
    kept = [v for v in out if max((p / w for p, w in v.parts if w), default=0.0) >= LEAST_SHARE]
    return sorted(kept, key=lambda v: (-_change(v), v.name))


def _change(via: Via) -> float:
    """Share after less share before: what gained stands at the head. With one side, its share."""
    shares = [p / w if w else 0.0 for p, w in via.parts]
    return shares[-1] - (shares[0] if len(shares) > 1 else 0.0)


def _ends(asked: Asked) -> tuple[tuple[str, ...], tuple[str, ...]]:
    origin, destination = asked.q.route or ("", "")
    return asked.case.sites_of(origin), asked.case.sites_of(destination)


def _source(asked: Asked) -> tuple[str, str, str] | None:
    """(table, condition that joins the two places, column of the date); None where nothing joins them."""
    origins, destinations = _ends(asked)
    joined = f"{_step(origins)} then {_step(destinations)} in airfields"
    direct = f"{among('origin', origins)} and {among('destination', destinations)}"
    for table, condition, column in (("itineraries", joined, "from_utc"), ("triples", direct, "arrived_utc")):
        if table in asked.tables and answer(f"count of {table} where {condition}", asked.tables).value:
            return table, condition, column
    return None


def _places_between(asked: Asked, table: str) -> dict[str, tuple[str, ...]]:
    """Stopovers as groups of the case, other airfields alone."""
    origins, destinations = _ends(asked)
    found: set[str] = set()
    for r in rows_of(asked, table):
        if table == "triples":
            found |= {r["via"]} if r["origin"] in origins and r["destination"] in destinations else set()
        else:
            found |= _between(r["airfields"] or (), origins, destinations)
    groups = {s.id: s.group for s in asked.case.sites if s.group}
    names = sorted({groups.get(i) or i for i in found if i})
    return {n: tuple(asked.case.sites_of(n)) for n in names}


def _between(stops: Sequence[str], origins: Sequence[str], destinations: Sequence[str]) -> set[str]:
    starts = [i for i, a in enumerate(stops) if a in origins]
    ends = [i for i, a in enumerate(stops) if a in destinations]
    if not starts or not ends or starts[0] >= ends[-1]:
        return set()
    return set(stops[starts[0] + 1 : ends[-1]]) - set(origins) - set(destinations)


def _through(asked: Asked, table: str, idents: tuple[str, ...]) -> str:
    origins, destinations = _ends(asked)
    if table == "triples":
        return among("via", idents)
    return f"{_step(origins)} then {_step(idents)} then {_step(destinations)} in airfields"


def _step(idents: Sequence[str]) -> str:
    return quoted(idents[0]) if len(idents) == 1 else f"({', '.join(quoted(i) for i in idents)})"
