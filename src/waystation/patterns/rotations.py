"""Rotations: whether each itinerary since an event, and all of them together, fit the earlier pattern.

``no`` needs a p-value below 0.01, ten earlier itineraries, and a test that could have told; ``yes`` needs the
same power. All else is ``cannot-tell``. docs/rules/rotations.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from waystation.patterns.itinerary_features import trips_of
from waystation.patterns.rotation_test import PARTS, RotationRules, fit_of, fits_each
from waystation.patterns.units import seed_of
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from waystation.patterns.itinerary_features import Trip
    from waystation.patterns.rotation_test import Features, Fit
    from waystation.terms.case_view import CaseView, Event, Question

__all__ = ["Verdict", "rotations_table", "verdict_of"]


@dataclass(frozen=True)
class Verdict:
    """``fits``: yes | no | cannot-tell, and why."""

    fits: str
    reason: str
    p_value: float | None = None
    power: float | None = None


def rotations_table(
    tables: Mapping[str, pa.Table], case: CaseView, rules: RotationRules | None = None
) -> pa.Table:
    """Return ``rotations``: for each rotation question's event a row per itinerary since, then one for all.

    Without an event there is no earlier and later, so there is no row. The row for all has no
    ``itinerary_id`` and the motif ``all since <event id>`` (``… to <to>`` where the question narrows).
    """
    limits = rules or RotationRules()
    events = {e.id: e for e in case.events}
    asked = {(q.event, q.to): q for q in case.questions if q.kind == "rotation" and q.event in events}
    trips = trips_of(tables) if asked else []
    rows = [r for q in asked.values() for r in _rows(q, events[q.event or ""], trips, case, limits)]
    return pa.Table.from_pylist(rows, schema=TABLES["rotations"])


def _rows(
    q: Question, event: Event, trips: Sequence[Trip], case: CaseView, rules: RotationRules
) -> Iterator[dict[str, Any]]:
    wanted = set(case.sites_of(q.to)) if q.to else None
    mine = [t for t in trips if wanted is None or wanted.intersection(t.airfields[1:])]
    at = datetime.combine(event.date, time(), UTC)
    earlier = [t.features for t in mine if t.start < at and t.features]
    new = [t for t in mine if t.start >= at]
    to = f" to {q.to}" if q.to else ""
    compared = [t.features for t in new if t.features]
    seed = seed_of(event.id, to, len(new))
    alone = iter(_alone(earlier, compared, seed, rules))
    for trip in new:
        verdict = next(alone) if trip.features else Verdict("cannot-tell", trip.why)
        yield _row(event, trip.id, trip.motif, verdict)
    verdict = verdict_of(earlier, compared, seed, rules)
    left_out = len(new) - len(compared) + sum(t.features is None for t in mine if t.start < at)
    note = f"; {left_out} itineraries with places not seen are left out" if left_out else ""
    yield _row(event, None, f"all since {event.id}{to}", verdict, note)


def _row(event: Event, itinerary: str | None, motif: str, verdict: Verdict, note: str = "") -> dict[str, Any]:
    return {
        "itinerary_id": itinerary,
        "event": event.id,
        "motif": motif,
        "fits": verdict.fits,
        "p_value": verdict.p_value,
        "power": verdict.power,
        "reasons": verdict.reason + note,
    }


def _alone(
    earlier: Sequence[Features], new: Sequence[Features], seed: int, rules: RotationRules
) -> list[Verdict]:
    if len(earlier) < rules.min_earlier:
        return [verdict_of(earlier, [one], seed, rules) for one in new]
    fits = fits_each(earlier, new, seed=seed, rules=rules)
    return [_told(fit, earlier, [one], rules) for fit, one in zip(fits, new, strict=True)]


def verdict_of(
    earlier: Sequence[Features], new: Sequence[Features], seed: int, rules: RotationRules | None = None
) -> Verdict:
    """Return whether ``new`` fits ``earlier``, in words."""
    limits = rules or RotationRules()
    if not new:
        return Verdict("cannot-tell", "no itinerary since the event can be compared")
    if len(earlier) < limits.min_earlier:
        reason = f"{len(earlier)} earlier itineraries make no pattern; needs {limits.min_earlier}"
        return Verdict("cannot-tell", reason)
    return _told(fit_of(earlier, new, seed=seed, rules=limits), earlier, new, limits)


def _told(fit: Fit, earlier: Sequence[Features], new: Sequence[Features], rules: RotationRules) -> Verdict:
    fits = _fits(fit, rules)
    return Verdict(fits, _reason(fit, fits, earlier, new, rules), fit.p_value, fit.power)


def _fits(fit: Fit, rules: RotationRules) -> str:
    if fit.power < rules.min_power:
        return "cannot-tell"
    if fit.p_value < rules.no_below:
        return "no"
    return "yes" if fit.p_value >= rules.yes_from else "cannot-tell"


def _reason(
    fit: Fit, fits: str, earlier: Sequence[Features], new: Sequence[Features], rules: RotationRules
) -> str:
    head = f"{len(new)} against {len(earlier)} earlier itineraries"
    power = (
        f"a strong change would show with probability {fit.power:.2f} at {rules.power_level:.0%} "
        f"and {fit.power_strict:.2f} at {rules.no_below:.0%}"
    )
    if fits == "cannot-tell" and fit.power < rules.min_power:
        return f"{head}: too few to tell; p = {fit.p_value:.3f}; {power}"
    odd = min(PARTS, key=lambda part: fit.p_parts[part])
    oddest = f"oddest is the {odd} (p = {fit.p_parts[odd]:.3f})"
    known = {f.motif for f in earlier}
    unseen = sum(f.motif not in known for f in new)
    motifs = f"{unseen} of {len(new)} fly a motif not seen before"
    between = "; p lies between no and yes" if fits == "cannot-tell" else ""
    return f"{head}: p = {fit.p_value:.3f}{between}; {motifs}; {oddest}; {power}"
