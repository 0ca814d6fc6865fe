"""Flights become counts per time: rates now; changes and rotations have their place here too."""

from waystation.patterns.rates import RateRules, build

__all__ = ["RateRules", "build"]
