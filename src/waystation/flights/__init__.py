"""Tracks → flights: where each began and ended, how we know, and what cannot be known."""

from __future__ import annotations

from waystation.flights.build import FlightRules, FlightTables, build

__all__ = ["FlightRules", "FlightTables", "build"]
