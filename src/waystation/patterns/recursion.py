"""How many changes, and roughly where: Fearnhead's recursion, and what every change has to pay.

Fearnhead 2006, "Exact and efficient Bayesian inference for multiple changepoint problems". One code for
shares and for rates: it knows only the evidence of every segment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["evidences", "log_sum", "number_and_places", "settled"]


class _Weighed(Protocol):
    @property
    def log_bf(self) -> float: ...


T = TypeVar("T", bound=_Weighed)


def log_sum(x: Floats, axis: int | None = None) -> Floats:
    """Log of the sum of exponentials; −inf for nothing. SciPy's does more, at ten times the price."""
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        out = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return np.asarray(np.squeeze(out, axis=axis), dtype=np.float64)


def number_and_places(
    log_m: Floats, log_prior: Floats, *, most: int, mean_number: float, bayes_factor: float
) -> tuple[list[int], tuple[float, ...]]:
    """Return the places (indices of edges) of the changes, and P(0), P(1) … changes.

    ``log_m``: log evidence of the segment from edge i to edge j, −inf where there is none. ``log_prior``: log
    probability that a change falls on an edge. The number has a Poisson prior with ``mean_number``;
    it is the most that the posterior holds for probable and of which each pays ``bayes_factor``.
    """
    logs, ways = _recurse(log_m, log_prior, most)
    number = np.arange(len(logs))
    chance = logs + number * np.log(mean_number) - gammaln(number + 1)
    probable = int(np.argmax(chance))
    paid = logs - number * np.log(bayes_factor)
    p_number = np.exp(chance - log_sum(chance))
    return ways[int(np.argmax(paid[: probable + 1]))], tuple(p_number.tolist())


def evidences(log_m: Floats, log_prior: Floats, most: int) -> Floats:
    """Log evidence of exactly 0, 1 … ``most`` changes (fewer where so many find no room)."""
    return _recurse(log_m, log_prior, most)[0]


def _recurse(log_m: Floats, log_prior: Floats, most: int) -> tuple[Floats, list[list[int]]]:
    """Log evidence of exactly 0, 1 … changes; the same with a maximum for the sum gives the places."""
    total, best = log_m[0].copy(), log_m[0].copy()
    logs: list[float] = [float(total[-1])]
    ways: list[list[int]] = [[]]
    paths: list[NDArray[np.intp]] = []
    for k in range(1, most + 1):
        total = log_sum((total + log_prior)[:, None] + log_m, axis=0)
        steps = (best + log_prior)[:, None] + log_m
        paths.append(np.argmax(steps, axis=0))
        best = steps.max(axis=0)
        if not np.isfinite(best[-1]):
            break
        logs.append(float(total[-1] + gammaln(k + 1)))
        at, way = len(log_m) - 1, []
        for path in reversed(paths):
            at = int(path[at])
            way.append(at)
        ways.append(way[::-1])
    return np.array(logs), ways


def settled(cuts: list[int], n: int, one: Callable[[int, int], T], bayes_factor: float) -> list[T]:
    """Weigh each change between its neighbours; drop the weakest until all pay ``bayes_factor``.

    ``one(a, b)`` weighs one change between a and b, whole range 0 … n.
    """
    cuts = list(cuts)
    while cuts:
        edges = [0, *cuts, n]
        found = [one(a, b) for a, b in zip(edges[:-2], edges[2:], strict=True)]
        weakest = int(np.argmin([f.log_bf for f in found]))
        if found[weakest].log_bf > np.log(bayes_factor):
            return found
        del cuts[weakest]
    return []
