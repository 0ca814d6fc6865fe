"""Which ways a subject's flights take: pairs of airfields, weighted by the flights between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from waystation.patterns.profiles import ProfileRules, Stretches, Way, great_circle, to_place, whole_way
from waystation.terms.schema import empty
from waystation.terms.whereabouts import whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from waystation.terms.subjects import Subject
    from waystation.world.airfields import Airfields

__all__ = ["PairRules", "WeightedWay", "ways_of_subjects"]

Pair = tuple[str, str]
_Key = TypeVar("_Key")
_PROFILE = ProfileRules()


@dataclass(frozen=True)
class PairRules:
    """How many pairs of airfields stand for a subject."""

    max_pairs: int = 6  # the busiest; a way around closed airspace takes a while each
    min_weight: float = 0.02  # of a flight: doubts below it are not ways that anybody flew
    profile: ProfileRules = _PROFILE


class WeightedWay(NamedTuple):
    """One way and its share of the subject's flights."""

    stretches: Stretches
    weight: float


def ways_of_subjects(
    subjects: Iterable[Subject],
    tables: Mapping[str, pa.Table],
    airfields: Airfields,
    way: Way = great_circle,
    rules: PairRules | None = None,
) -> dict[str, list[WeightedWay]]:
    """Return the ways of each subject; none for a subject whose airfields are in no table."""
    maker = _Maker(_places(airfields), way, rules or PairRules(), {})
    flown = _flown(tables, maker.rules)
    return {
        s.name: _route(s, flown, maker) if s.destinations is not None else _place(s, flown, maker)
        for s in subjects
    }


@dataclass(frozen=True)
class _Maker:
    places: Mapping[str, tuple[float, float]]
    way: Way
    rules: PairRules
    made: dict[tuple[str, str | None, str], list[Stretches]]

    def route(self, o: str, d: str) -> Stretches:
        key = (o, d, "route")
        if key not in self.made:
            start, stop = self.places[o], self.places[d]
            found: Any = great_circle(*start, *stop) if o == d else self.way(*start, *stop)
            lat = found.lat if hasattr(found, "lat") else found[0]
            if len(lat) < 2:  # closed on paper, but somebody may have flown it
                found = great_circle(*start, *stop)
            self.made[key] = [whole_way(start, stop, lambda *_: found, self.rules.profile)]
        return self.made[key][0]

    def near(self, place: str, far: str | None, *, leaving: bool) -> list[Stretches]:
        key = (place, far, "out" if leaving else "in")
        if key not in self.made:
            there = None if far is None else self.places[far]
            self.made[key] = to_place(self.places[place], there, leaving=leaving, rules=self.rules.profile)
        return self.made[key]


def _places(airfields: Airfields) -> dict[str, tuple[float, float]]:
    where = zip(airfields.lat.tolist(), airfields.lon.tolist(), strict=True)
    return dict(zip(airfields.ident.tolist(), where, strict=True))


def _flown(tables: Mapping[str, pa.Table], rules: PairRules) -> dict[Pair, float]:
    """Return (origin, destination) → expected flights; ``""`` for an end that nothing is known of."""
    flights = tables["flights"]
    where = whereabouts(flights, tables.get("candidates", empty("candidates")))
    out: dict[Pair, float] = defaultdict(float)
    for flight_id in sorted(flights.column("flight_id").to_pylist()):
        ends = []
        for end in ("origin", "destination"):
            likely = {a: p for a, p in where[flight_id, end].items() if p >= rules.min_weight}
            ends.append({**likely, "": max(0.0, 1.0 - sum(likely.values()))})
        for (o, p), (d, q) in product(ends[0].items(), ends[1].items()):
            if p * q >= rules.min_weight:
                out[o, d] += p * q
    return out


def _route(s: Subject, flown: Mapping[Pair, float], maker: _Maker) -> list[WeightedWay]:
    inside = {
        (o, d): n
        for (o, d), n in flown.items()
        if o in s.origins and d in (s.destinations or ()) and o in maker.places and d in maker.places
    }
    if not inside:  # nobody was seen to fly it: all its pairs alike, as many as are counted
        pairs = product(sorted(s.origins), sorted(s.destinations or ()))
        there = ((o, d) for o, d in pairs if o in maker.places and d in maker.places)
        inside = dict.fromkeys(islice(there, maker.rules.max_pairs), 1.0)
    most = _most(inside, maker.rules)
    return [WeightedWay(maker.route(o, d), n) for (o, d), n in most]


def _place(s: Subject, flown: Mapping[Pair, float], maker: _Maker) -> list[WeightedWay]:
    mine: dict[tuple[str, str | None, bool], float] = defaultdict(float)
    for (o, d), n in flown.items():
        if o in s.origins and o in maker.places:
            mine[o, d if d in maker.places else None, True] += n
        if d in s.origins and d in maker.places:
            mine[d, o if o in maker.places else None, False] += n
    if not mine:
        fields = islice((a for a in sorted(s.origins) if a in maker.places), maker.rules.max_pairs)
        mine = {(a, None, leaving): 1.0 for a in fields for leaving in (True, False)}
    return [
        WeightedWay(way, n / len(ways))
        for (place, far, leaving), n in _most(mine, maker.rules)
        for ways in [maker.near(place, far, leaving=leaving)]
        for way in ways
    ]


def _most(weights: Mapping[_Key, float], rules: PairRules) -> Sequence[tuple[_Key, float]]:
    """Return the heaviest keys, their weights adding up to 1."""
    most = sorted(weights.items(), key=lambda kv: (-kv[1], str(kv[0])))[: rules.max_pairs]
    total = sum(n for _, n in most)
    return [(k, n / total) for k, n in most]
