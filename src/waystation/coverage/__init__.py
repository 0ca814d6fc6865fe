"""Positions → reception: where, how high and when anything was heard, measured from all traffic."""

from __future__ import annotations

from waystation.coverage.build import CoverageRules, build, merge

__all__ = ["CoverageRules", "build", "merge"]
