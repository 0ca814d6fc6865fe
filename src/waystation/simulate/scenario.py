"""What a scenario file may say, and reading it: every key has its unit in the name.

A scenario is a made-up world. Nothing in it is a finding: its rates and dates are set by whoever wrote it.
"""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003 - msgspec resolves these annotations at run time
from typing import Final

import msgspec
from msgspec import Struct

from waystation.terms.errors import CaseError
from waystation.terms.toml_text import read_toml

__all__ = [
    "Dark",
    "Faults",
    "Fleet",
    "Interference",
    "Itinerary",
    "Line",
    "Outage",
    "Period",
    "Receiver",
    "Reception",
    "Regime",
    "Scenario",
    "read_scenario",
]

_DATES: Final = {"start": "from", "end": "to"}


class Period(Struct, frozen=True, forbid_unknown_fields=True, rename=_DATES):
    """Whole UTC days, both included."""

    start: date
    end: date


class Fleet(Struct, frozen=True, forbid_unknown_fields=True):
    """Aircraft of one type that fly for one operator.

    ``registrations`` are invented ones. ``first_address``: the address of the first, the others follow it;
    left out, Russia's arithmetic gives it (0x140000 + the five digits). ``airspace``: the operator class
    whose closed areas they fly around. ``adsb_share``: who has ADS-B; the others are heard by MLAT alone.
    """

    id: str
    type: str
    registrations: tuple[str, ...]
    callsign: str
    operator: str | None = None
    first_address: str | None = None
    military: bool = False
    airspace: str = "other"
    adsb_share: float = 1.0


class Regime(Struct, frozen=True, forbid_unknown_fields=True, rename=_DATES):
    """A stretch of time with its own habits. ``change``: what changed at its start (hub, callsigns, none)."""

    id: str
    start: date
    end: date | None = None
    change: str = "none"
    old: str | None = None
    new: str | None = None
    says: str = ""


class Itinerary(Struct, frozen=True, forbid_unknown_fields=True):
    """A chain of airfields that a fleet flies again and again; it begins and ends at the same airfield.

    ``per_week``: starts a week over the whole fleet; two numbers: rising evenly from the first to the
    second over its regimes. ``stay_h``: median stay between flights; ``stay_spread``: sigma of its logarithm.
    """

    fleet: str
    airfields: tuple[str, ...]
    per_week: float | tuple[float, float]
    regimes: tuple[str, ...] = ()
    stay_h: float = 4.0
    stay_spread: float = 0.5
    callsign: str | None = None


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """Civil traffic out and back: what reception is measured with. ``per_day``: round trips."""

    fleet: str
    route: tuple[str, str]
    per_day: float


class Receiver(Struct, frozen=True, forbid_unknown_fields=True):
    """A ground station. ``reach``: 1 is an ordinary one; distances count as if divided by it."""

    name: str
    lat: float
    lon: float
    antenna_m: float = 10.0
    reach: float = 1.0


class Reception(Struct, frozen=True, forbid_unknown_fields=True):
    """How receivers hear. ``stays_up``, ``stays_down``: a day's chance that a station goes on as it was.

    ``half_km``: where one message in two is heard; ``falloff_km``: how gently that falls with distance;
    ``fades_per_hour``, ``fade_s``: spells of silence under way, and their mean length.
    """

    stays_up: float = 0.98
    stays_down: float = 0.5
    half_km: float = 240.0
    falloff_km: float = 60.0
    fades_per_hour: float = 2.0
    fade_s: float = 45.0


class Outage(Struct, frozen=True, forbid_unknown_fields=True, rename=_DATES):
    """Receivers that are gone; without ``to`` for good. ``receivers``: names."""

    receivers: tuple[str, ...]
    start: date
    end: date | None = None


class Dark(Struct, frozen=True, forbid_unknown_fields=True, rename=_DATES):
    """A habit of not transmitting near an airfield: ``share`` of flights, out to about ``distance_km``."""

    airfield: str
    share: float
    distance_km: float
    fleets: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None


class Interference(Struct, frozen=True, forbid_unknown_fields=True, rename=_DATES):
    """A disc of disturbed satellite navigation. ``attractor``: where spoofed receivers think they are."""

    lat: float
    lon: float
    radius_km: float
    share: float
    attractor: str | None = None
    start: date | None = None
    end: date | None = None


class Faults(Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong in transponders and receivers: shares of flights, chosen by lot."""

    ground_flips: float = 0.09
    address_typos: float = 0.01
    duplicate_addresses: float = 0.004


class Scenario(Struct, frozen=True, forbid_unknown_fields=True):
    """A world to simulate: see ``docs/rules/simulation.md``."""

    title: str
    period: Period
    fleet: tuple[Fleet, ...]
    receiver: tuple[Receiver, ...]
    seed: int = 1
    regime: tuple[Regime, ...] = ()
    itinerary: tuple[Itinerary, ...] = ()
    line: tuple[Line, ...] = ()
    reception: Reception = Reception()
    outage: tuple[Outage, ...] = ()
    dark: tuple[Dark, ...] = ()
    interference: tuple[Interference, ...] = ()
    faults: Faults = Faults()

    @property
    def mark(self) -> str:
        """What every file made from it says under ``simulated``."""
        return f"{self.title}, seed {self.seed}"


def read_scenario(data: bytes, name: str = "scenario.toml") -> Scenario:
    """Read a scenario. Raises ``CaseError`` that names the file, the key and the remedy."""
    raw = read_toml(data, name, CaseError)
    try:
        scenario = msgspec.convert(raw, Scenario)
    except msgspec.ValidationError as error:
        raise CaseError(f"{name}: {_place(str(error))}") from error
    from waystation.simulate.soundness import problems_of

    problems = list(problems_of(scenario))
    if problems:
        raise CaseError("\n  ".join([f"{name}: {len(problems)} problem(s)", *problems]))
    return scenario


def _place(message: str) -> str:
    """Turn msgspec's words into ours: the key first, then what is wrong, then the remedy."""
    what, _, path = message.partition(" - at ")
    place = re.sub(
        r"\[(\d+)\]", lambda m: f"[{int(m[1]) + 1}]", path.strip("`").removeprefix("$").lstrip(".")
    )
    unknown = re.match(r"Object contains unknown field `(.+)`", what)
    missing = re.match(r"Object missing required field `(.+)`", what)
    if unknown:
        key = f"{place}.{unknown[1]}".lstrip(".")
        return f"{key}: no such key; docs/rules/simulation.md lists the keys"
    if missing:
        key = f"{place}.{missing[1]}".lstrip(".")
        return f"{key}: is missing; add {missing[1]} = … (docs/rules/simulation.md lists the keys)"
    return f"{place or 'the file'}: {what}; give a value of that kind"
