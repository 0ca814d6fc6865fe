"""Airfields as flight lists write them: ``OSLK``, ``LTK``, ``Latakia (LTK / OSLK)``, ``Near Damascus``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from waystation.world.code_moves import ident_on

if TYPE_CHECKING:
    from datetime import date

    from waystation.world.airfields import Airfields

__all__ = ["Place", "place_of"]

_EMPTY: Final = frozenset({"", "-", "–", "—", "na", "n/a", "nan", "none", "null", "unknown", "?", "zzzz"})
_NEAR: Final = re.compile(r"\A(near|over|vicinity of|north of|south of|east of|west of)\b", re.IGNORECASE)
_BRACKET: Final = re.compile(r"\(([^()]*)\)")
_CODE: Final = re.compile(r"[A-Z0-9]{3,4}\Z")


@dataclass(frozen=True)
class Place:
    """``ident`` null where the cell names no airfield that we know; ``reason`` then says what it does say."""

    ident: str | None
    reason: str
    unknown: bool = False  # it names something, but nothing we know


def place_of(cell: Any, on: date | None, airfields: Airfields) -> Place:  # noqa: ANN401 - strangers' cells
    """Read one cell, codes as they were on that date. Longer codes first: ICAO codes are clearer."""
    text = "" if cell is None or (isinstance(cell, float) and cell != cell) else str(cell).strip()  # noqa: PLR0124
    if text.lower() in _EMPTY:
        return Place(None, "the list names no airfield")
    if _NEAR.match(text):
        return Place(None, f"the list says {text!r}, which names no airfield", unknown=True)
    for code in _codes(text):
        ident = ident_on(airfields, code, on)
        if ident is not None:
            return Place(ident, f"as listed: {text}")
    return Place(None, f"the list says {text!r}, which is no airfield that we know", unknown=True)


def _codes(text: str) -> list[str]:
    inner = [t for group in _BRACKET.findall(text) for t in re.split(r"[\s/,;|]+", group)]
    outer = [t for t in re.split(r"[\s/,;|–-]+", _BRACKET.sub(" ", text)) if _CODE.match(t)]
    inner = sorted((t for t in inner if _CODE.match(t.upper())), key=len, reverse=True)
    whole = [text, _BRACKET.sub(" ", text).strip()]
    ranked = [text] if _CODE.match(text) else [*inner, *sorted(outer, key=len, reverse=True), *whole]
    return list(dict.fromkeys(t for t in ranked if t))
