"""Messages that tell no place are told with the next position of their aircraft, if it comes soon.

    MSG,1 callsign ─┐
    MSG,4 speed    ─┼─► MSG,3 position: gets both      one use each; nothing is carried on from there
    MSG,6 squawk   ─┘

Receivers' logs and Mode S spread one report over several messages; a trace shows them joined. A message is
used once, so no value stands where nobody sent it within the last seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["AttachRules", "Message", "attach"]


@dataclass(frozen=True)
class AttachRules:
    """For how long a message waits for its position."""

    max_wait_s: float = 10.0  # positions come twice a second in reach; at 250 m/s that is 2.5 km
    max_wait_words_s: float = 60.0  # callsign and squawk change once a flight


@dataclass(frozen=True)
class Message:
    """One message. ``values``: our column names → values; ``placed``: it tells a place."""

    record: int
    address: str
    time_s: float
    values: dict[str, Any]
    placed: bool


_WORDS = frozenset({"callsign", "squawk"})


def attach(
    messages: Iterable[Message], rules: AttachRules = AttachRules()
) -> tuple[list[tuple[Message, dict[str, Any]]], int]:
    """Return each position with its values joined, and how many messages found none.

    ``messages``: in order of time. What a position says itself beats what is joined.
    """
    waiting: dict[str, tuple[dict[str, tuple[float, Any]], int]] = {}
    out: list[tuple[Message, dict[str, Any]]] = []
    unplaced = 0
    for m in messages:
        if not m.placed:
            told, n = waiting.get(m.address, ({}, 0))
            told.update((k, (m.time_s, v)) for k, v in m.values.items() if v is not None)
            waiting[m.address] = (told, n + 1)
            continue
        told, n = waiting.pop(m.address, ({}, 0))
        fresh = {k: v for k, (at, v) in told.items() if m.time_s - at <= _wait_s(k, rules)}
        unplaced += 0 if fresh else n
        out.append((m, fresh | {k: v for k, v in m.values.items() if v is not None}))
    return out, unplaced + sum(n for _, n in waiting.values())


def _wait_s(field: str, rules: AttachRules) -> float:
    return rules.max_wait_words_s if field in _WORDS else rules.max_wait_s
