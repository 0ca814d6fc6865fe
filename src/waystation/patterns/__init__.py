"""Flights become counts per time: rates now; changes and rotations have their place here too."""

from waystation.patterns.rates import RateRules, Subject, build, subjects_of

__all__ = ["RateRules", "Subject", "build", "subjects_of"]
