"""Exposure: for how many fully observed days a subject was watched, with its uncertainty.

    subject ─ pairs of airfields ─ ways ─ stretches (cell, band) ─ exponents of silence by week
        P(heard) = 1 - exp(-(largest + c × the rest))          terms/reception_weeks.py
    exposure of a window = sum over its days of  P(heard, week) × share of the day that the archive holds

Everything uncertain is drawn: reception of every week, what unmeasured stretches hide, whether silence lasts.
Null, with the reason, wherever that would be a guess. docs/rules/exposure.md
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.patterns.exposed_ways import PairRules, WeightedWay, ways_of_subjects
from waystation.patterns.presence import present_days, why_not
from waystation.patterns.profiles import Way, great_circle
from waystation.patterns.windows import (
    Window,
    days_of,
    midnight,
    period_of,
    since_windows,
    weeks_of,
)
from waystation.terms.counts import LEVEL
from waystation.terms.reception_weeks import Exponents, WeekReception, exponents_at, week_reception_of
from waystation.terms.schema import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from waystation.terms.case_view import CaseView
    from waystation.terms.subjects import Subject
    from waystation.world.airfields import Airfields

__all__ = ["ExposureRules", "exposures"]

Floats = NDArray[np.float64]
_PAIRS = PairRules()
_EPOCH = 719163  # the proleptic ordinal of 1970-01-01


@dataclass(frozen=True)
class ExposureRules:
    """When exposure is told, and how it is drawn."""

    draws: int = 400  # the 5 % and 95 % points to within 1 % of their level
    min_looks: int = 10  # on the whole way, all weeks: below it the prior speaks
    min_weeks_known: float = 0.5  # of the window's days: else most of it would be guessed
    pairs: PairRules = _PAIRS


class _Heard(NamedTuple):
    """P(a flight of the subject is heard) by week."""

    draws: Floats  # s × weeks
    known: NDArray[np.bool_]  # weeks with reception of their own or borrowed
    reason: str | None  # why it cannot be told at all


def exposures(
    subjects: Sequence[Subject],
    tables: Mapping[str, pa.Table],
    case: CaseView,
    airfields: Airfields,
    *,
    way: Way = great_circle,
    rules: ExposureRules | None = None,
) -> pa.Table:
    """Return the ``exposures`` table: per subject the whole period, since-windows, ISO weeks, days.

    ``tables``: ``flights``, ``aircraft`` (the fleet), ``coverage_weeks``, ``archive_days``, and
    ``candidates`` if there are any. ``way``: the way flown between two places, four degrees in, points out.
    ``exposure_days`` is the mean of the draws, ``low`` and ``high`` their 90 % limits; all three null where
    exposure cannot be told, with ``reason``. Weeks and days that the archive does not touch have no row.
    """
    limits = rules or ExposureRules()
    span = period_of(tables["flights"], case)
    if span is None or not subjects:
        return empty("exposures")
    calendar = _calendar(span, present_days(tables.get("archive_days")))
    windows = _windows(span, case, calendar)
    reason = why_not(tables, case)
    if reason is not None:
        return _table([_unknown(s, w, reason) for s in subjects for w in windows])
    found = ways_of_subjects(subjects, tables, airfields, way, limits.pairs)
    reception = week_reception_of(tables["coverage_weeks"])
    listed = _listed(tables["flights"])
    rows: list[dict[str, Any]] = []
    exponents = _Known(reception, calendar)
    for s in subjects:
        if _touches(s, listed):
            why = "some of its flights are listed: how many a list leaves out is not known"
            rows.extend(_unknown(s, w, why) for w in windows)
            continue
        heard = _heard(s, found[s.name], reception, exponents, limits)
        rows.extend(_rows(s, heard, windows, calendar, limits))
    return _table(rows)


class _Calendar(NamedTuple):
    """The days of the period: which week each is in, and what share of it the archive holds."""

    first: int  # ordinal
    week: NDArray[np.int64]
    share: Floats
    mondays: NDArray[np.int64]  # days since 1970
    present: Floats  # share of each whole week

    def days(self, window: Window) -> slice:
        return slice(window[0].toordinal() - self.first, window[1].toordinal() - self.first)


def _calendar(span: Window, shares: Mapping[date, float] | None) -> _Calendar:
    days = [d for d, _ in days_of(span)]
    number = np.array([d.toordinal() - _EPOCH for d in days], dtype=np.int64)
    share = np.array([1.0 if shares is None else shares.get(d, 0.0) for d in days])
    monday = (number + 3) // 7 * 7 - 3
    mondays = np.unique(monday[share > 0])  # weeks that the archive touches
    week = np.minimum(np.searchsorted(mondays, monday), max(len(mondays) - 1, 0))
    held = np.bincount(week, weights=share, minlength=len(mondays))[: len(mondays)] / 7.0
    return _Calendar(span[0].toordinal(), week.astype(np.int64), share, mondays, held)


def _windows(span: Window, case: CaseView, calendar: _Calendar) -> list[Window]:
    """Return the windows of the rates; weeks and days only where the archive holds anything."""
    whole = [span, *(w for w in since_windows(span, case) if w != span)]
    parts = [w for w in (*weeks_of(span), *days_of(span)) if calendar.share[calendar.days(w)].any()]
    return list(dict.fromkeys([*whole, *parts]))


class _Known:
    """Exponents of cells and bands, each worked out once: ways of many subjects share them."""

    def __init__(self, reception: WeekReception, calendar: _Calendar) -> None:
        self.reception, self.calendar = reception, calendar
        self.cache: dict[int, Exponents] = {}

    def of(self, w: WeightedWay) -> Exponents:
        found = self.cache.get(id(w.stretches))
        if found is None:
            s, c = w.stretches, self.calendar
            found = exponents_at(self.reception, s.cells, s.bands, c.mondays, c.present)
            self.cache[id(w.stretches)] = found
        return found


def _heard(
    s: Subject, ways: Sequence[WeightedWay], r: WeekReception, known: _Known, rules: ExposureRules
) -> _Heard:
    n_weeks = len(known.calendar.mondays)
    nothing = np.zeros((0, n_weeks)), np.zeros(n_weeks, dtype=np.bool_)
    if not ways:
        return _Heard(*nothing, "no airfield of it is in the airfield table, so its way is not known")
    exponents = [known.of(w) for w in ways]
    looks = sum(w.weight * float(e.looks.sum()) for w, e in zip(ways, exponents, strict=True))
    if looks < rules.min_looks:
        return _Heard(*nothing, f"{looks:.0f} looks on its way: reception there is not measured")
    z0, z, u = _dice(s.name, rules.draws, n_weeks)
    heard = np.zeros((rules.draws, n_weeks))
    covered, total = np.zeros(n_weeks), 0.0
    for w, e in zip(ways, exponents, strict=True):
        p, any_known = _way_draws(w, e, r, z0, z, u)
        # a way on which half is heard needs twice the flights to be as often in the list
        weight = w.weight / max(float(p.mean()), 0.02)
        heard += weight * p
        covered += weight * any_known
        total += weight
    return _Heard(heard / total, covered / total > 0.5, None)


def _dice(name: str, n: int, weeks: int) -> tuple[Floats, Floats, Floats]:
    """Normal scores shared by all weeks (n, 1), those of each week, and uniform numbers (n, 1).

    The seed is the subject's name: its figures do not depend on which others are asked about.
    """
    from scipy.special import ndtri

    rng = np.random.default_rng(int.from_bytes(sha256(name.encode()).digest()[:8], "big"))
    even = (np.arange(n) + 0.5) / n  # evenly spread, in random order: steadier than random ones
    each = np.stack([rng.permutation(even) for _ in range(weeks)], axis=1)
    return ndtri(even)[:, None], ndtri(each), rng.permutation(even)[:, None]


def _way_draws(
    w: WeightedWay, e: Exponents, r: WeekReception, z0: Floats, z: Floats, u: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Draws (n, weeks) of P(heard on this way), and the weeks in which any of it is measured.

    The sum of exponents is positive and skew: a Gamma distribution with their exact mean and variance. The
    draws of a week lean on those of all weeks by as much as its reception is borrowed from them.
    """
    part = w.stretches.part[:, None]
    measured = np.isfinite(e.mean)
    x = np.where(measured, part * e.mean, 0.0)
    lead = np.zeros(x.shape)
    lead[np.argmax(x, axis=0), np.arange(x.shape[1])] = 1.0
    scale = lead + (1.0 - lead) * r.persistence
    rest = (x * (1.0 - lead)).sum(axis=0)
    mean = (x * scale).sum(axis=0)
    variance = (np.where(measured, (part * scale) ** 2 * e.variance, 0.0)).sum(axis=0)
    variance += (rest * r.persistence_sd) ** 2
    weight = np.where(measured, part, 0.0)
    borrowed = (weight * e.borrowed).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9)
    score = np.sqrt(borrowed) * z0 + np.sqrt(1.0 - borrowed) * z
    known: NDArray[np.bool_] = np.asarray(measured.any(axis=0))
    shape = np.where(known, mean**2 / np.maximum(variance, 1e-12), 9.0)
    drawn = np.where(known, _gamma(shape, score) * variance / np.maximum(mean, 1e-12), 0.0)
    there = -np.expm1(-_hidden(w, e, measured, r.persistence))
    return 1.0 - np.exp(-drawn) * (1.0 - u * there), known  # unmeasured: from silent to as usual, all alike


def _gamma(shape: Floats, score: Floats) -> Floats:
    """Gamma(shape) at normal scores (n, weeks): exact below 2, else Wilson & Hilferty's cube (1 % off)."""
    from scipy.special import gammaincinv, ndtr

    k = shape[None, :]
    out = k * np.maximum(0.0, 1.0 - 1.0 / (9.0 * k) + score / (3.0 * np.sqrt(k))) ** 3
    skew = shape < 2.0
    out[:, skew] = gammaincinv(shape[skew], ndtr(score[:, skew]))
    return np.asarray(out, dtype=np.float64)


def _hidden(w: WeightedWay, e: Exponents, measured: NDArray[np.bool_], persistence: float) -> Floats:
    """Return by week the exponent of unmeasured stretches, were they heard as the others usually are."""
    part = w.stretches.part
    usual = np.isfinite(e.usual)
    per_part = float((part * e.usual)[usual].sum() / max(float(part[usual].sum()), 1e-9))
    as_usual = np.where(usual, e.usual, per_part) * part
    return np.asarray(persistence * (as_usual[:, None] * ~measured).sum(axis=0))


def _rows(
    s: Subject, heard: _Heard, windows: Sequence[Window], c: _Calendar, rules: ExposureRules
) -> Iterator[dict[str, Any]]:
    if heard.reason is not None:
        yield from (_unknown(s, w, heard.reason) for w in windows)
        return
    tail = (1.0 - LEVEL) / 2.0
    n_weeks = len(c.mondays)
    by_week = np.quantile(heard.draws, (tail, 1.0 - tail), axis=0)
    mean = heard.draws.mean(axis=0)
    for window in windows:
        at = c.days(window)
        days = np.bincount(c.week[at], weights=c.share[at], minlength=n_weeks)
        total = float(days.sum())
        if total > 0 and float(days[heard.known].sum()) < rules.min_weeks_known * total:
            yield _unknown(
                s, window, "in too many of these weeks no traffic on its way to measure reception with"
            )
            continue
        weeks = np.flatnonzero(days)
        if len(weeks) == 1:
            limits = by_week[:, weeks[0]] * total
        else:
            limits = np.quantile(heard.draws @ days, (tail, 1.0 - tail))
        yield _row(s, window) | {
            "exposure_days": float(np.clip(mean @ days, *limits)),  # rare poor draws may pull a mean out
            "low": float(limits[0]),
            "high": float(limits[1]),
            "reason": None if total > 0 else "the archive holds no file of these days",
        }


def _row(s: Subject, window: Window) -> dict[str, Any]:
    start, stop = window
    return {
        "subject": s.name,
        "from_utc": midnight(start),
        "to_utc": midnight(stop),
        "days": float((stop - start).days),
    }


def _unknown(s: Subject, window: Window, reason: str) -> dict[str, Any]:
    return _row(s, window) | {"exposure_days": None, "low": None, "high": None, "reason": reason}


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=TABLES["exposures"])


def _listed(flights: pa.Table) -> list[tuple[str | None, str | None]]:
    """Return the (origin, destination) of flights from a list."""
    names = ("origin_ending", "destination_ending", "origin", "destination")
    rows = zip(*(flights.column(n).to_pylist() for n in names), strict=True)
    return [(o, d) for a, b, o, d in rows if "listed" in {a, b}]


def _touches(s: Subject, ends: Sequence[tuple[str | None, str | None]]) -> bool:
    if s.destinations is None:
        return any(o in s.origins or d in s.origins for o, d in ends)
    return any(o in s.origins and d in s.destinations for o, d in ends)
