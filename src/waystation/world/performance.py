"""How far a transport flies with how much: published points, one curve a variant, and its uncertainty.

``data/performance.csv`` has weights and runways, ``data/performance_points.csv`` payload and range, each row
with its grade and source. Grades: ``sourced`` (maker, operator or trade press, in the document named),
``weak`` (a secondary page), ``assumed`` (no document, or the payload is our guess). Assumed points are shown
and never fitted; a variant without two different points besides them has no curve and answers "cannot tell".
``docs/rules/performance.md`` has every fit with its residuals.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from waystation.world.breguet import Curve, fit_curve
from waystation.world.types import aircraft_type

__all__ = [
    "POINT_GRADES",
    "Performance",
    "RangePoint",
    "performance_of",
    "performances",
    "without_curve",
]

POINT_GRADES: Final = ("sourced", "weak", "assumed")  # strongest first
_CRUISE_KT: Final = 430.0  # where types.csv has no row; only turns wind into range


@dataclass(frozen=True)
class RangePoint:
    """One published point. ``takeoff_t``: the weight it was stated for. ``fitted``: the curve uses it."""

    payload_t: float
    range_km: float
    takeoff_t: float
    grade: str
    fitted: bool
    source: str
    note: str


@dataclass(frozen=True)
class Performance:
    """One variant of a type. Weights in tonnes, runways in metres at sea level, ISA, full weight.

    ``fuel_t`` is what the tanks hold. ``landing_m`` is None where no source states it. ``curve`` is None
    where the points do not carry one; ``reason`` then says why.
    """

    type: str
    variant: str
    default: bool
    mtow_t: float
    empty_t: float
    payload_t: float
    fuel_t: float
    weights_grade: str
    weights_source: str
    takeoff_m: float
    landing_m: float | None
    unpaved: bool
    runway_grade: str
    runway_source: str
    cruise_kt: float
    points: tuple[RangePoint, ...]
    curve: Curve | None
    reason: str


@lru_cache(maxsize=1)
def performances() -> tuple[Performance, ...]:
    """Return every variant, in the order of the table."""
    points: dict[str, list[dict[str, str]]] = {}
    for row in _rows("performance_points"):
        points.setdefault(row["variant"], []).append(row)
    return tuple(_performance(row, points.get(row["variant"], [])) for row in _rows("performance"))


def performance_of(name: str | None) -> Performance | None:
    """Return a variant by its name (``Il-76MD-90A``), or the usual one of a type designator (``IL76``).

    Spelling in lower case is the same. None where we know nothing of the type.
    """
    wanted = (name or "").strip().casefold()
    found = [p for p in performances() if p.variant.casefold() == wanted]
    found += [p for p in performances() if p.type.casefold() == wanted and p.default]
    return found[0] if found else None


def without_curve() -> tuple[Performance, ...]:
    """Return the variants that answer "cannot tell"."""
    return tuple(p for p in performances() if p.curve is None)


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("waystation.world") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def _performance(row: dict[str, str], rows: list[dict[str, str]]) -> Performance:
    mtow = float(row["mtow_t"])
    points = tuple(_point(r, mtow) for r in rows)
    fitted = [p for p in points if p.fitted]
    known = aircraft_type(row["type"])
    weights = (float(row["empty_t"]), float(row["fuel_t"]))
    reason = _why_not(points, fitted)
    weak = row["weights_grade"] != "sourced" or any(p.grade != "sourced" for p in fitted)
    curve = None
    if not reason:
        curve = fit_curve(
            mtow,
            *weights,
            [(p.payload_t, p.range_km, p.takeoff_t, 1.0 if p.grade == "sourced" else 0.5) for p in fitted],
            weak=weak,
        )
    return Performance(
        type=row["type"],
        variant=row["variant"],
        default=row["default"] == "yes",
        mtow_t=mtow,
        empty_t=weights[0],
        payload_t=float(row["payload_t"]),
        fuel_t=weights[1],
        weights_grade=row["weights_grade"],
        weights_source=row["weights_source"],
        takeoff_m=float(row["takeoff_m"]),
        landing_m=float(row["landing_m"]) if row["landing_m"] else None,
        unpaved=row["unpaved"] == "yes",
        runway_grade=row["runway_grade"],
        runway_source=row["runway_source"],
        cruise_kt=known.cruise_kt if known else _CRUISE_KT,
        points=points,
        curve=curve,
        reason=reason,
    )


def _point(row: dict[str, str], mtow_t: float) -> RangePoint:
    return RangePoint(
        payload_t=float(row["payload_t"]),
        range_km=float(row["range_km"]),
        takeoff_t=float(row["takeoff_t"] or mtow_t),
        grade=row["grade"],
        fitted=row["fitted"] == "yes" and row["grade"] != "assumed",
        source=row["source"],
        note=row["note"],
    )


def _why_not(points: tuple[RangePoint, ...], fitted: list[RangePoint]) -> str:
    """Say why these points carry no curve; empty where they do."""
    if len({(p.payload_t, p.takeoff_t) for p in fitted}) >= 2:
        return ""
    n_assumed = sum(p.grade == "assumed" for p in points)
    return (
        f"only {len(fitted)} published point{'' if len(fitted) == 1 else 's'} and {n_assumed} assumed: "
        "a curve would rest on assumption"
    )
