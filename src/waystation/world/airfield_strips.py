"""Runways that a user wrote as text, put among those of the table."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from waystation.world.airfield_table import Airfields, Runways

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Strip", "parse_strips", "with_strips"]

_STRIP = re.compile(r"(\d\d?)([LRC]?)/(\d\d?)([LRC]?)\s+(\d+(?:\.\d+)?)(?:\s+(hard|soft|unknown))?\Z")


@dataclass(frozen=True)
class Strip:
    """One runway as a user wrote it; its heading is the painted one, to 10° and magnetic."""

    le_ident: str
    he_ident: str
    length_ft: float
    surface: str
    le_heading_deg: float


def parse_strips(text: str, fault: Callable[[str, str], NoReturn]) -> list[Strip]:
    """Return the runways in ``15/33 11838 hard; 06/24 9000``. ``fault`` (what, remedy) raises."""
    out = []
    for part in filter(None, (p.strip() for p in text.split(";"))):
        m = _STRIP.match(part)
        if not m or not 1 <= int(m[1]) <= 36 or (int(m[3]) - int(m[1])) % 36 != 18:
            fault(f"runways has {part!r}", "write like '15/33 11838 hard': idents, length in feet, surface")
        ends = sorted([f"{int(m[1]):02d}{m[2]}", f"{int(m[3]):02d}{m[4]}"])
        heading = int(ends[0][:2]) * 10.0
        out.append(Strip(ends[0], ends[1], float(m[5]), m[6] or "unknown", heading))
    return out


def with_strips(airfields: Airfields, strips: dict[int, list[Strip]]) -> Airfields:
    """Return the table with the runways of the given airfields replaced."""
    if not strips:
        return airfields
    old = airfields.runways
    keep = ~np.isin(old.airfield, list(strips))
    rows = [_row(i, s) for i, some in sorted(strips.items()) for s in some]
    columns: dict[str, Any] = {}
    for f in fields(Runways):
        column = getattr(old, f.name)
        unknown: Any = np.nan if column.dtype == np.float64 else ""
        new = np.array([r.get(f.name, unknown) for r in rows], dtype=column.dtype)
        columns[f.name] = np.concatenate([column[keep], new])
    order = np.argsort(columns["airfield"], kind="stable")
    return replace(airfields, runways=Runways(**{name: c[order] for name, c in columns.items()}))


def _row(airfield: int, s: Strip) -> dict[str, Any]:
    return {
        "airfield": airfield,
        "length_ft": s.length_ft,
        "surface": s.surface,
        "closed": False,
        "le_ident": s.le_ident,
        "he_ident": s.he_ident,
        "le_heading_deg": s.le_heading_deg,
        "he_heading_deg": (s.le_heading_deg + 180.0) % 360.0,
        "heading_from": "ident",
    }
