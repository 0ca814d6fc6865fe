"""What a type designator (ICAO Doc 8643) stands for: class, usual cruise, shortest runway in ordinary use.

The figures are for gates ("can it have flown there in that time?", "is that strip long enough?"), not for
performance: each carries its grade and its source. ``docs/rules/identity.md`` says how they were made.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

__all__ = ["CLASSES", "GRADES", "AircraftType", "aircraft_type", "aircraft_types"]

CLASSES: Final = (
    "jet heavy",
    "jet medium",
    "bizjet",
    "fast jet",
    "turboprop",
    "piston",
    "glider",
    "helicopter",
    "drone",
    "balloon",
)
GRADES: Final = ("sourced", "typical", "assumed")  # strongest first


@dataclass(frozen=True)
class AircraftType:
    """One designator.

    ``cruise_kt``: usual true airspeed in cruise, knots. ``runway_ft``: the shortest runway, in feet, that the
    type uses in ordinary operation; 0 where it needs none. Grades: ``sourced`` (a document that ``source``
    names), ``typical`` (as commonly published, no single document), ``assumed`` (by class, or by a sister).
    """

    type: str
    kind: str
    cruise_kt: float
    cruise_grade: str
    runway_ft: float
    runway_grade: str
    source: str

    @property
    def grade(self) -> str:
        """The weaker of the two grades."""
        return max(self.cruise_grade, self.runway_grade, key=GRADES.index)


@lru_cache(maxsize=1)
def aircraft_types() -> dict[str, AircraftType]:
    """Return designator → type, in alphabetical order."""
    text = (files("waystation.world") / "data" / "types.csv").read_text(encoding="utf-8")
    return {
        r["type"]: AircraftType(
            type=r["type"],
            kind=r["class"],
            cruise_kt=float(r["cruise_kt"]),
            cruise_grade=r["cruise_grade"],
            runway_ft=float(r["runway_ft"]),
            runway_grade=r["runway_grade"],
            source=r["source"],
        )
        for r in csv.DictReader(io.StringIO(text))
    }


def aircraft_type(designator: str | None) -> AircraftType | None:
    """Return what we know of a designator; None where we know nothing."""
    return aircraft_types().get((designator or "").strip().upper())
