"""The reasons of an end in plain words: what was heard, and how much each kind of evidence makes of it.

Tables hold weights as differences of log odds (``flights/reasons``); here they are factors: how many times
likelier or less likely than the airfield beside which they are set. A part in no known form stays as it is.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Told", "told"]

MOST: Final = 1000.0  # a factor above this says no more than "more than a thousand"
LEAST: Final = 1.15  # a factor below this says nothing

_KINDS: Final = {
    "height": "its height at that distance",
    "distance": "how near it is",
    "course": "its heading",
    "kind of field": "what kind of airfield it is",
    "length of the flight": "the length of the flight",
    "lined up with a runway": "its line with a runway",
    "country and operator": "who flies there",
}
_HEARD: Final = re.compile(
    r"(first|last) seen at (unknown height|[-\d,]+ ft)"
    r"(?: (level)| (climbing|descending) ([\d,]+ ft/min))?(?: at (.+ kt))?"
)
_AWAY: Final = re.compile(r"\S+ is ([\d,]+ km) (ahead|away)(?:, ([\d,]+)° off the course)?")
_WEIGHT: Final = re.compile(r"(.+) ([+-][\d.]+)")
_SILENT: Final = re.compile(
    r"silent ([\d,]+) min, (next seen|seen before) ([\d,]+ km) from the field(?: at (.+))?"
)
_LESS: Final = re.compile(r"([\d,]+) times less likely than (\S+)")
_BELOW: Final = re.compile(r"the likeliest has ([\d.]+), a name needs ([\d.]+)")
_STATELY: Final = "state transport: bases are not ranked below airports (assumed, not fitted)"
_UNLISTED: Final = "not listed: places out of reach or in no table, and airfields that are unlikelier"


@dataclass(frozen=True)
class Told:
    """What was heard last (or first), why this airfield, and what is said of every candidate of the end."""

    heard: str = ""
    why: str = ""
    note: str = ""

    @property
    def whole(self) -> str:
        """All of it, in one paragraph."""
        return " ".join(t for t in (self.heard, self.why, self.note) if t)


def told(reasons: str | None, name: Callable[[str], str]) -> Told:
    """Return a ``reasons`` or ``reason`` text in words; ``name``: what a reader calls an airfield's ident."""
    heard, why, notes = "", [], []
    for part in (reasons or "").split("; "):
        if found := _HEARD.fullmatch(part):
            heard = _heard(found)
        elif part == _STATELY:
            notes.append("A state transport: bases count as much as civil airfields (assumed, not measured)")
        elif found := _BELOW.search(part):
            told_by = part[: found.start()].removeprefix("no name: ")
            notes.append(
                _upper(f"{told_by}the likeliest has {_share(found[1])}, and a name needs {_share(found[2])}")
            )
        elif part.startswith("against "):
            why += _against(part.removeprefix("against "), name)
        elif part:
            why.append(_upper(_plain(part, name)))
    return Told(_stop(heard), " ".join(map(_stop, why)), " ".join(map(_stop, notes)))


def _heard(found: re.Match[str]) -> str:
    which, height, level, way, rate, speed = found.groups()
    moving = f"{way} at {rate}" if way else level
    return ", ".join(p for p in (f"{which.capitalize()} heard at {height}", moving, speed) if p)


def _against(text: str, name: Callable[[str], str]) -> list[str]:
    ident, _, weights = text.partition(": ")
    found = [m for m in map(_WEIGHT.fullmatch, weights.split(", ")) if m]
    if not found:
        return [f"Nothing tells it from {name(ident)}"]
    for_it = [_kind(m[1], float(m[2])) for m in found if float(m[2]) > math.log(LEAST)]
    not_it = [_kind(m[1], -float(m[2])) for m in found if -float(m[2]) > math.log(LEAST)]
    beside = f" than {name(ident)}"
    out = [f"Likelier{beside} by {_listed(for_it)}"] if for_it else []
    if not_it:
        out.append(
            f"But less likely by {_listed(not_it)}" if out else f"Less likely{beside} by {_listed(not_it)}"
        )
    return out or [f"Next to nothing tells it from {name(ident)}"]


def _kind(kind: str, weight: float) -> str:
    factor = math.exp(weight)
    size = "over 1,000" if factor > MOST else f"{factor:,.0f}" if factor >= 9.5 else f"{factor:.1f}"
    return f"{_KINDS.get(kind, kind)} ({size.removesuffix('.0')} times)"


def _plain(part: str, name: Callable[[str], str]) -> str:
    if found := _AWAY.fullmatch(part):
        off = (
            ""
            if found[3] is None
            else ", straight on"
            if int(found[3]) <= 5
            else f", {found[3]}° off its course"
        )
        return f"{found[1]} {found[2]}{off}"
    if found := _SILENT.fullmatch(part):
        minutes = int(found[1].replace(",", ""))
        long = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
        height = f" at {found[4]}" if found[4] else ""
        if found[2] == "next seen":
            return f"Then nothing for {long}; next heard {found[3]} from it{height}"
        return f"Nothing for {long} before; until then last heard {found[3]} from it{height}"
    if found := _LESS.fullmatch(part):
        return f"{found[1]} times less likely than {name(found[2])}"
    if part == _UNLISTED:
        return "Places out of reach or in no table, and airfields that are unlikelier"
    return part.removeprefix("no name: ")


def _share(number: str) -> str:
    return f"{float(number):.0%}".replace("%", " %")


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _stop(text: str) -> str:
    return f"{text}." if text and text[-1] not in ".?!" else text
