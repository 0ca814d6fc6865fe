"""Beside the answers to ``kind = "via"``: where one aircraft came in and another left soon after.

An inference, and called one: tracks show no cargo. The number by chance stands in the same sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.asked import Asked, Said, event_text, midnight, rows_where, state
from waystation.briefing.wording import counted
from waystation.terms.claim_query import quoted, when

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["relay_claims", "relay_rows"]

Row = dict[str, Any]
MAX_PLACES: Final = 2
LEAST_PAIRS: Final = 3
MAX_LINES: Final = 8  # of the table; relay_counts.csv has the rest

_BASIS: Final = (
    "Inference: a flight in and a flight out of another aircraft within half an hour to 48 hours, each "
    "counted once. Tracks show no cargo, so that anything changed aircraft is not known. By chance: the same "
    "arrivals moved by whole days around the period"
)
_WOULD: Final = (
    "What is seen on the ground: pictures of loading, papers, witnesses; flights that nobody heard."
)
_CONFIDENCE: Final = "low: being there one after the other is all that is known"


def relay_claims(asked: Asked) -> Iterator[Row]:
    """Yield, for the airfields with most pairs, how many there were beside how many chance would make."""
    if asked.q.route is None or "relay_counts" not in asked.tables or "relays" not in asked.tables:
        return
    origin, destination = asked.q.route
    names = [e for e in asked.case.events if e.id == asked.q.event]
    rows = [r for r in _counted(asked) if r["n_pairs"] >= LEAST_PAIRS]
    for r in sorted(rows, key=lambda r: (-r["n_pairs"], r["via"], r["period"]))[:MAX_PLACES]:
        where = " and ".join(f"{c} = {quoted(r[c])}" for c in ("origin", "via", "destination"))
        side = r["period"].partition(" ")[0]
        if names:
            at = when(midnight(names[0].date))
            where += f" and left_utc {'<' if side == 'before' else '>='} {at}"
        head = {"before": "Before {}, ", "after": "After {}, "}.get(side, "")
        head = head.format(event_text(names[0])) if names else head
        chance = (
            f"the arrivals moved to other days would make {r['by_chance']:.1f} on average"
            if r["by_chance"] is not None
            else "how many chance would make cannot be told"
        )
        text = (
            f"{head}{counted(r['n_pairs'], 'flight')} left {asked.places.name(r['via'])} for "
            f"{asked.places.name(destination)} within 48 hours after another aircraft had come in from "
            f"{asked.places.name(origin)}; {chance}."
        )
        said = Said(
            f"via: {origin}>{destination}",
            f"count of relays where {where}",
            "pairs of flights",
            f"{_BASIS} ({r['reason']}{_p(r)}).",
            _WOULD,
            _CONFIDENCE,
        )
        yield from state(asked, said, text[0].upper() + text[1:])


def _counted(asked: Asked) -> list[Row]:
    """Rows of ``relay_counts`` on the route asked about, on both sides of the event or over the period."""
    names = [e for e in asked.case.events if e.id == asked.q.event]
    periods = ("whole",) if not names else (f"before {names[0].id}", f"after {names[0].id}")
    if asked.q.route is None or "relay_counts" not in asked.tables:
        return []
    origin, destination = asked.q.route
    rows = rows_where(asked, "relay_counts", origin=origin, destination=destination)
    return [r for r in rows if r["period"] in periods]


def relay_rows(asked: Asked) -> list[Row]:
    """Lines of the table: airfields with pairs, most first, each side of the event with its word."""
    rows = _counted(asked)
    most = {v: max(r["n_pairs"] for r in rows if r["via"] == v) for v in {r["via"] for r in rows}}
    words = {"before": "before", "after": "after"}
    out = [
        r | {"side": words.get(r["period"].partition(" ")[0], "whole period")} for r in rows if most[r["via"]]
    ]
    out.sort(key=lambda r: (-most[r["via"]], r["via"], r["side"] == "after"))
    return out[:MAX_LINES]


def _p(r: Row) -> str:
    if r["p_value"] is None:
        return ""
    many = f"{r['p_value']:.1%} of them make as many, counting this one"
    return f"; {many}; 95 % make at most {r['by_chance_high']:.0f}"
