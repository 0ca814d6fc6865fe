"""Numba kernels: scores into probabilities, and probabilities into rows. One end after the other.

Sums run in the order of NumPy's (``terms.runs``), so that the plain forms in the tests give the same digits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.compiled import kernel
from waystation.terms.runs import kth_least, pairwise_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["AS_RANKED", "add_quiet", "bend", "best_of", "list_rows", "posteriors"]

AS_RANKED = -2  # of an end whose candidates stay as they were ranked


@kernel()
def best_of(score: Floats, n: int) -> Ints:
    """Return the ``n`` best columns of each row, rising; of equal scores the first."""
    width = score.shape[1]
    out = np.empty((len(score), n), dtype=np.int64)
    rest = np.empty(width)
    for e in range(len(score)):
        for c in range(width):
            rest[c] = -score[e, c]
        least = -kth_least(rest, width, n - 1)
        above = 0
        for c in range(width):
            above += score[e, c] > least
        equal, k = n - above, 0
        for c in range(width):
            if score[e, c] > least:
                out[e, k] = c
                k += 1
            elif equal > 0 and score[e, c] == least:
                out[e, k] = c
                k += 1
                equal -= 1
    return out


@kernel()
def add_quiet(best: Ints, quiet: Floats, off: float, gain: Floats) -> None:
    """Add to ``gain``, (ends, candidates), what silence says of the ``best``; to the others their median.

    ``quiet``: ln P(no position) of each of the best. ``off``: chance of a transponder off.
    """
    n = best.shape[1]
    own, ranked = np.empty(n), np.empty(n)
    for e in range(len(best)):
        for k in range(n):
            own[k] = math.log(off + (1.0 - off) * math.exp(min(quiet[e, k], 0.0)))
            at = k
            while at > 0 and ranked[at - 1] > own[k]:
                ranked[at] = ranked[at - 1]
                at -= 1
            ranked[at] = own[k]
        middle = ranked[n // 2] if n % 2 else (ranked[n // 2 - 1] + ranked[n // 2]) / 2.0
        k = 0
        for c in range(gain.shape[1]):
            if k < n and best[e, k] == c:
                gain[e, c] += own[k]
                k += 1
            else:
                gain[e, c] += middle


@kernel()
def posteriors(
    score: Floats, temperature: Floats, gain: Floats, odds: Floats, bound: float, mass: float, out: Floats
) -> None:
    """Write what scores over temperature, ``gain`` and the ``odds`` of habits make of each end's candidates.

    ``odds`` is (ends, candidates) or empty; ``bound``: what their logarithm may add or take. A row of ``out``
    adds up to ``mass``, to 0 with nothing in reach.
    """
    width = score.shape[1]
    for e in range(len(score)):
        top = -math.inf
        for c in range(width):
            more = gain[e, c]
            if len(odds) and odds[e, c] != 1.0:
                more += min(max(math.log(odds[e, c]), -bound), bound)
            out[e, c] = score[e, c] / temperature[e] + more
            top = max(top, out[e, c])
        top = top if math.isfinite(top) else 0.0
        for c in range(width):
            out[e, c] = math.exp(out[e, c] - top)
        total = pairwise_sum(out[e], 0, width)
        total = total if total > 0 else 1.0
        for c in range(width):
            out[e, c] = mass * out[e, c] / total


@kernel(inner=True)
def _sorted_best(p: Floats, n: int, order: Ints, rest: Floats) -> None:
    """Fill ``order`` with the ``n`` largest of ``p``, largest first; of equal ones the first."""
    for c in range(len(p)):
        rest[c] = -p[c]
    least = -kth_least(rest, len(p), n - 1) if n < len(p) else -math.inf
    k = 0
    for larger in (True, False):  # those at the edge come last, and only the first of them fit
        for c in range(len(p)):
            v = p[c]
            if k == n or not (v > least if larger else v == least):
                continue
            at = k
            while at > 0 and p[order[at - 1]] < v:
                order[at] = order[at - 1]
                at -= 1
            order[at] = c
            k += 1


@kernel()
def list_rows(  # noqa: PLR0917 - Numba takes no dataclasses
    p: Floats,
    evidence: Floats,
    airfield: Ints,
    max_rows: int,
    min_rows: int,
    list_mass: float,
    set_mass: float,
    start: Ints,
    field: Ints,
    probability: Floats,
    evidence_only: Floats,
    in_set: NDArray[np.bool_],
    set_size: Ints,
) -> None:
    """Fill the rows of ``Ranked``: the likeliest until they hold ``list_mass``, then what is not listed.

    ``start`` has one element more than there are ends; rows are ``field`` to ``in_set``, which have room for
    ``max_rows + 1`` an end. ``set_size``: fields that hold ``set_mass``.
    """
    width = min(max_rows, p.shape[1])
    order, rest = np.empty(width, dtype=np.int64), np.empty(p.shape[1])
    own, known, inside = np.empty(width), np.empty(width), np.empty(width)
    n = 0
    start[0] = 0
    for e in range(len(p)):
        _sorted_best(p[e], width, order, rest)
        total, set_size[e] = 0.0, 0
        for k in range(width):
            c = order[k]
            v = p[e, c]
            total += v
            before = total - v
            listed = (k < min_rows or before < list_mass) and airfield[e, c] >= 0 and v > 0
            of_set = listed and before < set_mass
            own[k], known[k] = (v, evidence[e, c]) if listed else (0.0, 0.0)
            inside[k] = v if of_set else 0.0
            if listed:
                field[n], probability[n], evidence_only[n] = airfield[e, c], v, evidence[e, c]
                in_set[n] = of_set
                set_size[e] += of_set
                n += 1
        field[n] = -1
        probability[n] = 1.0 - pairwise_sum(own, 0, width)
        evidence_only[n] = 1.0 - pairwise_sum(known, 0, width)
        in_set[n] = pairwise_sum(inside, 0, width) < set_mass
        n += 1
        start[e + 1] = n


@kernel(inner=True)
def _bent(values: Floats, hit: NDArray[np.bool_], mass: float, rest: Floats) -> None:
    """Give ``mass`` to the one that was hit and share out what is left as before; nothing is lost."""
    n = 0
    for c in range(len(values)):
        if not hit[c]:
            rest[n] = values[c]
            n += 1
    total = pairwise_sum(rest, 0, n)
    share = (1.0 - mass) / total if total > 0 else 0.0
    for c in range(len(values)):
        values[c] = mass if hit[c] else values[c] * share
    values[len(values) - 1] += 1.0 - pairwise_sum(values, 0, len(values))


@kernel()
def bend(
    start: Ints,
    wanted: Ints,
    mass: Floats,
    airfield: Ints,
    probability: Floats,
    evidence_only: Floats,
    in_set: NDArray[np.bool_],
    keep: NDArray[np.bool_],
    order: Ints,
) -> None:
    """Bend rows to the airfield that is ``wanted`` of an end (-1: none that is listed), which gets ``mass``.

    Rows of end ``e`` begin at ``start[e]``. ``keep`` is set where a row says anything, ``order`` to how
    they stand then. Ends of ``AS_RANKED`` stay as they are.
    """
    most = 0
    for e in range(len(wanted)):
        most = max(most, start[e + 1] - start[e])
    hits, rest = np.empty(most, dtype=np.bool_), np.empty(most)
    for e in range(len(wanted)):
        if wanted[e] == AS_RANKED:
            continue
        a, b = start[e], start[e + 1]
        field, p, hit = airfield[a:b], probability[a:b], hits[: b - a]
        found = False
        for c in range(b - a):
            hit[c] = field[c] == wanted[e]
            found |= hit[c]
        if not found:  # not ranked at all: let it stand first, all others are not listed
            field[0], hit[0] = wanted[e], True
        _bent(p, hit, mass[e], rest)
        _bent(evidence_only[a:b], hit, mass[e], rest)
        for c in range(b - a):
            in_set[a + c] = hit[c]
            keep[a + c] = p[c] > 0 or hit[c]
            k = c
            while k > 0:  # by probability, what is not listed last
                j = order[a + k - 1] - a
                if not (
                    (field[j] == -1 and field[c] != -1)
                    or ((field[j] == -1) == (field[c] == -1) and p[j] < p[c])
                ):
                    break
                order[a + k] = order[a + k - 1]
                k -= 1
            order[a + k] = a + c
