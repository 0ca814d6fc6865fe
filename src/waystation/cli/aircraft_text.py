"""What is known of an address, in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from waystation.world.address_blocks import state_of
from waystation.world.aircraft_doubts import doubts_of_address, doubts_of_registration
from waystation.world.russia import expected_address

if TYPE_CHECKING:
    from waystation.store.reference import Reference

__all__ = ["aircraft_lines", "registration_lines"]


def aircraft_lines(address: str, reference: Reference) -> list[str]:
    """Return the state that the address belongs to, what each register says, and what speaks against it."""
    block = state_of(address)
    lines = [f"{address}  {f'address block of {block.state} ({block.iso_country})' if block else 'no block'}"]
    doubts = doubts_of_address(address)
    told: dict[str, dict[str, list[str]]] = {"registration": {}, "type": {}}
    for name, table in reference.imported():
        for row in table.filter(pc.equal(table.column("icao24"), address)).to_pylist():
            said = ", ".join(str(row[k]) for k in ("registration", "type", "operator") if row[k])
            lines.append(f"  {name}: {said or 'nothing'}{', military' if row['military'] else ''}")
            doubts += doubts_of_registration(address, row["registration"])
            for what, values in told.items():
                if row[what]:
                    values.setdefault(row[what], []).append(name)
    for what, values in told.items():
        if len({v.replace("-", "").upper() for v in values}) > 1:
            said = "; ".join(f"{value} ({', '.join(names)})" for value, names in values.items())
            doubts.append(f"registers disagree on the {what}: {said}")
    if not reference.registers:
        lines.append("  no register imported; get one with: waystation world update aircraft")
    return [*lines, *(f"  doubt: {d}" for d in dict.fromkeys(doubts))]


def registration_lines(text: str, reference: Reference) -> list[str]:
    """Return every address that a register gives to a registration, and that of Russian arithmetic."""
    wanted = text.replace("-", "").replace(" ", "").upper()
    lines = []
    for name, table in reference.imported():
        plain = pc.replace_substring_regex(pc.utf8_upper(table.column("registration")), "[- ]", "")
        for row in table.filter(pc.equal(plain, wanted)).to_pylist():
            said = ", ".join(str(row[k]) for k in ("registration", "type", "operator") if row[k])
            since, until = (f"{row[k]:%Y-%m-%d}" if row[k] else "" for k in ("from_utc", "to_utc"))
            when = f" ({since or '…'} to {until or '…'})" if since or until else ""
            lines.append(f"  {row['icao24']}  {name}: {said}{when}")
    if expected := expected_address(text):
        lines.append(f"  {expected}  by the arithmetic of Russian registrations")
    addresses = {line.split()[0] for line in lines}
    if len(addresses) > 1:
        lines.append("  doubt: several addresses; a registration can be used again, moved or entered wrongly")
    return [text.upper(), *lines] if lines else []
