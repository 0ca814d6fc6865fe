"""Crossings of cells by aircraft that were heard before and after: each is a look at reception there.

    heard ── cell A ──┬── cell B ──┬── cell C ── heard
    first of a track  │  nothing   │  last of it
    not counted       │  a look,   │  not counted
                      │  not seen  │

A *track piece* is a run of positions in the air with no silence above ``max_silence_s`` and no jump. Its
first and last cell are heard by construction and say nothing; every cell, band and slot between counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waystation.coverage.follow import Visits, follow

if TYPE_CHECKING:
    from waystation.coverage.heard import Heard

__all__ = ["LookRules", "visits_of"]


@dataclass(frozen=True)
class LookRules:
    """Which crossings count."""

    max_silence_s: float = 3600.0  # heard both sides within an hour: beyond it the way is a guess
    max_speed_kt: float = 750.0  # faster than any transport with the wind behind it: a false place
    short_s: float = 600.0  # in a silence up to ten minutes nothing lands and leaves again
    through_share: float = 0.6  # in a longer one, less than this share of its own speed is not straight on
    through_kt: float = 120.0  # … where its speed is not known
    step_km: float = 5.0  # the way across a silence is followed in steps of a square
    min_inside_s: float = 60.0  # a corner clipped in less is no chance to be heard


def visits_of(heard: Heard, rules: LookRules = LookRules()) -> Visits:
    """Follow every body from position to position, and across silences along the great circle."""
    r = rules
    reals = (r.max_silence_s, r.max_speed_kt, r.short_s, r.through_share, r.through_kt, r.step_km)
    return follow(heard, reals)
