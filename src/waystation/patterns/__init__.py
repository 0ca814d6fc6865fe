"""Flights become counts per time: rates, changes, comparisons, trends, and what fits a rotation."""

from waystation.patterns.build import build
from waystation.patterns.changes import ChangeRules
from waystation.patterns.comparisons import ComparisonRules
from waystation.patterns.exposure import ExposureRules, exposures
from waystation.patterns.rate_change import RateChangeRules
from waystation.patterns.rates import RateRules, rates
from waystation.patterns.reception import ReceptionRules
from waystation.patterns.rivals import RivalRules
from waystation.patterns.rotation_test import RotationRules
from waystation.patterns.share_change import ShareRules
from waystation.patterns.trends import TrendRules
from waystation.patterns.units import UnitRules

__all__ = [
    "ChangeRules",
    "ComparisonRules",
    "ExposureRules",
    "RateChangeRules",
    "RateRules",
    "ReceptionRules",
    "RivalRules",
    "RotationRules",
    "ShareRules",
    "TrendRules",
    "UnitRules",
    "build",
    "exposures",
    "rates",
]
