"""One reading of "it stayed at a site", for aircraft at airfields and ships at anchorages alike.

             enter               stop
    AWAY ──────────▶ NEAR ◀────────────▶ STOPPED
      ▲                │  go                │
      │ leave          │ silence            │ silence
      ├────────────────┤                    │
      │     leave      ▼        enter       │
      └───────────── SILENT ◀───────────────┘

Each threshold has a pair: entering takes more than staying, so a body on the edge does not flicker.
The four grades of confidence are those that Global Fishing Watch gives to port visits: what was seen of
coming, staying and going. docs/rules/stays.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "AIRCRAFT",
    "SHIP",
    "TRANSITIONS",
    "SiteRules",
    "SiteStay",
    "ending_confidence",
    "site_stays",
    "stay_confidence",
]

AWAY, NEAR, STOPPED, SILENT = "away", "near", "stopped", "silent"
ENTER, LEAVE, STOP, GO, SILENCE = "enter", "leave", "stop", "go", "silence"

TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    (AWAY, ENTER): NEAR,
    (NEAR, STOP): STOPPED,
    (NEAR, LEAVE): AWAY,
    (NEAR, SILENCE): SILENT,
    (STOPPED, GO): NEAR,
    (STOPPED, LEAVE): AWAY,
    (STOPPED, SILENCE): SILENT,
    (SILENT, ENTER): NEAR,
    (SILENT, LEAVE): AWAY,
}  # any other pair changes nothing


@dataclass(frozen=True)
class SiteRules:
    """When a body is at a site, and when it stands."""

    near_km: float
    """Entering: so close is at the site."""
    away_km: float
    """Leaving: only so far is no longer there."""
    stop_kt: float
    """Standing begins at this speed or less."""
    go_kt: float
    """Standing ends at this speed or more: taxiing, or swinging at anchor, is not leaving."""
    silence_s: float
    """A silence that long while near is a stay that nobody watched."""
    min_stay_s: float
    """Shorter is a pass, not a stay."""
    near_ft: float = float("inf")
    """Higher above the site is overhead, not there."""


AIRCRAFT: Final = SiteRules(
    near_km=3.0, away_km=8.0, stop_kt=5.0, go_kt=40.0, silence_s=1200.0, min_stay_s=600.0, near_ft=3000.0
)
SHIP: Final = SiteRules(
    near_km=3.0, away_km=4.0, stop_kt=0.2, go_kt=0.5, silence_s=4 * 3600.0, min_stay_s=0.0
)


@dataclass(frozen=True)
class SiteStay:
    """One stay. Seconds, as the reports count them; nan where nothing bounds that side.

    It came between ``in_low_s`` (last report away) and ``in_high_s`` (first report near), it went between
    ``out_low_s`` (last report near) and ``out_high_s`` (first report away).
    """

    in_low_s: float
    in_high_s: float
    out_low_s: float
    out_high_s: float
    confidence: int
    evidence: tuple[str, ...]


def stay_confidence(*, came: bool, stayed: bool, went: bool) -> int:
    """Return 1–4: 4 coming, staying and going seen; 3 staying and one of them; 2 staying alone; 1 no staying.

    ``stayed``: it stood there, or fell silent there. The scale of Global Fishing Watch's port visits.
    """
    return 2 + came + went if stayed else 1


def ending_confidence(arrival: str | None, departure: str | None) -> int:
    """Return the same scale for a stay between two flights, from how their ends are known.

    4: on the ground at both ends. 3: seen, on approach or listed at one end at least. 2: both ends
    inferred, a silence between two flights. Never 1: a pass without landing ends no flight.
    """
    told = {"seen", "approach", "listed"}
    if arrival == departure == "seen":
        return stay_confidence(came=True, stayed=True, went=True)
    return stay_confidence(came=arrival in told or departure in told, stayed=True, went=False)


def site_stays(
    time_s: Floats,
    distance_km: Floats,
    speed_kt: Floats,
    rules: SiteRules,
    height_ft: Floats | None = None,
) -> list[SiteStay]:
    """Return the stays of one body at one site, in time order.

    ``time_s`` ascending; ``distance_km`` from the site; ``speed_kt`` nan where unknown; ``height_ft`` above
    the site, nan where unknown (taken as low: a body on the ground often gives none).
    """
    high = np.zeros(len(time_s), np.bool_) if height_ft is None else height_ft > rules.near_ft
    enters = (distance_km <= rules.near_km) & ~high
    leaves = (distance_km >= rules.away_km) | high
    found: list[SiteStay] = []
    state, begun, seen, last_away = AWAY, 0, set[str](), -1
    for i in range(len(time_s)):
        quiet_s = time_s[i] - time_s[i - 1] if i else 0.0
        if state != AWAY and quiet_s >= rules.silence_s:
            state = TRANSITIONS.get((state, SILENCE), state)
            seen.add(SILENT)
        for event in _events(bool(enters[i]), bool(leaves[i]), speed_kt[i], rules):
            new = TRANSITIONS.get((state, event), state)
            if state == AWAY and new == NEAR:
                begun, seen = i, {"came"} if last_away == i - 1 >= 0 and quiet_s < rules.silence_s else set()
            if new == STOPPED:
                seen.add(STOPPED)
            if new == AWAY and state != AWAY:
                seen |= {"went"} if state != SILENT else set()
                found += _stay(time_s, begun, i, last_away, seen, rules)
            state = new
        last_away = i if state == AWAY else last_away
    if state != AWAY:
        found += _stay(time_s, begun, len(time_s), last_away, seen, rules)
    return found


def _events(enters: bool, leaves: bool, speed_kt: float, rules: SiteRules) -> Iterator[str]:
    if enters:
        yield ENTER
    if leaves:
        yield LEAVE
        return
    if speed_kt <= rules.stop_kt:
        yield STOP
    elif speed_kt >= rules.go_kt:
        yield GO


def _stay(
    time_s: Floats, begun: int, gone: int, last_away: int, seen: set[str], rules: SiteRules
) -> list[SiteStay]:
    """Return the stay from report ``begun`` up to, not with, report ``gone``; none if too short to be one."""
    came_after = float(time_s[last_away]) if last_away >= 0 else float("nan")
    went_before = float(time_s[gone]) if gone < len(time_s) else float("nan")
    longest = (went_before if went_before == went_before else time_s[-1]) - time_s[begun]  # noqa: PLR0124 - nan
    if longest < rules.min_stay_s:
        return []
    grade = stay_confidence(came="came" in seen, stayed=bool(seen & {STOPPED, SILENT}), went="went" in seen)
    first, last = float(time_s[begun]), float(time_s[gone - 1])
    return [SiteStay(came_after, first, last, went_before, grade, tuple(sorted(seen)))]
