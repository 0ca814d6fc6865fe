"""From a fleet to addresses: by the registers of aircraft, so that nothing else is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waystation.terms.errors import CaseError
from waystation.world.fleet import select_fleet
from waystation.world.russia import expected_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from waystation.terms.case_view import Fleet

__all__ = ["addresses_of"]

_COLUMNS = ("icao24", "type", "registration", "operator", "military")


def addresses_of(fleet: Fleet, registers: Sequence[tuple[str, pa.Table]]) -> list[str]:
    """Return the addresses of a fleet, sorted: as named, by any register, and by Russian arithmetic.

    An address that any register gives to the fleet counts; which aircraft it stood for on a day is decided
    later, from the traces too. Raises ``CaseError`` for a fleet that names nobody or that no register knows.
    """
    if fleet.everything:
        raise CaseError(
            "the case names no fleet, so every aircraft would be asked for one by one; name a [fleet] or "
            "addresses (--icao24), or fetch whole days: waystation fetch adsb.lol-days"
        )
    found = set(fleet.icao24) | {a for r in fleet.registrations if (a := expected_address(r))}
    for _, table in registers:
        found |= set(select_fleet(table.select(_COLUMNS), fleet).column("icao24").to_pylist())
    if not found and fleet.callsigns and not (fleet.types or fleet.operators or fleet.registrations):
        raise CaseError(
            f"a callsign ({', '.join(fleet.callsigns[:3])}) is not known before the data: anyone may use it. "
            "Fetch whole days (waystation fetch adsb.lol-days) and run the case on them, or name the "
            "addresses that used it before (waystation show flights 'callsigns~RFF') with --icao24"
        )
    if not found:
        known = ", ".join(name for name, _ in registers) or "none"
        raise CaseError(
            f"no address is known for this fleet (registers here: {known}). Bring in a register with "
            "`waystation world update aircraft`, or name addresses with --icao24"
        )
    return sorted(found)
