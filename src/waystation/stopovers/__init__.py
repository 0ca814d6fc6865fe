"""Which airfields could carry a demand, and what the physics says of flights that were seen."""

from waystation.stopovers.build import Ranking, build
from waystation.stopovers.curve import curve
from waystation.stopovers.demand import Demand, demands_of
from waystation.stopovers.exercise import hub_loss, standing
from waystation.stopovers.nonstop import check_nonstop
from waystation.stopovers.rank import RankRules
from waystation.stopovers.reach import ReachRules
from waystation.stopovers.setting import StopoverRules

__all__ = [
    "Demand",
    "RankRules",
    "Ranking",
    "ReachRules",
    "StopoverRules",
    "build",
    "check_nonstop",
    "curve",
    "demands_of",
    "hub_loss",
    "standing",
]
