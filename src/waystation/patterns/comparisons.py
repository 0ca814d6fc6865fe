"""Comparisons: before and after a date that was given, beside 50 dates that mean nothing.

Another estimand than a change: the date is an input here. ``placebo_rank``: how the event's difference ranks
among the placebo dates' by size in standard errors, 1 = more than all, n_placebos + 1 = less than all.
docs/rules/comparisons.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from waystation.patterns.asked import time_of
from waystation.patterns.mixture import drawn_shares
from waystation.patterns.reception import Exposure
from waystation.patterns.units import seed_of
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from numpy.typing import NDArray

    from waystation.patterns.asked import ShareAsked
    from waystation.patterns.changes import Tested
    from waystation.patterns.rate_tests import RateAsked
    from waystation.patterns.units import Drawn
    from waystation.terms.case_view import Event

    Floats = NDArray[np.float64]
    Row = dict[str, Any]

__all__ = ["ComparisonRules", "compared_rates", "compared_shares", "comparisons_table"]


@dataclass(frozen=True)
class ComparisonRules:
    """How before is set against after."""

    placebos: int = 50
    """Dates drawn uniformly from the inside of the span."""
    margin: float = 0.1
    """Part of the span at each end without placebo dates: too little is before or after them."""
    draws: int = 4000
    """Of the difference."""
    level: float = 0.9
    """Of its interval."""


def comparisons_table(rows: Iterable[Row]) -> pa.Table:
    """Return ``comparisons``, by kind, subject and event."""
    ordered = sorted(rows, key=lambda r: (r["kind"], r["subject"], r["event"]))
    return pa.Table.from_pylist(ordered, schema=TABLES["comparisons"])


def compared_shares(asked: ShareAsked, test: Tested, rules: ComparisonRules | None = None) -> Iterator[Row]:
    """Yield a row per subject and event. ``n_before``/``n_after``: the subject's own units, expected."""
    limits = rules or ComparisonRules()
    units = asked.drawn
    n_names = len(units.names)
    if not len(units.times) or not n_names:
        return
    hot = np.stack([(units.labels == k).mean(axis=0) for k in range(n_names)], axis=1)
    ahead = np.zeros((len(hot) + 1, n_names))
    np.cumsum(hot, axis=0, out=ahead[1:])
    for event in asked.events:
        rng = np.random.default_rng(seed_of("compare", asked.what, event.id))
        placebos = _placebos(units.times[0], units.times[-1], rng, limits)
        at = np.searchsorted(units.times, [_days(event.date), *placebos])
        early, late = ahead[at], ahead[-1] - ahead[at]
        known = early[0].sum() > 0 and late[0].sum() > 0
        mixed = _mixed(units, int(at[0]), rng, limits) if known else None
        for k, subject in enumerate(asked.subjects):
            if subject is None:
                continue
            z = _z_of_shares(early[:, k], late[:, k], early.sum(axis=1), late.sum(axis=1))
            row = _head(subject, "share", event, float(early[0, k]), float(late[0, k]), z, test, asked.what)
            if mixed is not None:
                row |= _difference([shares[:, k] for shares in mixed], limits)
            elif known:
                split = units.labels[:, : at[0]], units.labels[:, at[0] :]
                row |= _difference([_share_draws(part, k, rng, limits) for part in split], limits)
            yield row


def _days(day: date) -> float:
    return float((day - time_of(0.0).date()).days)


def _placebos(first: float, last: float, rng: np.random.Generator, rules: ComparisonRules) -> Floats:
    edge = rules.margin * (last - first)
    return rng.uniform(first + edge, last - edge, rules.placebos)


def _z_of_shares(a: Floats, b: Floats, n: Floats, m: Floats) -> Floats:
    """Size of the difference in standard errors; nan where one side is empty."""
    with np.errstate(invalid="ignore", divide="ignore"):
        # one unit more on each side: a share of 0 or 1 is not known without error
        p = (a + b + 1.0) / (n + m + 2.0)
        return np.asarray(np.abs(b / m - a / n) / np.sqrt(p * (1 - p) * (1 / n + 1 / m)), dtype=np.float64)


def _head(
    subject: str, kind: str, event: Event, n_before: float, n_after: float, z: Floats, test: Tested, what: str
) -> Row:
    known = z[1:][np.isfinite(z[1:])]
    ranked = np.isfinite(z[0]) and len(known) > 0
    text = test.text if ranked else f"cannot tell: nothing on one side of the date; {test.text}"
    return {
        "subject": subject,
        "kind": kind,
        "event": event.id,
        "event_utc": time_of(_days(event.date)),
        "n_before": n_before,
        "n_after": n_after,
        "placebo_rank": 1.0 + float((known >= z[0]).sum()) if ranked else None,
        "n_placebos": len(known),
        "controls": f"{what}: {text}",
    }


def _mixed(
    units: Drawn, at: int, rng: np.random.Generator, rules: ComparisonRules
) -> tuple[Floats, Floats] | None:
    """Shares before and after where labels are doubtful: by the mixture that changes are found with."""
    if units.weights is None:
        return None
    early, late = units.weights[:at], units.weights[at:]
    return drawn_shares(early, rules.draws, rng), drawn_shares(late, rules.draws, rng)


def _share_draws(
    labels: NDArray[np.int64], k: int, rng: np.random.Generator, rules: ComparisonRules
) -> Floats:
    own, total = (labels == k).sum(axis=1), (labels >= 0).sum(axis=1)
    which = np.arange(rules.draws) % len(own)
    out: Floats = rng.beta(own[which] + 0.5, total[which] - own[which] + 0.5)
    return out


def _difference(pair: list[Floats], rules: ComparisonRules) -> Row:
    gap = pair[1] - pair[0]
    low, high = np.quantile(gap, ((1 - rules.level) / 2, (1 + rules.level) / 2))
    return {
        "before": float(pair[0].mean()),
        "after": float(pair[1].mean()),
        "difference": float(gap.mean()),
        "low": float(low),
        "high": float(high),
    }


def compared_rates(asked: RateAsked, test: Tested, rules: ComparisonRules | None = None) -> Iterator[Row]:
    """Yield a row per event: flights a fully observed day; null where the exposure is unknown."""
    limits = rules or ComparisonRules()
    days, counts = asked.days, asked.counts
    known = isinstance(asked.exposure, Exposure)
    exposed = asked.exposure.draws if isinstance(asked.exposure, Exposure) else np.ones((1, len(days)))
    heard = np.where(exposed.mean(axis=0) > 0, counts.mean(axis=0), 0.0)
    c, e = _ahead(heard[None, :])[0], _ahead(exposed)
    for event in asked.events:
        rng = np.random.default_rng(seed_of("compare", asked.subject, event.id))
        dates = [_days(event.date), *_placebos(days[0], days[-1] + 1, rng, limits)]
        at = np.searchsorted(days, dates)
        mean = e.mean(axis=0)
        z = _z_of_rates(c[at], c[-1] - c[at], mean[at], mean[-1] - mean[at])
        z = z if known else np.full_like(z, np.nan)
        row = _head(asked.subject, "rate", event, float(c[at[0]]), float(c[-1] - c[at[0]]), z, test, "rate")
        if known and 0 < mean[at[0]] < mean[-1]:
            row |= _difference(_rate_draws(asked, at[0], exposed, rng, limits), limits)
        yield row


def _ahead(x: Floats) -> Floats:
    out = np.zeros((len(x), x.shape[1] + 1))
    np.cumsum(x, axis=1, out=out[:, 1:])
    return out


def _z_of_rates(a: Floats, b: Floats, ea: Floats, eb: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = (a + b + 0.5) / (ea + eb)
        out = np.abs(b / eb - a / ea) / np.sqrt(usual * (1 / ea + 1 / eb))
    return np.where((ea > 0) & (eb > 0), out, np.nan)


def _rate_draws(
    asked: RateAsked, at: int, exposed: Floats, rng: np.random.Generator, rules: ComparisonRules
) -> list[Floats]:
    which = np.arange(rules.draws)
    c = asked.counts[which % len(asked.counts)] * (exposed.mean(axis=0) > 0)
    e = exposed[which % len(exposed)]
    sides = ((c[:, :at], e[:, :at]), (c[:, at:], e[:, at:]))
    return [rng.standard_gamma(n.sum(axis=1) + 0.5) / np.maximum(x.sum(axis=1), 1e-9) for n, x in sides]
