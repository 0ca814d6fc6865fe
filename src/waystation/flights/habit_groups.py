"""Groups of visits: by type in a region, by operator and type, by airframe, and by airframe and other end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waystation.flights.coded import coded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["AIRFRAME", "Groups", "groups_of_visits"]

REGION, FLEET, AIRFRAME, ROUTE = range(4)  # general first
NO_ROUTE = -1


@dataclass(frozen=True)
class Groups:
    """Numbered groups, and per visit the pair of group and airfield that it counts for at each level.

    Pairs of a group stand together, by first visit: those of group g are ``start[g]`` to ``start[g + 1]``.
    """

    words: tuple[pa.Array, ...]  # texts of the first three levels
    routes: Ints  # rising keys of the fourth
    pairs: Ints  # (visits, levels), -1 where a visit has no such group
    pair_group: Ints
    pair_airfield: Ints
    start: Ints

    def of_interest(self, groups: Ints) -> tuple[Ints, Ints]:
        """Return the visits, rising, that any of ``groups`` counts (-1: none), and their pairs."""
        wanted = np.zeros(len(self.start), dtype=np.bool_)
        wanted[groups.ravel()] = True
        wanted[-1] = False  # where -1 leads
        asked = np.append(wanted[self.pair_group], False)[self.pairs]
        visit = np.flatnonzero(asked.any(axis=1))
        return visit, np.where(asked[visit], self.pairs[visit], -1)

    def of_ends(self, texts: Sequence[pa.StringArray], other: Ints, landing: NDArray[np.bool_]) -> Ints:
        """Return the group of each end at each level, -1 for none; ``texts`` as in ``groups_of_visits``."""
        codes = [_found(t, words) for t, words in zip(texts, self.words, strict=True)]
        keys = _routes(codes[AIRFRAME], other, landing)
        if not len(self.routes):
            return _numbered([*codes, np.full(len(keys), -1, dtype=np.int64)], self.words)
        at = np.minimum(np.searchsorted(self.routes, keys), len(self.routes) - 1)
        codes.append(np.where((keys >= 0) & (self.routes[at] == keys), at, -1))
        return _numbered(codes, self.words)


def groups_of_visits(
    texts: Sequence[pa.StringArray], airfield: Ints, other: Ints, landing: NDArray[np.bool_]
) -> Groups:
    """Return the groups of visits in time order.

    ``texts``: region, fleet and airframe of each; an empty region or fleet is unknown. ``other``: the
    airfield at the flight's other end, -1 unknown.
    """
    told = [coded(t) for t in texts]
    codes = [_without_empty(code, words, level) for level, (code, words) in enumerate(told)]
    keys = _routes(codes[AIRFRAME], other, landing)
    routes, of = np.unique(keys[keys >= 0], return_inverse=True)
    route = np.full(len(keys), -1, dtype=np.int64)
    route[keys >= 0] = of
    words = tuple(w for _, w in told)
    groups = _numbered([*codes, route], words)
    n = sum(len(w) for w in words) + len(routes)
    return Groups(words, routes, *_pairs(groups, airfield, n))


def _found(texts: pa.StringArray, words: pa.Array) -> Ints:
    at = pc.index_in(texts, value_set=words).fill_null(-1)
    return np.asarray(at.to_numpy(zero_copy_only=False), dtype=np.int64)


def _without_empty(code: Ints, words: pa.Array, level: int) -> Ints:
    empty = pc.index(words, "").as_py()
    return code if level == AIRFRAME or empty < 0 else np.where(code == empty, -1, code)


def _routes(airframe: Ints, other: Ints, landing: NDArray[np.bool_]) -> Ints:
    key = (airframe << 32) | (np.maximum(other, 0) << 1) | landing
    return np.where((airframe >= 0) & (other >= 0), key, NO_ROUTE)


def _numbered(codes: Sequence[Ints], words: Sequence[pa.Array]) -> Ints:
    """Return codes of all levels as numbers of groups, (…, levels)."""
    first = np.cumsum([0, *(len(w) for w in words)])
    return np.stack([np.where(c >= 0, c + f, -1) for c, f in zip(codes, first, strict=True)], axis=1)


def _pairs(groups: Ints, airfield: Ints, n_groups: int) -> tuple[Ints, Ints, Ints, Ints]:
    n = int(airfield.max(initial=0)) + 1
    key = np.where(groups >= 0, groups * n + airfield[:, None], -1).ravel()
    some = np.flatnonzero(key >= 0)
    distinct, first, of = np.unique(key[some], return_index=True, return_inverse=True)
    order = np.lexsort((first, distinct // n))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    pairs = np.full(len(key), -1, dtype=np.int64)
    pairs[some] = place[of]
    group = distinct[order] // n
    start = np.searchsorted(group, np.arange(n_groups + 1)).astype(np.int64)
    return pairs.reshape(groups.shape), group, distinct[order] % n, start
