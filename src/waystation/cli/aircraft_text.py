"""What is known of an address, in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from waystation.world.address_blocks import state_of
from waystation.world.aircraft_doubts import doubts_of_address, doubts_of_registration

if TYPE_CHECKING:
    from waystation.store.reference import Reference

__all__ = ["aircraft_lines"]


def aircraft_lines(address: str, reference: Reference) -> list[str]:
    """Return the state that the address belongs to, what each register says, and what speaks against it."""
    block = state_of(address)
    lines = [f"{address}  {f'address block of {block.state} ({block.iso_country})' if block else 'no block'}"]
    doubts = doubts_of_address(address)
    for name, table in reference.imported():
        for row in table.filter(pc.equal(table.column("icao24"), address)).to_pylist():
            said = ", ".join(str(row[k]) for k in ("registration", "type", "operator") if row[k])
            lines.append(f"  {name}: {said or 'nothing'}{', military' if row['military'] else ''}")
            doubts += doubts_of_registration(address, row["registration"])
    if not reference.registers:
        lines.append("  no register imported; get one with: waystation world update aircraft")
    return [*lines, *(f"  doubt: {d}" for d in dict.fromkeys(doubts))]
