"""Changes: dated changes of shares and rates that were found, and what else was asked of them.

A change is reported only if its Bayes factor beats 10, and beats it too against "only the reception changed"
and against "other traffic at the same airfields changed likewise". The dates of events are no input.
docs/rules/changes.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from waystation.patterns.asked import time_of
from waystation.patterns.doubtful_shares import doubtful_share_changes
from waystation.patterns.drifted import drifted
from waystation.patterns.rivals import Rivals, beats_rivals
from waystation.patterns.share_change import share_changes
from waystation.patterns.units import seed_of
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from waystation.patterns.asked import ShareAsked
    from waystation.patterns.share_change import ShareChange, ShareTest
    from waystation.patterns.units import Drawn

__all__ = ["ChangeRules", "Tested", "changes_table", "share_rows"]


@dataclass(frozen=True)
class ChangeRules:
    """What a row of ``changes`` has to show."""

    sure: float = 0.95
    """P(the subject's share really rose, or really fell) within a change of all the shares."""


@dataclass(frozen=True)
class Tested:
    """One test: what it was about, which subjects hang on it, what it found and why not more."""

    what: str
    kind: str
    subjects: tuple[str, ...]
    log10_bayes_factor: float
    text: str
    rows: tuple[Mapping[str, Any], ...] = ()


def changes_table(tests: Iterable[Tested]) -> pa.Table:
    """Return ``changes`` from what the tests found, by subject and date."""
    rows = sorted((r for t in tests for r in t.rows), key=lambda r: (r["kind"], r["subject"], r["date_utc"]))
    return pa.Table.from_pylist([dict(r) for r in rows], schema=TABLES["changes"])


def share_rows(asked: ShareAsked, rivals: Rivals, rules: ChangeRules | None = None) -> Tested:
    """Test one set of shares; a row per subject whose share changed, for every change."""
    limits = rules or ChangeRules()
    units = asked.drawn
    subjects = tuple(s for s in asked.subjects if s)
    seed = seed_of(asked.what, len(units.times))
    test = _tested(units, seed)
    if not np.isfinite(test.log10_bayes_factor):
        text = f"cannot tell: {test.n_units:.0f} {asked.what} over {len(units.names)} kinds; needs 6 over 2"
        return Tested(asked.what, "share", subjects, float("nan"), text)
    rows: list[dict[str, Any]] = []
    refused: list[str] = []
    for change, window, drift in drifted(units, test, seed):
        ok, text = beats_rivals(asked, change, window, rivals, seed)
        if not ok:
            refused.append(f"{time_of(change.date.median):%Y-%m-%d}: {text}")
            continue
        told = "; ".join(filter(None, (text, drift)))
        rows += [
            _row(asked, change, k, told)
            for k, name in enumerate(asked.subjects)
            if name and _moved(change, k, limits)
        ]
    return Tested(
        asked.what,
        "share",
        subjects,
        test.log10_bayes_factor,
        _summary(asked, test.log10_bayes_factor, rows, refused),
        tuple(rows),
    )


def _tested(units: Drawn, seed: int) -> ShareTest:
    if units.weights is None:
        return share_changes(units.times, units.labels, len(units.names), groups=units.group, seed=seed)
    return doubtful_share_changes(
        units.times, units.weights, labels=units.labels[0], groups=units.group, seed=seed
    )


def _moved(change: ShareChange, k: int, rules: ChangeRules) -> bool:
    p = float(change.p_rose[k])
    return max(p, 1.0 - p) > rules.sure


def _row(asked: ShareAsked, change: ShareChange, k: int, text: str) -> dict[str, Any]:
    (b_low, b_high), (a_low, a_high) = change.before_interval[:, k], change.after_interval[:, k]
    p = float(change.p_rose[k])
    chance = f"P(rose) {_p(p)}" if p >= 0.5 else f"P(fell) {_p(1.0 - p)}"
    return {
        "subject": asked.subjects[k],
        "kind": "share",
        "date_utc": time_of(change.date.median),
        "low_utc": time_of(change.date.low),
        "high_utc": time_of(change.date.high),
        "before": float(change.before[k]),
        "after": float(change.after[k]),
        "log10_bayes_factor": change.log10_bayes_factor,
        "controls": (
            f"share of {asked.what} {change.before[k]:.2f} ({b_low:.2f}–{b_high:.2f}) before, "
            f"{change.after[k]:.2f} ({a_low:.2f}–{a_high:.2f}) after; {chance}; {text}"
        ),
    }


def _p(p: float) -> str:
    return "> 0.99" if p > 0.99 else f"{p:.2f}"


def _summary(
    asked: ShareAsked, log10_bf: float, rows: Sequence[Mapping[str, Any]], refused: Sequence[str]
) -> str:
    head = f"log10 Bayes factor of a change at any date: {log10_bf:.1f}"
    if rows:
        dates = ", ".join(sorted({f"{r['date_utc']:%Y-%m-%d}" for r in rows}))
        head += f"; shares of {asked.what} changed about {dates}"
    if refused:
        return f"{head}; not reported as a change: {'; '.join(refused)}"
    return head if rows else f"{head}; no change found"
