"""A user's own airfields, by CSV: new fields, and corrections of those we have.

Columns: ``ident, name, lat, lon`` are needed for a new field; for a known ident every filled cell replaces
ours and every empty one leaves it. Optional: ``kind, elevation_ft, iso_country, municipality, icao_code,
iata_code, local_code, military, surface, longest_runway_ft, runway_status, aliases, runways, source``.
``aliases`` are joined by ``;``. ``runways`` is a list like ``15/33 11838 hard; 06/24 9000`` (ident pair,
length in feet, surface) and replaces all runways of the field.
"""

from __future__ import annotations

import csv
import io
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from waystation.terms.errors import CaseError
from waystation.world.airfield_strips import parse_strips, with_strips
from waystation.world.airfield_table import KINDS, Airfields

if TYPE_CHECKING:
    from waystation.world.airfield_strips import Strip

__all__ = ["overlay"]

_TEXTS = (
    "name", "iso_country", "municipality", "icao_code", "iata_code", "local_code", "aliases", "source",
)  # fmt: skip
_CHOICES = {
    "kind": KINDS,
    "military": ("yes", "unknown"),
    "surface": ("hard", "soft", "unknown"),
    "runway_status": ("yes", "none", "unknown"),
}
_RANGES = {
    "lat": (-90.0, 90.0),
    "lon": (-180.0, 180.0),
    "elevation_ft": (-1400.0, 16000.0),
    "longest_runway_ft": (1.0, 24000.0),
}
_COLUMNS = {"ident", "runways", *_TEXTS, *_CHOICES, *_RANGES}
_DEFAULTS: dict[str, Any] = {
    "kind": "small_airport",
    "military": "unknown",
    "surface": "unknown",
    "runway_status": "unknown",
    "elevation_ft": np.nan,
    "longest_runway_ft": np.nan,
    "scheduled_service": False,
    "source": "user",
}


def overlay(base: Airfields, data: bytes) -> Airfields:
    """Return ``base`` with the rows of a user's CSV over it. New fields stand at the end, in file order.

    Raises ``CaseError`` naming the line, the value and what to do.
    """
    changes: dict[int, dict[str, Any]] = {}
    strips: dict[int, list[Strip]] = {}
    added: list[dict[str, Any]] = []
    where = dict(base.index)
    for line, row in _rows(data):
        ident = row.pop("ident", "")
        if not ident:
            _fault(line, "has no ident", "give the field an ident of your own, such as X-KHADIM")
        values = _values(line, row)
        runways = parse_strips(row.get("runways", ""), partial(_fault, line))
        i = where[ident] if ident in where else _former(base, ident)
        if i is None:
            missing = [c for c in ("name", "lat", "lon") if c not in values]
            if missing:
                _fault(
                    line,
                    f"{ident!r} is not in the airfield table and has no {', '.join(missing)}",
                    "fill these cells, or use the ident of an airfield that we have",
                )
            i = where[ident] = len(base) + len(added)
            added.append({"ident": ident})
        if runways:
            strips[i] = runways
            values |= _summary(runways)
        changes.setdefault(i, {}).update(values)
    return with_strips(_apply(base, changes, added), strips)


def _former(base: Airfields, ident: str) -> int | None:
    """Return the field that had this ident in another release: LY-MRA must not make a second Misrata."""
    has = np.array([ident in text for text in base.aliases])
    return next((int(i) for i in np.flatnonzero(has) if ident in base.aliases[i].split(";")), None)


def _rows(data: bytes) -> list[tuple[int, dict[str, str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseError(f"the airfield CSV is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    reader = csv.DictReader(io.StringIO(text))
    names = [(n or "").strip() for n in reader.fieldnames or []]
    if "ident" not in names:
        raise CaseError(f"the airfield CSV has no column 'ident'; its first line reads {names}")
    strange = [n for n in names if n not in _COLUMNS]
    if strange:
        raise CaseError(f"the airfield CSV has unknown columns {strange}; known are {sorted(_COLUMNS)}")
    reader.fieldnames = names
    out = []
    for row in reader:
        if None in row:
            _fault(
                reader.line_num, f"has more cells than the {len(names)} columns", "quote cells with commas"
            )
        out.append((reader.line_num, {k: (v or "").strip() for k, v in row.items()}))
    return out


def _values(line: int, row: dict[str, str]) -> dict[str, Any]:
    out: dict[str, Any] = {c: row[c] for c in _TEXTS if row.get(c)}
    for c, allowed in _CHOICES.items():
        if row.get(c):
            if row[c] not in allowed:
                _fault(line, f"{c} = {row[c]!r}", f"use one of {', '.join(allowed)}")
            out[c] = row[c]
    for c, (low, high) in _RANGES.items():
        if row.get(c):
            out[c] = _number(line, c, row[c], low, high)
    if "longest_runway_ft" in out:
        out.setdefault("runway_status", "yes")
    return out


def _number(line: int, column: str, text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        _fault(line, f"{column} = {text!r}", f"write a number from {low:g} to {high:g} with a decimal point")
    return value


def _summary(strips: list[Strip]) -> dict[str, Any]:
    longest = max(strips, key=lambda s: s.length_ft)
    return {"longest_runway_ft": longest.length_ft, "surface": longest.surface, "runway_status": "yes"}


def _fault(line: int, what: str, remedy: str) -> NoReturn:
    raise CaseError(f"the airfield CSV, line {line}: {what}; {remedy}")


def _apply(base: Airfields, changes: dict[int, dict[str, Any]], added: list[dict[str, Any]]) -> Airfields:
    columns: dict[str, Any] = {}
    for f in fields(Airfields):
        if f.name == "runways":
            continue
        old = getattr(base, f.name)
        blank = np.nan if old.dtype == np.float64 else ""
        new = [a.get(f.name, _DEFAULTS.get(f.name, blank)) for a in added]
        column = np.concatenate([old, np.array(new, dtype=old.dtype)]) if new else old.copy()
        for i, values in changes.items():
            if f.name in values:
                column[i] = values[f.name]
            elif f.name == "source" and i < len(base):
                column[i] = f"{column[i]}, user"
        column.flags.writeable = False
        columns[f.name] = column
    return replace(base, **columns)
