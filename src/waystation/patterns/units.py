"""What counts once: visits, departures and stopovers as independent units with uncertain labels.

The legs of one rotation are not independent. An itinerary contributes each label (airfield, country,
stopover) once, at its first time; what belongs to no itinerary stands alone. Which label an uncertain
unit has is drawn, and what counts once is settled within each draw.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from waystation.terms.whereabouts import OTHER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["NOT_ONE", "Drawn", "UnitRules", "Units", "drawn", "gathered", "seed_of"]

NOT_ONE: Final = ""  # no unit in this draw: nobody knows the airfield, the flight did not leave the site


@dataclass(frozen=True)
class UnitRules:
    """How uncertain labels become draws."""

    draws: int = 200
    """Of the labels; one is enough where all are certain."""
    certain: float = 0.999
    """A label this probable is not drawn."""
    least_share: float = 0.02
    """Labels with a smaller share of the units are counted together as OTHER."""


@dataclass(frozen=True)
class Units:
    """Units in time order: ``times`` (days since 1970), ``group`` (itinerary), and rows (unit, label, p).

    Rows are sorted by unit; their probabilities add up to 1 for each unit. ``labels`` begins with OTHER
    and NOT_ONE.
    """

    times: Floats
    group: Ints
    row_unit: Ints
    row_label: Ints
    row_p: Floats
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Drawn:
    """``labels``: (draws, units) index into ``names``, −1 for not a unit (again) in this draw.

    ``weights``: (units, names), where any label is doubtful: probability of each label that its itinerary
    has not had before; what is missing to 1 is no unit.
    """

    times: Floats
    labels: Ints
    names: tuple[str, ...]
    group: Ints
    weights: Floats | None = None

    def expected(self) -> Floats:
        """Mean number of units of each name."""
        counts = np.array([(self.labels == k).sum() for k in range(len(self.names))], dtype=np.float64)
        return counts / max(1, len(self.labels))


def seed_of(*parts: object) -> int:
    """Return a seed from content: the same question over the same units draws the same."""
    return zlib.crc32("|".join(map(str, parts)).encode())


def gathered(units: Iterable[tuple[float, str, str | None, Mapping[str, float]]]) -> Units:
    """Sort units. Each: time (days), a name that breaks ties, itinerary or None, label → probability.

    What is missing to 1 is no unit (nobody knows where it was); a sum above 1 is scaled down.
    """
    ordered = sorted(units, key=lambda u: (u[0], u[1]))
    labels = (OTHER, NOT_ONE, *sorted({a for u in ordered for a in u[3]} - {OTHER, NOT_ONE}))
    code = {name: i for i, name in enumerate(labels)}
    groups: dict[str, int] = {}
    group = [
        -1 - i if g is None else groups.setdefault(g, len(groups)) for i, (_, _, g, _) in enumerate(ordered)
    ]
    rows: list[tuple[int, int, float]] = []
    for i, (_, _, _, places) in enumerate(ordered):
        scale = max(1.0, sum(places.values()))
        known = {code[a]: p / scale for a, p in places.items() if p > 0}
        rest = 1.0 - sum(known.values())
        if rest > 1e-9:
            known[1] = known.get(1, 0.0) + rest
        rows += [(i, k, p) for k, p in sorted(known.items())]
    unit, label, p = zip(*rows, strict=True) if rows else ((), (), ())
    return Units(
        np.array([u[0] for u in ordered], dtype=np.float64),
        np.array(group, dtype=np.int64),
        np.array(unit, dtype=np.int64),
        np.array(label, dtype=np.int64),
        np.array(p, dtype=np.float64),
        labels,
    )


def drawn(units: Units, seed: int, *, keep: Sequence[str] = (), rules: UnitRules | None = None) -> Drawn:
    """Draw labels, count each once an itinerary, and gather rare labels in OTHER (index 0).

    ``keep``: labels that stay apart however rare, if any unit has them. A category nobody has is left out.
    """
    limits = rules or UnitRules()
    n = len(units.times)
    if not n:
        return Drawn(units.times, np.zeros((1, 0), dtype=np.int64), (OTHER,), units.group)
    fine = _labels(units, seed, limits)
    fine = np.stack([_once(row, units.group) for row in fine])
    fine[fine == units.labels.index(NOT_ONE)] = -1
    share = np.bincount(fine[fine >= 0], minlength=len(units.labels)) / max(1, (fine >= 0).sum())
    wanted = [
        i
        for i, name in enumerate(units.labels)
        if i and (share[i] >= limits.least_share or (name in keep and share[i] > 0))
    ]
    other = share.sum() - share[wanted].sum() > 1e-12
    names = (*((OTHER,) if other else ()), *(units.labels[i] for i in wanted))
    coarse = np.zeros(len(units.labels) + 1, dtype=np.int64)
    coarse[wanted] = np.arange(len(wanted)) + int(other)
    coarse[-1] = -1
    weights = _weights(units, wanted, len(names), other=other) if len(fine) > 1 else None
    return Drawn(units.times, coarse[fine], names, units.group, weights)


def _weights(units: Units, wanted: list[int], n_names: int, *, other: bool) -> Floats:
    """(units, names): "an itinerary counts a label once" with probabilities instead of draws."""
    column = {label: i + int(other) for i, label in enumerate(wanted)}
    not_one = units.labels.index(NOT_ONE)
    out = np.zeros((len(units.times), n_names))
    unmet: dict[tuple[int, int], float] = {}  # P(no earlier unit of the itinerary had the label)
    rows = zip(units.row_unit.tolist(), units.row_label.tolist(), units.row_p.tolist(), strict=True)
    for unit, label, p in rows:
        if label == not_one or (label not in column and not other):
            continue
        key = int(units.group[unit]), label
        out[unit, column.get(label, 0)] += p * unmet.get(key, 1.0)
        unmet[key] = unmet.get(key, 1.0) * (1.0 - p)
    return out


def _labels(units: Units, seed: int, rules: UnitRules) -> Ints:
    """(draws, units) label indices; one draw where nothing is uncertain."""
    n = len(units.times)
    top = np.zeros(n)
    np.maximum.at(top, units.row_unit, units.row_p)
    sure = np.zeros(n, dtype=np.int64)
    most = units.row_p >= top[units.row_unit]
    sure[units.row_unit[most][::-1]] = units.row_label[most][::-1]
    doubtful = np.flatnonzero(top < rules.certain)
    if not len(doubtful):
        return sure[None, :]
    out = np.repeat(sure[None, :], rules.draws, axis=0)
    ends = np.cumsum(units.row_p)  # climbs by 1 from unit to unit
    first = np.searchsorted(units.row_unit, doubtful, side="left")
    last = np.searchsorted(units.row_unit, doubtful, side="right") - 1
    base = ends[first] - units.row_p[first]
    u = np.random.default_rng(seed).random((rules.draws, len(doubtful)))
    at = np.searchsorted(ends, base + u * (ends[last] - base), side="right")
    out[:, doubtful] = units.row_label[np.clip(at, first, last)]
    return out


def _once(labels: Ints, group: Ints) -> Ints:
    """−1 for every label that its itinerary has had before."""
    together = group >= 0
    if not together.any():
        return labels
    where = np.flatnonzero(together)
    code = group[where] * (int(labels.max()) + 1) + labels[where]
    _, first = np.unique(code, return_index=True)
    out = labels.copy()
    again = np.ones(len(where), dtype=bool)
    again[first] = False
    out[where[again]] = -1
    return out
