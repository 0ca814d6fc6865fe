"""What speaks against an identity. A doubt is shown beside the aircraft, and never rejects it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from waystation.terms.addresses import is_icao_address
from waystation.world.address_blocks import prefix_states, state_of
from waystation.world.russia import check_arithmetic, expected_address, other_series

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["doubts_of_address", "doubts_of_registration", "doubts_of_sharing"]

_NAMED = 3  # other addresses that are named; of a joke registration there may be hundreds


def doubts_of_address(address: str) -> list[str]:
    """Return what is odd about the address itself."""
    if not is_icao_address(address):
        return ["not an ICAO address: made by a receiver or a ground station"]
    return [] if state_of(address) else ["address in no state's block"]


def doubts_of_registration(address: str, registration: str | None) -> list[str]:
    """Return where address and registration disagree: state block against nationality mark, arithmetic."""
    if not is_icao_address(address) or not registration:
        return []
    out = []
    block, states = state_of(address), prefix_states(registration)
    if block is not None and states and block.iso_country not in states:
        named = "/".join(sorted(states))
        out.append(f"address of {block.state} ({block.iso_country}), registration {registration} of {named}")
    if check_arithmetic(address, registration) == "disagree":
        series = other_series(address, registration)
        out.append(
            f"{registration} agrees with {address} only in the series {series}, not in the usual 140000"
            if series
            else f"{registration} should by arithmetic have {expected_address(registration)}, not {address}"
        )
    return out


def doubts_of_sharing(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield rows of table ``aircraft`` whose registration stands on other addresses too, with what to say.

    Their times are milliseconds since 1970.

    At one time it means that a transponder is set wrongly, or that somebody errs; one after the other, that a
    registration was used again or an airframe got another address.
    """
    same: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in rows:
        if r["registration"] and is_icao_address(r["icao24"]):
            same[r["registration"].replace("-", "").replace(" ", "").upper()].append(r)
    for group in same.values():
        if len({r["icao24"] for r in group}) > 1:
            for r in group:
                others = [o for o in group if o["icao24"] != r["icao24"]]
                more = [f"and on {len(others) - _NAMED} more"] if len(others) > _NAMED else []
                yield r, [_shared(r, o) for o in others[:_NAMED]] + more


def _shared(row: dict[str, Any], other: dict[str, Any]) -> str:
    begin, end = other["from_utc"], other["to_utc"]
    limits = (row["from_utc"], row["to_utc"], begin, end)
    what = f"{row['registration']} is also on {other['icao24']}"
    if None in limits or (row["from_utc"] < end and begin < row["to_utc"]):
        return f"{what} at that time: one of the two is set or entered wrongly"
    since, until = (datetime.fromtimestamp(t / 1000.0, UTC) for t in (begin, end))
    return (
        f"{what}, heard {since:%Y-%m-%d} to {until:%Y-%m-%d}: used again, or the airframe got another address"
    )
