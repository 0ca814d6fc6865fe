"""Found steps, read again: several that go the same way may be one drift, and so may a single one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from waystation.patterns.gradual import drift_of, drift_text
from waystation.patterns.share_change import levels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waystation.patterns.gradual import Drift
    from waystation.patterns.share_change import ShareChange, ShareTest
    from waystation.patterns.units import Drawn

__all__ = ["drifted"]

Window = tuple[float, float]


def drifted(units: Drawn, test: ShareTest, seed: int) -> Iterator[tuple[ShareChange, Window, str]]:
    """Yield each change, the window between its neighbours (days), and whether it was a step or a drift.

    Neighbouring changes in the same direction that one drift explains ten times better are one change, dated
    at the drift's middle.
    """
    changes = test.changes
    bounds = [units.times[0], *(c.date.median for c in changes), units.times[-1] + 1.0]
    done = 0
    for run in _runs(changes):
        window = float(bounds[done]), float(bounds[done + len(run) + 1])
        rose = run[-1].after > run[0].before
        drift = drift_of(units.times, units.labels, rose, window, steps=len(run), spread=test.design_effect)
        if drift.told():
            yield _joined(run, drift, seed), window, drift_text(drift)
        else:
            for k, change in enumerate(run, done):
                text = drift_text(drift) if len(run) == 1 else ""
                yield change, (float(bounds[k]), float(bounds[k + 2])), text
        done += len(run)


def _runs(changes: tuple[ShareChange, ...]) -> list[list[ShareChange]]:
    """Neighbours whose shares move the same way."""
    runs: list[list[ShareChange]] = []
    for c in changes:
        last = runs[-1][-1] if runs else None
        if last is not None and float((c.after - c.before) @ (last.after - last.before)) > 0:
            runs[-1].append(c)
        else:
            runs.append([c])
    return runs


def _joined(run: list[ShareChange], drift: Drift, seed: int) -> ShareChange:
    """One change from the levels before the first step to those after the last."""
    assert drift.middle is not None
    first, last = run[0], run[-1]
    told = levels(first.counts_before[None], last.counts_after[None], np.random.default_rng(seed))
    return replace(
        last,
        **told,
        date=drift.middle,
        log10_bayes_factor=drift.log10_against_none,
        counts_before=first.counts_before,
        counts_after=last.counts_after,
    )
