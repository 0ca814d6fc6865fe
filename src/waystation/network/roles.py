"""Roles in the network: who is a hub, when, and who took over from one that was lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from waystation.network.exposure import heard_at
from waystation.network.flows import flows_of, past
from waystation.network.hubs import HubRules, Period, hub_rows
from waystation.network.substitutions import SubstitutionRules, substitution_rows
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.terms.case_view import CaseView

__all__ = ["roles"]

_EPOCH = date(1970, 1, 1)
SAME_MOVE_DAYS = 14.0  # losses this near each other are one move, dated by two hubs


def roles(
    tables: Mapping[str, pa.Table],
    case: CaseView,
    *,
    lost: Sequence[tuple[str, date]] = (),
    exposures: pa.Table | None = None,
    hub_rules: HubRules | None = None,
    substitution_rules: SubstitutionRules | None = None,
) -> dict[str, pa.Table]:
    """Return the tables ``hubs`` and ``substitutions``.

    ``tables``: ``visits`` and ``triples`` as ``build`` made them. ``lost``: hubs that lost their part, each
    with the date (UTC), usually from ``changes``; never guessed here; each is looked at between its
    neighbours. Periods: "whole", "before …" and
    "after …" each event of the case (by its id) and each date of ``lost`` (as YYYY-MM-DD).
    ``exposures``: corrects for what went unheard, per hub and period, where they are known.
    """
    span = _span(tables, case)
    if span is None:
        return {name: TABLES[name].empty_table() for name in ("hubs", "substitutions")}
    cuts = {e.id: _day(e.date) for e in case.events} | {d.isoformat(): _day(d) for _, d in lost}
    hubs = hub_rows(tables["triples"], tables["visits"], _periods(span, cuts), hub_rules)
    flows = {hub: flows_of(past(tables["triples"], hub)) for hub in dict.fromkeys(h for h, _ in lost)}
    heard = None if exposures is None else heard_at(exposures)
    heirs = [
        row | {"date": when}
        for hub, when in dict.fromkeys((h, _plain(d)) for h, d in lost)
        for row in substitution_rows(
            flows[hub], hub, _day(when), _around(when, lost, span), heard=heard, rules=substitution_rules
        )
    ]
    return {
        "hubs": pa.Table.from_pylist(hubs, schema=TABLES["hubs"]),
        "substitutions": pa.Table.from_pylist(heirs, schema=TABLES["substitutions"]),
    }


def _around(when: date, lost: Sequence[tuple[str, date]], span: tuple[float, float]) -> tuple[float, float]:
    """Return the span between the losses before and after this one: one that came back is no loss."""
    day = _day(when)
    others = [_day(_plain(d)) for _, d in lost if abs(_day(_plain(d)) - day) > SAME_MOVE_DAYS]
    first = max([span[0], *(d for d in others if d < day)])
    return first, min([span[1], *(d for d in others if d > day)])


def _periods(span: tuple[float, float], cuts: Mapping[str, float]) -> list[Period]:
    out: list[Period] = [("whole", *span)]
    for name, day in cuts.items():
        if span[0] < day < span[1]:
            out += [(f"before {name}", span[0], day), (f"after {name}", day, span[1])]
    return out


def _span(tables: Mapping[str, pa.Table], case: CaseView) -> tuple[float, float] | None:
    """Return the case's period in days since 1970, half open; open sides end with the visits."""
    times = [
        t for c in ("arrived_utc", "left_utc") for t in tables["visits"].column(c).drop_null().to_pylist()
    ]
    if not times:
        return None
    first, last = (t.timestamp() / 86400.0 for t in (min(times), max(times)))
    start = float(np.floor(first)) if case.period_from is None else _day(case.period_from)
    stop = float(np.floor(last)) + 1.0 if case.period_to is None else _day(case.period_to) + 1.0
    return start, stop


def _plain(when: date) -> date:
    return when.astimezone(UTC).date() if isinstance(when, datetime) else when


def _day(when: date) -> float:
    return float((_plain(when) - _EPOCH).days)
