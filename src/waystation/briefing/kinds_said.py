"""Kinds of reasons in plain words: many ends or positions at once, without the numbers of each.

``kind``: a reason whose values were replaced by an ellipsis. One that is in no known form stays as it is.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["kind_said"]

_ENDS: Final = (
    ("no airfield around", "No airfield lies where it was last heard"),
    ("above the nearest airfields is too high", "Too high above the nearest airfields to tell"),
    ("not lined up with a runway", "Low beside an airfield, but too high for one not lined up with a runway"),
    ("too far to be sure", "Low near an airfield, but too far away to be sure"),
    ("not clear enough", "Low near an airfield, but not clearly on its way from it or to it"),
    ("where the record stops", "In the air where reception ends: nobody is heard beyond"),
)
_AFTER: Final = (
    ("last seen on its way", "; last heard on its way, above the height up to which names are given"),
    ("a name needs", "; the likeliest airfield is not likely enough for a name"),
)
_POSITIONS: Final = (
    ("the transponder reports", "The aircraft itself reports that its position is not to be trusted"),
    ("runs round a circle", "A false position: it runs round a circle that no aircraft flies"),
    ("stays within", "A false position: it stays in one spot while the aircraft flies"),
    ("stands still at a height", "A false position: it stands still where this aircraft type flies"),
    ("out of reach of the heights", "A height out of reach of those before and after; the place is kept"),
    ("is no height of an aircraft", "No height of an aircraft; the place is kept"),
    ("place unchanged", "The place stays the same while the speed says otherwise"),
    ("out of reach", "Further from the positions before and after than an aircraft can fly"),
)


def kind_said(kind: str) -> str:
    """Return what ends or positions of this kind have in common."""
    for mark, words in _ENDS:
        if mark in kind:
            return words + next((more for also, more in _AFTER if also in kind), "")
    found = next((words for mark, words in _POSITIONS if mark in kind), None)
    return found or re.sub(r"^\w", lambda m: m[0].upper(), kind)
