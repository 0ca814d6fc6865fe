"""What else may explain a change of shares: the reception, or what other traffic did at the same airfields.

Both are the same rival with other ratios: "shares as before, each multiplied by its ratio" (reception.py). A
rival is told the date of the change, which favours it. docs/rules/changes.md
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from waystation.patterns.asked import days_of, table_of, time_of
from waystation.patterns.control_ratio import control_ratio
from waystation.patterns.reception import Z90, Exposure, log_evidence_of_reception, read_exposure
from waystation.patterns.share_change import log_evidence
from waystation.terms.whereabouts import OTHER, whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import pyarrow as pa
    from numpy.typing import NDArray

    from waystation.patterns.asked import ShareAsked
    from waystation.patterns.control_ratio import Control
    from waystation.patterns.dates import DateInterval
    from waystation.patterns.share_change import ShareChange
    from waystation.world.airfields import Airfields

    Floats = NDArray[np.float64]
    Tables = Mapping[str, pa.Table]

__all__ = ["CONTROL_TABLE", "RivalRules", "Rivals", "beats_rivals"]

MIN_CONTROLS: Final = 2  # airfields with other traffic; one alone has nothing to shift against
CONTROL_TABLE: Final = "other_flights"  # flights outside the fleet, schema `flights`; may be absent


@dataclass(frozen=True)
class RivalRules:
    """What a change has to show against its rivals."""

    bayes_factor: float = 10.0
    """As against no change."""
    min_control_flights: int = 20
    """Other traffic's ends at an airfield, before and after together; fewer control nothing."""
    control_draws: int = 200
    """Of the ratio of other traffic."""


@dataclass(frozen=True)
class Rivals:
    """What else may explain a change of shares: exposures, and other traffic.

    ``others``: airfield → days of other traffic's ends. ``around``: (airfield, date) → other aircraft around
    it after / before that date with 90 % limits, or why nobody can tell.
    """

    exposures: pa.Table | None = None
    others: Mapping[str, Floats] = field(default_factory=dict)
    around: Callable[[str, date], Control] | None = None

    @classmethod
    def of(cls, tables: Tables, exposures: pa.Table | None, airfields: Airfields | None = None) -> Rivals:
        """Read other traffic's ends from ``other_flights``; without it, what flew around the airfields."""
        flights = tables.get(CONTROL_TABLE)
        if flights is None:
            if airfields is None or not all(
                n in tables for n in ("coverage_weeks", "archive_days", "flights")
            ):
                return cls(exposures)
            return cls(exposures, {}, lambda ident, on: control_ratio(tables, airfields, [ident], on))
        times = dict(
            zip(
                flights.column("flight_id").to_pylist(),
                flights.column("first_seen_utc").to_pylist(),
                strict=True,
            )
        )
        ends: dict[str, list[float]] = {}
        for (flight, _), places in whereabouts(flights, table_of({}, "candidates")).items():
            for airfield, p in places.items():
                if p >= 0.5 and times[flight] is not None:
                    ends.setdefault(airfield, []).append(days_of(times[flight]))
        return cls(exposures, {a: np.sort(np.array(d)) for a, d in ends.items()})


def beats_rivals(
    asked: ShareAsked,
    change: ShareChange,
    window: tuple[float, float],
    rivals: Rivals,
    seed: int,
    rules: RivalRules | None = None,
) -> tuple[bool, str]:
    """Whether the change beats its rivals, and the words for it.

    ``window``: days (since 1970) between its neighbours. A rival that cannot be told is not in the way.
    """
    limits = rules or RivalRules()
    reception = _reception_ratios(asked, change.date, window, rivals, seed)
    others, said = _other_ratios(asked, change, window, rivals, seed, limits)
    texts, ok = [], True
    for ratios, name in (
        (reception, "only the reception changed"),
        (others, "other traffic changed likewise"),
    ):
        if isinstance(ratios, str):
            texts.append(ratios)
            continue
        if ratios is others and not _moved(ratios):
            texts.append("other traffic shows no change of its own")
            continue
        bf = _against(change, ratios)
        beaten = bf > np.log10(limits.bayes_factor)
        ok = ok and beaten
        texts.append(f'{"beats" if beaten else "does not beat"} "{name}" (log10 Bayes factor {bf:.1f})')
    return ok, "; ".join([*texts, *said])


def _moved(ratios: Floats) -> bool:
    """Whether other traffic itself shifted between the airfields: some 90 % interval leaves out the rest's.

    A control too thin to show anything could else be bent to any shift, and would veto every change.
    """
    logs = np.log(ratios[:, ~np.isnan(ratios).all(axis=0)])
    if logs.shape[1] < MIN_CONTROLS:
        return False
    apart = logs - logs.mean(axis=1, keepdims=True)
    low, high = np.quantile(apart, (0.05, 0.95), axis=0)
    return bool(((low > 0.0) | (high < 0.0)).any())


def _against(change: ShareChange, ratios: Floats) -> float:
    """log10 Bayes factor against a rival that is told the date: Σπ m₁ / m_rival, by way of m₀."""
    none = float(log_evidence(change.counts_before + change.counts_after))
    used = [ratios]
    unknown = np.isnan(ratios).all(axis=0)
    # where the reception is unknown it may have stayed, or changed like the rest: the stronger rival counts
    if unknown.any():
        common = np.exp(np.nanmean(np.log(ratios), axis=1, keepdims=True))
        used = [np.where(unknown, 1.0, ratios), np.where(unknown, common, ratios)]
    rival = max(log_evidence_of_reception(change.counts_before, change.counts_after, r) for r in used)
    return float(change.log10_bayes_factor + (none - rival) / np.log(10.0))


def _reception_ratios(
    asked: ShareAsked, date: DateInterval, window: tuple[float, float], rivals: Rivals, seed: int
) -> Floats | str:
    """(draws, K) ratios of exposure after / before, nan where unknown; or why there is none."""
    first, last = (int(np.floor(w)) for w in window)
    found, why = [], "no exposure is known"
    for k, name in enumerate(asked.subjects):
        told = read_exposure(rivals.exposures, name, first, last + 1, seed + k) if name else "OTHER has none"
        ratio = told.ratio(date.median, window[0], window[1]) if isinstance(told, Exposure) else None
        if isinstance(told, str) and name:
            why = told
        found.append(ratio)
    known = [r for r in found if r is not None]
    if not known:
        return f"reception not compared: {why}"
    nothing = np.full(len(known[0]), np.nan)
    return np.stack([np.maximum(r, 1e-6) if r is not None else nothing for r in found], axis=1)


def _other_ratios(
    asked: ShareAsked,
    change: ShareChange,
    window: tuple[float, float],
    rivals: Rivals,
    seed: int,
    rules: RivalRules,
) -> tuple[Floats | str, list[str]]:
    """Ratios of other traffic, after / before, by airfield; and each one's ratio of ratios in words."""
    if not asked.airfields or not (rivals.others or rivals.around):
        return "no other traffic to compare with", []
    at, rng = change.date.median, np.random.default_rng(seed)
    days = (at - window[0], window[1] - at)
    columns, said = [], []
    for k, name in enumerate(asked.drawn.names):
        other = None if name == OTHER else _other_ratio(name, at, window, rivals, rng, rules)
        columns.append(np.full(rules.control_draws, np.nan) if other is None else other)
        if other is None:
            continue
        mine = [
            rng.standard_gamma(c[k] + 0.5, rules.control_draws) / d
            for c, d in zip((change.counts_before, change.counts_after), days, strict=True)
        ]
        low, mid, high = np.quantile(mine[1] / mine[0] / other, (0.05, 0.5, 0.95))
        said.append(f"{name}: after/before against other traffic's {mid:.2g} ({low:.2g}–{high:.2g})")
    if all(np.isnan(c).all() for c in columns):
        return "too little other traffic at each airfield to compare with", []
    return np.stack(columns, axis=1), said


def _other_ratio(
    name: str,
    at: float,
    window: tuple[float, float],
    rivals: Rivals,
    rng: np.random.Generator,
    rules: RivalRules,
) -> Floats | None:
    """Draws of other traffic's ratio, after / before; None where there is too little of it."""
    if rivals.around is not None:
        told = rivals.around(name, time_of(at).date())
        if told.reason is not None or not 0 < told.low <= told.ratio <= told.high < np.inf:
            return None
        spread = (np.log(told.high) - np.log(told.low)) / (2 * Z90)
        return np.asarray(told.ratio * np.exp(spread * rng.standard_normal(rules.control_draws)))
    ends = rivals.others.get(name, np.zeros(0))
    sides = ((window[0], at), (at, window[1]))
    n = [int(((ends >= a) & (ends < b)).sum()) for a, b in sides]
    if sum(n) < rules.min_control_flights:
        return None
    before, after = (
        rng.standard_gamma(c + 0.5, rules.control_draws) / (b - a) for c, (a, b) in zip(n, sides, strict=True)
    )
    return np.asarray(after / before)
