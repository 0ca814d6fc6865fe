"""Which state may hand out a 24-bit address, and which state a registration names.

The blocks are the public table of ICAO Annex 10, Volume III, chapter 9; the registration prefixes are the
nationality marks of Annex 7. Both travel in ``world/data``; rules in ``docs/rules/identity.md``.
"""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from waystation.terms.addresses import is_icao_address

__all__ = ["Block", "blocks", "prefix_states", "state_of"]

# Marks without a hyphen that cannot be taken for a military serial: N12345, JA8089, HL7777, UK67001.
_UNHYPHENED = (
    (re.compile(r"N[1-9][0-9]{0,4}[A-Z]{0,2}\Z"), "US"),
    (re.compile(r"JA[0-9]{2,4}[A-Z]{0,2}\Z"), "JP"),
    (re.compile(r"HL[0-9]{4}\Z"), "KR"),
    (re.compile(r"UK[0-9]{5}\Z"), "UZ"),
    (re.compile(r"YV[0-9]{3,4}T?\Z"), "VE"),
)

_SERIAL_DIGITS = 3  # no state registers civil aircraft as D-479; air forces number theirs so


@dataclass(frozen=True)
class Block:
    """A range of addresses, both ends included. ``valid_from`` is empty where it is older than ADS-B."""

    first: int
    last: int
    iso_country: str
    state: str
    valid_from: str
    source: str


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("waystation.world") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


@lru_cache(maxsize=1)
def blocks() -> tuple[Block, ...]:
    """Return every block in rising order."""
    return tuple(
        Block(
            int(r["from"], 16), int(r["to"], 16), r["iso_country"], r["state"], r["valid_from"], r["source"]
        )
        for r in _rows("address_blocks.csv")
    )


@lru_cache(maxsize=1)
def _firsts() -> list[int]:
    return [b.first for b in blocks()]


@lru_cache(maxsize=1024)  # asked twice of each address, one time after the other
def state_of(address: str) -> Block | None:
    """Return the block of an ICAO address; None where it was given to no state, or is marked ``~``."""
    if not is_icao_address(address):
        return None
    value = int(address, 16)
    i = bisect_right(_firsts(), value) - 1
    return blocks()[i] if i >= 0 and value <= blocks()[i].last else None


@lru_cache(maxsize=1)
def _prefixes() -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    for r in _rows("registration_prefixes.csv"):
        out.setdefault(r["prefix"], set()).add(r["iso_country"])
    return {k: frozenset(v) for k, v in out.items()}


def prefix_states(registration: str | None) -> frozenset[str]:
    """Return the states (ISO codes) that a civil registration can belong to; empty where it does not say.

    Only marks with a hyphen, and the few forms that are never written with one, are read: military serials
    (``61-0301``, ``ZZ666``, ``D-479``) look like marks and are not.
    """
    text = (registration or "").strip().upper()
    head, hyphen, tail = text.partition("-")
    if hyphen and tail.isdigit() and len(tail) <= _SERIAL_DIGITS:
        return frozenset()
    if hyphen and tail:
        return _prefixes().get(head, frozenset())
    return next((frozenset({state}) for form, state in _UNHYPHENED if form.match(text)), frozenset())
