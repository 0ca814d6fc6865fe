"""Why a position is not used: one bit and one word per reason.

``positions.mask`` is the sum of the bits (0 = used), ``masks.mask`` holds the words. A position may
carry several. ``altitude`` has no bit: an absurd height is emptied, the position stays in use.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ALTITUDE_WORD",
    "DUPLICATE",
    "FROZEN",
    "INTERFERENCE",
    "JAM",
    "LOWER_SOURCE",
    "NO_PLACE",
    "SPOOF",
    "TELEPORT",
    "WORDS",
]

DUPLICATE: Final = 1  # the same report again, or another report of the same instant and place
LOWER_SOURCE: Final = 2  # between reports of a better kind: MLAT among ADS-B
TELEPORT: Final = 4  # out of reach from the positions before and after
FROZEN: Final = 8  # the place stands still while the speed does not
SPOOF: Final = 16  # the receiver was told a false place
JAM: Final = 32  # the receiver said that it no longer knew its place
NO_PLACE: Final = 64  # latitude or longitude absent or impossible

INTERFERENCE: Final = SPOOF | JAM

WORDS: Final[dict[int, str]] = {
    DUPLICATE: "duplicate",
    LOWER_SOURCE: "lower-source",
    TELEPORT: "teleport",
    FROZEN: "frozen",
    SPOOF: "spoof",
    JAM: "jam",
    NO_PLACE: "no-place",
}
ALTITUDE_WORD: Final = "altitude"
