"""The Russian arithmetic between registration and address.

    RA-82038, RF-94269        0x140000 + 82038 = 0x154076

Russia hands out addresses by adding the five digits of the registration to 0x140000. Some, of state aviation
for the most part, stand in another series of 0x20000 with the same digits in the low 17 bits (RF-76772 →
1d2be4 = 0x1c0000 + 76772). The first form holds for 93 % of the Russian rows of a public register, both
together for 96 %: a disagreement is a signal, not a proof (docs/rules/identity.md).

    0001 sss d dddd dddd dddd dddd      s: series, 2 for nearly all      d: the five digits
"""

from __future__ import annotations

import re
from typing import Final, Literal

from waystation.terms.addresses import is_icao_address

__all__ = ["Arithmetic", "check_arithmetic", "expected_address", "expected_digits", "other_series"]

Arithmetic = Literal["agree", "disagree", "not-applicable"]
_BASE: Final = 0x140000
_MARK: Final = re.compile(r"R[AF]-?(\d{5})\Z")
_LAST_DIGITS: Final = 99_999
_SERIES: Final = 0x20000  # 17 bits hold five digits


def expected_address(registration: str | None) -> str | None:
    """Return the address that ``RA-NNNNN`` or ``RF-NNNNN`` should have; None for any other form."""
    m = _MARK.match((registration or "").strip().upper())
    return f"{_BASE + int(m[1]):06x}" if m else None


def expected_digits(address: str) -> str | None:
    """Return the five digits that an address stands for; None outside 140000-15869f."""
    if not is_icao_address(address):
        return None
    digits = int(address, 16) - _BASE
    return f"{digits:05d}" if 0 <= digits <= _LAST_DIGITS else None


def check_arithmetic(address: str, registration: str | None) -> Arithmetic:
    """Say whether the two agree; not-applicable where the registration is no RA-/RF-NNNNN."""
    expected = expected_address(registration)
    if expected is None or not is_icao_address(address):
        return "not-applicable"
    return "agree" if expected == address.lower() else "disagree"


def other_series(address: str, registration: str | None) -> str | None:
    """Return the base (``1c0000``) of the other Russian series in which the two agree; None where in none."""
    expected = expected_address(registration)
    if expected is None or not is_icao_address(address):
        return None
    base = int(address, 16) - (int(expected, 16) - _BASE)
    russian = base >> 20 == 1 and base % _SERIES == 0 and base != _BASE
    return f"{base:06x}" if russian else None
