"""Positions → reception: where, how high and when anything was heard, measured from all traffic."""

from __future__ import annotations

from waystation.coverage.archive_days import ArchiveRules, archive_days
from waystation.coverage.build import CoverageRules, build, build_both, merge, tables_of
from waystation.coverage.network_gaps import NetworkGapRules, label_by_networks
from waystation.coverage.networks import NetworkRules, by_network, has_several, join_networks
from waystation.coverage.tallies import add_up, tally
from waystation.coverage.weeks import build_weeks, merge_weeks

__all__ = [
    "ArchiveRules",
    "CoverageRules",
    "NetworkGapRules",
    "NetworkRules",
    "add_up",
    "archive_days",
    "build",
    "build_both",
    "build_weeks",
    "by_network",
    "has_several",
    "join_networks",
    "label_by_networks",
    "merge",
    "merge_weeks",
    "tables_of",
    "tally",
]
