"""Which airfields could carry a demand, and what the physics says of flights that were seen."""

from waystation.stopovers.build import Ranking, build
from waystation.stopovers.curve import curve
from waystation.stopovers.demand import Conditions, Demand, demands_of
from waystation.stopovers.exercise import hub_loss, standing
from waystation.stopovers.map import map_shapes
from waystation.stopovers.map_frame import MapRules
from waystation.stopovers.nonstop import check_nonstop
from waystation.stopovers.rank import RankRules
from waystation.stopovers.reach import ReachRules
from waystation.stopovers.setting import StopoverRules
from waystation.stopovers.through import carried_after, demands_through

__all__ = [
    "Conditions",
    "Demand",
    "MapRules",
    "RankRules",
    "Ranking",
    "ReachRules",
    "StopoverRules",
    "build",
    "carried_after",
    "check_nonstop",
    "curve",
    "demands_of",
    "demands_through",
    "hub_loss",
    "map_shapes",
    "standing",
]
