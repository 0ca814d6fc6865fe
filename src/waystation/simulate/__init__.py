"""A scenario → raw files with their truth. Everything made here says that it is simulated."""

from waystation.simulate.build import Flown, build, fly_tail
from waystation.simulate.plans import Tail, plan
from waystation.simulate.scenario import Scenario, read_scenario
from waystation.simulate.truth import TrueFlight, truth_files

__all__ = [
    "Flown",
    "Scenario",
    "Tail",
    "TrueFlight",
    "build",
    "fly_tail",
    "plan",
    "read_scenario",
    "truth_files",
]
