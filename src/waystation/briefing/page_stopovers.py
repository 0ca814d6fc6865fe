"""The table of a stopover question: a line a way to go, a column a scenario, each payload with its claim."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.stopover_rows import demand_rows, scenario_name, scenarios_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waystation.briefing.asked import Asked

__all__ = ["is_payload", "stopover_table"]

Claim = Mapping[str, Any]

_PAYLOAD: Final = "the payload_max_t of stopovers "
_CELL: Final = re.compile(
    r'scenario (?:is null|= "(?P<scenario>[^"]*)") and stopover (?:is null|= "(?P<stop>[^"]*)")$'
)
_RUNWAY: Final = {"yes": "long enough", "no": "too short"}


def is_payload(claim: Claim) -> bool:
    """Whether a claim states what payload arrives."""
    return bool(claim["query"].startswith(_PAYLOAD))


def stopover_table(asked: Asked, claims: Sequence[Claim]) -> dict[str, Any] | None:
    """Return the ways that have a claim, in the order of the claims; None where there is none."""
    said: dict[tuple[str | None, str | None], Claim] = {}
    for c in claims:
        found = _CELL.search(c["query"]) if is_payload(c) else None
        if found:
            said.setdefault((found["stop"], found["scenario"]), c)
    ways = list(dict.fromkeys(stop for stop, _ in said))
    if not ways:
        return None
    scenarios: list[str | None] = [None, *scenarios_of(asked)]
    rows = {s: {r["stopover"]: r for r in demand_rows(asked, "stopovers", s)} for s in scenarios}
    return {
        "scenarios": [scenario_name(asked, s) for s in scenarios],
        "payload_t": asked.q.payload_t,
        "lines": [_line(w, scenarios, rows, said) for w in ways if w in rows[None]],
    }


def _line(
    way: str | None,
    scenarios: Sequence[str | None],
    rows: Mapping[str | None, Mapping[str | None, Mapping[str, Any]]],
    said: Mapping[tuple[str | None, str | None], Claim],
) -> dict[str, Any]:
    now = rows[None][way]
    return {
        "stop": way,
        "runway": "" if way is None else _RUNWAY.get(now["runway"], "not on record"),
        "used": None if way is None else int(now["used_before"] or 0),
        "cells": [{"row": rows[s].get(way), "claim": said.get((way, s))} for s in scenarios],
    }
