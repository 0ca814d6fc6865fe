"""What speaks against an identity. A doubt is shown beside the aircraft, and never rejects it."""

from __future__ import annotations

from waystation.terms.addresses import is_icao_address
from waystation.world.address_blocks import prefix_states, state_of
from waystation.world.russia import check_arithmetic, expected_address, other_series

__all__ = ["doubts_of_address", "doubts_of_registration"]


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
