"""IATA codes that moved to another airfield: ``IST`` was Atatürk until April 2019."""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from waystation.world.airfield_names import canonical_ident

if TYPE_CHECKING:
    from waystation.world.airfield_table import Airfields

__all__ = ["ident_on"]


@cache
def _moves() -> dict[str, tuple[date, str]]:
    text = (files("waystation.world") / "data" / "code_moves.csv").read_text(encoding="utf-8")
    return {
        r["code"]: (date.fromisoformat(r["until"]), r["ident"]) for r in csv.DictReader(io.StringIO(text))
    }


def ident_on(airfields: Airfields, text: str, on: date | None) -> str | None:
    """Return the ident that a code or name stood for on a date; None where there is none that we know.

    ``on`` None: as today. Idents and ICAO codes hardly ever move, so only IATA codes are looked up by date.
    """
    move = _moves().get(text.strip().upper())
    if move is not None and on is not None and on <= move[0]:
        return canonical_ident(airfields, move[1]) if move[1] else None
    return canonical_ident(airfields, text)
