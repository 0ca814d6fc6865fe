"""A network that remembers where traffic came from, as far as that matters.

First order: a ─▶ h ─▶ b and c ─▶ h ─▶ d invent a ─▶ h ─▶ d, which nobody flew. Here h becomes two nodes, "h
after a" and "h after c", where what follows differs by more than chance: rules grow while the divergence
exceeds order / log2(1 + support). After J. Xu, T. Wickramarathne, N. Chawla, Science Advances 2 (2016)
e1600028; written anew. Betweenness is Brandes', by networkx.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["HigherOrderRules", "betweenness", "rules_of"]

Way = tuple[int, ...]
Following = dict[Way, Counter[int]]


@dataclass(frozen=True)
class HigherOrderRules:
    """When memory is believed."""

    min_support: int = 5
    """Times that a way and what follows it were seen: fewer are anecdotes (methods: HON)."""
    max_order: int = 4
    """Airfields remembered. Shipping needs five; itineraries of aircraft seldom have more stops."""


HIGHER_ORDER_RULES = HigherOrderRules()


def rules_of(sequences: Iterable[Sequence[int]], rules: HigherOrderRules = HIGHER_ORDER_RULES) -> Following:
    """Return way → what follows it, how often; every way that first order would get wrong has a row."""
    seen = _follow(sequences, rules)
    longer: dict[Way, list[Way]] = defaultdict(list)
    for way in sorted(seen):
        if len(way) > 1:
            longer[way[1:]].append(way)
    kept: Following = {way: next_ for way, next_ in seen.items() if len(way) == 1}
    for way in [w for w in kept if len(w) == 1]:
        _grow(way, way, seen, longer, kept)
    return kept


def _follow(sequences: Iterable[Sequence[int]], rules: HigherOrderRules) -> Following:
    """Count what follows every way; an order is counted only where the order below had support."""
    pending = [tuple(s) for s in sequences if len(s) > 1]
    out: Following = {}
    for order in range(1, rules.max_order + 1):
        steps = Counter(
            s[i : i + order + 1]
            for s in pending
            for i in range(len(s) - order)
            if order == 1 or s[i + 1 : i + order] in out
        )
        new: Following = defaultdict(Counter)
        for step, n in steps.items():
            if n >= rules.min_support:
                new[step[:-1]][step[-1]] = n
        if not new:
            break
        out |= new
    return out


def _grow(valid: Way, way: Way, seen: Following, longer: dict[Way, list[Way]], kept: Following) -> None:
    for more in longer.get(way, ()):
        if _divergence(seen[more], seen[valid]) > len(more) / log2(1 + seen[more].total()):
            for k in range(len(more)):  # its beginnings too, or nothing would lead there
                begin = more[: k + 1]
                if begin in seen:
                    kept[begin] = seen[begin]
            _grow(more, more, seen, longer, kept)
        else:
            _grow(valid, more, seen, longer, kept)


def _divergence(a: Counter[int], b: Counter[int]) -> float:
    """Return the Kullback–Leibler divergence of a from b in bits."""
    na, nb = a.total(), b.total()
    return sum(n / na * log2((n / na) / (b[k] / nb)) if b[k] else float("inf") for k, n in a.items())


def betweenness(
    sequences: Iterable[Sequence[int]], rules: HigherOrderRules = HIGHER_ORDER_RULES
) -> dict[int, float]:
    """Return airfield → betweenness centrality, its nodes summed (so above 1 where a way meets it twice)."""
    import networkx as nx

    kept = rules_of(sequences, rules)
    graph = nx.DiGraph()
    for way in sorted(kept):
        for target in sorted(kept[way]):
            graph.add_edge(way, _landing((*way, target), kept))
    out: dict[int, float] = defaultdict(float)
    for node, value in nx.betweenness_centrality(graph).items():
        out[node[-1]] += value
    return dict(out)


def _landing(way: Way, kept: Following) -> Way:
    """Return the node with the longest memory that fits the way."""
    return next((way[k:] for k in range(len(way)) if way[k:] in kept), way[-1:])
