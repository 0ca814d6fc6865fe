"""The 24-bit address as text: six lower-case hex digits, a leading ``~`` where it is not an ICAO address.

readsb writes ``~`` before addresses of its own making (TIS-B tracks, anonymous targets). Two targets
``~abc123`` and ``abc123`` are different things, so the mark stays part of the name.
"""

from __future__ import annotations

import re

__all__ = ["is_icao_address", "normal_address"]

_ADDRESS = re.compile(r"~?[0-9a-f]{6}\Z")
_NOT_ADDRESSES = {"000000", "ffffff", "~000000", "~ffffff"}


def normal_address(text: str) -> str | None:
    """Return the address in our spelling, or None if the text is none.

    Accepts upper case, surrounding blanks and a ``0x`` prefix. All zeros and all ones are what broken
    transponders send and stand for no aircraft.
    """
    a = text.strip().lower().removeprefix("0x")
    return a if _ADDRESS.match(a) and a not in _NOT_ADDRESSES else None


def is_icao_address(address: str) -> bool:
    """Whether the address is one that a state could have allocated."""
    return not address.startswith("~")
