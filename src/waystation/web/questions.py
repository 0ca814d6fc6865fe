"""The claims of a result, each under the question of the case that it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from waystation.web.result import Result

__all__ = ["questions"]

_KINDS: Final = {
    "outflow": "Flights out of {}",
    "hub-shift": "Did the hub move: {}",
    "via": "Stopovers, {}",
    "stopover": "What could carry it, {}",
    "rotation": "Itineraries since {}, beside the earlier ones",
}
_ALONE: Final = {"published": "Published counts beside the tracks"}
_SHOWN = ("claim_id", "question", "sentence", "value", "low", "high", "unit", "likelihood", "confidence")


def questions(result: Result) -> list[dict[str, Any]]:
    """Return ``{question, name, claims}`` in the order of the table; ``name`` has the names of places."""
    claims = result.table("claims")
    shown = claims.select([c for c in _SHOWN if c in claims.column_names]).to_pylist()
    grouped: dict[str, list[dict[str, Any]]] = {}
    for claim in shown:
        grouped.setdefault(claim["question"] or "", []).append(claim)
    return [{"question": q, "name": named(result, q), "claims": rows} for q, rows in grouped.items()]


def named(result: Result, subject: str) -> str:
    """Return a subject in the words of the case: ``OSLK>HL59`` is Hmeimim to al-Khadim."""
    kind, colon, rest = subject.partition(": ")
    words = (rest if colon else kind).replace(" to ", ">").split(">")
    what = _way(result, words)
    if not colon:
        return _ALONE.get(kind, what)
    return _KINDS[kind].format(what) if kind in _KINDS else f"{kind}: {what}"


def _way(result: Result, words: list[str]) -> str:
    """Where from, through what and where to; out and back, or within a group, where both are one."""
    places = [_place(result, p) for p in words]
    if len(words) != 2 or words[0] != words[1]:
        return " to ".join(places)
    groups = {s.group for s in result.case.view.sites} if result.case else set()
    return f"Within {places[0]}" if words[0] in groups else f"{places[0]} and back"


def _place(result: Result, word: str) -> str:
    own = {s.id for s in (result.case.view.sites if result.case else ())}
    known = word in own or (word in result.airfields.index and len(word) == 4)
    events = {e.id: e.name or e.id for e in (result.case.view.events if result.case else ())}
    return result.place(word).name if known else events.get(word, word)
