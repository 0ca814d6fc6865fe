"""What payload arrives through each stopover, at least with which probability: the numbers behind a curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from waystation.stopovers.reach import ReachRules, legs_reach
from waystation.terms.schema import TABLES
from waystation.world.performance import performance_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from waystation.world.performance import Performance

__all__ = ["CURVE", "curve"]

CURVE: Final = TABLES["stopover_curve"]


def curve(
    parts: pa.Table,
    *,
    step_t: float = 5.0,
    first: int = 10,
    named: Iterable[str] = (),
    performance: Callable[[str], Performance | None] = performance_of,
    rules: ReachRules | None = None,
) -> pa.Table:
    """Return P(payload arrives) for the direct flight, the ``first`` best stopovers and those ``named``.

    ``parts``: of a ``Ranking``. ``stopover`` null is the direct flight. The last step is the type's limit.
    """
    rules, sites = rules or ReachRules(), frozenset(named)
    rows: list[dict[str, object]] = []
    for row in parts.to_pylist():
        aircraft = performance(row["type"])
        if (
            aircraft is None
            or aircraft.curve is None
            or ((row["rank"] or 0) > first and row["stopover"] not in sites)
        ):
            continue
        legs = [row["first_leg_km"], row["second_leg_km"]] if row["stopover"] else [row["direct_km"]]
        legs_km = np.array([[np.nan if km is None else km] for km in legs], dtype=np.float64)
        names = ("first", "second")[: len(legs)]
        winds = np.array([[row[f"{name}_headwind_kt"]] for name in names], dtype=np.float64)
        payloads = [*np.arange(0.0, aircraft.payload_t, step_t), aircraft.payload_t]
        rows += [
            {name: row[name] for name in ("origin", "stopover", "destination", "type", "scenario")}
            | {
                "payload_t": float(t),
                "probability": float(legs_reach(aircraft, float(t), legs_km, rules, winds).probability[0]),
            }
            for t in payloads
        ]
    return pa.Table.from_pylist(rows, schema=CURVE)
