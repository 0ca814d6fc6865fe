"""demand → ranked alternatives: reach, runway, access, use, and a score that shows its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waystation.stopovers.legs import great_circles
from waystation.stopovers.rows import alternative_rows, direct_row
from waystation.stopovers.setting import Setting, StopoverRules, key_of
from waystation.stopovers.table import tables_of
from waystation.stopovers.use import direct_flights, used_before
from waystation.world.access import access_of
from waystation.world.performance import performance_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from waystation.stopovers.demand import Demand
    from waystation.stopovers.legs import WayFinder
    from waystation.stopovers.setting import Access
    from waystation.world.airfields import Airfields
    from waystation.world.performance import Performance

__all__ = ["Ranking", "build"]


@dataclass(frozen=True)
class Ranking:
    """``stopovers``: the table as in ``terms/schema.py``. ``parts``: what stands behind each row, same order.

    Per demand the direct flight comes first (``stopover`` null), then the alternatives, best score first.
    ``notes``: what was left out, in words.
    """

    stopovers: pa.Table
    parts: pa.Table
    notes: tuple[str, ...]


def build(
    demands: Sequence[Demand],
    flights: pa.Table,
    airfields: Airfields,
    *,
    way: WayFinder = great_circles,
    performance: Callable[[str], Performance | None] = performance_of,
    access: Access = access_of,
    named: Iterable[str] = (),
    without: Iterable[str] = (),
    rules: StopoverRules | None = None,
) -> Ranking:
    """Rank every airfield that could carry each demand. Same input, same table.

    ``flights``: those of the fleet (schema ``flights``); what flew before the demand's day counts as use.
    ``named``: airfields that get a row in any case, as sites of the case do. ``without``: airfields taken
    away.
    A type whose range rests on assumptions gets one row, all null, with the reason in ``parts``.
    Raises ``ValueError`` for an end that is no airfield of the table.
    """
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for demand in dict.fromkeys(demands):
        about = demand.about
        origin, destination = (_row_of(airfields, i) for i in (demand.origin, demand.destination))
        aircraft = performance(demand.type)
        if aircraft is None or aircraft.curve is None:
            why = _unable(demand, aircraft)
            rows.append(key_of(demand, demand.payload_t) | {"reason": why})
            notes.append(f"{about}: {why}")
            continue
        setting = Setting(
            demand=demand,
            payload_t=aircraft.payload_t if demand.payload_t is None else demand.payload_t,
            aircraft=aircraft,
            airfields=airfields,
            origin=origin,
            destination=destination,
            used=used_before(flights, demand.under.used_until or demand.on),
            way=way,
            access=access,
            rules=rules or StopoverRules.usual(),
        )
        until = demand.under.used_until or demand.on
        flown = direct_flights(flights, demand.origin, demand.destination, until)
        found, said, direct = alternative_rows(setting, frozenset(named), frozenset(without))
        rows += [direct_row(setting, flown, *direct), *found]
        notes += [f"{about}: {text}" for text in said]
    return Ranking(*tables_of(rows), tuple(notes))


def _row_of(airfields: Airfields, ident: str) -> int:
    if ident not in airfields.index:
        raise ValueError(f"{ident} is no airfield of the table; search: waystation world show {ident}")
    return airfields.index[ident]


def _unable(demand: Demand, aircraft: Performance | None) -> str:
    if aircraft is None:
        return f"cannot tell: no payload and range of type {demand.type} is known here"
    return f"cannot tell: {aircraft.variant}: {aircraft.reason}"
