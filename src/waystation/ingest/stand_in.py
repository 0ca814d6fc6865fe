"""Tracks that have a name but no address: each name of each source gets an address that marks itself.

    JAL516 in source 0123… ─► ~8b41d0        the ~ says: not an ICAO address, and never was

A spreadsheet of one flight, a KML, a list of waypoints by flight number: refusing them would lose flights,
and giving them a real address would invent an aircraft. Names of different sources never meet.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from waystation.ingest.parsed import Note
from waystation.ingest.values import map_unique, words
from waystation.terms.addresses import normal_address

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["stand_in_note", "stand_ins"]

_SHOWN: Final = 8  # names told in the note


def stand_ins(source_id: str, names: pa.Array, known: dict[str, str]) -> pa.Array:
    """Return an address for each of ``names`` (strings; null stays null).

    ``known``: what this source's names were given so far; new ones are added. Two names of one source never
    share an address.
    """
    clean = words(names)
    taken = set(known.values())
    for name in sorted(set(clean.drop_null().unique().to_pylist()) - known.keys()):
        known[name] = _free(source_id, name, taken)
        taken.add(known[name])
    return map_unique(clean, lambda n: known[n])


def _free(source_id: str, name: str, taken: set[str]) -> str:
    """24 bits are few: of 5,000 names two meet by chance; another turn of the hash parts them."""
    for turn in range(1 << 24):
        address = "~" + sha256(f"{source_id}|{name}|{turn}".encode()).hexdigest()[:6]
        if address not in taken and normal_address(address):
            return address
    raise AssertionError("more names than addresses")  # pragma: no cover - a file of 16 million names


def stand_in_note(known: dict[str, str]) -> list[Note]:
    """Return one note that says who stands in for whom, where anybody does."""
    if not known:
        return []
    shown = ", ".join(f"{a} for {n}" for n, a in sorted(known.items())[:_SHOWN])
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    text = f"no column holds an address: {shown}{more}; a mapping icao24 = '=4b1814' gives the real one"
    return [Note("stand-in-address", text)]
