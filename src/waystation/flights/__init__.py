"""Tracks → flights: where each began and ended, how we know, and what cannot be known."""

from __future__ import annotations

from waystation.flights.build import FlightRules, FlightTables, Observed, build, observe
from waystation.flights.history import history_of_visits, visits_table
from waystation.flights.infer import Inferred, history_from, infer
from waystation.flights.laid_out import laid_out, taken_up
from waystation.flights.quiet import busy_bins, silence_of
from waystation.flights.unseen import Unseen, join_unseen
from waystation.flights.weigh import join_observed, weigh

__all__ = [
    "FlightRules",
    "FlightTables",
    "Inferred",
    "Observed",
    "Unseen",
    "build",
    "busy_bins",
    "history_from",
    "history_of_visits",
    "infer",
    "join_observed",
    "join_unseen",
    "laid_out",
    "observe",
    "silence_of",
    "taken_up",
    "visits_table",
    "weigh",
]
