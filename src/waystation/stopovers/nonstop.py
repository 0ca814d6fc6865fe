"""Could the flights that were seen be flown? Each that could not is a fault, of the data or of the model.

A flight's payload is unknown, so the test is the weakest one: empty, with full tanks, by the great circle,
with the most favourable 2.5 % of curve and wind, in the farthest-reaching variant that has a curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waystation.stopovers.reach import ReachRules, draws_of
from waystation.terms.endings import ENDS
from waystation.terms.geodesy import distance_km
from waystation.terms.schema import TABLES
from waystation.world.breguet import greatest_payload_t, range_km
from waystation.world.performance import performances

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waystation.world.airfields import Airfields
    from waystation.world.performance import Performance

__all__ = ["NONSTOP", "check_nonstop"]

NONSTOP = TABLES["nonstop_checks"]
_HIGH: Final = 0.975
_READ: Final = ["flight_id", "type", "origin", "origin_ending", "destination", "destination_ending"]
_SEEN: Final = frozenset({"seen", "approach"})


def check_nonstop(
    flights: pa.Table,
    airfields: Airfields,
    *,
    aircraft: Iterable[Performance] | None = None,
    rules: ReachRules | None = None,
) -> pa.Table:
    """Return one row a flight with both ends named: feasible, violation or cannot tell, with the reason.

    ``payload_max_t``: what the middle of the curve still carries over that distance; null beyond its reach.
    """
    known: dict[str, list[Performance]] = {}
    for one in performances() if aircraft is None else aircraft:
        known.setdefault(one.type, []).append(one)
    limits = {kind: _limit(variants, rules or ReachRules()) for kind, variants in known.items()}
    named = flights.filter(pc.and_(*(pc.is_valid(flights.column(end)) for end in ENDS)))
    rows = [
        _row(flight, airfields, known.get(flight["type"] or "", []), limits.get(flight["type"] or ""))
        for flight in named.select(_READ).to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=NONSTOP)


@dataclass(frozen=True)
class _Limit:
    """The variant of a type that reaches farthest: empty, in the middle and at the very most (km)."""

    best: Performance
    empty_km: float
    high_km: float


def _limit(variants: list[Performance], rules: ReachRules) -> _Limit | None:
    able = [v for v in variants if v.curve is not None]
    if not able:
        return None
    best = max(able, key=_empty_km)
    draws, empty = draws_of(best, rules), _empty_km(best)
    ground = draws.ground(rules.headwind_kt, best.cruise_kt)
    return _Limit(best, empty, empty * float(np.quantile(draws.k * ground, _HIGH)))


def _row(
    flight: dict[str, Any], airfields: Airfields, variants: list[Performance], limit: _Limit | None
) -> dict[str, Any]:
    row = {name: flight[name] for name in ("flight_id", "type", "origin", "destination")}
    ends = [airfields.index.get(flight[end]) for end in ENDS]
    if None in ends or limit is None:
        return row | {"verdict": "cannot tell", "reason": _cannot(flight, ends, variants)}
    i, j = ends
    km = float(distance_km(airfields.lat[i], airfields.lon[i], airfields.lat[j], airfields.lon[j]))
    best, empty, high = limit.best, limit.empty_km, limit.high_km
    assert best.curve is not None
    payload = float(greatest_payload_t(best.curve, km)) if km > 0 else best.payload_t
    verdict = "feasible" if km <= high else "violation"
    return row | {
        "variant": best.variant,
        "distance_km": km,
        "range_km": empty,
        "range_high_km": high,
        "payload_max_t": min(payload, best.payload_t) if payload >= 0 else None,
        "verdict": verdict,
        "reason": "within reach" if verdict == "feasible" else _fault(flight, km, high, best),
    }


def _empty_km(aircraft: Performance) -> float:
    assert aircraft.curve is not None
    return float(range_km(aircraft.curve, 0.0))


def _cannot(flight: dict[str, Any], ends: list[int | None], variants: list[Performance]) -> str:
    if None in ends:
        return f"{flight['origin']} or {flight['destination']} is not in the airfield table"
    if not variants:
        return f"no payload and range of type {flight['type'] or 'unknown'} is known here"
    return "; ".join(f"{v.variant}: {v.reason}" for v in variants)


def _fault(flight: dict[str, Any], km: float, high: float, best: Performance) -> str:
    far = f"{km:.0f} km, an empty {best.variant} reaches {high:.0f} km at the very most"
    weak = [e for e in ENDS if flight[f"{e}_ending"] not in _SEEN]
    if weak:
        return f"{far}; look at the {' and the '.join(weak)} first: not seen there, only inferred"
    return (
        f"{far}; both ends were seen: look for an unseen landing between, then at the type, then at the model"
    )
