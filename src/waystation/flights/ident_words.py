"""The airfields' idents as one Arrow array: made once, since tables of a million rows take theirs from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from waystation.world.airfields import Airfields

__all__ = ["ident_words"]

_LAST: list[tuple[Airfields, pa.StringArray]] = []


def ident_words(airfields: Airfields) -> pa.StringArray:
    """Return the ident of every airfield, and ``OTHER`` after the last; those asked for last are kept."""
    if not _LAST or _LAST[0][0] is not airfields:
        _LAST[:] = [(airfields, pa.array([*airfields.ident, "OTHER"], pa.string()))]
    return _LAST[0][1]
