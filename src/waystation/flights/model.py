"""The fitted numbers: term values, temperature, set and name thresholds, and where they come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from waystation.flights.states import EndStates

__all__ = ["REGIMES", "EndingModel", "load_model", "model_from_dict", "regime", "temperature", "who_flies"]

Floats = NDArray[np.float64]

NAME = "endings-1.json"

# Designators of air forces and state transport. An airliner's liking for scheduled airports is not theirs.
STATE_OPERATORS = frozenset(
    [
        "AFP",
        "AME",
        "ASY",
        "BAF",
        "BRS",
        "CEF",
        "CFC",
        "CNV",
        "CTM",
        "DAF",
        "FAF",
        "FNF",
        "FNY",
        "GAF",
        "HAF",
        "HUF",
        "IAF",
        "IAM",
        "IFC",
        "KAF",
        "KIW",
        "MJN",
        "NAF",
        "NOW",
        "PAT",
        "PLF",
        "QAF",
        "RCH",
        "RFF",
        "RFR",
        "ROF",
        "RRR",
        "RSD",
        "SQF",
        "SVF",
        "TUF",
        "UAF",
    ]
)
STATE_TYPES = frozenset(
    [
        "A400",
        "AN12",
        "AN22",
        "AN26",
        "AN30",
        "AN32",
        "AN72",
        "C130",
        "C135",
        "C17",
        "C27J",
        "C295",
        "C30J",
        "C5M",
        "CN35",
        "E3TF",
        "IL22",
        "IL38",
        "IL76",
        "K35R",
        "KC2",
        "P3",
        "P8",
        "TU22",
        "TU95",
        "VC10",
        "Y20",
        "Y8",
    ]
)
EITHER_TYPES = frozenset(["A124", "AN74", "IL18", "IL62", "L382", "T154"])
# For these, size and service are worth less and a base is worth having. Not fitted: there is no truth for it.
CIVIL_SIGNS = (
    "scheduled",
    "iata_code",
    "international",
    "frequencies",
    "wikipedia",
    "home_page",
    "large",
    "medium",
    "tower",
    "approach",
    "near_large",
)
CIVIL_SHARE = (1.0, 0.6, 0.25)
BASE_BONUS = (0.0, 0.5, 1.0)
USUAL, EITHER, STATE = 0, 1, 2

# How far to trust a score differs: a descending jet follows rules, a light aircraft its pilot.
REGIMES = ("slow", "origin level", "origin climbing", "destination level", "destination descending")
SLOW_KT = 250.0
MOVING_FPM = 400.0


@dataclass(frozen=True)
class EndingModel:
    """Everything that ranking needs beside the airfields.

    ``temperatures``: one per ``REGIMES``; they divide scores before these become probabilities. ``beta``:
    (3, N_PARAMETERS), a row per kind of operator. ``other``: mass kept for places in no table and fields out
    of reach. ``set_mass``: a 90 % set is filled until it holds this much. Names are given from
    ``name_from`` up and only below ``name_below_ft``: above, an aircraft is on its way, its end not begun.
    """

    beta: Floats
    temperatures: Floats
    other: float
    set_mass: float
    name_from: float
    name_below_ft: float
    reach_km: float
    keep: int
    provenance: dict[str, Any]


def model_from_dict(d: dict[str, Any]) -> EndingModel:
    """Return the model of the JSON; raises ``ValueError`` where its groups are not those of the code."""
    from waystation.flights.features import GROUPS, N_PARAMETERS, SHAPES

    if set(d["terms"]) != set(SHAPES):
        have, want = sorted(d["terms"]), sorted(SHAPES)
        raise ValueError(f"model has the terms {have}, the code {want}: refit with bench/accuracy/fit.py")
    beta = np.zeros((3, N_PARAMETERS))
    for name, (at, shape) in GROUPS.items():
        values = np.asarray(d["terms"][name], dtype=np.float64)
        if values.shape != shape:
            raise ValueError(f"term {name} has shape {values.shape}, not {shape}: refit with fit.py")
        beta[:, at : at + values.size] = values.ravel()
    _likings(beta, GROUPS["field"], GROUPS["total_size"])
    names = ("other", "set_mass", "name_from", "name_below_ft", "reach_km")
    temperatures = np.array([float(d["temperatures"][r]) for r in REGIMES])
    return EndingModel(
        beta=beta,
        temperatures=temperatures,
        keep=int(d["keep"]),
        provenance=dict(d["provenance"]),
        **{k: float(d[k]) for k in names},
    )


Group = tuple[int, tuple[int, ...]]


def _likings(beta: Floats, group: Group, by_length: Group) -> None:
    from waystation.flights.field_table import ATTRIBUTES

    at, (_, speeds) = group
    first, shape = by_length
    for who in (EITHER, STATE):
        beta[who, first : first + int(np.prod(shape))] *= CIVIL_SHARE[who]
        for k, name in enumerate(ATTRIBUTES):
            part = slice(at + k * speeds, at + (k + 1) * speeds)
            if name in CIVIL_SIGNS:
                beta[who, part] *= CIVIL_SHARE[who]
            if name == "military":
                beta[who, part] = np.maximum(beta[who, part], 0.0) + BASE_BONUS[who]


@lru_cache(maxsize=1)
def load_model() -> EndingModel:
    """Return the model that travels in the package."""
    text = (files("waystation.flights") / "data" / NAME).read_text(encoding="utf-8")
    return model_from_dict(json.loads(text))


def regime(states: EndStates) -> NDArray[np.int64]:
    """Return the index into ``REGIMES`` of each end; what is not known to be slow or moving is neither."""
    moving = states.vertical_rate_fpm < -MOVING_FPM
    fast = np.where(states.is_origin, 1, 3) + moving
    return np.where(states.usual_speed_kt < SLOW_KT, 0, fast).astype(np.int64)


def temperature(model: EndingModel, states: EndStates) -> Floats:
    """Return the temperature of each end, (ends, 1)."""
    return model.temperatures[regime(states)][:, None]


def who_flies(states: EndStates) -> NDArray[np.int64]:
    """Return 0 for the usual, 1 for types that states and freight lines share, 2 for state transport."""
    state = np.array([o in STATE_OPERATORS for o in states.operator], dtype=bool) | np.array(
        [t in STATE_TYPES for t in states.type], dtype=bool
    )
    either = np.array([t in EITHER_TYPES for t in states.type], dtype=bool)
    return np.where(state, STATE, np.where(either, EITHER, USUAL)).astype(np.int64)
